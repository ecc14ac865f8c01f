import Spool
import SpoolData

/// A safetensors file that cannot be read, written or used: which file, where, what, and the repair.
public struct SafetensorsError: Error, Equatable, Sendable {
  /// Where in the file the fault is.
  public enum Place: Equatable, Sendable {
    /// The file as a whole.
    case file
    /// The byte at this offset from the start of the file.
    case byte(Int)
    /// The tensor of this name.
    case tensor(String)
  }

  /// What is wrong.
  public enum Fault: Equatable, Sendable {
    // The file.

    /// The system does not let the file be read or written.
    case inaccessible(FileError)
    /// The file ends before the 8 bytes that give the header's length.
    case tooShort(size: Int)
    /// The header's length is 0.
    case emptyHeader
    /// The header is said to be longer than any header may be.
    case headerTooLong(UInt64)
    /// The header is said to be longer than the rest of the file.
    case headerBeyondEnd(UInt64, available: Int)

    // The header as text.

    /// The header is not well-formed UTF-8.
    case notUTF8
    /// The header starts with a byte order mark.
    case byteOrderMark
    /// Something other than what the grammar asks for here.
    case expected(String)
    /// A text contains a control character that is not escaped.
    case controlCharacter
    /// An escape in a text is not one of JSON's.
    case invalidEscape
    /// An escaped half of a surrogate pair stands without the other.
    case loneSurrogate
    /// A number is negative, has a fraction, an exponent or a leading zero.
    case notANaturalNumber
    /// A number does not fit 63 bits.
    case numberTooLarge
    /// Something follows the header's closing brace.
    case textAfterHeader

    // The header's contents.

    /// Two tensors have this name.
    case duplicateTensor(String)
    /// The metadata or a tensor's description names this field twice.
    case duplicateField(String)
    /// A tensor's description has a field that the format does not know.
    case unknownField(String)
    /// A tensor's description lacks this field.
    case missingField(String)
    /// The format has no such element type.
    case unknownDType(String)
    /// More tensors than any model has.
    case tooManyTensors
    /// More axes than a tensor may have.
    case tooManyAxes(Int)
    /// The size that the shape implies does not fit 63 bits.
    case sizeOverflow(shape: [Int])
    /// The end of the data stands before their start.
    case reversedOffsets(Int, Int)
    /// Shape and element type ask for another number of bytes than the data have.
    case sizeMismatch(needed: Int, found: Int)
    /// The elements do not fill whole bytes.
    case fractionOfAByte
    /// The data start before the end of those before them.
    case overlap(start: Int, previousEnd: Int)
    /// Bytes between the data belong to no tensor.
    case gap(start: Int, previousEnd: Int)
    /// The data of the tensors end after the end of the file.
    case dataBeyondEnd(end: Int, available: Int)
    /// Bytes at the end of the file belong to no tensor.
    case trailingBytes(Int)

    // The use of it.

    /// There is no tensor of this name in the file.
    case missingTensor
    /// The element type cannot be read as the wanted type without loss.
    case wrongDType(SafetensorsDType, wanted: String)
    /// The element at this index is not a finite number.
    case notFinite(index: Int)
    /// The contents are not those that were saved.
    case checksumMismatch
    /// The saved checksum is not one.
    case invalidChecksum(String)
    /// A tensor or a metadata key to be saved has a name that the format uses itself.
    case reservedName
  }

  /// The path of the file.
  public let file: String
  /// Where in the file.
  public let place: Place
  /// What is wrong there.
  public let fault: Fault

  /// An error about `file`.
  public init(file: String, place: Place, fault: Fault) {
    self.file = file
    self.place = place
    self.fault = fault
  }
}

extension SafetensorsError: CustomStringConvertible {
  /// One line: the file, the byte or tensor, the fault and the repair.
  public var description: String {
    if case .inaccessible(let error) = fault { return error.description }
    return "\(file.escapedForDisplay): \(placeText)\(faultText); \(repair)"
  }

  private var placeText: String {
    switch place {
    case .file: ""
    case .byte(let offset): "byte \(offset): "
    case .tensor(let name): "tensor \"\(name.escapedForDisplay)\": "
    }
  }

  var faultText: String {
    switch fault {
    case .inaccessible(let error): error.description
    case .tooShort(let size): "a file of \(size) bytes is too short to be a safetensors file"
    case .emptyHeader: "the header is empty"
    case .headerTooLong(let length):
      "the header would be \(length) bytes long, more than the \(SafetensorsHeader.longest) allowed"
    case .headerBeyondEnd(let length, let available):
      "the header would be \(length) bytes long, but only \(available) follow"
    case .notUTF8: "the header is not UTF-8 text"
    case .byteOrderMark: "the header starts with a byte order mark"
    case .expected(let what): "expected \(what)"
    case .controlCharacter: "a text contains a control character that is not escaped"
    case .invalidEscape: "a text contains an escape that JSON does not have"
    case .loneSurrogate: "a text contains one half of a surrogate pair"
    case .notANaturalNumber: "expected a whole number without sign, fraction or exponent"
    case .numberTooLarge: "the number is too large"
    case .textAfterHeader: "something follows the end of the header"
    case .duplicateTensor(let name): "the tensor \"\(name.escapedForDisplay)\" is there twice"
    case .duplicateField(let name): "the field \"\(name.escapedForDisplay)\" is there twice"
    case .unknownField(let name): "\"\(name.escapedForDisplay)\" is not a field of a tensor"
    case .missingField(let name): "the field \"\(name)\" is missing"
    case .unknownDType(let name): "there is no element type \"\(name.escapedForDisplay)\""
    case .tooManyTensors: "more than \(SafetensorsHeader.mostTensors) tensors"
    case .tooManyAxes(let count):
      "\(count) axes, more than the \(mostAxes(below: count)) allowed"
    case .sizeOverflow(let shape): "a tensor of shape \(shape) is too large"
    case .reversedOffsets(let start, let end): "the data would start at \(start) and end at \(end)"
    case .sizeMismatch(let needed, let found):
      "the shape needs \(needed) bytes of data, but there are \(found)"
    case .fractionOfAByte: "the elements do not fill whole bytes"
    case .overlap(let start, let previousEnd):
      "the data start at \(start), before the end of the data before them at \(previousEnd)"
    case .gap(let start, let previousEnd):
      "the data start at \(start), but the data before them end at \(previousEnd)"
    case .dataBeyondEnd(let end, let available):
      "the data would end at \(end), but the file has only \(available) bytes of data"
    case .trailingBytes(let count): "the last \(count) bytes belong to no tensor"
    case .missingTensor: "the file has no such tensor"
    case .wrongDType(let found, let wanted):
      "elements of type \(found.rawValue) cannot be read as \(wanted) without loss"
    case .notFinite(let index): "element \(index) is not a finite number"
    case .checksumMismatch: "the contents are not those that were saved"
    case .invalidChecksum(let text): "\"\(text.escapedForDisplay)\" is not a checksum"
    case .reservedName: "the format uses this name itself"
    }
  }

  /// The limit that a tensor of `count` axes exceeds: the format's, or that of `Tensor`, which is lower.
  private func mostAxes(below count: Int) -> Int {
    count > SafetensorsHeader.mostAxes ? SafetensorsHeader.mostAxes : Shape.maximumRank
  }

  private var repair: String {
    let copyAgain = "the file is damaged or its writer faulty: copy, download or save it again"
    // Only what is read has bytes to point at.
    if case .byte = place { return copyAgain }
    switch fault {
    case .missingTensor: return "use a model file made by the same kind of model"
    case .wrongDType: return "convert the tensor in the program that wrote the file"
    case .notFinite: return "use an earlier checkpoint, from before the training diverged"
    case .checksumMismatch, .invalidChecksum:
      return "restore the file from a copy, or if another program changed it on purpose, "
        + "remove \"\(SafetensorsChecksum.key)\" from its metadata"
    case .reservedName, .duplicateTensor, .tooManyAxes, .sizeMismatch, .sizeOverflow,
      .fractionOfAByte:
      return "save every tensor under its own name and with a shape that fits its elements"
    default: return copyAgain
    }
  }
}
