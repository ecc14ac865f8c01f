/// The check value that our files carry in their metadata.
///
/// The format itself notices damage to the header at best; a flipped bit in the elements would go
/// into a model unseen. The checksum covers every tensor's name, element type, shape and elements
/// and all other metadata. It does not depend on the order in the file, so that a program which
/// reads everything and saves it again unchanged keeps it valid.
enum SafetensorsChecksum {
  /// The metadata key under which the checksum stands, as 8 hexadecimal digits.
  static let key = "spool.crc32c"

  /// The checksum of the given metadata, less the checksum itself, and tensors.
  static func text(
    metadata: [ExactString: String], tensors: [SafetensorsHeader.Tensor],
    bytes: (SafetensorsHeader.Tensor) -> ArraySlice<UInt8>
  ) -> String {
    var check = CRC32C()
    for (key, value) in metadata.sorted(by: { $0.key < $1.key }) where key.text != Self.key {
      check.add(key.text)
      check.add(value)
    }
    for tensor in tensors.sorted(by: { ExactString($0.name) < ExactString($1.name) }) {
      check.add(tensor.name)
      check.add(tensor.dtype.rawValue)
      check.add(tensor.shape.count)
      for axis in tensor.shape { check.add(axis) }
      bytes(tensor).withUnsafeBytes { check.add($0) }
    }
    let digits = String(check.value, radix: 16)
    return String(repeating: "0", count: 8 - digits.count) + digits
  }

  /// Whether `text` has the form of a checksum.
  static func isWellFormed(_ text: String) -> Bool {
    text.utf8.count == 8 && text.allSatisfy(\.isHexDigit)
  }
}
