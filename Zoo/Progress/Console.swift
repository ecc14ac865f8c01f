import Foundation

/// Where the command writes to: a terminal, a file or a pipe.
///
/// Once a write fails, because the reader of a pipe has gone or the disk is full, everything later
/// is dropped: training must not stop for want of a spectator.
public final class Console {
  /// Whether somebody watches, so that a line may be drawn over.
  public let isTerminal: Bool
  private let columns: () -> Int
  private let sink: (String) -> Bool
  private var isOpen = true

  /// A console that hands its text to `sink`, which says whether it could be written.
  init(isTerminal: Bool, columns: @escaping () -> Int = { 80 }, sink: @escaping (String) -> Bool) {
    self.isTerminal = isTerminal
    self.columns = columns
    self.sink = sink
  }

  /// The console of an open file: 1 is the standard output, 2 the standard error.
  convenience init(descriptor: Int32) {
    // A dumb terminal shows control codes instead of following them.
    let isTerminal =
      isatty(descriptor) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    self.init(
      isTerminal: isTerminal, columns: { Self.columns(of: descriptor) },
      sink: { text in Self.write(text, to: descriptor) })
  }

  /// How many characters fit in a line at the moment.
  public var width: Int { columns() }

  /// Writes `text` as it is.
  func write(_ text: String) {
    guard isOpen else { return }
    isOpen = sink(text)
  }

  /// Writes `line` and a line end.
  public func print(_ line: String = "") {
    write(line + "\n")
  }

  private static func columns(of descriptor: Int32) -> Int {
    var size = winsize()
    guard ioctl(descriptor, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
    return Int(size.ws_col)
  }

  private static func write(_ text: String, to descriptor: Int32) -> Bool {
    var text = text
    return text.withUTF8 { bytes in
      var rest = UnsafeRawBufferPointer(bytes)[...]
      while !rest.isEmpty {
        let start = UnsafeRawBufferPointer(rebasing: rest)
        let count = Foundation.write(descriptor, start.baseAddress, start.count)
        if count > 0 {
          rest = rest.dropFirst(count)
        } else if count == 0 || errno != EINTR {
          return false
        }
      }
      return true
    }
  }
}
