import Foundation
import SpoolData
import Testing
import TestSupport

/// Kills a process again and again while it saves.
@Suite struct KilledSaveTests {
  static let rounds = 25
  static let size = 400_000

  @Test func aKilledSaveLosesNothing() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model")
    let acknowledgements = folder.file("acknowledged")
    var newest = 0
    var interruptedSaves = 0
    for _ in 0..<Self.rounds {
      await #expect(processExitsWith: .signal(SIGKILL)) {
        [
          path = path as String, acknowledgements = acknowledgements as String,
          newest = newest as Int
        ] in
        Thread.detachNewThread {
          usleep(.random(in: 0..<20_000))
          kill(getpid(), SIGKILL)
        }
        for version in (newest + 1)... {
          try AtomicFile.write([UInt8](repeating: UInt8(version % 251), count: Self.size), to: path)
          let log = open(acknowledgements, O_WRONLY | O_CREAT, 0o600)
          withUnsafeBytes(of: version) { _ = write(log, $0.baseAddress, $0.count) }
          close(log)
        }
      }
      interruptedSaves += try folder.names.contains { $0.hasSuffix(".tmp") } ? 1 : 0
      guard FileManager.default.fileExists(atPath: path) else {
        #expect(newest == 0, "the file vanished")
        continue
      }
      let log = (try? folder.bytes(of: "acknowledged")) ?? []
      let acknowledged = log.count < 8 ? 0 : log.withUnsafeBytes { $0.load(as: Int.self) }
      // A version that was in place when the round before was killed must not be lost either.
      let oldest = max(acknowledged, newest)
      let bytes = try folder.bytes(of: "model")
      #expect(bytes.count == Self.size)
      #expect(Set(bytes).count == 1, "a mixture of versions")
      let found = (oldest...oldest + 1).first { UInt8($0 % 251) == bytes.first }
      newest = try #require(found, "an acknowledged version is lost")
    }
    #expect(interruptedSaves > 0, "no kill hit a save: the test tests nothing")
    try AtomicFile.write([1], to: path)
    #expect(try !folder.names.contains { $0.hasSuffix(".tmp") })
  }
}
