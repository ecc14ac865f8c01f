#if canImport(Runtime)
  import Runtime
#endif

/// The place in the user's program that called into Spool. Operators cannot take `#line` as an
/// argument, so the call stack is read, and turned into a line only when one is asked for.
struct SourceLocation {
  #if canImport(Runtime)
    private let backtrace: Backtrace?
  #endif

  static func capture() -> SourceLocation {
    #if canImport(Runtime)
      // The innermost frames only: by default most of a small limit goes to the outermost ones.
      SourceLocation(backtrace: try? Backtrace.capture(limit: 64, top: 0))
    #else
      SourceLocation()
    #endif
  }

  /// "Model.swift:31", the innermost frame outside of Spool's own sources; nil without debug
  /// information.
  var described: String? {
    #if canImport(Runtime)
      guard let frames = backtrace?.symbolicated()?.frames else { return nil }
      for frame in frames {
        guard let location = frame.symbol?.sourceLocation, location.line > 0,
          !location.path.hasPrefix(SourceLocation.ownSources)
        else { continue }
        let file = location.path.split(separator: "/").last ?? ""
        return "\(file):\(location.line)"
      }
    #endif
    return nil
  }

  /// The folder of Spool's libraries, `…/Sources/`.
  private static let ownSources: String = {
    let path = #filePath
    let sources = path.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
    return sources.joined(separator: "/") + "/"
  }()
}
