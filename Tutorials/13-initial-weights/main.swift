// Tutorial 13: initial weights. What a recurrent network can remember before it has learned anything.
import Claims
import Spool
import SpoolNN
import SpoolTraining

// An IRNN starts as a memory: the identity, relu and a bias of 0. Each of the three is needed.
func afterSteps(
  _ count: Int, of activation: @escaping (Tensor<Float>) -> Tensor<Float>, bias: Float = 0
) -> Float {
  let (_, h) = scan(steps: count, from: Tensor<Float>.ones([1, 8])) { h in
    activation(matmul(h, .identity(8)) + bias)
  }
  return h.mean().scalar
}
let kept = afterSteps(100, of: { relu($0) })
claim("relu with the identity keeps a state of 1 for 100 steps: \(kept)", kept == 1)
let squashed = afterSteps(100, of: { tanh($0) })
claim("tanh with the identity leaves \(short(squashed)) of it", squashed < 0.15)
let drifted = afterSteps(100, of: { relu($0) }, bias: 0.1)
claim("relu with a bias of 0.1 makes it \(short(drifted))", drifted > 10)

// relu has no bound: with a spectral radius of 1.1 states and gradients grow with every step.
struct ReluNetwork: Module {
  let layer: RNN<Float>
  let readOut: Linear<Float>

  init(radius: Float, key: RandomKey) {
    let keys = key.split()
    layer = RNN(
      layers: [
        .init(
          forward: RNNCell(
            inputSize: 1, hiddenSize: 16, activation: { relu($0) },
            stateWeights: .identity(scale: radius), key: keys.0))
      ])
    readOut = Linear(inputSize: 16, outputSize: 1, key: keys.1)
  }

  /// The squared error of the mean of the inputs, said at the end.
  func loss(_ x: Tensor<Float>) -> Tensor<Float> {
    meanSquaredError(readOut(layer(x).outputs[-1]), x.mean(0))
  }
}
func inputs(_ step: Int) -> Tensor<Float> {
  Tensor.uniform([60, 16, 1], in: -1..<1, key: RandomKey(seed: step))
}
func train(rate: Double, clippingTo limit: ClippingLimit?) -> (norms: [Double], loss: Double) {
  let model = ReluNetwork(radius: 1.1, key: RandomKey(seed: 1))
  let trainer = Trainer(
    model, SGD(for: model, learningRate: rate), schedule: .constant(rate), clippingTo: limit)
  var norms: [Double] = []
  while trainer.step < 300 {
    let x = inputs(trainer.step)
    guard let report = try? trainer.takeStep({ model.loss(x) }) else { return (norms, .infinity) }
    norms.append(report.gradientNorm)
  }
  return (norms, Double(model.loss(inputs(-1)).scalar))
}
let (unclipped, clipped) = (train(rate: 0.01, clippingTo: nil), train(rate: 0.01, clippingTo: 1))
claim("its gradient has norm \(short(clipped.norms[0]))", clipped.norms[0] > 1000)
claim("without clipping training ends in \(unclipped.loss)", !unclipped.loss.isFinite)
claim("with clipping the error is \(short(clipped.loss))", clipped.loss < 1)

// A schedule is no cure: it scales the update, and the gradient stays what it is.
let slow = train(rate: 1e-6, clippingTo: nil)
claim("at a rate of 10⁻⁶ the first gradient is the same", slow.norms[0] == unclipped.norms[0])

// The Q of a QR decomposition is not a uniformly random orthogonal matrix: Householder's reflection x − 2 v (v · x) / |v|²
// gives its first column the sign that makes the first element negative. Signs that make R's diagonal positive repair it.
var negative = (asItComes: 0, repaired: 0)
for seed in 0..<200 {
  let a = Tensor<Float>.normal([6, 6], key: RandomKey(seed: seed))[.all, 0]
  let first = Tensor<Float>.identity(6)[0]
  let v = a + first * a.norm() * (a[0].scalar > 0 ? 1 : -1)
  let column = first - 2 * v * v[0] / square(v).sum()
  if column[0].scalar < 0 { negative.asItComes += 1 }
  if Tensor<Float>.orthogonal([6, 6], key: RandomKey(seed: seed))[0, 0].scalar < 0 {
    negative.repaired += 1
  }
}
claim("Q as it comes starts below 0 in \(negative.asItComes) of 200", negative.asItComes == 200)
claim("repaired in \(negative.repaired)", (70...130).contains(negative.repaired))

// How long an LSTM remembers at first is in the bias of its forget gate: after t steps σ(b)ᵗ is left.
let time = 100
func network(_ bias: GateBias<Float>) -> LSTM<Float> {
  LSTM(inputSize: 2, hiddenSizes: [32], forgetBias: bias, key: RandomKey(seed: 5))
}
let remaining = [0, 1, .chrono(longest: time)].map { (bias: GateBias<Float>) in
  let forget = network(bias).layers[0].forward.bias.chunked4().1
  return pow(sigmoid(forget), Tensor(Float(time))).mean().scalar
}
print("after \(time) steps is left with a bias of 0, 1, ln u: \(short(remaining))")
claim("a bias of 1 forgets all but \(short(remaining[1]))", remaining[1] < 1e-12)
claim("ln u, u uniform up to \(time), does not: \(short(remaining[2]))", remaining[2] > 0.05)

// The task: say at the end what the first of 100 inputs was, which a mark tells from the noise after it.
struct Recall: Module {
  let network: LSTM<Float>
  let readOut = Linear<Float>(inputSize: 32, outputSize: 1, key: RandomKey(seed: 6))

  func error(_ step: Int) -> Tensor<Float> {
    let x = Tensor<Float>.uniform([time, 32, 1], in: -1..<1, key: RandomKey(seed: step))
    let mark = Tensor<Float>.ones([1, 32, 1]).padded([(0, time - 1), (0, 0), (0, 0)])
    let outputs = network(concatenated([x, mark], axis: 2)).outputs
    return meanSquaredError(readOut(outputs[-1]), x[0])
  }
}
func recall(_ bias: GateBias<Float>) throws -> Double {
  let model = Recall(network: network(bias))
  let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.005), clippingTo: 1)
  while trainer.step < 250 { try trainer.takeStep { model.error(trainer.step) } }
  return (1...10).map { Double(model.error(-$0).scalar) }.reduce(0, +) / 10
}
let (forgetful, lasting) = (try recall(1), try recall(.chrono(longest: time)))
claim("a bias of 1 has learned nothing: \(short(forgetful)) of 1/3", forgetful > 0.25)
claim("ln u has: \(short(lasting))", lasting < 0.05)
