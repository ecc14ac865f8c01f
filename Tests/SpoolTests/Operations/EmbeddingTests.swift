import CKernels
import Spool
import TestSupport
import Testing

struct EmbeddingTests {
  @Test func aLookUpAgreesWithPyTorch() throws {
    let golden = try Golden("Operations/embedding")
    let indices = try golden.tensor("indices", as: Int32.self)
    let weight = try golden.tensor("weight", as: Double.self)
    let (rows, pullback) = vjp(at: weight) { embedding(indices, table: $0) }
    expectClose(rows, try golden.tensor("output"), within: 0)
    let slope = pullback(try golden.tensor("cotangent.output", as: Double.self))
    expectClose(slope, try golden.tensor("grad.weight"), within: 1e-15)
  }

  @Test func manyLookUpsShareOneGradient() async {
    // In a process of its own, where nothing else takes memory.
    await #expect(processExitsWith: .success) {
      let table = Tensor<Float>.ones([50_000, 16])
      let (_, pullback) = vjp(at: table) { table in
        (0..<20 as Range<Int32>).map { i in
          embedding(Tensor([i, 7]), table: table).sum()
        }.reduce(0, +)
      }
      spool_memory_reset_peak()
      let before = spool_memory_in_use()
      let slope = pullback(1)
      let tableBytes = 50_000 * 16 * 4
      precondition(spool_memory_peak() - before < tableBytes + tableBytes / 2)
      precondition(slope[7] == Tensor(repeating: 21, shape: [16]))
      precondition(slope[8] == .ones([16]))
      precondition(slope[20...].max().scalar == 0)
    }
  }

  @Test func oneHotRowsHaveASingleOne() {
    let rows: Tensor<Float> = oneHot([[2, 0], [1, 1]], depth: 3)
    #expect(rows == [[[0, 0, 1], [1, 0, 0]], [[0, 1, 0], [0, 1, 0]]])
    #expect(oneHot(Tensor<Int32>(1), depth: 2, as: Int32.self) == [0, 1])
    #expect(oneHot(Tensor<Int32>([0, 3]).flipped(), depth: 4, as: Double.self)[0] == [0, 0, 0, 1])
    #expect(oneHot([], depth: 2, as: Float.self).shape == [0, 2])
  }

  @Test func badIndicesTrap() async {
    let look = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = embedding([[3, 65]], table: Tensor<Float>.zeros([65, 16])) }
    expectMessage(
      look,
      "embedding: index 65 at [0, 1] of the indices is outside axis 0 of shape [65, 16], whose "
        + "indices are 0 ... 64")
    let hot = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = oneHot([1, -1], depth: 4, as: Float.self) }
    expectMessage(
      hot,
      "oneHot: index -1 at [1] of the indices is outside the depth 4, whose indices are 0 ... 3")
    let table = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = embedding([0], table: Tensor<Float>.zeros([65])) }
    expectMessage(table, "embedding: the table has shape [65], not [rows, width]")
  }
}
