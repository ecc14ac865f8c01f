import Foundation
import Testing
import TestSupport

/// Runs the program itself.
@Suite struct ProgramTests {
  static let program: URL = {
    #if os(macOS)
      let bundle = Bundle.allBundles.first { $0.bundlePath.hasSuffix(".xctest") }!
      return bundle.bundleURL.deletingLastPathComponent().appending(path: "zoo")
    #else
      return Bundle.main.bundleURL.appending(path: "zoo")
    #endif
  }()

  func run(
    _ arguments: [String], environment: [String: String] = [:]
  ) throws -> (status: Int32, output: String, errors: String) {
    let process = Process()
    process.executableURL = Self.program
    process.arguments = arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    let (output, errors) = (Pipe(), Pipe())
    process.standardOutput = output
    process.standardError = errors
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    let errorText = String(
      decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, errorText)
  }

  @Test func helpAndMistakes() throws {
    let help = try run(["--help"])
    #expect(help.status == 0 && help.errors.isEmpty && help.output.hasPrefix("zoo: "))
    #expect(try run(["list"]).status == 0)
    let mistake = try run(["trian"])
    #expect(mistake.status == 1 && mistake.output.isEmpty)
    #expect(mistake.errors == "zoo: zoo has no verb \"trian\"; did you mean train?\n")
  }

  @Test func aReaderThatGoesAwayIsNoCrash() throws {
    let process = Process()
    process.executableURL = URL(filePath: "/bin/sh")
    process.arguments = ["-c", "{ sleep 0.2; \"$0\" --help; echo $? >&2; } | :", Self.program.path]
    let errors = Pipe()
    process.standardError = errors
    try process.run()
    let text = String(decoding: errors.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    #expect(text == "0\n")
  }

  @Test func theBenchmarkStartsTheProgramAnew() throws {
    let once = try run(["benchmark", "rnn-tiny", "--once"])
    #expect(once == (0, "rnn-tiny is done\n", ""))
    let (status, output, errors) = try run(["benchmark", "cold-start", "--runs", "1", "--json"])
    #expect(status == 0 && errors.isEmpty)
    #expect(output.contains("\"workload\":\"cold-start\""))
  }

  @Test func settingsOfTheEnvironmentThatAreNotFollowedAreSaid() throws {
    let (status, _, errors) = try run(["list"], environment: ["SPOOL_THREADS": "many"])
    #expect(status == 0)
    #expect(errors.hasPrefix("zoo: SPOOL_THREADS=many: "))
  }
}
