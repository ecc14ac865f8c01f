import Foundation
import SpoolData
import Testing
import TestSupport

@testable import SpoolZoo

@Suite struct RunTests {
  let folder: TemporaryFolder
  let zoo: TestZoo
  let run: String

  init() throws {
    folder = try TemporaryFolder()
    zoo = TestZoo(runs: folder.file("runs"))
    run = folder.file("run")
  }

  func text(_ name: String) throws -> String {
    String(decoding: try folder.bytes(of: name), as: UTF8.self)
  }

  @Test func aRunLeavesItsFiles() throws {
    let result = zoo("train counter --run \(run) --rate 0.25 --threads 1")
    #expect(result == (0, "counted to 5\nsaved in \(run)\n", ""))
    let configuration = try RunFolder(path: run).readConfiguration()
    #expect(
      configuration
        == RunConfiguration(
          model: "counter",
          options: [
            "kind": .text("up"), "size": .integer(8), "rate": .number(0.25),
            "steps": .integer(5), "label": .text("x"), "loud": .flag(false), "seed": .integer(1),
            "threads": .integer(1),
          ], details: ["first": "0\n\"é"]))
    #expect(try text("run/config.json").hasSuffix("\"version\" : 1\n}\n"))
    #expect(
      try text("run/metrics.jsonl") == """
        {"step":1,"loss":1.0}
        {"step":2,"loss":0.5}
        {"step":3,"loss":0.3333333333333333}
        {"step":4,"loss":0.25}
        {"step":5,"loss":0.2}
        {"step":5,"validation_loss":2.0}

        """)
    let curve = try text("run/loss.svg")
    #expect(curve.contains(">training<") && curve.contains(">validation<"))
  }

  @Test func withoutANameRunsAreNumbered() throws {
    for path in ["runs/counter", "runs/counter-2", "runs/counter-3"] {
      #expect(zoo("train counter").output.contains("saved in \(folder.file(path))\n"))
    }
  }

  @Test func aRunIsNotOverwritten() throws {
    #expect(zoo("train counter --run \(run)").status == 0)
    let before = try folder.bytes(of: "run/metrics.jsonl")
    #expect(
      zoo("train counter --run \(run) --size 9") == (
        1, "",
        "zoo: \(run) already holds a run; name another folder with --run, or continue this one "
          + "with --resume\n"
      ))
    #expect(try folder.bytes(of: "run/metrics.jsonl") == before)
    try FileManager.default.removeItem(atPath: run + "/training.safetensors")
    #expect(
      zoo("train counter --run \(run)").errors
        == "zoo: \(run) already holds a run; name another folder with --run\n")
    try FileManager.default.removeItem(atPath: run + "/model.safetensors")
    #expect(zoo("train counter --run \(run)").status == 1, "the metrics alone are worth keeping")
  }

  @Test func aRunThatFailedBeforeItsFirstStepCanBeStartedAgain() throws {
    struct Refusal: Error, CustomStringConvertible {
      let description = "no"
    }
    var failing = Counter()
    failing.afterStep = { _, _ in throw Refusal() }
    let other = TestZoo([failing])
    #expect(other("train counter --run \(run)") == (1, "", "zoo: no\n"))
    #expect(zoo("train counter --run \(run)").status == 1, "a step was made")
    try folder.put([], in: "run/metrics.jsonl")
    #expect(zoo("train counter --run \(run)").status == 0)
  }

  @Test func anUnusableFolderIsSaidBeforeTraining() async throws {
    try folder.put([], in: "file")
    for path in [folder.file("file"), folder.file("file/run"), "/proc/none/run"] {
      let result = zoo("train counter --run \(path)")
      #expect(result.status == 1 && result.output.isEmpty)
      #expect(result.errors.hasPrefix("zoo: cannot use the folder \(path): "))
      #expect(result.errors.count { $0 == "\n" } == 1)
    }
    chmod(folder.path, 0o755)
    await #expect(processExitsWith: .success) { [run = run as String] in
      if geteuid() != 0 { chmod(URL(filePath: run).deletingLastPathComponent().path, 0o555) }
      boundByPermissions {
        let result = TestZoo()("train counter --run \(run)")
        #expect(result.errors.hasPrefix("zoo: cannot use the folder \(run): Permission denied; "))
        #expect(result.status == 1)
      }
    }
    chmod(folder.path, 0o755)
    #expect(try folder.names == ["file"])
  }

  @Test func aFolderInUseIsLeftAlone() throws {
    let lock = try LockedFolder(path: run)
    #expect(zoo("train counter --run \(run)").errors.contains("another process is using it"))
    _ = consume lock
    #expect(zoo("train counter --run \(run)").status == 0)
    let other = try LockedFolder(path: run)
    // Nothing is read either: it may be changing.
    try folder.put([], in: "run/training.safetensors")
    #expect(zoo("train counter --run \(run) --resume").errors.contains("is using it"))
    _ = consume other
  }

  // MARK: Resuming

  @Test func aResumedRunGoesOnWhereItStopped() throws {
    #expect(zoo("train counter --run \(run) --steps 3 --size 9").status == 0)
    // A record from after the save, and one cut short by a kill.
    let metrics = try folder.bytes(of: "run/metrics.jsonl")
    try folder.put(metrics + Array("{\"step\":4,\"loss\":9}\n{\"ste".utf8), in: "run/metrics.jsonl")
    let result = zoo("train counter --run \(run) --resume --steps 5")
    #expect(result == (0, "counted to 5\nsaved in \(run)\n", ""))
    #expect(
      try text("run/metrics.jsonl") == """
        {"step":1,"loss":1.0}
        {"step":2,"loss":0.5}
        {"step":3,"loss":0.3333333333333333}
        {"step":3,"validation_loss":2.0}
        {"step":4,"loss":0.25}
        {"step":5,"loss":0.2}
        {"step":5,"validation_loss":2.0}

        """)
    #expect(zoo("evaluate --run \(run)").output == "5 of size 9\n")
    #expect(try RunFolder(path: run).readConfiguration().options["steps"] == .integer(5))
  }

  @Test func whatCannotBeResumed() throws {
    #expect(
      zoo("train counter --run \(run) --resume").errors
        == "zoo: \(run) holds no run; name the folder of a run with --run\n")
    #expect(zoo("train counter --run \(run)").status == 0)
    #expect(
      zoo("train counter --run \(run) --resume --size 9").errors.hasPrefix(
        "zoo: --size 9 is not the 8 that the run was started with;"))
    try FileManager.default.removeItem(atPath: run + "/training.safetensors")
    #expect(
      zoo("train counter --run \(run) --resume").errors.hasPrefix(
        "zoo: the run in \(run) stopped before it saved anything;"))
  }

  @Test(arguments: [
    ("", "The given data was not valid JSON;"), ("{", "not valid JSON;"),
    ("[]", "a value has the wrong type"),
    ("{\"version\":1}", "\"model\" is missing"),
    ("{\"model\":\"counter\"}", "\"version\" is missing"),
    (
      "{\"version\":1,\"model\":3,\"options\":{},\"details\":{}}",
      "a value has the wrong type (at model)"
    ),
    (
      "{\"version\":1,\"model\":\"counter\",\"options\":{\"size\":[]},\"details\":{}}",
      "wrong type (at options.size)"
    ),
  ])
  func aDamagedConfiguration(_ text: String, _ reason: String) throws {
    try FileManager.default.createDirectory(atPath: run, withIntermediateDirectories: false)
    try folder.put(Array(text.utf8), in: "run/config.json")
    let result = zoo("evaluate --run \(run)")
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("zoo: \(run)/config.json is damaged: "))
    #expect(result.errors.contains(reason), "\(result.errors)")
    #expect(result.errors.hasSuffix("; restore it from a copy or train again\n"))
  }

  @Test func configurationsOfOthers() throws {
    #expect(zoo("train counter --run \(run)").status == 0)
    let configuration = try text("run/config.json")
    func put(_ old: String, _ new: String) throws {
      try folder.put(Array(configuration.replacing(old, with: new).utf8), in: "run/config.json")
    }
    try put("\"version\" : 1", "\"version\" : 2")
    #expect(
      zoo("evaluate --run \(run)").errors == "zoo: \(run)/config.json has version 2, but this "
        + "program reads up to version 1; use the version that made the run\n")
    try put("\"counter\"", "\"abacus\"")
    #expect(zoo("sample --run \(run)").errors.contains("is of the model abacus, which this zoo"))
    #expect(
      zoo("train counter --run \(run) --resume").errors
        == "zoo: \(run) holds a run of abacus, not of counter; name another folder with --run\n")
    try put("\"size\" : 8", "\"size\" : 0")
    #expect(
      zoo("evaluate --run \(run)").errors == "zoo: \(run)/config.json: --size must be at least 1, "
        + "got 0; restore what the run was started with\n")
  }

  @Test func aMissingModelIsOneLine() throws {
    #expect(zoo("train counter --run \(run)").status == 0)
    try FileManager.default.removeItem(atPath: run + "/model.safetensors")
    #expect(
      zoo("evaluate --run \(run)") == (
        1, "",
        "zoo: cannot read \(run)/model.safetensors: No such file or directory; check the path\n"
      ))
  }

  // MARK: Using runs

  @Test func theLatestRunIsUsedIfNoneIsNamed() throws {
    #expect(zoo("train counter --steps 2").status == 0)
    #expect(zoo("train counter --steps 3").status == 0)
    #expect(zoo("evaluate").output == "3 of size 8\n")
    let old = Date(timeIntervalSince1970: 1)
    try FileManager.default.setAttributes(
      [.modificationDate: old], ofItemAtPath: folder.file("runs/counter-2/model.safetensors"))
    #expect(zoo("evaluate").output == "2 of size 8\n")
    let runs = folder.file("runs")
    #expect(try RunFolder.newest(in: runs, of: "counter").path == "\(runs)/counter")
    let error = #expect(throws: RunError.self) { try RunFolder.newest(in: runs, of: "abacus") }
    #expect(
      error?.description == "there is no run of abacus in \(runs) yet; train one with zoo train "
        + "abacus first, or name the folder of a run with --run")
  }

  @Test func optionsOfTheVerbsThatUseARun() throws {
    #expect(zoo("train counter --run \(run)").status == 0)
    #expect(zoo("sample --run \(run) --label hello").output == "hello\n")
    #expect(zoo("sample --label=hello --run=\(run)").output == "hello\n")
    #expect(
      zoo("sample --run \(run) --size 3").errors
        == "zoo: zoo sample has no option --size; see zoo sample --help\n")
    let help = zoo("sample --help --run \(run)").output
    #expect(help.contains("Options for a run of counter:"))
  }
}
