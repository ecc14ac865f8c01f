extension StepGraph {
  /// Without values that nothing needs and without repeated ones; sums of disjoint slices written into
  /// zeros (what the rules of `chunked` gates give) become one concatenation.
  func withoutRepetition() -> StepGraph {
    var rewriter = Rewriter(old: self)
    return rewriter.rewrite()
  }
}

private struct Rewriter {
  private struct Key: Hashable {
    let type: ObjectIdentifier
    let inputs: [Int]
  }

  /// What an old value has become.
  private enum Form {
    case value(Int)
    /// Zeros of a shape with parts written into disjoint regions.
    case parts([(region: Region, value: Int)], Shape, ScalarType)
  }

  let old: StepGraph
  private var new = StepGraph()
  private var forms: [Form?]
  /// Operations by their type and inputs.
  private var known: [Key: [Int]] = [:]

  init(old: StepGraph) {
    self.old = old
    forms = Array(repeating: nil, count: old.values.count)
  }

  mutating func rewrite() -> StepGraph {
    let isNeeded = old.needed(by: old.roots)
    for (i, value) in old.values.enumerated() where isNeeded[i] {
      switch value.source {
      case .operation(let operation, let inputs): forms[i] = rewrite(value, operation, inputs)
      default: forms[i] = .value(new.append(value.source, value.shape, value.scalarType))
      }
    }
    new.outputs = old.outputs.map { materialize($0) }
    new.states = old.states.map { materialize($0) }
    new.inputGradients = old.inputGradients.map { value in value.map { materialize($0) } }
    new.stateGradients = old.stateGradients.map { value in value.map { materialize($0) } }
    new.capturedGradients = old.capturedGradients.map { value in value.map { materialize($0) } }
    return new.pruned()
  }

  private mutating func rewrite(
    _ value: StepGraph.Value, _ operation: any Operation, _ inputs: [Int]
  ) -> Form {
    if let unslice = operation as? Unslice {
      return .parts(
        [(unslice.region, materialize(inputs[0]))], unslice.shape, value.scalarType)
    }
    if operation is Add, case .parts(let a, let shape, let type)? = forms[inputs[0]],
      case .parts(let b, _, _)? = forms[inputs[1]],
      a.allSatisfy({ part in b.allSatisfy { part.region.isDisjoint(from: $0.region) } })
    {
      return .parts(a + b, shape, type)
    }
    if let slice = operation as? Slice, case .parts(let parts, _, _)? = forms[inputs[0]],
      let part = parts.first(where: { $0.region == slice.region })
    {
      return .value(part.value)
    }
    return .value(emit(operation, inputs.map { materialize($0) }, value.shape, value.scalarType))
  }

  private mutating func emit(
    _ operation: any Operation, _ inputs: [Int], _ shape: Shape, _ type: ScalarType
  ) -> Int {
    var (operation, inputs) = (operation, inputs)
    while let simpler = new.simplified(operation, inputs, shape) {
      switch simpler {
      case .value(let value): return value
      case .operation(let other, let itsInputs): (operation, inputs) = (other, itsInputs)
      }
    }
    let key = Key(type: ObjectIdentifier(Swift.type(of: operation)), inputs: inputs)
    for value in known[key, default: []] {
      if case .operation(let other, _) = new.values[value].source, operation.isEqual(to: other) {
        return value
      }
    }
    let value = new.append(.operation(operation, inputs), shape, type)
    known[key, default: []].append(value)
    return value
  }

  private mutating func materialize(_ i: Int) -> Int {
    switch forms[i]! {
    case .value(let value): return value
    case .parts(let parts, let shape, let type):
      let value =
        concatenation(parts, shape, type) ?? sumOfParts(parts, shape, type)
      forms[i] = .value(value)
      return value
    }
  }

  /// The parts one after another, where they cover the shape along one axis.
  private mutating func concatenation(
    _ parts: [(region: Region, value: Int)], _ shape: Shape, _ type: ScalarType
  ) -> Int? {
    let axes = (0..<shape.rank).filter { axis in
      parts.contains { $0.region.sizes[axis] != shape[axis] }
    }
    guard axes.count == 1, let axis = axes.first,
      parts.allSatisfy({ part in (0..<shape.rank).allSatisfy { part.region.steps[$0] == 1 } })
    else { return nil }
    let sorted = parts.sorted { $0.region.starts[axis] < $1.region.starts[axis] }
    var bounds = [0]
    for part in sorted {
      guard part.region.starts[axis] == bounds.last! else { return nil }
      bounds.append(bounds.last! + part.region.sizes[axis])
    }
    guard bounds.last! == shape[axis] else { return nil }
    return emit(Concatenate(axis: axis, bounds: bounds), sorted.map(\.value), shape, type)
  }

  private mutating func sumOfParts(
    _ parts: [(region: Region, value: Int)], _ shape: Shape, _ type: ScalarType
  ) -> Int {
    var sum: Int?
    for part in parts {
      let placed = emit(Unslice(region: part.region, shape: shape), [part.value], shape, type)
      sum = sum.map { emit(Add(), [$0, placed], shape, type) } ?? placed
    }
    return sum!
  }
}

extension StepGraph {
  fileprivate func pruned() -> StepGraph {
    let isNeeded = needed(by: roots)
    var result = StepGraph()
    var place = [Int](repeating: -1, count: values.count)
    for (i, value) in values.enumerated() {
      switch value.source {
      case .operation(let operation, let inputs):
        guard isNeeded[i] else { continue }
        place[i] = result.append(
          .operation(operation, inputs.map { place[$0] }), value.shape, value.scalarType)
      default:
        place[i] = result.append(value.source, value.shape, value.scalarType)
      }
    }
    result.outputs = outputs.map { place[$0] }
    result.states = states.map { place[$0] }
    result.inputGradients = inputGradients.map { $0.map { place[$0] } }
    result.stateGradients = stateGradients.map { $0.map { place[$0] } }
    result.capturedGradients = capturedGradients.map { $0.map { place[$0] } }
    return result
  }
}

extension Region {
  /// Whether no element is in both regions (steps of 1 are told apart exactly; others count as
  /// overlapping where their spans do).
  func isDisjoint(from other: Region) -> Bool {
    (0..<sizes.rank).contains { axis in
      let (a, b) = (span(axis), other.span(axis))
      return a.upperBound <= b.lowerBound || b.upperBound <= a.lowerBound
    }
  }

  /// From the first place along `axis` to the last.
  func span(_ axis: Int) -> Range<Int> {
    let last = starts[axis] + (sizes[axis] - 1) * steps[axis]
    return sizes[axis] == 0
      ? starts[axis]..<starts[axis]
      : Swift.min(starts[axis], last)..<(Swift.max(starts[axis], last) + 1)
  }
}
