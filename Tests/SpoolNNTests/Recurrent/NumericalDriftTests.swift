import Spool
import SpoolNN
import Testing

/// How far single precision gets away from double precision over ten thousand steps.
@Suite struct NumericalDriftTests {
  private static let steps = 10_000
  private let inputs = Tensor<Double>.normal([steps, 2, 3], key: RandomKey(seed: 1))

  /// A cell in single precision with the parameters of one in double precision.
  private func copy<A: RecurrentCell, B: RecurrentCell>(_ precise: A, to single: B) -> B
  where A.Scalar == Double, B.Scalar == Float {
    single.parameters().assign(precise.parameters().values.map { $0.converted() })
    return single
  }

  /// The largest difference between the outputs in each thousand steps.
  private func drift<A: RecurrentCell, B: RecurrentCell>(_ precise: A, _ single: B) -> [Double]
  where A.Scalar == Double, B.Scalar == Float {
    let single = copy(precise, to: single)
    let exact = Recurrent(layers: [.init(forward: precise)])(inputs).outputs
    let rounded = Recurrent(layers: [.init(forward: single)])(inputs.converted()).outputs
    let difference = abs(exact - rounded.converted())
    return stride(from: 0, to: Self.steps, by: 1000).map {
      difference[$0..<($0 + 1000)].max().scalar
    }
  }

  /// A cell that forgets also forgets its rounding errors: the last thousand steps are as near as the first.
  @Test func whatForgetsDoesNotDrift() {
    let key = RandomKey(seed: 2)
    let drifts = [
      drift(
        RNNCell<Double>(
          inputSize: 3, hiddenSize: 8, stateWeights: .orthogonal(gain: 0.9), key: key),
        RNNCell<Float>(inputSize: 3, hiddenSize: 8, key: key)),
      drift(
        LSTMCell<Double>(inputSize: 3, hiddenSize: 8, key: key),
        LSTMCell<Float>(inputSize: 3, hiddenSize: 8, key: key)),
      drift(
        GRUCell<Double>(inputSize: 3, hiddenSize: 8, key: key),
        GRUCell<Float>(inputSize: 3, hiddenSize: 8, key: key)),
    ]
    for drift in drifts {
      #expect(drift[0] > 0 && drift.max()! < 1e-6, "\(drift)")
      #expect(drift[9] < 4 * drift[0], "\(drift)")
    }
  }

  /// An LSTM that forgets nothing adds up, and its rounding errors with the rest. They have both signs, so that n of
  /// them are about as large as √n.
  @Test func whatForgetsNothingDriftsByItsRoundings() {
    let precise = LSTMCell<Double>(inputSize: 3, hiddenSize: 2, key: RandomKey(seed: 2))
    precise.stateWeights = .zeros([2, 8])
    precise.bias = [40, 40, 40, 40, 0.3, 0.5, 0, 0]
    let single = copy(
      precise, to: LSTMCell<Float>(inputSize: 3, hiddenSize: 2, key: RandomKey(seed: 2)))
    func gate(_ weights: Tensor<Double>) -> Tensor<Double> {
      weights * Tensor<Double>([0, 0, 0, 0, 1, 1, 0, 0])
    }
    precise.inputWeights = gate(precise.inputWeights)
    single.inputWeights = precise.inputWeights.converted()
    let exact = scan(inputs, from: precise.initialState(batch: 2)) { precise($0, $1) }.state
    let rounded = scan(inputs.converted(), from: single.initialState(batch: 2)) { single($0, $1) }
      .state
    let (c, difference) = (abs(exact.c), abs(exact.c - rounded.c.converted()))
    #expect(c.min().scalar > 100)
    let ulp = Double(Float(c.max().scalar).ulp)
    #expect(difference.max().scalar > ulp, "ten thousand sums without a rounding error")
    #expect(difference.max().scalar < 100 * ulp)
  }
}
