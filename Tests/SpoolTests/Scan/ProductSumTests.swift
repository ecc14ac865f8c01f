import Testing

@testable import Spool

@Suite struct ProductSumTests {
  private let a = Tensor<Double>.normal([3, 4], key: RandomKey(seed: 1))
  private let b = Tensor<Double>.normal([4, 5], key: RandomKey(seed: 2))

  private func sum(_ c: Tensor<Double>, into output: TensorHandle) -> Double {
    ProductSum().run(Operands(a.handle, b.handle, c.handle), into: output)
    return abs(Tensor(output) - (matmul(a, b) + c)).max().scalar
  }

  @Test func addsAMatrix() {
    let c = Tensor<Double>.normal([3, 5], key: RandomKey(seed: 3))
    #expect(sum(c, into: TensorHandle(uninitialized: [3, 5], .double)) < 1e-14)
  }

  @Test(arguments: [[5], [1, 5]] as [Shape])
  func addsARow(_ shape: Shape) {
    let c = Tensor<Double>.normal(shape, key: RandomKey(seed: 3))
    #expect(sum(c, into: TensorHandle(uninitialized: [3, 5], .double)) < 1e-14)
  }

  @Test func writesOverTheMatrixItAdds() {
    let c = Tensor<Double>.normal([3, 5], key: RandomKey(seed: 3))
    let expected = matmul(a, b) + c
    let memory = TensorHandle(uninitialized: [3, 5], .double)
    memory.copy(from: c.handle)
    ProductSum().run(Operands(a.handle, b.handle, memory), into: memory)
    #expect(abs(Tensor(memory) - expected).max().scalar < 1e-14)
  }
}
