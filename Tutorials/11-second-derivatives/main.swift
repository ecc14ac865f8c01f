// Tutorial 11: second derivatives, and gradients of one's own.
import Claims
import Spool
import SpoolPlot

typealias Numbers = Tensor<Double>

// Scopes nest: the gradient of a gradient is written as such, to any order.
let third = gradient(at: Numbers(0.5)) { x in
  gradient(at: x) { x in gradient(at: x) { x in tanh(x) } }
}
let y = tanh(Numbers(0.5))
let byHand = -2 * (1 - square(y)) * (1 - 3 * square(y))
claim("tanh‴(0.5) = \(short(third.scalar))", abs(third - byHand).scalar < 1e-12)

// The Jacobian of the gradient is the Hessian. Newton's method goes where the quadratic model has its minimum:
// down the curved valley of Rosenbrock's function in a few steps, where gradient descent creeps.
func valley(_ x: Numbers) -> Numbers { square(1 - x[0]) + 100 * square(x[1] - square(x[0])) }
func hessian(at x: Numbers, of f: (Numbers) -> Numbers) -> Numbers {
  jacobian(at: x) { x in gradient(at: x, of: f) }
}
var newton: Numbers = [-1.2, 1]
var steps = 0
while valley(newton).scalar > 1e-20, steps < 50 {
  let (q, r) = qr(hessian(at: newton, of: valley))
  let slope = gradient(at: newton, of: valley)
  newton -= solveTriangular(r, matmul(q.transposed(), slope), upper: true)
  steps += 1
}
var descent: Numbers = [-1.2, 1]
for _ in 0..<1000 { descent -= 0.001 * gradient(at: descent, of: valley) }
let (best, far) = (valley(newton).scalar, valley(descent).scalar)
claim("Newton: \(short(best)) after \(steps) steps", steps <= 10 && best < 1e-20)
claim("gradient descent: \(short(far)) after 1,000", far > 1e-3)

// A network has too many parameters for its Hessian, but not for the Hessian's product with a vector. It
// costs about two gradients, and goes through scan. Here there are few parameters, so that both can be had.
let size = 4
let inputs = Numbers.normal([12, 3, size], key: RandomKey(seed: 1))
func network(_ weights: Numbers) -> Numbers {
  let u = weights.reshaped(to: [size, size])
  let (_, h) = scan(inputs, from: Numbers.zeros([3, size])) { x, h in tanh(x + matmul(h, u)) }
  return square(h - 1).mean()
}
let weights = Numbers.normal([size * size], standardDeviation: 0.5, key: RandomKey(seed: 2))
let full = hessian(at: weights, of: network)
let asymmetry = abs(full - full.transposed()).max().scalar
claim("the Hessian of a recurrent network is symmetric: \(short(asymmetry))", asymmetry < 1e-12)
let v = Numbers.normal([size * size], key: RandomKey(seed: 3))
let product = hessianVectorProduct(at: weights, along: v, of: network)
let productError = abs(product - matmul(full, v)).max().scalar
claim("the product without the matrix is the same: \(short(productError))", productError < 1e-12)

// What it is good for: the sharpest curvature λ, by repeated products, says which learning rates are
// stable. On a quadratic loss everything below 2/λ falls, and everything above it explodes.
let features = Numbers.normal([50, 5], key: RandomKey(seed: 4))
func quadratic(_ w: Numbers) -> Numbers { square(matmul(features, w - 1)).mean() }
let start = Numbers.zeros([5])
let grown = (0..<200).reduce(Numbers.ones([5])) { v, _ in
  hessianVectorProduct(at: start, along: v / v.norm(), of: quadratic)
}
let curvature = grown.norm().scalar
func losses(rate: Double) -> [Double] {
  var w = start
  return (0..<60).map { _ in
    let (loss, gradient) = valueAndGradient(at: w, of: quadratic)
    w -= Numbers(rate) * gradient
    return loss.scalar
  }
}
let curves = [1.0, 1.9, 2.1].map { (name: "rate \($0) / λ", losses: losses(rate: $0 / curvature)) }
for (name, losses) in curves { print("\(name): from \(short([losses[0], losses.last!]))") }
let (below, above) = (curves[1].losses, curves[2].losses)
claim("below 2/λ = \(short(2 / curvature)) the loss falls", below.last! < 0.1 * below[0])
claim("above it grows", above.last! > 10 * above[0])
var chart = LineChart(
  title: "Gradient descent", xLabel: "step", yLabel: "loss", yScale: .logarithmic)
chart.series = curves.map { .init($0.name, values: $0.losses) }
figure("rates.svg", chart.svg())

// A gradient of one's own. The recorded derivative of log(1 + eˣ) is ∞/∞ for large x; sigmoid is the same
// function without the overflow. The rule is made of operations, so it has derivatives, too.
func stable(_ x: Numbers) -> Numbers {
  withCustomVJP(x) { x in (max(x, 0) + log1p(exp(-abs(x))), { ȳ in ȳ * sigmoid(x) }) }
}
let naive = gradient(at: Numbers(800)) { log(1 + exp($0)) }.scalar
let repaired = gradient(at: Numbers(800), of: stable).scalar
claim("the slope at 800: \(naive) as recorded, \(repaired) by rule", naive.isNaN && repaired == 1)
let bend = gradient(at: Numbers(1)) { x in gradient(at: x, of: stable) }
let slope = sigmoid(Numbers(1))
claim("its slope at 1 is \(short(bend.scalar))", abs(bend - slope * (1 - slope)).scalar < 1e-12)

// Do not trust such a rule: check it. This one is wrong by one part in a thousand.
do {
  try checkGradients(at: v) { withCustomVJP($0) { v in (exp(v), { 1.001 * $0 * exp(v) }) }.sum() }
  claim("the checker finds it", false)
} catch { claim("the checker finds it: \(error)", true) }

// A network that settles: h = tanh(h U + x), run until nothing changes. Its gradient needs no tape of all those
// steps: at the fixed point, u = ȳ + u ∂h'/∂h is a linear recurrence of its own (Almeida, 1987; Pineda, 1987).
func settle(_ h: Numbers, _ u: Numbers, _ x: Numbers) -> Numbers { tanh(matmul(h, u) + x) }
func settled(_ u: Numbers, _ x: Numbers) -> Numbers {
  (0..<200).reduce(Numbers.zeros([3, size])) { h, _ in settle(h, u, x) }
}
func equilibrium(_ u: Numbers, _ x: Numbers) -> Numbers {
  withCustomVJP([u, x]) { inputs in
    let h = settled(inputs[0], inputs[1])
    let (_, pullback) = vjp(at: h, inputs[0], inputs[1], reusable: true, of: settle)
    func rule(_ ȳ: Numbers) -> [Numbers?] {
      let (_, ū, x̄) = pullback((0..<200).reduce(ȳ) { u, _ in ȳ + pullback(u).0 })
      return [ū, x̄]
    }
    return (h, rule)
  }
}
let u = 0.4 * Numbers.orthogonal([size, size], key: RandomKey(seed: 6))
let throughAll = gradient(at: u) { square(settled($0, inputs[0])).sum() }
let throughOne = gradient(at: u) { square(equilibrium($0, inputs[0])).sum() }
let gap = abs(throughAll - throughOne).max().scalar
claim("the gradient at the fixed point equals that through 200 steps: \(short(gap))", gap < 1e-12)
