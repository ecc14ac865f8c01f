/// What an operation on given values comes down to.
enum SimplerForm {
  /// One of the values at hand.
  case value(Int)
  /// Another operation, on other values.
  case operation(any Operation, [Int])
  /// The negative of one.
  case negated(any Operation, [Int])
}

extension StepGraph {
  /// A simpler form of an operation on values of this graph, if there is one: what derivative rules and the
  /// rewriting of steps leave behind, such as views of views.
  func simplified(
    _ operation: any Operation, _ inputs: [Int], _ shape: Shape
  ) -> SimplerForm? {
    switch operation {
    case is StopGradient: .value(inputs[0])
    case let view as any ViewOperation: simplified(view, of: inputs[0], shape)
    case let concatenate as Concatenate: simplified(concatenate, inputs, shape)
    case is SumToShape where values[inputs[0]].shape == shape: .value(inputs[0])
    case let unslice as Unslice where unslice.region == Region(of: shape): .value(inputs[0])
    case is MatrixProduct where isOuterProduct(inputs): .operation(Multiply(), inputs)
    case let pointwise as any PointwiseOperation:
      withoutSigns(operation, inputs) ?? withoutBroadcasts(pointwise, inputs, shape)
    default: withoutSigns(operation, inputs)
    }
  }

  /// Whether the inner dimension of a product of batches of matrices is 1.
  private func isOuterProduct(_ inputs: [Int]) -> Bool {
    let (a, b) = (values[inputs[0]].shape, values[inputs[1]].shape)
    return a.rank > 2 && a.rank == b.rank && a[a.rank - 1] == 1
      && a[..<(a.rank - 2)].elementsEqual(b[..<(b.rank - 2)])
  }

  /// Signs go through what is linear, until they meet another or a sum: derivative rules give many.
  private func withoutSigns(_ operation: any Operation, _ inputs: [Int]) -> SimplerForm? {
    func negative(_ place: Int) -> Int? { origin(of: inputs[place], by: Negate.self)?.input }
    switch operation {
    case is Negate: return negative(0).map { .value($0) }
    case is Add:
      if let b = negative(1) { return .operation(Subtract(), [inputs[0], b]) }
      return negative(0).map { .operation(Subtract(), [inputs[1], $0]) }
    case is Subtract:
      if let b = negative(1) { return .operation(Add(), [inputs[0], b]) }
      return negative(0).map { .negated(Add(), [$0, inputs[1]]) }
    case is Multiply, is Divide:
      if let a = negative(0) { return .negated(operation, [a, inputs[1]]) }
      return negative(1).map { .negated(operation, [inputs[0], $0]) }
    case is TanhGradient, is SigmoidGradient, is SoftmaxGradient, is StandardizeGradient,
      is SumToShape, is Sum:
      return negative(0).map { .negated(operation, [$0] + inputs.dropFirst()) }
    default: return nil
    }
  }

  /// The operation that makes value `i`, and its first input, where it is an `Op`.
  private func origin<Op: Operation>(of i: Int, by _: Op.Type) -> (operation: Op, input: Int)? {
    guard case .operation(let operation, let inputs) = values[i].source,
      let operation = operation as? Op
    else { return nil }
    return (operation, inputs[0])
  }

  private func simplified(_ view: any ViewOperation, of input: Int, _ shape: Shape) -> SimplerForm?
  {
    let source = values[input].shape
    switch view {
    case is Reshape:
      if source == shape { return .value(input) }
      if let negated = origin(of: input, by: Negate.self) {
        return .negated(view, [negated.input])
      }
      return origin(of: input, by: Reshape.self).map { .operation(view, [$0.input]) }
    case is BroadcastTo:
      if source == shape { return .value(input) }
      return origin(of: input, by: BroadcastTo.self).map { .operation(view, [$0.input]) }
    case let permute as Permute:
      if (0..<shape.rank).allSatisfy({ permute.permutation[$0] == $0 }) { return .value(input) }
      if let (inner, input) = origin(of: input, by: Permute.self) {
        let axes = permute.permutation.map { inner.permutation[$0] }
        return .operation(Permute(permutation: Shape(axes)), [input])
      }
      // Axes of size 1 alone change places.
      let order = permute.permutation.filter { source[$0] != 1 }
      let isReshape = permute.permutation[0] == 0 && order == order.sorted()
      return isReshape ? .operation(Reshape(shape: shape), [input]) : nil
    case let slice as Slice: return simplified(slice, of: input, source)
    default: return nil
    }
  }

  private func simplified(_ slice: Slice, of input: Int, _ source: Shape) -> SimplerForm? {
    if slice.region == Region(of: source) { return .value(input) }
    if let (inner, input) = origin(of: input, by: Slice.self) {
      return .operation(Slice(region: slice.region.within(inner.region)), [input])
    }
    guard case .operation(let operation, let parts) = values[input].source else { return nil }
    if let unslice = operation as? Unslice, unslice.region == slice.region {
      return .value(parts[0])
    }
    guard let concatenate = operation as? Concatenate else { return nil }
    let (axis, bounds) = (concatenate.axis, concatenate.bounds)
    let range = slice.region.span(axis)
    guard !range.isEmpty,
      let part = parts.indices.first(where: {
        bounds[$0] <= range.lowerBound && range.upperBound <= bounds[$0 + 1]
      })
    else { return nil }
    var region = slice.region
    region.starts[axis] -= bounds[part]
    return .operation(Slice(region: region), [parts[part]])
  }

  /// The parts of one value put together again.
  private func simplified(
    _ concatenate: Concatenate, _ inputs: [Int], _ shape: Shape
  ) -> SimplerForm? {
    if inputs.count == 1 { return .value(inputs[0]) }
    var source: Int?
    for (i, input) in inputs.enumerated() {
      let range = concatenate.bounds[i]..<concatenate.bounds[i + 1]
      guard let (slice, input) = origin(of: input, by: Slice.self), source ?? input == input,
        values[input].shape == shape,
        slice.region == Region(range, along: concatenate.axis, of: shape)
      else { return nil }
      source = input
    }
    return source.map { .value($0) }
  }

  /// A pointwise operation stretches its operands by itself.
  private func withoutBroadcasts(
    _ operation: any PointwiseOperation, _ inputs: [Int], _ shape: Shape
  ) -> SimplerForm? {
    var plain = inputs
    for (i, input) in inputs.enumerated() {
      guard let (_, source) = origin(of: input, by: BroadcastTo.self) else { continue }
      plain[i] = source
      let shapes = plain.map { values[$0].shape }
      if shapes.dropFirst().reduce(shapes[0], { Shape.broadcast($0, $1) ?? [] }) != shape {
        plain[i] = input
      }
    }
    return plain == inputs ? nil : .operation(operation, plain)
  }
}

extension Region {
  /// From the first place along `axis` to the last.
  func span(_ axis: Int) -> Range<Int> {
    let last = starts[axis] + (sizes[axis] - 1) * steps[axis]
    if sizes[axis] == 0 { return starts[axis]..<starts[axis] }
    return Swift.min(starts[axis], last)..<(Swift.max(starts[axis], last) + 1)
  }

  /// This region of what lies in `outer`, as a region of what that lies in.
  fileprivate func within(_ outer: Region) -> Region {
    var result = self
    for axis in 0..<sizes.rank {
      result.starts[axis] = outer.starts[axis] + starts[axis] * outer.steps[axis]
      result.steps[axis] = outer.steps[axis] * steps[axis]
    }
    return result
  }
}
