import Spool

/// Small drawings to move about: a disc, a ring, a square, a cross, a diamond and a triangle.
public enum Shapes {
  /// The drawings, `[6, size, size]`, white (1) on black (0). Traps when the size is below 3 pixels.
  public static func drawings(size: Int) -> Tensor<Float> {
    guard size >= 3 else {
      trap("Shapes: a drawing of \(size) pixels; 3 are the least")
    }
    let half = Float(size) / 2
    let stroke = max(1, Float(size) / 5)
    /// Whether a place belongs to the drawing, in pixels from its middle, rows downward.
    let insides: [(_ row: Float, _ column: Float) -> Bool] = [
      { $0 * $0 + $1 * $1 <= half * half },
      { (($0 * $0 + $1 * $1).squareRoot() - half + stroke / 2).magnitude <= stroke / 2 },
      { _, _ in true },
      { min($0.magnitude, $1.magnitude) <= stroke / 2 },
      { $0.magnitude + $1.magnitude <= half },
      { 2 * $1.magnitude <= $0 + half },
    ]
    let pixels = insides.flatMap { isInside in
      (0..<(size * size)).map { place -> Float in
        let (row, column) = place.quotientAndRemainder(dividingBy: size)
        return isInside(Float(row) + 0.5 - half, Float(column) + 0.5 - half) ? 1 : 0
      }
    }
    return Tensor(shape: [insides.count, size, size], pixels)
  }
}
