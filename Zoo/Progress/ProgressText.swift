import Foundation

/// Numbers as a progress line shows them.
enum ProgressText {
  /// A span of time: 0:41, 12:05, 1:02:03.
  static func duration(seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "–" }
    let total = Int(max(0, seconds).rounded())
    let (hours, minutes) = (total / 3600, total / 60 % 60)
    let end = String(format: "%02d", total % 60)
    return hours > 0 ? "\(hours):\(String(format: "%02d", minutes)):\(end)" : "\(minutes):\(end)"
  }

  /// A rate in three digits: 9.5, 412, 41.2k, 1.30M.
  static func rate(_ value: Double) -> String {
    guard value.isFinite, value >= 0 else { return "–" }
    switch value {
    case ..<9.995: return String(format: "%.2f", value)
    case ..<99.95: return String(format: "%.1f", value)
    case ..<999.5: return String(format: "%.0f", value)
    default:
      let (unit, suffix) = value < 999_500 ? (1e3, "k") : value < 999.5e6 ? (1e6, "M") : (1e9, "G")
      return rate(value / unit) + suffix
    }
  }

  /// A loss with three digits after the point.
  static func loss(_ value: Double) -> String {
    value.isFinite ? String(format: value.magnitude < 1e4 ? "%.3f" : "%.3g", value) : "\(value)"
  }
}
