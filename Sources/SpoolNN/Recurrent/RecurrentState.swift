import Spool

/// The state of a recurrent cell: one tensor, or a structure of tensors, each `[batch, …]`.
public protocol RecurrentState<Scalar> {
  /// The scalar type of its tensors.
  associatedtype Scalar: RealScalar

  /// The state each of whose tensors is `combine` of the tensors at its place in this one and in `other`.
  func combined(
    with other: Self, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> Self
}

extension RecurrentState {
  /// The state each of whose tensors is `transform` of the one in this.
  public func map(_ transform: (Tensor<Scalar>) -> Tensor<Scalar>) -> Self {
    combined(with: self) { tensor, _ in transform(tensor) }
  }

  /// Its tensors, in the order in which `map` visits them.
  public var tensors: [Tensor<Scalar>] {
    var result: [Tensor<Scalar>] = []
    _ = map { tensor in
      result.append(tensor)
      return tensor
    }
    return result
  }

  /// A state of this structure that holds `tensors`, in the order of `self.tensors`. Traps when there are
  /// more or fewer of them.
  public func with(_ tensors: [Tensor<Scalar>]) -> Self {
    var rest = tensors[...]
    let result = map { _ in
      guard let next = rest.popFirst() else {
        trap("with(_:): \(tensors.count) tensors are too few for a \(Self.self)")
      }
      return next
    }
    guard rest.isEmpty else {
      trap("with(_:): \(tensors.count) tensors are too many for a \(Self.self)")
    }
    return result
  }
}

extension Tensor: RecurrentState where Scalar: RealScalar {
  /// `combine` of the two tensors.
  public func combined(
    with other: Tensor, _ combine: (Tensor, Tensor) -> Tensor
  ) -> Tensor { combine(self, other) }
}

extension Array: RecurrentState where Element: RecurrentState {
  /// The scalar type of its tensors.
  public typealias Scalar = Element.Scalar

  /// The elements combined in pairs. Traps when their numbers differ.
  public func combined(
    with other: [Element], _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> [Element] {
    guard count == other.count else {
      trap("combined: \(count) states and \(other.count) states")
    }
    return zip(self, other).map { $0.combined(with: $1, combine) }
  }
}

/// The values of a state as constants: what is carried over from one stretch of a sequence to the next, so
/// that gradients end there (truncated backpropagation through time; Williams & Peng, 1990).
@_disfavoredOverload
public func stopGradient<State: RecurrentState>(_ state: State) -> State {
  state.map { Spool.stopGradient($0) }
}
