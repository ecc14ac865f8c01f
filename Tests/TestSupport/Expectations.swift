import Spool
import Testing

/// Expects two tensors of the same shape whose elements differ by at most `tolerance`, relative to
/// `expected` where that exceeds 1. NaN is never close.
public func expectClose<S: RealScalar>(
  _ actual: Tensor<S>, _ expected: Tensor<S>, within tolerance: Double, _ comment: String = "",
  sourceLocation: SourceLocation = #_sourceLocation
) {
  guard actual.shape == expected.shape else {
    Issue.record(
      "\(comment) shape \(actual.shape), expected \(expected.shape)",
      sourceLocation: sourceLocation)
    return
  }
  for (i, (a, e)) in zip(actual.scalars, expected.scalars).enumerated() {
    let difference = Swift.abs(Double(a) - Double(e))
    let allowed = tolerance * Swift.max(1, Swift.abs(Double(e)))
    if a == e || difference <= allowed { continue }
    Issue.record(
      "\(comment) element \(i) of shape \(actual.shape) is \(a), expected \(e)",
      sourceLocation: sourceLocation)
    return
  }
}

/// Expects that the body of an exit test trapped, and said `message`:
///
///     let trapped = await #expect(
///       processExitsWith: .failure, observing: [\.standardErrorContent]
///     ) { _ = matmul(a, b) }
///     expectMessage(trapped, "inner dimensions 2 and 3 differ")
public func expectMessage(
  _ result: ExitTest.Result?, _ message: String,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  let output = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
  #expect(output.contains(message), sourceLocation: sourceLocation)
}
