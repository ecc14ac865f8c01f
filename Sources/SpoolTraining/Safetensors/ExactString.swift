/// A text whose identity is its bytes in UTF-8.
///
/// Swift's `String` calls two spellings of "é" equal, one code point and two; as keys of a
/// dictionary they would be one. Names in a file are different if their bytes are.
public struct ExactString: Sendable {
  /// The text.
  public let text: String

  /// The given text.
  public init(_ text: String) {
    self.text = text
  }
}

extension ExactString: Hashable {
  /// Whether both have the same bytes.
  public static func == (a: ExactString, b: ExactString) -> Bool {
    a.text.utf8.elementsEqual(b.text.utf8)
  }

  /// Hashes the bytes.
  public func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}

extension ExactString: Comparable {
  /// The order of the bytes, which is the order of the code points.
  public static func < (a: ExactString, b: ExactString) -> Bool {
    a.text.utf8.lexicographicallyPrecedes(b.text.utf8)
  }
}

extension ExactString: ExpressibleByStringLiteral {
  /// The text of a literal.
  public init(stringLiteral text: String) {
    self.init(text)
  }
}
