import Foundation
import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

/// The program in the README is extracted, compiled against the libraries as they were built for these tests,
/// and run.
@Suite struct ReadmeTests {
  @Test func theProgramRunsAsShown() throws {
    let folder = try TemporaryFolder()
    let source = try #require(try program())
    try folder.put(Array(source.utf8), in: "main.swift")
    let build = URL(filePath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent()
    let objects = try ["CKernels", "Spool", "SpoolNN", "SpoolData", "SpoolTraining"].flatMap {
      try self.objects(of: $0, in: build.appending(path: "\($0).build"))
    }
    let include = root.appending(path: "Sources/CKernels/include").path()
    let (status, output) = try run(
      "swiftc",
      [
        "-swift-version", "6", "-I", build.appending(path: "Modules").path(),
        "-Xcc", "-fmodule-map-file=\(build.path())CKernels.build/module.modulemap",
        "-Xcc", "-I\(include)", folder.file("main.swift"), "-o", folder.file("program"),
      ] + sanitizer + objects)
    #expect(status == 0, "\(output)")
    let (exit, printed) = try run(folder.file("program"), [])
    #expect(exit == 0)
    let losses = printed.split(separator: "\n").compactMap { line in
      line.split(separator: " ").last.flatMap { Double($0) }
    }
    #expect(losses.count == 3, "\(printed)")
    #expect(losses.last.map { $0 < 0.01 } == true, "\(printed)")
  }

  /// What links objects that a sanitizer has a hand in, if this test runs under one.
  private var sanitizer: [String] {
    for (symbol, name) in [("__asan_init", "address"), ("__tsan_init", "thread")]
    where dlsym(nil, symbol) != nil {
      return ["-sanitize=\(name)"]
    }
    return []
  }

  private var root: URL {
    URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
  }

  /// The first block of Swift in the README.
  private func program() throws -> String? {
    let readme = try String(contentsOf: root.appending(path: "README.md"), encoding: .utf8)
    let parts = readme.components(separatedBy: "```swift\n")
    return parts.count < 2 ? nil : parts[1].components(separatedBy: "```")[0]
  }

  /// The objects of the sources there are: a build folder keeps those of sources that have gone.
  private func objects(of target: String, in folder: URL) throws -> [String] {
    let manager = FileManager.default
    let sources = try manager.subpathsOfDirectory(
      atPath: root.appending(path: "Sources/\(target)").path())
    let expected = Set(sources.map { URL(filePath: $0).lastPathComponent + ".o" })
    return try manager.subpathsOfDirectory(atPath: folder.path())
      .filter { expected.contains(URL(filePath: $0).lastPathComponent) }
      .map { folder.appending(path: $0).path() }
  }

  private func run(_ command: String, _ arguments: [String]) throws -> (Int32, String) {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/env")
    process.arguments = [command] + arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    process.standardError = pipe
    try process.run()
    let data = pipe.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return (process.terminationStatus, String(decoding: data, as: UTF8.self))
  }
}
