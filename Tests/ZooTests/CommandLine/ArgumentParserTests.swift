import Testing

@testable import SpoolZoo

@Suite struct ArgumentParserTests {
  let parser = ArgumentParser(
    command: "zoo train counter", declarations: Counter().trainingOptions)

  func parse(_ arguments: String...) throws -> Settings {
    try parser.parse(arguments)
  }

  @Test func defaultsHoldWhereNothingIsGiven() throws {
    let settings = try parse()
    #expect(settings[Counter.kind] == .up)
    #expect(settings[Counter.size] == 8)
    #expect(settings[Counter.rate] == 0.5)
    #expect(settings[Counter.data] == nil)
    #expect(settings[Counter.label] == "x")
    #expect(settings[Counter.loud] == false)
    #expect(settings[Counter.limit] == nil)
    #expect(!settings.isGiven(Counter.size))
  }

  @Test func bothWaysToGiveAValue() throws {
    let settings = try parse(
      "--kind", "down", "--size=64", "--rate", "1e-3", "--data=a=b", "--label=--size", "--loud",
      "--limit", "0")
    #expect(settings[Counter.kind] == .down)
    #expect(settings[Counter.size] == 64)
    #expect(settings[Counter.rate] == 0.001)
    #expect(settings[Counter.data] == "a=b")
    #expect(settings[Counter.label] == "--size")
    #expect(settings[Counter.loud])
    #expect(settings[Counter.limit] == 0)
    #expect(settings.isGiven(Counter.size))
  }

  @Test func whatLooksLikeAnOptionButIsAValue() throws {
    let data = Option.optionalInteger("n", in: -9...9, help: "")
    let parser = ArgumentParser(command: "zoo", declarations: [data.declaration])
    #expect(try parser.parse(["--n", "-3"])[data] == -3)
    #expect(try parse("--label", "-")[Counter.label] == "-")
  }

  @Test(
    arguments: [
      (["--size", "0"], "--size must be at least 1, got 0"),
      (["--size", "65"], "--size must be at most 64, got 65"),
      (["--size", "-1"], "--size must be at least 1, got -1"),
      (["--size", "8.0"], "--size must be a whole number, got \"8.0\""),
      (["--size", "eight"], "--size must be a whole number, got \"eight\""),
      (["--size", ""], "--size must be a whole number, got \"\""),
      (["--size="], "--size must be a whole number, got \"\""),
      (["--size", " 8"], "--size must be a whole number, got \" 8\""),
      (
        ["--size", "99999999999999999999"],
        "--size must be a whole number, got \"99999999999999999999\""
      ),
      (["--rate", "0"], "--rate must be more than 0, got 0"),
      (["--rate", "1"], "--rate must be less than 1, got 1"),
      (["--rate", "-0.5"], "--rate must be more than 0, got -0.5"),
      (["--rate", "nan"], "--rate must be a number, got \"nan\""),
      (["--rate", "inf"], "--rate must be a number, got \"inf\""),
      (["--rate", "1,5"], "--rate must be a number, got \"1,5\""),
      (["--kind", "sideways"], "--kind must be up or down, got \"sideways\""),
      (["--kind", "dwon"], "--kind must be up or down, got \"dwon\"; did you mean down?"),
      (["--kind", "UP"], "--kind must be up or down, got \"UP\"; did you mean up?"),
      (["--data", ""], "--data must not be empty"),
      (["--limit", "10"], "--limit must be at most 9, got 10"),
      (["--loud=yes"], "--loud takes no value; leave out \"yes\""),
      (["--loud", "yes"], "unexpected argument \"yes\"; see zoo train counter --help"),
      (["--size"], "--size needs a value: --size N"),
      (["--data", "--size", "3"], "--data needs a value: --data FILE"),
      (["--size", "3", "--size", "3"], "--size is given twice; give it once"),
      (["--loud", "--loud"], "--loud is given twice; give it once"),
      (["--szie", "3"], "zoo train counter has no option --szie; did you mean --size?"),
      (["--lab=3"], "zoo train counter has no option --lab; did you mean --label?"),
      (["-size", "3"], "zoo train counter has no option -size; did you mean --size?"),
      (["--quiet"], "zoo train counter has no option --quiet; see zoo train counter --help"),
      (
        ["--\u{1B}[2J"],
        "zoo train counter has no option --\\u{1B}[2J; see zoo train counter --help"
      ),
      (["size", "3"], "unexpected argument \"size\"; see zoo train counter --help"),
      (["-"], "unexpected argument \"-\"; see zoo train counter --help"),
      ([""], "unexpected argument \"\"; see zoo train counter --help"),
    ] as [([String], String)])
  func mistakes(_ arguments: [String], _ message: String) {
    #expect(throws: CommandLineError(message)) { try parser.parse(arguments) }
  }

  @Test func theBoundsOfANumber() {
    #expect(NumberRange.atLeast(0).boundBroken(by: 0) == nil)
    #expect(NumberRange.atLeast(0).boundBroken(by: -1e-9) == "at least 0")
    #expect(NumberRange.atLeast(0).atMost(0.5).boundBroken(by: 0.5) == nil)
    #expect(NumberRange.atLeast(0).atMost(0.5).boundBroken(by: 0.6) == "at most 0.5")
    #expect(NumberRange.moreThan(0).atMost(1).boundBroken(by: 0) == "more than 0")
    #expect(NumberRange.moreThan(0).lessThan(1).boundBroken(by: 1) == "less than 1")
  }

  @Test func anOptionThatIsNotDeclaredIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      let settings = try ArgumentParser(command: "zoo", declarations: []).parse([])
      _ = settings[Counter.size]
    }
  }

  // MARK: Settings of a resumed run

  @Test func aResumedRunKeepsItsSettings() throws {
    let saved: [String: OptionSetting] = [
      "size": .integer(16), "kind": .text("down"), "steps": .integer(7), "rate": .number(0.25),
    ]
    let settings = try parse("--steps", "9", "--size", "16").resuming(saved, from: "config.json")
    #expect(settings[Counter.size] == 16)
    #expect(settings[Counter.kind] == .down)
    #expect(settings[Counter.steps] == 9)
    #expect(settings[Counter.rate] == 0.25)
    #expect(settings[Counter.label] == "x")
  }

  @Test(
    arguments: [
      (
        ["size": .integer(16)],
        "--size 8 is not the 16 that the run was started with; leave it out, or start another run "
          + "with another --run"
      ),
      (
        ["size": .integer(0)],
        "config.json: --size must be at least 1, got 0; restore what the run was started with"
      ),
      (
        ["size": .text("8")],
        "config.json: --size must be a whole number, got 8; restore what the run was started with"
      ),
      (
        ["loud": .integer(1)],
        "config.json: --loud must be yes or no, got 1; restore what the run was started with"
      ),
      (
        ["colour": .text("red")],
        "config.json: this version has no option --colour; resume the run with the version that "
          + "started it"
      ),
    ] as [([String: OptionSetting], String)])
  func settingsThatCannotBeResumed(_ saved: [String: OptionSetting], _ message: String) throws {
    let settings = try parse("--size", "8")
    #expect(throws: CommandLineError(message)) { try settings.resuming(saved, from: "config.json") }
  }

  @Test func aWholeNumberIsANumberToo() throws {
    let rate = Option.number("rate", default: 0.5, in: .atLeast(0), help: "")
    let parser = ArgumentParser(command: "zoo", declarations: [rate.declaration])
    let settings = try parser.parse(["--rate", "1"])
    #expect(try settings.resuming(["rate": .integer(1)], from: "config.json")[rate] == 1)
  }
}
