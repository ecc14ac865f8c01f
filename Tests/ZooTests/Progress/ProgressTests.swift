import Testing

@testable import SpoolZoo

@Suite struct ProgressTests {
  let progress = TrainingProgress(
    stage: "epoch 3/14", fraction: 0.437, loss: 1.5324, itemsPerSecond: 412_345, unit: "chars",
    secondsLeft: 41.3)

  @Test func theWholeLine() {
    #expect(
      ProgressLine.text(progress, width: 100)
        == "epoch 3/14  ━━━━━━━━━━━━━─────────────────   43%  loss 1.532  412k chars/s  0:41 left")
    #expect(
      ProgressLine.plainText(progress) == "epoch 3/14   43%  loss 1.532  412k chars/s  0:41 left")
  }

  @Test func onANarrowTerminalPartsAreLeftOut() {
    #expect(
      ProgressLine.text(progress, width: 72)
        == "epoch 3/14  ━━━━━━━──────────   43%  loss 1.532  412k chars/s  0:41 left")
    #expect(
      ProgressLine.text(progress, width: 54)
        == "epoch 3/14   43%  loss 1.532  412k chars/s  0:41 left")
    #expect(ProgressLine.text(progress, width: 40) == "epoch 3/14  ━━━━──────   43%  loss 1.532")
    #expect(ProgressLine.text(progress, width: 30) == "epoch 3/14   43%  loss 1.532")
    #expect(ProgressLine.text(progress, width: 12) == "epoch 3/14")
    #expect(ProgressLine.text(progress, width: 5) == "epoch")
  }

  @Test func noLineIsTooWide() {
    for width in 1...120 {
      for seconds in [nil, 3.0, 86_400] {
        for rate in [nil, 0.001, 9.999e9] {
          var progress = progress
          progress.secondsLeft = seconds
          progress.itemsPerSecond = rate
          #expect(ProgressLine.text(progress, width: width).count <= width)
        }
      }
    }
  }

  @Test func bars() {
    func bar(_ fraction: Double, unicode: Bool = true) -> String {
      ProgressLine.bar(fraction, width: 4, usesUnicode: unicode)
    }
    #expect(bar(0) == "────")
    #expect(bar(0.124) == "────")
    #expect(bar(0.125) == "╸───")
    #expect(bar(0.5) == "━━──")
    #expect(bar(0.99) == "━━━╸")
    #expect(bar(1) == "━━━━")
    #expect(bar(1.5) == "━━━━")
    #expect(bar(0.4, unicode: false) == "#-..")
  }

  @Test(arguments: [
    (0, "0:00"), (0.4, "0:00"), (59.6, "1:00"), (725, "12:05"), (3723, "1:02:03"),
    (359_999, "99:59:59"), (-3, "0:00"), (.infinity, "–"), (.nan, "–"),
  ])
  func durations(_ seconds: Double, _ text: String) {
    #expect(ProgressText.duration(seconds: seconds) == text)
  }

  @Test(arguments: [
    (0, "0.00"), (9.5, "9.50"), (9.996, "10.0"), (41.24, "41.2"), (99.96, "100"), (999.4, "999"),
    (999.6, "1.00k"), (41_234, "41.2k"), (412_345, "412k"), (999_499, "999k"),
    (1_300_000, "1.30M"), (2e12, "2.00kG"), (.nan, "–"), (-1, "–"),
  ])
  func rates(_ value: Double, _ text: String) {
    #expect(ProgressText.rate(value) == text)
  }

  @Test func losses() {
    #expect(ProgressText.loss(1.53249) == "1.532")
    #expect(ProgressText.loss(123_456) == "1.23e+05")
    #expect(ProgressText.loss(.nan) == "nan")
    #expect(ProgressText.loss(.infinity) == "inf")
  }

  @Test func theMeterForgets() throws {
    var meter = ProgressMeter(at: 100)
    #expect(meter.itemsPerSecond == nil)
    #expect(meter.secondsLeft(fraction: 0) == nil)
    for second in 1...100 { meter.add(items: 50, at: 100 + Double(second)) }
    #expect(abs(try #require(meter.itemsPerSecond) - 50) < 1e-9)
    #expect(meter.secondsLeft(fraction: 0.25) == 300)
    for second in 101...140 { meter.add(items: 10, at: 100 + Double(second)) }
    let rate = try #require(meter.itemsPerSecond)
    #expect(rate > 10 && rate < 11)
  }

  @Test func aResumedRunCountsOnlyItsOwnTime() {
    var meter = ProgressMeter(at: 0, fractionDone: 0.5)
    meter.add(items: 1, at: 10)
    #expect(meter.secondsLeft(fraction: 0.75) == 10)
  }
}

@Suite struct ProgressReporterTests {
  final class Screen {
    var text = ""
    var time = 0.0
    var columns = 60
  }

  let screen = Screen()
  let progress = TrainingProgress(
    stage: "epoch 1/2", fraction: 0.5, loss: 2, itemsPerSecond: nil, unit: "chars",
    secondsLeft: nil)

  func reporter(isTerminal: Bool) -> ProgressReporter {
    let console = Console(isTerminal: isTerminal, columns: { [screen] in screen.columns }) {
      [screen] text in
      screen.text += text
      return true
    }
    return ProgressReporter(on: console, usesUnicode: false) { [screen] in screen.time }
  }

  func output() -> String {
    defer { screen.text = "" }
    return screen.text
  }

  @Test func aTerminalHasOneLineThatIsDrawnOver() {
    let reporter = reporter(isTerminal: true)
    reporter.show(progress)
    #expect(output() == "\repoch 1/2  ###############...............   50%  loss 2.000\u{1B}[K")
    screen.time = 0.05
    reporter.show(progress)
    #expect(output() == "")
    screen.time = 0.1
    screen.columns = 20
    reporter.show(progress)
    #expect(output() == "\repoch 1/2   50%\u{1B}[K")
    reporter.note("epoch 1 done")
    #expect(output() == "\r\u{1B}[Kepoch 1 done\n")
    reporter.note("saved")
    #expect(output() == "saved\n")
    reporter.close()
    #expect(output() == "")
  }

  @Test func aLogHasALineNowAndThen() {
    let reporter = reporter(isTerminal: false)
    for second in 0...25 {
      screen.time = Double(second)
      reporter.show(progress)
    }
    let line = "epoch 1/2   50%  loss 2.000\n"
    #expect(output() == line + line)
    reporter.note("epoch 1 done")
    reporter.close()
    #expect(output() == "epoch 1 done\n")
  }

  @Test func aConsoleThatFailsIsLeftAlone() {
    var calls = 0
    let console = Console(isTerminal: false) { _ in
      calls += 1
      return calls < 2
    }
    for _ in 0..<5 { console.print("x") }
    #expect(calls == 2)
  }
}
