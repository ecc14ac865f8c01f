extension TextFile {
  /// The lines of `text` without their ends, which are "\n" or "\r\n"; the last one may lack its own.
  ///
  /// Only these end a line: other characters that some programs take for line ends stay inside, so that line
  /// numbers are those of an editor.
  public static func lines(of text: String) -> [Substring] {
    var lines = text.utf8.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false)
    if lines.last?.isEmpty == true { lines.removeLast() }
    return lines.map { Substring($0.last == UInt8(ascii: "\r") ? $0.dropLast() : $0) }
  }

  /// The words of `line`: what stands between spaces or tabs.
  public static func words(of line: some StringProtocol) -> [Substring] {
    Substring(line).utf8.split { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
      .map { Substring($0) }
  }
}
