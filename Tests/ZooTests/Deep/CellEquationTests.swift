import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// One step of each cell against the equations of its paper, gate by gate with weights of its own.
@Suite struct CellEquationTests {
  private let key = RandomKey(seed: 9)
  private let x = Tensor<Double>.normal([2, 3], key: RandomKey(seed: 1))
  private let h = Tensor<Double>.normal([2, 4], key: RandomKey(seed: 2))
  private let c = Tensor<Double>.normal([2, 4], key: RandomKey(seed: 3))

  /// Gates whose biases are other than 0.
  private func gates(_ count: Int, state: Int? = nil) -> Gates<Double> {
    let gates = Gates<Double>(count, inputs: 3, hidden: 4, state: state, key: key)
    gates.bias = .normal([4 * count], key: key.folding(in: 1))
    return gates
  }

  /// x W + h U + b of gate number `place`.
  private func gate(_ place: Int, of gates: Gates<Double>, _ h: Tensor<Double>) -> Tensor<Double> {
    let units = (4 * place)..<(4 * place + 4)
    return matmul(x, gates.inputWeights[.all, units]) + matmul(h, gates.stateWeights[.all, units])
      + gates.bias[units]
  }

  private func expect(
    _ step: (Tensor<Double>, HiddenAndMemory<Double>), _ h: Tensor<Double>, _ c: Tensor<Double>
  ) {
    expectClose(step.0, h, within: 1e-14, "output")
    expectClose(step.1.h, h, within: 1e-14, "h")
    expectClose(step.1.c, c, within: 1e-14, "c")
  }

  @Test func withSigmoidGatesItIsTheLSTM() {
    let gates = gates(4)
    let lstm = LSTMCell<Double>(inputSize: 3, hiddenSize: 4, key: key)
    (lstm.inputWeights, lstm.stateWeights) = (gates.inputWeights, gates.stateWeights)
    var bias = gates.bias
    bias[4..<8] = bias[4..<8] + 1
    lstm.bias = bias
    let state = lstm(x, .init(h: h, c: c)).state
    expect(AnyGateLSTM(gates: gates, outputSize: 4)(x, (h, c)), state.h, state.c)
  }

  @Test func theHardSigmoidIsThreeStraightLines() {
    let x = Tensor<Double>([-9, -2.5, -1, 0, 1, 2.5, 9])
    expectClose(hardSigmoid(x), [0, 0, 0.3, 0.5, 0.7, 1, 1], within: 1e-15)
  }

  @Test func peepholesShowTheOldMemoryToTwoGatesAndTheNewOneToTheThird() {
    let gates = gates(4)
    let v = Tensor<Double>.normal([3, 4], key: key)
    let i = sigmoid(gate(0, of: gates, h) + v[0] * c)
    let f = sigmoid(gate(1, of: gates, h) + v[1] * c + 1)
    let next = f * c + i * tanh(gate(2, of: gates, h))
    let o = sigmoid(gate(3, of: gates, h) + v[2] * next)
    expect(PeepholeLSTM(gates: gates, peepholes: v)(x, (h, c)), o * tanh(next), next)
  }

  @Test func coupledGatesForgetWhatTheyTakeIn() {
    let gates = gates(3)
    let f = 1 - sigmoid(gate(0, of: gates, h) - 1)
    let next = f * c + (1 - f) * tanh(gate(1, of: gates, h))
    expect(
      CoupledLSTM(gates: gates, outputSize: 4)(x, (h, c)),
      sigmoid(gate(2, of: gates, h)) * tanh(next), next)
  }

  @Test func theProjectedOutputIsTheState() {
    let gates = gates(4, state: 2)
    let (projection, r) = (Tensor<Double>.normal([4, 2], key: key), h[.all, ..<2])
    let (i, f) = (sigmoid(gate(0, of: gates, r)), sigmoid(gate(1, of: gates, r) + 1))
    let next = f * c + i * tanh(gate(2, of: gates, r))
    let output = matmul(sigmoid(gate(3, of: gates, r)) * tanh(next), projection)
    expect(ProjectedLSTM(gates: gates, projection: projection)(x, (r, c)), output, next)
  }

  @Test func theMinimalUnitForgetsBeforeItLooksAndAfter() {
    let (forget, candidate) = (gates(1), gates(1))
    candidate.inputWeights = -0.5 * candidate.inputWeights
    let f = sigmoid(gate(0, of: forget, h))
    let next = (1 - f) * h + f * tanh(gate(0, of: candidate, f * h))
    let unit = MinimalGatedUnit(forget: forget, candidate: candidate, outputSize: 4)
    expectClose(unit(x, h).0, next, within: 1e-14)
    expectClose(unit(x, h).1, next, within: 1e-14)
  }
}
