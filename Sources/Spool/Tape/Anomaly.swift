import CKernels

/// The first NaN or infinity that `detectingAnomalies` found.
public struct Anomaly: Error, CustomStringConvertible, Sendable {
  /// Where in training it arose.
  public enum Direction: String, Sendable {
    /// An operation's result.
    case forward
    /// An operation's contribution to a gradient.
    case backward
  }

  /// The operation's name.
  public let operation: String
  /// Whether its result or its gradient was at fault.
  public let direction: Direction
  /// The value: NaN or an infinity.
  public let value: Double
  /// Its place in the tensor, in row-major order, and the tensor's shape.
  public let index: Int
  /// The shape of the tensor that holds it.
  public let shape: Shape
  /// The file and line that ran the operation, where the program has debug information.
  public let location: String?
  /// The time step of the loop over time that ran the operation, if one did.
  public let timeStep: Int?

  /// One line that names all of it.
  public var description: String {
    let what = direction == .forward ? "\(operation) gave" : "the gradient of \(operation) gave"
    var line = "\(what) \(value) at element \(index) of shape \(shape)"
    if let location { line += ", at \(location)" }
    if let timeStep { line += ", in time step \(timeStep)" }
    return line
  }
}

/// Runs `body`, and throws an `Anomaly` if a recorded operation gave NaN or an infinity, forward or
/// backward: the first one, with its name, source line and time step.
///
/// Slow (every result is inspected and every operation's call site kept): for finding the cause
/// once something has gone wrong. What `body` itself throws comes through first.
public func detectingAnomalies<R>(_ body: () throws -> R) throws -> R {
  let detector = AnomalyDetector()
  let result = try AnomalyDetector.$current.withValue(detector) { try body() }
  if let anomaly = detector.first { throw anomaly }
  return result
}

/// Inspects what the tapes made under it record and sweep.
///
/// Sendable, unchecked: a task local's value must be; it is used only by the gradient scopes that run,
/// synchronously, in the body of `detectingAnomalies`.
final class AnomalyDetector: @unchecked Sendable {
  @TaskLocal static var current: AnomalyDetector?

  private(set) var first: Anomaly?
  private struct CallSite {
    let location: SourceLocation
    let timeStep: Int?
  }
  private var callSites: [ObjectIdentifier: [Int: CallSite]] = [:]

  func inspect(_ value: TensorHandle, of operation: String, node: Int, on tape: Tape) {
    guard first == nil else { return }
    let site = CallSite(location: SourceLocation.capture(), timeStep: TimeStep.current)
    callSites[ObjectIdentifier(tape), default: [:]][node] = site
    report(value, operation, .forward, site)
  }

  func inspect(
    _ gradient: TensorHandle, backwardThrough node: UnsafePointer<Node>, on tape: Tape
  ) {
    guard first == nil, let rule = node.pointee.rule else { return }
    report(
      gradient, type(of: rule).name, .backward,
      callSites[ObjectIdentifier(tape)]?[node - UnsafePointer(tape.nodes)])
  }

  private func report(
    _ value: TensorHandle, _ operation: String, _ direction: Anomaly.Direction, _ site: CallSite?
  ) {
    let dense = value.dense()
    let index = withExtendedLifetime(dense) {
      spool_first_nonfinite(dense.scalarType.kernel, dense.count, dense.data)
    }
    guard index >= 0 else { return }
    first = Anomaly(
      operation: operation, direction: direction, value: dense.real(at: index), index: index,
      shape: value.shape, location: site?.location.described, timeStep: site?.timeStep)
  }
}

extension TensorHandle {
  /// Element `index` of a dense real tensor.
  fileprivate func real(at index: Int) -> Double {
    scalarType == .float
      ? Double(data.load(fromByteOffset: index * 4, as: Float.self))
      : data.load(fromByteOffset: index * 8, as: Double.self)
  }
}
