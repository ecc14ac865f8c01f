import Spool
import TestSupport
import Testing

/// The gradient of a weight that many products of few rows read.
@Suite struct GatheredProductsTests {
  typealias D = Tensor<Double>

  private let w = D.normal([300, 500], key: RandomKey(seed: 1))
  private let bias = D.normal([500], key: RandomKey(seed: 2))

  /// What one product of all rows gives, for as many products as fit together, one that does not fit with those
  /// before it, one of too many rows to wait, and a rest.
  @Test(arguments: [[20], [20, 30, 40, 38, 1], [64, 65, 64, 64], [10, 100, 200, 3], [1, 0, 2]])
  func equalsOneProduct(_ rowCounts: [Int]) {
    let parts = rowCounts.enumerated().map { i, count in
      D.normal([count, 300], key: RandomKey(seed: 10 + i))
    }
    let all = concatenated(parts)
    func gradients(_ loss: (D, D) -> D) -> [D] {
      valueAndGradients(at: [w, bias]) { loss($0[0], $0[1]) }.gradients.map { $0! }
    }
    let expected = gradients { w, b in sin(matmul(all, w)).sum() + cos(matmul(all, w) + b).sum() }
    let actual = gradients { w, b in
      parts.reduce(D(0)) {
        $0 + sin(matmul($1, w)).sum() + cos(linear($1, weight: w, bias: b)).sum()
      }
    }
    for (a, b) in zip(actual, expected) { expectClose(a, b, within: 1e-11) }
  }

  /// Other uses add to the same gradient, and it is whole after every sweep.
  @Test func besideOtherUses() {
    let x = D.normal([8, 300], key: RandomKey(seed: 3))
    let (_, pullback) = vjp(at: w, reusable: true) { w in
      matmul(x, w).sum() + square(w).sum() + matmul(2 * x, w).sum()
    }
    let expected = 2 * w + 3 * x.sum(0).expandingAxis(at: 1)
    for _ in 0..<2 { expectClose(pullback(1), expected, within: 1e-11) }
  }

  /// A derivative of the gradient goes through operations, which nothing gathers.
  @Test func secondDerivatives() {
    let x = D.normal([2, 300], key: RandomKey(seed: 4))
    let direction = D.normal([300, 500], key: RandomKey(seed: 5))
    let actual = hessianVectorProduct(at: w, along: direction) { w in
      (0..<2).reduce(D(0)) { sum, i in
        let y = matmul(x[i...i], w)
        return sum + (y * y * y).sum()
      }
    }
    let expected = matmul(x.transposed(), 6 * matmul(x, w) * matmul(x, direction))
    expectClose(actual, expected, within: 1e-9)
  }
}
