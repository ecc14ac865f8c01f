// Tutorial 2: the tape. Reverse-mode differentiation in forty lines, then the same numbers from Spool's.
import Claims
import Foundation
import Spool

// A tape is a list of operations in the order they ran. For each we keep where its inputs came from and
// the derivative of its result by each of them. Sweeping the list backward applies the chain rule.
final class HandmadeTape {
  private var entries: [(parents: [Int], derivatives: [Double])] = []

  func record(_ value: Double, _ parents: [Int], _ derivatives: [Double]) -> Number {
    entries.append((parents, derivatives))
    return Number(value: value, index: entries.count - 1, tape: self)
  }

  func input(_ value: Double) -> Number { record(value, [], []) }

  /// The derivative of `result` by everything on the tape, in one sweep.
  func sweep(from result: Number) -> [Double] {
    var cotangents = [Double](repeating: 0, count: entries.count)
    cotangents[result.index] = 1
    for i in entries.indices.reversed() {
      for (parent, derivative) in zip(entries[i].parents, entries[i].derivatives) {
        cotangents[parent] += cotangents[i] * derivative
      }
    }
    return cotangents
  }
}

struct Number {
  let value: Double
  let index: Int
  let tape: HandmadeTape

  static func + (a: Number, b: Number) -> Number {
    a.tape.record(a.value + b.value, [a.index, b.index], [1, 1])
  }

  static func * (a: Number, b: Number) -> Number {
    a.tape.record(a.value * b.value, [a.index, b.index], [b.value, a.value])
  }
}

func tanh(_ x: Number) -> Number {
  let y = Foundation.tanh(x.value)
  return x.tape.record(y, [x.index], [1 - y * y])
}

// A tiny recurrent network: h ← tanh(w x + u h), over three steps. It is an ordinary loop; the tape sees
// only the operations that ran.
let inputs = [0.5, -1.0, 2.0]
let tape = HandmadeTape()
let (w, u) = (tape.input(0.7), tape.input(-0.4))
var h = tape.input(0)
for x in inputs { h = tanh(w * tape.input(x) + u * h) }
let derivatives = tape.sweep(from: h)
print("by hand: h = \(h.value), ∂h/∂w = \(derivatives[w.index]), ∂h/∂u = \(derivatives[u.index])")

// The same with Spool.
func network(_ w: Tensor<Double>, _ u: Tensor<Double>) -> Tensor<Double> {
  var h: Tensor<Double> = 0
  for x in inputs { h = tanh(w * x + u * h) }
  return h
}
let (value, (dw, du)) = valueAndGradient(at: Tensor(0.7), Tensor(-0.4), of: network)
print("Spool:   h = \(value.scalar), ∂h/∂w = \(dw.scalar), ∂h/∂u = \(du.scalar)")
func agree(_ a: Double, _ b: Double) -> Bool { abs(a - b) < 1e-12 }
claim("both tapes give the same value", agree(value.scalar, h.value))
claim("both give ∂h/∂w", agree(dw.scalar, derivatives[w.index]))
claim("both give ∂h/∂u", agree(du.scalar, derivatives[u.index]))

// The weight is used three times; its gradient is the sum over the steps. It is one weight, not three.
let perStep = gradient(at: Tensor<Double>([0.7, 0.7, 0.7])) { w in
  var h: Tensor<Double> = 0
  for (t, x) in inputs.enumerated() { h = tanh(w[t] * x - 0.4 * h) }
  return h
}
print("∂h/∂w by step: \(perStep.scalars)")
claim("the steps' parts add up to ∂h/∂w", agree(perStep.sum().scalar, dw.scalar))

// A check that needs no tape: move w a little.
let step = 1e-6
let moved = (network(Tensor(0.7 + step), Tensor(-0.4)) - network(Tensor(0.7 - step), Tensor(-0.4)))
claim("the difference quotient agrees", abs(moved.scalar / (2 * step) - dw.scalar) < 1e-8)
