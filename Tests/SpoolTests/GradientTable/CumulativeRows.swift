import Spool

extension GradientTable {
  mutating func addCumulativeRows() {
    for isExclusive in [false, true] {
      for isReversed in [false, true] {
        let variant = (isExclusive ? "exclusive" : "") + (isReversed ? " reversed" : "")
        unary(
          "cumulativeSum(_:axis:exclusive:reversed:)", variant, shapes: Shapes.ranked
        ) { cumulativeSum($0, exclusive: isExclusive, reversed: isReversed) }
        unary(
          "cumulativeProduct(_:axis:exclusive:reversed:)", variant, shapes: Shapes.ranked
        ) { cumulativeProduct($0, exclusive: isExclusive, reversed: isReversed) }
        unary(
          "cumulativeProduct(_:axis:exclusive:reversed:)", "with zeros \(variant)",
          in: .uniform(0...0, 0.5...2), shapes: [[[5]], [[2, 4]], [.transposed([2, 4])]]
        ) { cumulativeProduct($0, exclusive: isExclusive, reversed: isReversed) }
      }
    }
    unary("cumulativeSum(_:axis:exclusive:reversed:)", "axis 0", shapes: Shapes.matrices) {
      cumulativeSum($0, axis: 0)
    }
    unary("cumulativeProduct(_:axis:exclusive:reversed:)", "axis 0", shapes: Shapes.matrices) {
      cumulativeProduct($0, axis: 0)
    }
  }
}
