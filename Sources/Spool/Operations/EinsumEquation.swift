/// An einsum equation taken apart, and the sizes that shapes give to its axes.
struct EinsumEquation {
  private let text: String
  private(set) var operands: [[EinsumAxis]] = []
  private(set) var result: [EinsumAxis] = []
  /// The size of each axis by its code; −1 for those that do not occur.
  private var sizes = InlineArray<60, Int>(repeating: -1)

  func size(_ axis: EinsumAxis) -> Int { sizes[axis.code] }

  func fail(_ reason: String) -> Never { trap("einsum \"\(text)\": \(reason)") }

  init(_ equation: String, for shapes: [Shape]) {
    text = equation
    var (terms, resultTerm) = parse()
    guard terms.count == shapes.count else {
      fail("it has \(terms.count) operands, but \(shapes.count) tensors were given")
    }
    var ellipsisRank = 0
    for (i, shape) in shapes.enumerated() {
      let rest = shape.rank - terms[i].axes.count
      guard terms[i].ellipsis == nil ? rest == 0 : rest >= 0 else {
        fail("operand \(i) has shape \(shape), but the equation names \(terms[i].axes.count) axes")
      }
      ellipsisRank = Swift.max(ellipsisRank, rest)
      terms[i].expand(to: rest)
      operands.append(terms[i].axes)
      measure(i, shapes)
    }
    guard resultTerm != nil else {
      result = implicitResult(ellipsisRank)
      return
    }
    resultTerm!.expand(to: ellipsisRank)
    result = resultTerm!.axes
    requireResult()
  }

  /// The axes of one operand or of the result, as written.
  private struct Term {
    var axes: [EinsumAxis] = []
    /// How many letters stand before the ellipsis.
    var ellipsis: Int?

    /// Puts the axes that the ellipsis stands for in its place.
    mutating func expand(to rank: Int) {
      guard let ellipsis, rank > 0 else { return }
      axes.insert(contentsOf: EinsumAxis.ellipsis(rank), at: ellipsis)
    }
  }

  /// The terms left of the arrow, and the one on its right if there is one.
  private func parse() -> (operands: [Term], result: Term?) {
    var terms = [Term()]
    var operandCount: Int?
    var rest = text.utf8[...]
    while let byte = rest.first {
      let last = terms.count - 1
      if let axis = EinsumAxis(ascii: byte) {
        terms[last].axes.append(axis)
        rest.removeFirst()
      } else if byte == UInt8(ascii: " ") {
        rest.removeFirst()
      } else if byte == UInt8(ascii: ","), operandCount == nil {
        terms.append(Term())
        rest.removeFirst()
      } else if rest.starts(with: "...".utf8), terms[last].ellipsis == nil {
        terms[last].ellipsis = terms[last].axes.count
        rest.removeFirst(3)
      } else if rest.starts(with: "->".utf8), operandCount == nil {
        operandCount = terms.count
        terms.append(Term())
        rest.removeFirst(2)
      } else {
        fail(
          "\"\(text[rest.startIndex])\" cannot stand there. Indices are the letters a … z and A … Z, one "
            + "... for each operand, commas between operands, and -> before the result")
      }
    }
    guard operandCount != nil else { return (terms, nil) }
    let result = terms.removeLast()
    return (terms, result)
  }

  /// Enters the sizes of operand `i`, which must agree with those before it.
  private mutating func measure(_ i: Int, _ shapes: [Shape]) {
    for (place, axis) in operands[i].enumerated() {
      let new = shapes[i][place]
      let known = sizes[axis.code]
      if known == -1 || (axis.isEllipsis && known == 1) {
        sizes[axis.code] = new
      } else if known != new && !(axis.isEllipsis && new == 1) {
        let first = operands.firstIndex { $0.contains(axis) && size(axis) != 1 } ?? 0
        fail(
          "\(axis.description) has size \(known) in operand \(first) of shape \(shapes[first]), but "
            + "\(new) in operand \(i) of shape \(shapes[i])")
      }
    }
  }

  private func requireResult() {
    for (i, axis) in result.enumerated() where !axis.isEllipsis {
      if size(axis) == -1 { fail("\(axis.description) of the result is in no operand") }
      if result[..<i].contains(axis) { fail("the result names \(axis.description) twice") }
    }
  }

  private func implicitResult(_ ellipsisRank: Int) -> [EinsumAxis] {
    let letters = operands.joined().filter { !$0.isEllipsis }
    let once = letters.filter { axis in letters.count { $0 == axis } == 1 }
    return EinsumAxis.ellipsis(ellipsisRank) + once.sorted { $0.code < $1.code }
  }
}

/// A named axis: a letter, or a place in the ellipsis. In order: capitals, small letters, places.
struct EinsumAxis: Equatable {
  let code: Int

  /// The axis of a letter, given in ASCII; nil for anything else.
  init?(ascii byte: UInt8) {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): code = Int(byte - UInt8(ascii: "A"))
    case UInt8(ascii: "a")...UInt8(ascii: "z"): code = Int(byte - UInt8(ascii: "a")) + 26
    default: return nil
    }
  }

  /// The axis at a place of the ellipsis, counted from its end.
  private init(ellipsis place: Int) { code = 52 + place }

  /// The axes that an ellipsis of that rank stands for.
  static func ellipsis(_ rank: Int) -> [EinsumAxis] {
    (0..<rank).reversed().map { EinsumAxis(ellipsis: $0) }
  }

  var isEllipsis: Bool { code >= 52 }

  var description: String {
    if isEllipsis { return "place \(51 - code) of the ellipsis" }
    let byte = code < 26 ? Int(UInt8(ascii: "A")) + code : Int(UInt8(ascii: "a")) + code - 26
    return "index \(UnicodeScalar(UInt8(byte)))"
  }
}

/// A set of named axes.
struct EinsumAxes {
  private var bits: UInt64 = 0

  init(_ axes: [EinsumAxis]) {
    for axis in axes { bits |= 1 << UInt64(axis.code) }
  }

  func contains(_ axis: EinsumAxis) -> Bool { bits & (1 << UInt64(axis.code)) != 0 }

  mutating func formUnion(_ other: EinsumAxes) { bits |= other.bits }
}
