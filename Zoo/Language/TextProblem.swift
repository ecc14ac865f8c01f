import SpoolData

/// What is wrong with a text, with the place that it is from: a file, or an option of the command line.
struct TextProblem: Error, CustomStringConvertible {
  let source: String
  let problem: any Error & CustomStringConvertible
  var description: String { "\(source.escapedForDisplay): \(problem)" }
}
