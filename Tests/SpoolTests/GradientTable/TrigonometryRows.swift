import Spool

extension GradientTable {
  mutating func addTrigonometryRows() {
    unary("sin(_:)") { sin($0) }
    unary("sin(_:)", "far out", in: .uniform(-100...100)) { sin($0) }
    unary("cos(_:)") { cos($0) }
  }
}
