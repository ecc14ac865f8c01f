import SpoolTraining
import Testing

/// Files that are damaged or made to deceive, each with the fault it must be refused for.
@Suite struct HostileSafetensorsTests {
  struct Case: CustomTestStringConvertible {
    let name: String
    let contents: [UInt8]
    let fault: SafetensorsError.Fault
    /// The byte that the error must name, where the case is about the place.
    var byte: Int?

    var testDescription: String { name }

    init(
      _ name: String, _ contents: [UInt8], _ fault: SafetensorsError.Fault, byte: Int? = nil
    ) {
      self.name = name
      self.contents = contents
      self.fault = fault
      self.byte = byte
    }

    /// A file with one tensor of 4 bytes, or with the given header text.
    init(
      _ name: String, header: String, data: Int = 4, _ fault: SafetensorsError.Fault,
      byte: Int? = nil
    ) {
      self.init(name, safetensors(header, data: data), fault, byte: byte)
    }
  }

  @Test(
    arguments: [lengths, encodings, grammar, numbers, texts, fields, shapes, layouts].joined())
  func isRefused(_ test: Case) {
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsFile(contents: test.contents, path: "model")
    }
    #expect(error?.fault == test.fault)
    if let byte = test.byte { #expect(error?.place == .byte(byte)) }
    #expect(error?.description.hasPrefix("model: ") == true)
    #expect(error?.description.hasSuffix("copy, download or save it again") == true)
    #expect(error?.description.contains { $0.isNewline || $0 == "\u{1B}" } == false)
  }

  @Test func thereAreManyCases() {
    let all = [
      Self.lengths, Self.encodings, Self.grammar, Self.numbers, Self.texts, Self.fields,
      Self.shapes, Self.layouts,
    ].joined()
    #expect(Set(all.map(\.name)).count == all.count)
    #expect(all.count >= 120)
  }

  // MARK: The length in front

  static let lengths: [Case] = [
    Case("no bytes", [], .tooShort(size: 0)),
    Case("one byte", [1], .tooShort(size: 1)),
    Case("seven bytes", [2, 0, 0, 0, 0, 0, 0], .tooShort(size: 7)),
    Case("header length 0", [UInt8](repeating: 0, count: 8), .emptyHeader),
    Case("header length 0 before data", safetensors("", data: 4), .emptyHeader),
    Case(
      "header beyond the end", [3, 0, 0, 0, 0, 0, 0, 0, 0x7B, 0x7D],
      .headerBeyondEnd(3, available: 2)),
    Case(
      "header and nothing else", [1, 0, 0, 0, 0, 0, 0, 0], .headerBeyondEnd(1, available: 0)),
    Case(
      "header of 100 MB", [0, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, 0x7B, 0x7D],
      .headerBeyondEnd(100_000_000, available: 2)),
    Case(
      "header of 100 MB and a byte", [1, 0xE1, 0xF5, 0x05, 0, 0, 0, 0, 0x7B, 0x7D],
      .headerTooLong(100_000_001)),
    Case(
      "header length 2^63", [0, 0, 0, 0, 0, 0, 0, 0x80, 0x7B, 0x7D], .headerTooLong(1 << 63)),
    Case(
      "header length 2^64 - 1", [UInt8](repeating: 0xFF, count: 8) + [0x7B, 0x7D],
      .headerTooLong(.max)),
    Case(
      "big-endian header length", [0, 0, 0, 0, 0, 0, 0, 2, 0x7B, 0x7D], .headerTooLong(2 << 56)),
  ]

  // MARK: The header as bytes

  static let encodings: [Case] = [
    Case("byte order mark", header: "\u{FEFF}{}", .byteOrderMark, byte: 8),
    Case("byte 0xFF", safetensors(header: [0x7B, 0xFF, 0x7D]), .notUTF8, byte: 9),
    Case(
      "overlong slash", safetensors(header: [0x7B, 0x22, 0xC0, 0xAF, 0x22]), .notUTF8, byte: 10),
    Case("surrogate as UTF-8", safetensors(header: [0xED, 0xA0, 0x80]), .notUTF8, byte: 8),
    Case("above U+10FFFF", safetensors(header: [0xF4, 0x90, 0x80, 0x80]), .notUTF8, byte: 8),
    Case("cut character", safetensors(header: [0x7B, 0x7D, 0xC3]), .notUTF8, byte: 10),
    Case(
      "UTF-16", safetensors(header: [0x7B, 0, 0x7D, 0]), .expected("a name in quotation marks")),
    Case("UTF-16 with mark", safetensors(header: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0]), .notUTF8),
    Case(
      "padded with zero bytes", safetensors(header: [0x7B, 0x7D, 0, 0]), .textAfterHeader, byte: 10),
    Case(
      "zero bytes in front", safetensors(header: [0, 0x7B, 0x7D]),
      .expected("\"{\", the start of the header")),
    Case("form feed as white space", header: "{\u{C}}", .expected("a name in quotation marks")),
    Case(
      "no-break space as white space", header: "{\u{A0}}", .expected("a name in quotation marks")),
    Case("line separator as white space", header: "{}\u{2028}", .textAfterHeader),
    Case("pickle", safetensors(header: [0x80, 0x04, 0x95, 0x0A]), .notUTF8),
  ]

  // MARK: The header as JSON

  static let start = "\"{\", the start of the header"

  static let grammar: [Case] = [
    Case("blank header", header: "    ", .expected(start), byte: 12),
    Case("not JSON", header: "hello", .expected(start), byte: 8),
    Case("an array", header: "[]", .expected(start)),
    Case("null", header: "null", .expected(start)),
    Case("a text", header: "\"{}\"", .expected(start)),
    Case("a number", header: "1", .expected(start)),
    Case("open brace", header: "{", .expected("a name in quotation marks"), byte: 9),
    Case("two objects", header: "{}{}", .textAfterHeader, byte: 10),
    Case("text after", header: "{} x", .textAfterHeader, byte: 11),
    Case("comment", header: "{/**/}", .expected("a name in quotation marks")),
    Case("comment after", header: "{}//", .textAfterHeader),
    Case("trailing comma", header: "{\(entry("a")),}", .expected("a name in quotation marks")),
    Case("leading comma", header: "{,\(entry("a"))}", .expected("a name in quotation marks")),
    Case(
      "two commas", header: "{\(entry("a")),,\(entry("b"))}", .expected("a name in quotation marks")
    ),
    Case("no comma", header: "{\(entry("a"))\(entry("b"))}", .expected("\",\" or \"}\"")),
    Case("no colon", header: "{\"a\" {}}", .expected("\":\""), byte: 13),
    Case("equals sign", header: "{\"a\"={}}", .expected("\":\"")),
    Case("name without quotation marks", header: "{a:{}}", .expected("a name in quotation marks")),
    Case(
      "name in single quotation marks", header: "{'a':{}}", .expected("a name in quotation marks")),
    Case("name is a number", header: "{1:{}}", .expected("a name in quotation marks")),
    Case("tensor is null", header: "{\"a\":null}", .expected("the tensor's \"{\"")),
    Case("tensor is an array", header: "{\"a\":[]}", .expected("the tensor's \"{\"")),
    Case("tensor is a number", header: "{\"a\":4}", .expected("the tensor's \"{\"")),
    Case("tensor is open", header: "{\"a\":{\"dtype\":\"U8\"", .expected("\",\" or \"}\"")),
    Case(
      "trailing comma in a tensor", header: "{\"a\":{\"dtype\":\"U8\",}}",
      .expected("a name in quotation marks")),
    Case("trailing comma in a shape", header: "{\(entry("a", shape: "[4,]"))}", .notANaturalNumber),
    Case("two commas in a shape", header: "{\(entry("a", shape: "[2,,2]"))}", .notANaturalNumber),
    Case(
      "space in a shape", header: "{\(entry("a", shape: "[2 2]"))}", .expected("\",\" or \"]\"")),
    Case("open shape", header: "{\"a\":{\"shape\":[4", .expected("\",\" or \"]\"")),
    Case(
      "objects 100,000 deep", header: String(repeating: "{\"a\":", count: 100_000),
      .unknownField("a")),
    Case(
      "arrays 100,000 deep", header: "{\"a\":{\"shape\":" + String(repeating: "[", count: 100_000),
      .notANaturalNumber),
  ]

  static let numbers: [Case] = [
    Case("negative", header: "{\(entry("a", shape: "[-4]"))}", .notANaturalNumber),
    Case("negative zero", header: "{\(entry("a", shape: "[-0]"))}", .notANaturalNumber),
    Case("plus sign", header: "{\(entry("a", shape: "[+4]"))}", .notANaturalNumber),
    Case("fraction", header: "{\(entry("a", shape: "[4.0]"))}", .notANaturalNumber),
    Case("bare point", header: "{\(entry("a", shape: "[4.]"))}", .notANaturalNumber),
    Case("exponent", header: "{\(entry("a", shape: "[4e0]"))}", .notANaturalNumber),
    Case("capital exponent", header: "{\(entry("a", shape: "[4E0]"))}", .notANaturalNumber),
    Case("leading zero", header: "{\(entry("a", shape: "[04]"))}", .notANaturalNumber),
    Case("zeros", header: "{\(entry("a", shape: "[00]"))}", .notANaturalNumber),
    Case("hexadecimal", header: "{\(entry("a", shape: "[0x4]"))}", .expected("\",\" or \"]\"")),
    Case("NaN", header: "{\(entry("a", shape: "[NaN]"))}", .notANaturalNumber),
    Case("Infinity", header: "{\(entry("a", shape: "[Infinity]"))}", .notANaturalNumber),
    Case("text as a number", header: "{\(entry("a", shape: "[\"4\"]"))}", .notANaturalNumber),
    Case("true as a number", header: "{\(entry("a", shape: "[true]"))}", .notANaturalNumber),
    Case("null as a number", header: "{\(entry("a", shape: "[null]"))}", .notANaturalNumber),
    Case("list as a number", header: "{\(entry("a", shape: "[[4]]"))}", .notANaturalNumber),
    Case("full-width digit", header: "{\(entry("a", shape: "[４]"))}", .notANaturalNumber),
    Case("underscore", header: "{\(entry("a", shape: "[1_0]"))}", .expected("\",\" or \"]\"")),
    Case(
      "dimension 2^63", header: "{\(entry("a", shape: "[9223372036854775808]"))}", .numberTooLarge),
    Case(
      "dimension 2^64", header: "{\(entry("a", shape: "[18446744073709551616]"))}", .numberTooLarge),
    Case(
      "dimension 2^64 + 4", header: "{\(entry("a", shape: "[18446744073709551620]"))}",
      .numberTooLarge),
    Case(
      "offset 2^64 - 1", header: "{\(entry("a", offsets: "[0,18446744073709551615]"))}",
      .numberTooLarge),
    Case(
      "dimension of 1000 digits",
      header: "{\(entry("a", shape: "[\(String(repeating: "9", count: 1000))]"))}", .numberTooLarge),
    Case("negative offset", header: "{\(entry("a", offsets: "[-4,0]"))}", .notANaturalNumber),
  ]

  static let texts: [Case] = [
    Case("open text", header: "{\"a", .expected("a closing quotation mark"), byte: 11),
    Case("open text after an escape", header: "{\"\\n", .expected("a closing quotation mark")),
    Case("newline in a text", header: "{\"a\n\":{}}", .controlCharacter, byte: 11),
    Case("zero byte in a text", header: "{\"a\0\":{}}", .controlCharacter),
    Case("control code after an escape", header: "{\"\\n\u{1F}\":{}}", .controlCharacter),
    Case("unknown escape", header: "{\"\\x41\":{}}", .invalidEscape, byte: 10),
    Case("escape at the end", header: "{\"\\", .invalidEscape, byte: 10),
    Case("short escape", header: "{\"\\u00e\":{}}", .invalidEscape, byte: 10),
    Case("escape cut by the end", header: "{\"\\u00", .invalidEscape),
    Case("escape in full-width digits", header: "{\"\\u００41\":{}}", .invalidEscape),
    Case("lone leading surrogate", header: "{\"\\ud83d\":{}}", .loneSurrogate, byte: 10),
    Case("lone trailing surrogate", header: "{\"\\ude00\":{}}", .loneSurrogate),
    Case("surrogates the wrong way round", header: "{\"\\ude00\\ud83d\":{}}", .loneSurrogate),
    Case("leading surrogate twice", header: "{\"\\ud83d\\ud83d\":{}}", .loneSurrogate),
    Case("leading surrogate before a letter", header: "{\"\\ud83dx\":{}}", .loneSurrogate),
    Case("leading surrogate before another escape", header: "{\"\\ud83d\\n\":{}}", .loneSurrogate),
    Case(
      "leading surrogate before a short escape", header: "{\"\\ud83d\\u12\":{}}", .invalidEscape),
  ]

  // MARK: The fields

  static let fields: [Case] = [
    Case("tensor twice", header: "{\(entry("a")),\(entry("a"))}", .duplicateTensor("a")),
    Case(
      "tensor twice, of two types",
      header: "{\(entry("a")),\(entry("a", dtype: "\"F32\"", shape: "[1]"))}", .duplicateTensor("a")
    ),
    Case(
      "tensor twice, once escaped", header: "{\(entry("a")),\(entry("\\u0061"))}",
      .duplicateTensor("a")),
    Case(
      "dtype twice", header: "{\"a\":{\"dtype\":\"U8\",\"dtype\":\"U8\"}}", .duplicateField("dtype")
    ),
    Case(
      "dtype twice, once escaped", header: "{\"a\":{\"dtype\":\"U8\",\"d\\u0074ype\":\"I8\"}}",
      .duplicateField("dtype")),
    Case("shape twice", header: "{\"a\":{\"shape\":[],\"shape\":[4]}}", .duplicateField("shape")),
    Case(
      "offsets twice", header: "{\"a\":{\"data_offsets\":[0,4],\"data_offsets\":[0,4]}}",
      .duplicateField("data_offsets")),
    Case(
      "metadata twice", header: "{\"__metadata__\":{},\"__metadata__\":{}}",
      .duplicateField("__metadata__")),
    Case(
      "metadata twice, first null", header: "{\"__metadata__\":null,\"__metadata__\":{}}",
      .duplicateField("__metadata__")),
    Case(
      "metadata twice, once escaped", header: "{\"__metadata__\":{},\"\\u005f_metadata__\":{}}",
      .duplicateField("__metadata__")),
    Case(
      "metadata key twice", header: "{\"__metadata__\":{\"k\":\"1\",\"k\":\"2\"}}",
      .duplicateField("k")),
    Case(
      "metadata number", header: "{\"__metadata__\":{\"k\":1}}",
      .expected("a text in quotation marks")),
    Case(
      "metadata null value", header: "{\"__metadata__\":{\"k\":null}}",
      .expected("a text in quotation marks")),
    Case(
      "metadata nested", header: "{\"__metadata__\":{\"k\":{\"l\":\"1\"}}}",
      .expected("a text in quotation marks")),
    Case("metadata array", header: "{\"__metadata__\":[]}", .expected("the metadata's \"{\"")),
    Case("metadata text", header: "{\"__metadata__\":\"k\"}", .expected("the metadata's \"{\"")),
    Case(
      "extra field",
      header: "{\"a\":{\"dtype\":\"U8\",\"shape\":[4],\"data_offsets\":[0,4],\"x\":1}}",
      .unknownField("x")),
    Case("extra field first", header: "{\"a\":{\"x\":{},\"dtype\":\"U8\"}}", .unknownField("x")),
    Case("field in capitals", header: "{\"a\":{\"DTYPE\":\"U8\"}}", .unknownField("DTYPE")),
    Case("empty description", header: "{\"a\":{}}", .missingField("dtype"), byte: 9),
    Case(
      "no dtype", header: "{\"a\":{\"shape\":[4],\"data_offsets\":[0,4]}}", .missingField("dtype")),
    Case(
      "no shape", header: "{\"a\":{\"dtype\":\"U8\",\"data_offsets\":[0,4]}}",
      .missingField("shape")),
    Case(
      "no offsets", header: "{\"a\":{\"dtype\":\"U8\",\"shape\":[4]}}",
      .missingField("data_offsets")),
    Case("unknown dtype", header: "{\(entry("a", dtype: "\"F128\""))}", .unknownDType("F128")),
    Case("small dtype", header: "{\(entry("a", dtype: "\"u8\""))}", .unknownDType("u8")),
    Case("empty dtype", header: "{\(entry("a", dtype: "\"\""))}", .unknownDType("")),
    Case("NumPy dtype", header: "{\(entry("a", dtype: "\"<f4\""))}", .unknownDType("<f4")),
    Case(
      "dtype with control codes", header: "{\(entry("a", dtype: "\"\\u001b[2J\""))}",
      .unknownDType("\u{1B}[2J")),
    Case(
      "dtype is null", header: "{\(entry("a", dtype: "null"))}",
      .expected("the element type in quotation marks")),
    Case(
      "dtype is a list", header: "{\(entry("a", dtype: "[\"U8\"]"))}",
      .expected("the element type in quotation marks")),
    Case(
      "shape is a number", header: "{\(entry("a", shape: "4"))}", .expected("the shape's \"[\"")),
    Case("shape is null", header: "{\(entry("a", shape: "null"))}", .expected("the shape's \"[\"")),
    Case(
      "shape is an object", header: "{\(entry("a", shape: "{}"))}", .expected("the shape's \"[\"")),
    Case("no offset", header: "{\(entry("a", offsets: "[]"))}", .expected("two data offsets")),
    Case("one offset", header: "{\(entry("a", offsets: "[4]"))}", .expected("two data offsets")),
    Case(
      "three offsets", header: "{\(entry("a", offsets: "[0,4,4]"))}", .expected("two data offsets")),
    Case(
      "offsets are null", header: "{\(entry("a", offsets: "null"))}",
      .expected("the data offsets' \"[\"")),
  ]

  // MARK: Sizes

  static let shapes: [Case] = [
    Case(
      "product wraps to 4",
      header: "{\(entry("a", dtype: "\"F32\"", shape: "[4611686018427387905]"))}",
      .sizeOverflow(shape: [4_611_686_018_427_387_905])),
    Case(
      "product wraps to 0",
      header: "{\(entry("a", shape: "[4294967296,4294967296]", offsets: "[0,0]"))}",
      .sizeOverflow(shape: [1 << 32, 1 << 32])),
    Case(
      "product overflows before a zero",
      header: "{\(entry("a", shape: "[4611686018427387904,4,0]", offsets: "[0,0]"))}",
      .sizeOverflow(shape: [1 << 62, 4, 0])),
    Case(
      "product overflows after a zero",
      header: "{\(entry("a", shape: "[0,4611686018427387904,4]", offsets: "[0,0]"))}",
      .sizeOverflow(shape: [0, 1 << 62, 4])),
    Case(
      "2^63 after a zero",
      header: "{\(entry("a", shape: "[0,9223372036854775808,4]", offsets: "[0,0]"))}",
      .numberTooLarge),
    Case(
      "size overflows in bits",
      header: "{\(entry("a", dtype: "\"F64\"", shape: "[2305843009213693952]"))}",
      .sizeOverflow(shape: [1 << 61])),
    Case(
      "shape larger than the data", header: "{\(entry("a", shape: "[5]"))}",
      .sizeMismatch(needed: 5, found: 4)),
    Case(
      "shape smaller than the data", header: "{\(entry("a", shape: "[3]"))}",
      .sizeMismatch(needed: 3, found: 4)),
    Case(
      "dtype larger than the data", header: "{\(entry("a", dtype: "\"F32\""))}",
      .sizeMismatch(needed: 16, found: 4)),
    Case(
      "scalar of four bytes", header: "{\(entry("a", shape: "[]"))}",
      .sizeMismatch(needed: 1, found: 4)),
    Case(
      "nothing with data", header: "{\(entry("a", shape: "[0]"))}",
      .sizeMismatch(needed: 0, found: 4)),
    Case("half a byte", header: "{\(entry("a", dtype: "\"F4\"", shape: "[7]"))}", .fractionOfAByte),
    Case(
      "three quarters of a byte", header: "{\(entry("a", dtype: "\"F6_E2M3\"", shape: "[1]"))}",
      .fractionOfAByte),
    Case(
      "17 axes", header: "{\(entry("a", shape: axes(17), offsets: "[0,1]"))}", data: 1,
      .tooManyAxes(17)),
    Case(
      "10,000 axes", header: "{\(entry("a", shape: axes(10_000), offsets: "[0,1]"))}", data: 1,
      .tooManyAxes(10_000)),
    Case("offsets reversed", header: "{\(entry("a", offsets: "[4,0]"))}", .reversedOffsets(4, 0)),
  ]

  static func axes(_ count: Int) -> String {
    "[" + repeatElement("1", count: count).joined(separator: ",") + "]"
  }

  static let layouts: [Case] = [
    Case(
      "same data twice", header: "{\(entry("a")),\(entry("b"))}", .overlap(start: 0, previousEnd: 4)
    ),
    Case(
      "partial overlap", header: "{\(entry("a")),\(entry("b", offsets: "[2,6]"))}", data: 6,
      .overlap(start: 2, previousEnd: 4)),
    Case(
      "one inside the other",
      header: "{\(entry("a")),\(entry("b", shape: "[2]", offsets: "[1,3]"))}",
      .overlap(start: 1, previousEnd: 4)),
    Case(
      "hole", header: "{\(entry("a")),\(entry("b", offsets: "[6,10]"))}", data: 10,
      .gap(start: 6, previousEnd: 4)),
    Case(
      "first offset not 0", header: "{\(entry("a", offsets: "[2,6]"))}", data: 6,
      .gap(start: 2, previousEnd: 0)),
    Case("trailing byte", header: "{\(entry("a"))}", data: 5, .trailingBytes(1)),
    Case("data without tensors", header: "{}", data: 4, .trailingBytes(4)),
    Case("short data", header: "{\(entry("a"))}", data: 3, .dataBeyondEnd(end: 4, available: 3)),
    Case("no data", header: "{\(entry("a"))}", data: 0, .dataBeyondEnd(end: 4, available: 0)),
    Case(
      "short second tensor", header: "{\(entry("a")),\(entry("b", offsets: "[4,8]"))}", data: 7,
      .dataBeyondEnd(end: 8, available: 7)),
    Case(
      "empty tensor beyond the end",
      header: "{\(entry("a")),\(entry("b", shape: "[0]", offsets: "[9,9]"))}",
      .gap(start: 9, previousEnd: 4)),
    Case(
      "empty tensor inside another",
      header: "{\(entry("a")),\(entry("b", shape: "[0]", offsets: "[2,2]"))}",
      .overlap(start: 2, previousEnd: 4)),
    Case(
      "largest offsets",
      header: "{\(entry("a", offsets: "[9223372036854775803,9223372036854775807]"))}",
      .gap(start: .max - 4, previousEnd: 0)),
  ]
}
