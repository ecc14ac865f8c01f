/// How far a training run has come.
public struct TrainingProgress: Equatable, Sendable {
  /// The part of the run that is under way, `epoch 3/14`.
  public var stage: String
  /// The part of the whole run that is done, from 0 to 1.
  public var fraction: Double
  /// The latest training loss; nil where nothing is learnt.
  public var loss: Double?
  /// How many items, characters for example, are learnt from in a second; nil if not known yet.
  public var itemsPerSecond: Double?
  /// What the items are, as a unit: `chars`.
  public var unit: String
  /// How long the rest will take; nil if not known yet.
  public var secondsLeft: Double?
}

/// Draws progress as one line.
enum ProgressLine {
  /// The line, in at most `width` characters:
  ///
  ///     epoch 3/14  ━━━━━━━━━━╸─────────────   43%  loss 1.532  412k chars/s  0:41 left
  ///
  /// On a narrow terminal the bar is shorter or left out, and then parts from the right.
  static func text(_ progress: TrainingProgress, width: Int, usesUnicode: Bool = true) -> String {
    var parts = parts(of: progress)
    while parts.count > 1, parts.joined(separator: gap).count > width { parts.removeLast() }
    let line = parts.joined(separator: gap)
    let room = min(longestBar, width - line.count - gap.count)
    guard room >= shortestBar, parts.count > 1 else { return String(line.prefix(width)) }
    parts.insert(bar(progress.fraction, width: room, usesUnicode: usesUnicode), at: 1)
    return parts.joined(separator: gap)
  }

  /// The line without a bar, as long as it is: for logs.
  static func plainText(_ progress: TrainingProgress) -> String {
    parts(of: progress).joined(separator: gap)
  }

  private static func parts(of progress: TrainingProgress) -> [String] {
    let percent = String(Int((progress.fraction * 100).rounded(.down)))
    var parts = [
      progress.stage,
      String(repeating: " ", count: max(0, 3 - percent.count)) + percent + "%",
    ]
    if let loss = progress.loss { parts.append("loss \(ProgressText.loss(loss))") }
    if let rate = progress.itemsPerSecond {
      parts.append("\(ProgressText.rate(rate)) \(progress.unit)/s")
    }
    if let seconds = progress.secondsLeft {
      parts.append("\(ProgressText.duration(seconds: seconds)) left")
    }
    return parts
  }

  private static let gap = "  "
  private static let shortestBar = 8
  private static let longestBar = 30

  /// A bar of `width` characters, filled up to `fraction` in steps of half a character.
  static func bar(_ fraction: Double, width: Int, usesUnicode: Bool) -> String {
    let halves = Int((min(max(fraction, 0), 1) * Double(2 * width)).rounded(.down))
    let (full, half) = halves.quotientAndRemainder(dividingBy: 2)
    let (line, tip, rest) = usesUnicode ? ("━", "╸", "─") : ("#", "-", ".")
    return String(repeating: line, count: full) + (half == 1 ? tip : "")
      + String(repeating: rest, count: width - full - half)
  }
}
