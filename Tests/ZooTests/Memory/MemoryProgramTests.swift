import Foundation
import TestSupport
import Testing

/// The models with a memory as their users call them.
@Suite struct MemoryProgramTests {
  private let program = ProgramTests()
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func train(
    _ arguments: [String]
  ) throws -> (status: Int32, output: String, errors: String) {
    try program.run(
      ["train"] + arguments + ["--run", folder.file("run"), "--threads", "1"])
  }

  private func evaluation(_ more: [String] = []) throws -> String {
    let result = try program.run(["evaluate", "--run", folder.file("run")] + more)
    #expect(result.status == 0, "\(result.errors)")
    return result.output
  }

  @Test(arguments: [
    ["ntm", "--writes", "2"], ["ntm", "--controller", "feed-forward", "--task", "repeat-copy"],
    ["ntm", "--without-memory"], ["ntm", "--task", "associative-recall"],
    ["dnc", "--reads", "2"], ["dnc", "--task", "priority-sort"],
  ])
  func evaluationGivesTheReportedFigures(_ model: [String]) throws {
    let trained = try train(
      model + ["--steps", "3", "--longest", "2", "--hidden", "8", "--slots", "6", "--width", "4"])
    #expect(trained.status == 0, "\(trained.errors)")
    let reported = trained.output.split(separator: "\n").filter {
      $0.hasPrefix("length ") || $0.hasPrefix("items ")
    }
    #expect(reported.count >= 3)
    let evaluated = try evaluation()
    for line in reported { #expect(evaluated.contains(line)) }
    #expect(FileManager.default.fileExists(atPath: folder.file("run/lengths.svg")))
    #expect(try evaluation(["--size", "3"]).contains(" 3: "))
  }

  /// In a folder that may be read only the figures are printed all the same, and the page can go elsewhere.
  @Test func whatCannotBeDrawnIsSaid() throws {
    let trained = try train(["ntm", "--steps", "1", "--longest", "2", "--hidden", "4"])
    #expect(trained.status == 0, "\(trained.errors)")
    for name in ["lengths.svg", "report.html"] {
      try FileManager.default.createDirectory(
        atPath: folder.file("run/\(name)"), withIntermediateDirectories: true)
    }
    let evaluated = try program.run(["evaluate", "--run", folder.file("run")])
    #expect(evaluated.status == 0 && evaluated.output.contains("length 2: "))
    #expect(evaluated.errors.hasPrefix("zoo: cannot save "), "\(evaluated.errors)")
    #expect(evaluated.errors.split(separator: "\n").count == 1)
    let inspected = try program.run(["inspect", "--run", folder.file("run")])
    #expect(inspected.status == 1)
    #expect(inspected.errors.hasSuffix(", with --page FILE\n"), "\(inspected.errors)")
  }

  /// What is recalled is learnt from more sequences at a time than what is copied.
  @Test(arguments: [("copy", "2"), ("associative-recall", "16")])
  func theBatchFollowsFromTheTask(_ task: String, batch: String) throws {
    func losses(_ more: [String]) throws -> String {
      let path = folder.file("run")
      if FileManager.default.fileExists(atPath: path) {
        try FileManager.default.removeItem(atPath: path)
      }
      let trained = try train(
        ["ntm", "--task", task, "--steps", "2", "--longest", "2", "--hidden", "4"] + more)
      #expect(trained.status == 0, "\(trained.errors)")
      return try String(contentsOfFile: path + "/metrics.jsonl", encoding: .utf8)
    }
    #expect(try losses([]) == losses(["--batch", batch]))
    #expect(try losses([]) != losses(["--batch", "3"]))
  }

  private static let story = """
    1 Mary went home.
    2 Where is Mary?\thome\t1
    3 John went out.
    4 Where is John?\tout\t3
    5 Where is Mary?\thome\t1

    """

  private func putStories(_ text: String = story) throws {
    try folder.put(
      Array(String(repeating: Self.story, count: 5).utf8), in: "qa3_three_train.txt")
    try folder.put(Array(text.utf8), in: "qa3_three_test.txt")
  }

  @Test func storiesAreReadLearntAndExplained() throws {
    try putStories()
    let trained = try train(
      ["memn2n", "--data", folder.path, "--task", "3", "--epochs", "3", "--batch", "4"])
    #expect(trained.status == 0, "\(trained.errors)")
    let reported = try #require(trained.output.firstMatch(of: /test: ([^\n]+)/)?.output.1)
    let evaluated = try evaluation()
    #expect(evaluated.contains("task 3: \(reported)"))
    #expect(evaluated.contains("mary went home\nwhere is mary? "))
    let page = try inspection()
    #expect(page.contains("hop 3") && page.contains("mary went home"))
  }

  /// The page that `zoo inspect` makes.
  private func inspection() throws -> String {
    let result = try program.run(["inspect", "--run", folder.file("run")])
    #expect(result.status == 0, "\(result.errors)")
    return String(decoding: try folder.bytes(of: "run/report.html"), as: UTF8.self)
  }

  @Test(arguments: [[], ["--by-sentence", "--renamed-answers"]])
  func storiesAreReadStepByStep(_ more: [String]) throws {
    try putStories()
    let trained = try train(
      [
        "dnc", "--data", folder.path, "--babi", "3", "--steps", "20", "--hidden", "8", "--slots",
        "6", "--width", "4", "--learning-rate", "0.3",
      ] + more)
    #expect(trained.status == 0, "\(trained.errors)")
    let reported = try #require(trained.output.firstMatch(of: /test: ([^\n]+)/)?.output.1)
    #expect(try evaluation().contains("task 3: \(reported)"))
    let page = try inspection()
    #expect(page.contains("writing head 1") && page.contains("layer 1, update gate"))
    #expect(page.contains("<td>home</td>") && page.contains("mary"))
    guard !more.isEmpty else { return }
    for (step, answer) in [(2, "home"), (4, "out"), (5, "home")] {
      #expect(page.contains("<td class=\"number\">\(step)</td><td>\(answer)</td>"))
    }
    // A sentence longer than any that was learnt from, of words that are known.
    try putStories("1 Mary went home home home home.\n2 Where is Mary?\thome\t1\n")
    let failed = try program.run(["evaluate", "--run", folder.file("run")])
    #expect(failed.status == 1 && failed.errors.contains("has 7 words and marks"))
    #expect(failed.errors.split(separator: "\n").count == 1)
  }

  @Test func aModelThatLostItsWordsPerStepIsDamaged() throws {
    try putStories()
    let trained = try train([
      "dnc", "--data", folder.path, "--babi", "3", "--by-sentence", "--steps", "1", "--hidden", "4",
      "--slots", "3", "--width", "2",
    ])
    #expect(trained.status == 0, "\(trained.errors)")
    let configuration = try String(contentsOfFile: folder.file("run/config.json"), encoding: .utf8)
    let damaged = configuration.replacing(/("words per step" ?: ?")\d+"/) { "\($0.output.1)some\"" }
    #expect(damaged != configuration)
    _ = try folder.put(Array(damaged.utf8), in: "run/config.json")
    let failed = try program.run(["evaluate", "--run", folder.file("run")])
    #expect(failed.status == 1 && failed.errors.contains("\"words per step\" is some"))
    #expect(failed.errors.split(separator: "\n").count == 1)
  }

  @Test func badStoriesAreOneLineWithFileAndLine() throws {
    try putStories("1 Mary went home.\n2 Where is Mary?\n")
    try expectOneLine("qa3_three_test.txt, line 2: the question has no answer")
    try expectOneLine("qa1_*_train.txt", task: "1")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/model.safetensors")))
  }

  private func expectOneLine(_ words: String, task: String = "3") throws {
    let result = try train(["memn2n", "--data", folder.path, "--task", task])
    #expect(result.status == 1)
    #expect(result.errors.hasPrefix("zoo: ") && result.errors.contains(words), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
