import Foundation

/// Shows progress on a console: on a terminal one line that is drawn over, otherwise a line now and
/// then.
final class ProgressReporter {
  private let console: Console
  private let now: () -> Double
  private let usesUnicode: Bool
  private var lastShown: Double?
  private var isLineOpen = false

  /// How often a terminal's line is drawn anew, in seconds.
  private static let redrawInterval = 0.1
  /// How often a line is added where there is no terminal, in seconds.
  private static let lineInterval = 10.0

  /// Reports on `console`; `now` is a clock in seconds.
  init(
    on console: Console, usesUnicode: Bool = ProgressReporter.localeUsesUnicode,
    now: @escaping () -> Double
  ) {
    self.console = console
    self.usesUnicode = usesUnicode
    self.now = now
  }

  /// Shows `progress`, unless the last time was only a moment ago.
  func show(_ progress: TrainingProgress) {
    let time = now()
    let interval = console.isTerminal ? Self.redrawInterval : Self.lineInterval
    // The first line of a log comes after an interval too: there is nothing to say yet.
    let last = lastShown ?? (console.isTerminal ? -.infinity : time)
    if lastShown == nil { lastShown = last }
    guard time - last >= interval else { return }
    lastShown = time
    guard console.isTerminal else {
      console.print(ProgressLine.plainText(progress))
      return
    }
    // One column stays free: in the last one, some terminals begin a new line.
    let width = max(1, console.width - 1)
    let line = ProgressLine.text(progress, width: width, usesUnicode: usesUnicode)
    console.write("\r\(line)\u{1B}[K")
    isLineOpen = true
  }

  /// Writes a line that stays, above the live one.
  func note(_ line: String) {
    close()
    console.print(line)
  }

  /// Takes the live line away.
  func close() {
    if isLineOpen { console.write("\r\u{1B}[K") }
    isLineOpen = false
  }

  /// Whether the language settings say that text is in UTF-8.
  static var localeUsesUnicode: Bool {
    let environment = ProcessInfo.processInfo.environment
    let setting = ["LC_ALL", "LC_CTYPE", "LANG"].lazy.compactMap { environment[$0] }
      .first { !$0.isEmpty }
    let name = setting?.lowercased() ?? ""
    return name.contains("utf-8") || name.contains("utf8")
  }
}
