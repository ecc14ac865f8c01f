import Testing

@testable import SpoolZoo

@Suite struct HelpTests {
  let zoo = TestZoo()

  @Test func theOverviewNamesTheVerbs() {
    for line in ["", "--help", "-h", "help"] {
      let (status, output, errors) = zoo(line)
      #expect(status == 0 && errors.isEmpty)
      for verb in ["list", "train", "evaluate", "sample"] {
        #expect(output.contains("\n  \(verb) "))
      }
    }
  }

  @Test func theHelpOfAModelIsMadeFromItsDeclarations() {
    let expected = """
      Usage: zoo train counter [options]

      Count the steps
      Reference: Peano (1889): infinity

      Options:
        --kind up|down  where to count (default up)
        --size N        how large (default 8)
        --rate X        how fast (default 0.5)
        --steps N       how long (default 5)
        --data FILE     what to count
        --label TEXT    what to say (default x)
        --loud          whether to say it
        --limit N       how far at most
        --run DIR       folder of the run (default: a new one in runs/)
        --resume        continue the run in --run where it stopped
        --seed N        seed of all random numbers (default 1)
        --threads N     threads to compute with (default: one per core)
        --help          show this

      """
    for line in ["train counter --help", "help train counter", "train counter --size 0 -h"] {
      #expect(zoo(line) == (0, expected, ""))
    }
  }

  @Test func theHelpOfVerbs() {
    #expect(zoo("train --help").output.contains("counter  Count the steps"))
    #expect(zoo("list --help").output.hasPrefix("Usage: zoo list\n"))
    let evaluate = zoo("evaluate --help").output
    #expect(evaluate.contains("Options for a run of counter:\n  --data FILE"))
    #expect(zoo("help sample").output.contains("--label TEXT"))
  }

  @Test func theListShowsTaskDataReferenceAndResult() {
    let (status, output, _) = zoo("list")
    #expect(status == 0)
    #expect(
      output == """
        counter: Count the steps
          family     Tests
          data       the natural numbers, or --data
          reference  Peano (1889): infinity
          here       five

        """)
  }

  @Test func noLineOfTheListIsTooLong() {
    let lines = TestZoo(ModelRegistry.all.models)("list").output.split(separator: "\n")
    for line in lines { #expect(line.count <= HelpText.width, "\(line)") }
  }

  @Test func dataAreMentionedWhereTheyCanBeGiven() {
    let list = TestZoo([Adding(), WordLM()])("list").output
    #expect(list.contains("  data       random sequences\n"))
    #expect(list.contains("documentation comments, or --data\n"))
  }

  @Test func longTextIsWrapped() {
    let words = repeatElement("word", count: 40).joined(separator: " ")
    let table = HelpText.table([("--short", words), ("--a-very-long-option-name-indeed N", "text")])
    let lines = table.split(separator: "\n").map(String.init)
    #expect(lines.allSatisfy { $0.count <= 80 })
    #expect(lines[0].hasPrefix("  --short                     word word"))
    #expect(lines[1].hasPrefix("                              word word"))
    #expect(
      lines.suffix(2) == [
        "  --a-very-long-option-name-indeed N", "                              text",
      ])
  }

  @Test(arguments: [
    ("trian counter", "zoo has no verb \"trian\"; did you mean train?"),
    ("bench", "zoo has no verb \"bench\"; did you mean benchmark?"),
    (
      "quxquux",
      "zoo has no verb \"quxquux\"; there is list, train, evaluate, sample, inspect, "
        + "translate and benchmark"
    ),
    ("benchmark tap", "there is no benchmark \"tap\"; did you mean tape?"),
    ("help trian", "zoo has no verb \"trian\"; did you mean train?"),
    ("train", "zoo train needs the name of a model; see zoo list"),
    ("train --steps 3", "zoo train needs the name of a model; see zoo list"),
    ("train conuter", "there is no model \"conuter\"; did you mean counter?"),
    ("train x", "there is no model \"x\"; there is counter; see zoo list"),
    ("train conuter --help", "there is no model \"conuter\"; did you mean counter?"),
    ("train counter --size 0", "--size must be at least 1, got 0"),
    ("train counter --resume", "--resume needs the folder of the run: --run DIR --resume"),
    ("train counter --threads 0", "--threads must be at least 1, got 0"),
    ("train counter --seed -1", "--seed must be at least 0, got -1"),
    (
      "evaluate counter",
      "zoo evaluate takes the folder of a run instead of a model: zoo evaluate --run DIR"
    ),
    (
      "sample --run /nonexistent/run",
      "/nonexistent/run holds no run; name the folder of a run with --run"
    ),
    (
      "sample",
      "there is no run in /nonexistent yet; train a model first, or name the folder of a run with "
        + "--run"
    ),
    ("list counter", "unexpected argument \"counter\"; see zoo list --help"),
  ])
  func mistakesAreOneLineAndStatusOne(_ line: String, _ message: String) {
    #expect(zoo(line) == (1, "", "zoo: \(message)\n"))
  }

  @Test func errorsOfSeveralLinesBecomeOne() {
    struct Wide: Error, CustomStringConvertible {
      let description = "one\ntwo\r\nthree"
    }
    let zoo = TestZoo([Counter()])
    let failing = ZooCommand(
      registry: ModelRegistry([]), verbs: [FailingVerb(error: Wide())], output: zoo.zoo.output,
      errors: Console(isTerminal: false) {
        zoo.errors.text += $0
        return true
      })
    #expect(failing.run(["fail"]) == 1)
    #expect(zoo.errors.text == "zoo: one two three\n")
  }

  private struct FailingVerb: ZooVerb {
    let name = "fail"
    let summary = ""
    let error: any Error

    func help(_ arguments: [String], in zoo: ZooCommand) -> String { "" }
    func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 { throw error }
  }

  @Test func wordsForAShell() {
    #expect(ShellWord.quoted("runs/char-lm_2.a") == "runs/char-lm_2.a")
    #expect(ShellWord.quoted("my runs/a") == "'my runs/a'")
    #expect(ShellWord.quoted("it's; rm") == "'it'\\''s; rm'")
    #expect(ShellWord.quoted("") == "''")
    #expect(ShellWord.quoted("läufe") == "läufe")
  }
}
