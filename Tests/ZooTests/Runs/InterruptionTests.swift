import Foundation
import SpoolTraining
import Testing
import TestSupport

@testable import SpoolZoo

/// Signals reach a process as a whole, so each test is one of its own.
@Suite struct InterruptionTests {
  let folder: TemporaryFolder
  let run: String

  init() throws {
    folder = try TemporaryFolder()
    run = folder.file("run")
  }

  func stepSaved() throws -> Int32 {
    try SafetensorsFile(path: run + "/training.safetensors").values(of: "step")[0]
  }

  @Test func theFirstSignalFinishesTheStepAndSaves() async throws {
    for (signal, code) in [(SIGINT, 130), (SIGTERM, 143)] as [(Int32, Int32)] {
      let path = "\(run)-\(signal)"
      await #expect(processExitsWith: .exitCode(code)) {
        [path = path as String, signal = signal as Int32] in
        Interruption.watch()
        var counter = Counter()
        counter.afterStep = { step, _ in
          if step == 3 { interrupt(signal) }
        }
        let (status, output, _) = TestZoo([counter])("train counter --run \(path)")
        let word = signal == SIGINT ? "interrupted" : "stopped"
        #expect(
          output == "counted to 3\n\(word) after step 3, saved in \(path); continue with: "
            + "zoo train counter --run \(path) --resume\n")
        exit(status)
      }
      #expect(
        try SafetensorsFile(path: path + "/training.safetensors").values(of: "step") == [3 as Int32]
      )
      #expect(TestZoo()("train counter --run \(path) --resume").output.hasPrefix("counted to 5\n"))
    }
  }

  @Test func aSignalInTheLastStepIsTooLate() async {
    await #expect(processExitsWith: .exitCode(0)) { [path = run as String] in
      Interruption.watch()
      var counter = Counter()
      counter.afterStep = { step, _ in
        if step == 5 { interrupt(SIGINT) }
      }
      exit(TestZoo([counter])("train counter --run \(path)").status)
    }
  }

  @Test func theSecondSignalEndsAtOnce() async throws {
    #expect(TestZoo()("train counter --run \(run) --steps 2").status == 0)
    await #expect(processExitsWith: .exitCode(143)) { [path = run as String] in
      Interruption.watch(echoMilliseconds: -1)
      var counter = Counter()
      counter.afterStep = { step, _ in
        guard step == 4 else { return }
        interrupt(SIGINT)
        kill(getpid(), SIGTERM)
        // However long it takes until some thread gets to it.
        for _ in 0..<60 { sleep(1) }
      }
      _ = TestZoo([counter])("train counter --run \(path) --resume --steps 9")
      exit(0)
    }
    #expect(try stepSaved() == 2, "the last save is untouched")
  }

  @Test func oneRequestMayArriveTwice() async throws {
    await #expect(processExitsWith: .exitCode(143)) { [path = run as String] in
      Interruption.watch(echoMilliseconds: 1_000_000)
      var counter = Counter()
      counter.afterStep = { step, _ in
        guard step == 2 else { return }
        interrupt(SIGTERM)
        kill(getpid(), SIGTERM)
        usleep(50_000)
      }
      let (status, output, _) = TestZoo([counter])("train counter --run \(path)")
      #expect(output.hasPrefix("counted to 2\nstopped after step 2"))
      exit(status)
    }
    #expect(try stepSaved() == 2)
  }

  @Test func signalsThatWereIgnoredStayIgnored() async {
    await #expect(processExitsWith: .exitCode(0)) {
      signal(SIGINT, SIG_IGN)
      Interruption.watch()
      kill(getpid(), SIGINT)
      #expect(Interruption.signal == nil)
      exit(0)
    }
  }
}

/// Sends a signal to this process and waits until some thread of it has taken note.
private func interrupt(_ signal: Int32) {
  kill(getpid(), signal)
  while Interruption.signal == nil { usleep(1000) }
}
