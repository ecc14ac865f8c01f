import Spool

extension GradientTable {
  mutating func addRearrangeRows() {
    unary(".flipped(_:)") { $0.flipped() }
    unary(".flipped(_:)", "one axis", shapes: Shapes.ranked) { exp($0.flipped(0)) * $0.flipped(-1) }
    unary(".rolled(by:axis:)", shapes: Shapes.ranked) { $0.rolled(by: 1) }
    unary(".rolled(by:axis:)", "axis -1", shapes: Shapes.ranked) {
      exp($0.rolled(by: -4, axis: -1)) * $0
    }
    unary(".repeated(_:axis:)", shapes: Shapes.ranked) { $0.repeated(2, axis: 0) }
    unary(".repeated(_:axis:)", "axis -1", shapes: Shapes.ranked) {
      exp($0.repeated(3, axis: -1)) + $0.repeated(1, axis: -1).repeated(3, axis: -1)
    }
    unary(".tiled(_:)") { $0.tiled(2) }
    unary(".tiled(_:)", "new axes") { exp($0.tiled(2, 1, 3, 2)) * $0.tiled(1, 2).sum() }
  }

  mutating func addPaddingRows() {
    unary(".padded(axis:before:after:with:)", shapes: Shapes.ranked) {
      $0.padded(axis: 0, before: 1, after: 2, with: 0.5)
    }
    unary(".padded(axis:before:after:with:)", "axis -1", shapes: Shapes.ranked) { x in
      exp(x.padded(axis: -1, after: 1)) * x.padded(axis: -1, before: 1, with: 2)
    }
    unary(".padded(_:with:)") { x in
      x.padded([(before: Int, after: Int)](repeating: (1, 0), count: x.rank), with: -1)
    }
  }

  mutating func addConversionRows() {
    // A conversion to Float rounds the cotangent to steps that differences see.
    checkedElsewhere(".converted(to:)", operation: "converted")
  }

  mutating func addMaskRows() {
    binary(".replacing(with:where:)") { a, b in a.replacing(with: b, where: stopGradient(b) .> 0) }
    unary(".selecting(where:)") { x in x.selecting(where: stopGradient(x) .> 0) }
    unary(".selecting(where:)", "first axis", shapes: [[[2, 3]], [.transposed([2, 3])]]) { x in
      exp(x.selecting(where: [false, true])) * x.selecting(where: true)
    }
    unary(".lowerTriangle(diagonal:)", shapes: Shapes.matrices) { $0.lowerTriangle() }
    unary(".upperTriangle(diagonal:)", shapes: Shapes.matrices) {
      exp($0.upperTriangle(diagonal: 1)) * $0.lowerTriangle(diagonal: -1)
    }
    constant(".trueIndices") { ($0[0] .> 0).trueIndices }
    constant(".lowerTriangle(rows:columns:diagonal:)") {
      .lowerTriangle(rows: $0[0].shape[0], columns: 2)
    }
    constant(".upperTriangle(rows:columns:diagonal:)") {
      .upperTriangle(rows: $0[0].shape[0], columns: 2)
    }
  }
}
