extension StepGraph {
  /// Makes one concatenation of a sum of parts written into zeros, what the rules of `chunked` gates and of
  /// rotations give: no zeros are added up.
  func withJoinedParts() -> StepGraph {
    let counts = useCounts()
    var editor = GraphEditor(self)
    var isChanged = false
    for sum in flatSums(useCounts: counts) {
      var joins: [Join] = []
      var terms: [SumTerm] = []
      for term in sum.terms {
        guard !term.isNegative,
          values[term.value].shape == values[sum.value].shape, let part = part(term.value)
        else {
          terms.append(term)
          continue
        }
        if let place = joins.firstIndex(where: { $0.takes(part) }) {
          joins[place].parts.append(part)
        } else {
          joins.append(Join(parts: [part]))
        }
      }
      guard joins.contains(where: { $0.parts.count > 1 }) else { continue }
      for join in joins {
        let value = join.parts.count > 1 ? join.emit(in: &editor) : join.parts[0].placed
        terms.append(SumTerm(value: value, isNegative: false))
      }
      editor.replace(sum.value, by: editor.plain(editor.sum(terms)))
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }

  /// Value `i` as a range of places along one axis with zeros around.
  private func part(_ i: Int) -> Part? {
    guard case .operation(let operation, let inputs) = values[i].source,
      let unslice = operation as? Unslice
    else { return nil }
    let (region, shape) = (unslice.region, unslice.shape)
    let axes = (0..<shape.rank).filter { region.sizes[$0] != shape[$0] }
    guard axes.count == 1, (0..<shape.rank).allSatisfy({ region.steps[$0] == 1 }) else {
      return nil
    }
    return Part(value: inputs[0], placed: i, axis: axes[0], range: region.span(axes[0]))
  }
}

private struct Part {
  let value: Int
  /// The value with zeros around.
  let placed: Int
  let axis: Int
  let range: Range<Int>
}

/// Parts that can stand side by side.
private struct Join {
  var parts: [Part]

  func takes(_ part: Part) -> Bool {
    parts.allSatisfy { $0.axis == part.axis && !$0.range.overlaps(part.range) }
  }

  /// What no part covers is zeros beside the part before or, at the start, after it.
  func emit(in editor: inout GraphEditor) -> Int {
    let axis = parts[0].axis
    let shape = editor.value(parts[0].placed).shape
    let sorted = parts.sorted { $0.range.lowerBound < $1.range.lowerBound }
    var values: [Int] = []
    for (i, part) in sorted.enumerated() {
      let start = i == 0 ? 0 : part.range.lowerBound
      let end = i + 1 < sorted.count ? sorted[i + 1].range.lowerBound : shape[axis]
      let isWhole = start == part.range.lowerBound && end == part.range.upperBound
      values.append(isWhole ? part.value : editor.padded(part.value, axis, part.range, start..<end))
    }
    return editor.concatenate(values, axis: axis)
  }
}

extension GraphEditor {
  /// A value at the places `range` along `axis`, with zeros around it, as what stands at the places `whole`.
  fileprivate mutating func padded(
    _ i: Int, _ axis: Int, _ range: Range<Int>, _ whole: Range<Int>
  ) -> Int {
    var shape = value(i).shape
    shape[axis] = whole.count
    let start = range.lowerBound - whole.lowerBound
    let region = Region(start..<(start + range.count), along: axis, of: shape)
    return append(Unslice(region: region, shape: shape), [i], shape, value(i).scalarType)
  }
}
