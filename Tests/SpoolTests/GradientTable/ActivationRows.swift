import Spool

extension GradientTable {
  mutating func addActivationRows() {
    let awayFromZero = Domain.uniform(-2 ... -0.1, 0.1...2)
    unary("tanh(_:)") { tanh($0) }
    unary("sigmoid(_:)") { sigmoid($0) }
    unary("sigmoid(_:)", "far out", in: .uniform(-12 ... -6, 6...12)) { sigmoid($0) }
    unary("softplus(_:)") { softplus($0) }
    unary("softplus(_:)", "far out", in: .uniform(-12 ... -6, 6...40)) { softplus($0) }
    unary("relu(_:)", in: awayFromZero) { relu($0) }
    unary("leakyRelu(_:slope:)", in: awayFromZero) { leakyRelu($0) }
    unary("leakyRelu(_:slope:)", "slope 0.2", in: awayFromZero) { leakyRelu($0, slope: 0.2) }
    unary("elu(_:alpha:)", in: awayFromZero) { elu($0) }
    unary("elu(_:alpha:)", "alpha 0.7", in: awayFromZero) { elu($0, alpha: 0.7) }
    unary("gelu(_:)") { gelu($0) }
    unary("silu(_:)") { silu($0) }
  }
}
