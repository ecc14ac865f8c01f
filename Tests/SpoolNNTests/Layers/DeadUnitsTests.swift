import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct DeadUnitsTests {
  @Test func aUnitIsDeadThatIsNeverOtherThanZero() {
    let outputs = Tensor<Float>(shape: [2, 2, 3], [0, 1, 0, 0, 0, 0, 0, 2, 0, -1, 0, 0])
    #expect(deadUnits(outputs) == [2])
    #expect(deadUnits(outputs[..<1]) == [0, 2])
    #expect(deadUnits(Tensor<Float>.zeros([0, 3])) == [])
    #expect(deadUnits(Tensor<Float>([0, 1, 0])) == [0, 2])
  }

  /// A recurrent cell with an activation of one's own, one of whose units a bias keeps below 0.
  private func cell(_ activation: @escaping @Sendable (Tensor<Double>) -> Tensor<Double>)
    -> RNNCell<Double>
  {
    let cell = RNNCell<Double>(
      inputSize: 3, hiddenSize: 4, activation: activation, stateWeights: .identity(scale: 0.5),
      key: RandomKey(seed: 1))
    cell.bias = [0, -8, 0, 0]
    return cell
  }

  /// What dies learns no more; with a slope below 0 nothing dies.
  @Test func aDeadUnitHasNoGradient() {
    let inputs = Tensor<Double>.normal([20, 8, 3], key: RandomKey(seed: 2))
    func run(_ cell: RNNCell<Double>) -> (outputs: Tensor<Double>, gradient: Tensor<Double>) {
      func outputs() -> Tensor<Double> {
        scan(inputs, from: cell.initialState(batch: 8)) { cell($0, $1) }.outputs
      }
      let (_, gradients) = valueAndGradient(of: cell) { square(outputs() - 1).sum() }
      return (outputs(), gradients[cell.$bias]!)
    }
    let rectified = run(cell { relu($0) })
    #expect(deadUnits(rectified.outputs) == [1])
    #expect(rectified.gradient.scalars.map { $0 == 0 } == [false, true, false, false])
    for activation in [{ leakyRelu($0) }, { elu($0) }]
      as [@Sendable (Tensor<Double>) -> Tensor<Double>]
    {
      let (outputs, gradient) = run(cell(activation))
      #expect(deadUnits(outputs) == [] && gradient.scalars.allSatisfy { $0 != 0 })
    }
  }
}
