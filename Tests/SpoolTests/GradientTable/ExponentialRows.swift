import Spool

extension GradientTable {
  mutating func addExponentialRows() {
    let positive = Domain.uniform(0.5...2)
    unary("exp(_:)") { exp($0) }
    unary("expm1(_:)") { expm1($0) }
    unary("log(_:)", in: positive) { log($0) }
    unary("log1p(_:)", in: .uniform(-0.5...2)) { log1p($0) }
    unary("sqrt(_:)", in: positive) { sqrt($0) }
    unary("rsqrt(_:)", in: positive) { rsqrt($0) }
    unary("square(_:)") { square($0) }
    unary("reciprocal(_:)", in: .uniform(-2 ... -0.5, 0.5...2)) { reciprocal($0) }
    unary("erf(_:)") { erf($0) }
  }
}
