import Spool
import SpoolNN
import TestSupport
import Testing

/// What makes an LSTM remember: its memory is added to, and multiplied by nothing but the forget gate.
@Suite struct MemoryCellTests {
  private let key = RandomKey(seed: 3)

  @Test func anOpenForgetGateKeepsTheMemoryForGood() {
    let cell = LSTMCell<Float>(inputSize: 2, hiddenSize: 4, key: key)
    // σ(200) is 1 and σ(−200) is 0 to the last bit.
    cell.bias = concatenated(
      [-200, 200, 0, 0].map { Tensor(repeating: Float($0), shape: [4]) }, axis: 0)
    let x = Tensor<Float>.normal([1000, 3, 2], key: key)
    let first = LSTMCell<Float>.State(
      h: .zeros([3, 4]), c: .normal([3, 4], key: key.folding(in: 1)))
    let last = scan(x, from: first) { cell($0, $1) }.state
    #expect(last.c == first.c)
  }

  /// With gates that do not depend on the state, the memory's derivative by the first one is the product of the forget
  /// gates, unit by unit; with gates that do it is not.
  @Test func theMemorysDerivativeIsTheProductOfTheForgetGates() {
    let cell = LSTMCell<Double>(inputSize: 2, hiddenSize: 3, key: key)
    let x = Tensor<Double>.normal([20, 1, 2], key: key)
    func derivative() -> Tensor<Double> {
      jacobian(at: Tensor<Double>.normal([3], key: key.folding(in: 1))) { c in
        let first = LSTMCell<Double>.State(h: .zeros([1, 3]), c: c.reshaped(to: [1, 3]))
        return scan(x, from: first) { cell($0, $1) }.state.c[0]
      }
    }
    let recurrent = derivative()
    cell.stateWeights = .zeros([3, 12])
    let forget = sigmoid(cell.projected(x).chunked4().1).product(0)[0]
    expectClose(derivative(), Tensor.identity(3) * forget, within: 1e-14)
    #expect(abs(recurrent - Tensor.identity(3) * forget).max().scalar > 1e-3)
  }

  /// Backpropagation through time as it is written down, step by step from the last to the first.
  @Test func theTapeIsBackpropagationThroughTime() {
    let cell = RNNCell<Double>(inputSize: 2, hiddenSize: 4, key: key)
    cell.bias = .normal([4], key: key)
    let x = Tensor<Double>.normal([50, 3, 2], key: key)
    let targets = Tensor<Double>.normal([50, 3, 4], key: key.folding(in: 1))
    let (_, gradients) = valueAndGradient(of: cell) {
      0.5 * square(Recurrent(layers: [.init(forward: cell)])(x).outputs - targets).sum()
    }
    var states = [Tensor<Double>.zeros([3, 4])]
    for t in 0..<50 {
      states.append(
        tanh(matmul(x[t], cell.inputWeights) + matmul(states[t], cell.stateWeights) + cell.bias))
    }
    var (dW, dU, db) = (
      Tensor<Double>.zeros([2, 4]), Tensor<Double>.zeros([4, 4]), Tensor<Double>.zeros([4])
    )
    var dh = Tensor<Double>.zeros([3, 4])
    for t in (0..<50).reversed() {
      dh += states[t + 1] - targets[t]
      let da = dh * (1 - square(states[t + 1]))
      dW += matmul(x[t].transposed(), da)
      dU += matmul(states[t].transposed(), da)
      db += da.sum(0)
      dh = matmul(da, cell.stateWeights.transposed())
    }
    expectClose(gradients[cell.$inputWeights]!, dW, within: 1e-10)
    expectClose(gradients[cell.$stateWeights]!, dU, within: 1e-10)
    expectClose(gradients[cell.$bias]!, db, within: 1e-10)
  }
}
