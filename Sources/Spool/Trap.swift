/// Ends the program because of a mistake in it, such as shapes that cannot fit.
///
/// `fatalError` keeps its message in release builds, which `preconditionFailure` does not.
package func trap(_ message: String) -> Never {
  if let step = TimeStep.current {
    fatalError("\(message) (in \(TimeStep.isTraced ? "scan" : "time") step \(step))")
  }
  fatalError(message)
}
