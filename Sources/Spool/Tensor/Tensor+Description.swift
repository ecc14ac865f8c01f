extension Tensor: CustomStringConvertible, CustomDebugStringConvertible {
  /// The elements as NumPy prints them: in brackets, in aligned columns, with as many decimals as needed
  /// (8 at most), in scientific notation where magnitudes differ too much. Of more than 1000 elements, the
  /// first three and the last three places of each axis.
  public var description: String {
    if rank == 0 { return scalarText(scalar) }
    if count == 0 { return rank == 1 ? "[]" : "[] of shape \(shape)" }
    let isSummary = count > TensorLayout.summaryThreshold
    var edges = stopGradient(self)
    var cutAxes: Set<Int> = []
    for axis in 0..<rank where isSummary && shape[axis] > 2 * TensorLayout.edgePlaces {
      let middle = shape[axis] - 2 * TensorLayout.edgePlaces
      let sizes = [TensorLayout.edgePlaces, middle, TensorLayout.edgePlaces]
      let parts = edges.split(sizes: sizes, axis: axis)
      edges = concatenated([parts[0], parts[2]], axis: axis)
      cutAxes.insert(axis)
    }
    let words = columnTexts(of: edges.scalars)
    return TensorLayout(shape: edges.shape, cutAxes: cutAxes).block(words[...], axis: 0)
  }

  /// The type and the shape, and below them the elements.
  public var debugDescription: String {
    "Tensor<\(Scalar.scalarType)> of shape \(shape)\n\(description)"
  }
}

/// Puts the words for a tensor's elements in brackets and lines.
private struct TensorLayout {
  /// The shape of what is printed.
  let shape: Shape
  /// The axes whose middle is left out.
  let cutAxes: Set<Int>

  static let summaryThreshold = 1000
  static let edgePlaces = 3
  private static let lineWidth = 75
  private static let omission = "..."

  /// The part of the text that stands for `words`, which differ in place along `axis` and later ones.
  func block(_ words: ArraySlice<String>, axis: Int) -> String {
    if axis == shape.rank - 1 { return row(words, axis: axis) }
    let size = words.count / shape[axis]
    var parts = (0..<shape[axis]).map { place in
      block(words[(words.startIndex + place * size)...].prefix(size), axis: axis + 1)
    }
    if cutAxes.contains(axis) { parts.insert(TensorLayout.omission, at: TensorLayout.edgePlaces) }
    let lineBreaks = String(repeating: "\n", count: shape.rank - 1 - axis)
    return "[" + parts.joined(separator: lineBreaks + indent(axis)) + "]"
  }

  /// One row in as many lines as it takes, leaving room for the closing brackets.
  private func row(_ words: ArraySlice<String>, axis: Int) -> String {
    var words = Array(words)
    if cutAxes.contains(axis) { words.insert(TensorLayout.omission, at: TensorLayout.edgePlaces) }
    var lines = [""]
    var width = indent(axis).count
    for word in words {
      if width + word.count > TensorLayout.lineWidth - 1 - axis && !lines.last!.isEmpty {
        lines.append("")
        width = indent(axis).count
      }
      lines[lines.count - 1] += word + " "
      width += word.count + 1
    }
    let last = lines.removeLast().dropLast()
    let full = lines.map { line in
      String(line.reversed().drop { $0 == " " }.reversed()) + "\n" + indent(axis)
    }
    return "[" + full.joined() + last + "]"
  }

  private func indent(_ axis: Int) -> String { String(repeating: " ", count: axis + 1) }
}
