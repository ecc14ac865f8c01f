import Spool
import TestSupport
import Testing

@Suite struct UnrollTests {
  private let inputs: Tensor<Double> = [[[1, 2]], [[3, 4]], [[5, 6]]]

  @Test func aFunctionWhoseOutputIsItsState() {
    let (sums, last) = unroll(inputs, from: [[0, 0]]) { x, sum in x + sum }
    #expect(sums.shape == [3, 1, 2])
    #expect(sums.scalars == [1, 2, 4, 6, 9, 12])
    #expect(last.scalars == [9, 12])
  }

  @Test func reverseKeepsOutputsAtTheirPlaces() {
    let (sums, last) = unroll(inputs, from: [[0, 0]], reverse: true) { x, sum in x + sum }
    #expect(sums.scalars == [9, 12, 8, 10, 5, 6])
    #expect(last.scalars == [9, 12])
  }

  @Test func aStateOfAnyType() {
    struct Memory { var total: Tensor<Double>, steps: Int }
    let start = Memory(total: [[0, 0]], steps: 0)
    let (outputs, last) = unroll(inputs, from: start) { x, memory in
      let next = Memory(total: memory.total + x, steps: memory.steps + 1)
      return (next.total.sum(-1), next)
    }
    #expect(outputs.shape == [3, 1])
    #expect(outputs.scalars == [3, 10, 21])
    #expect(last.steps == 3)
    let (_, (a, b)) = unroll(inputs, from: (inputs[0], 0)) { x, state in
      (x, (x * state.0, state.1 + 1))
    }
    #expect(a.scalars == [15, 96] && b == 3)
  }

  @Test func integersAsInputs() {
    let tokens: Tensor<Int32> = [[1, 2], [3, 4]]
    let (outputs, last) = unroll(tokens, from: 0) { x, count in (x + 1, count + 1) }
    #expect(outputs.scalars == [2, 3, 4, 5])
    #expect(last == 2)
  }

  @Test func noTimeSteps() {
    let none = Tensor<Double>.zeros([0, 1, 2])
    let (states, last) = unroll(none, from: [[7, 8]]) { x, sum in x + sum }
    #expect(states.shape == [0, 1, 2])
    #expect(last.scalars == [7, 8])
    let (outputs, count) = unroll(none, from: 5) { x, count in (x.sum(0), count + 1) }
    #expect(outputs.shape == [0, 2])
    #expect(count == 5)
  }

  @Test func errorsPassThrough() {
    struct Failure: Error {}
    #expect(throws: Failure.self) {
      try unroll(inputs, from: 0) { x, step in
        if step == 2 { throw Failure() }
        return (x, step + 1)
      }
    }
  }

  @Test func gradientsFlowThroughTime() throws {
    try checkGradients(at: inputs, [[0.5, -0.5]]) { x, state in
      unroll(x, from: state, reverse: true) { x, h in tanh(0.1 * x + h) }.outputs
    }
  }

  @Test func trapsNameTheStep() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = unroll(Tensor<Double>.zeros([3, 2, 4]), from: 0) { x, step in
        (step == 1 ? matmul(x, x) : x, step + 1)
      }
    }
    expectMessage(trapped, "inner dimensions 4 and 2 differ (in time step 1)")
    let scalar = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = unroll(1 as Tensor<Double>, from: 0) { x, s in (x, s) } }
    expectMessage(scalar, "unroll: the input is a scalar; it needs a time axis")
  }

  @Test func anomaliesNameTheStep() {
    let error = #expect(throws: Anomaly.self) {
      try detectingAnomalies {
        _ = gradient(at: [[1, 1]] as Tensor<Double>) { h in
          unroll(inputs, from: h) { x, h in log(h - x * 0.4) }.outputs.sum()
        }
      }
    }
    #expect(error?.timeStep == 1)
    #expect(error?.operation == "log")
  }
}
