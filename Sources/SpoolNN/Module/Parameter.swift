import Spool
import Synchronization

#if canImport(Darwin)
  import Darwin
#else
  import Glibc
#endif

/// A tensor that training changes: `@Parameter var weight: Tensor<Float>`.
///
/// A leaf with identity: a copied struct shares its parameters with the original, and two layers that
/// hold the same object are tied: `_output = embedding.$table`. The projected value `$weight` is the
/// object, which looks up its gradient, `gradients[model.$weight]`.
///
/// Any number of threads may read a parameter. While one thread differentiates by it, it stands for a
/// tensor of that gradient scope, so another thread that reads, changes or differentiates by it
/// meanwhile traps: give each thread a model of its own.
@propertyWrapper
public final class Parameter<Scalar: RealScalar>: Sendable {
  private struct State {
    /// Nil while `withMutableValue` has it.
    var value: Tensor<Scalar>?
    var isTrainable = true
    /// How many scopes, one inside another, have it stand for something else, and on which thread.
    var scopeCount = 0
    var thread: UInt = 0
  }

  private let state: Mutex<State>

  /// A parameter that starts as `wrappedValue`.
  public init(wrappedValue: Tensor<Scalar>) { state = Mutex(State(value: wrappedValue)) }

  /// The value: what the wrapped property reads and assigns.
  ///
  /// Traps when it is assigned inside `valueAndGradient(of:)`, which puts the old value back at its end.
  public var wrappedValue: Tensor<Scalar> {
    get { state.withLock { Self.read($0) } }
    set {
      let old = state.withLock { state in
        let old = Self.read(state)
        Self.requireChangeable(state)
        state.value = newValue
        return old
      }
      guard old.shape == newValue.shape else {
        trap(
          "a parameter of shape \(old.shape) is assigned a tensor of shape \(newValue.shape); its "
            + "shape cannot change")
      }
    }
  }

  /// The parameter itself, an object: `model.$weight`.
  public var projectedValue: Parameter { self }

  /// The value, by its plain name.
  public var value: Tensor<Scalar> {
    get { wrappedValue }
    set { wrappedValue = newValue }
  }

  /// Whether `valueAndGradient(of:)` differentiates by it. A parameter that is not trainable gets no
  /// gradient, so optimisers leave it as it is.
  public var isTrainable: Bool {
    get { state.withLock { $0.isTrainable } }
    set { state.withLock { $0.isTrainable = newValue } }
  }

  /// Calls `body` with the value, to change it in place without a copy of its memory.
  public func withMutableValue<R>(_ body: (inout Tensor<Scalar>) throws -> R) rethrows -> R {
    var value = state.withLock { state in
      let value = Self.read(state)
      Self.requireChangeable(state)
      state.value = nil
      return value
    }
    let shape = value.shape
    defer {
      guard value.shape == shape else {
        trap(
          "a parameter of shape \(shape) was given the shape \(value.shape) in place; its shape "
            + "cannot change")
      }
      state.withLock { $0.value = value }
    }
    return try body(&value)
  }

  /// Makes this parameter stand for `value` on this thread; returns what it was before, for `endScope`.
  func beginScope(_ value: Tensor<Scalar>) -> Tensor<Scalar> {
    state.withLock { state in
      let outside = Self.read(state)
      state.scopeCount += 1
      state.thread = Self.currentThread
      state.value = value
      return outside
    }
  }

  /// Puts back what `beginScope` returned.
  func endScope(_ outside: Tensor<Scalar>) {
    state.withLock { state in
      state.scopeCount -= 1
      state.value = outside
    }
  }

  private static func read(_ state: borrowing State) -> Tensor<Scalar> {
    guard state.scopeCount == 0 || state.thread == currentThread else {
      trap(
        "a parameter is used by two threads at once, one of which differentiates by it. Give each "
          + "thread a model of its own")
    }
    guard let value = state.value else {
      trap("a parameter is used while withMutableValue(_:) changes it")
    }
    return value
  }

  private static func requireChangeable(_ state: borrowing State) {
    guard state.scopeCount == 0 else {
      trap(
        "a parameter is changed inside valueAndGradient(of:), or while it stands for another value; "
          + "the change would be undone at the end of that. Change it afterwards")
    }
  }

  private static var currentThread: UInt {
    #if canImport(Darwin)
      UInt(bitPattern: pthread_self())
    #else
      UInt(pthread_self())
    #endif
  }
}
