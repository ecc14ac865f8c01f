import SpoolData
import Testing
import TestSupport

@Suite struct IDXFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  /// Two images of 2 × 3.
  private static let images: [UInt8] =
    [0, 0, 8, 3, 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 3] + [0, 51, 255, 3, 4, 5, 6, 7, 8, 9, 10, 11]
  private static let labels: [UInt8] = [0, 0, 8, 1, 0, 0, 0, 2, 7, 9]

  private func digits(
    _ images: [UInt8] = IDXFileTests.images, _ labels: [UInt8] = IDXFileTests.labels
  ) throws -> HandwrittenDigits {
    try HandwrittenDigits(
      images: folder.put(images, in: "images"), labels: folder.put(labels, in: "labels"))
  }

  private func expectError(
    _ message: String, _ images: [UInt8], _ labels: [UInt8] = IDXFileTests.labels,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let error = #expect(throws: IDXError.self, sourceLocation: sourceLocation) {
      try digits(images, labels)
    }
    #expect(error?.description.hasPrefix(folder.path) == true, sourceLocation: sourceLocation)
    #expect(
      error?.description.contains(message) == true, "\(error?.description ?? "")",
      sourceLocation: sourceLocation)
  }

  @Test func readsSizesAndElementsInOrder() throws {
    let file = try IDXFile(path: folder.put(Self.images, in: "images"), rank: 3)
    #expect(file.shape == [2, 2, 3])
    #expect(file.elements == Array(Self.images[16...]))
    // The most significant byte of a size comes first.
    let long = [0, 0, 8, 1, 0, 0, 1, 2] + [UInt8](repeating: 1, count: 258)
    #expect(try IDXFile(path: folder.put(long, in: "long"), rank: 1).shape == [258])
  }

  @Test func imagesGoFromZeroToOne() throws {
    let digits = try digits()
    #expect(digits.images.shape == [2, 2, 3])
    #expect(Array(digits.images.scalars.prefix(3)) == [0, 0.2, 1])
    #expect(digits.labels.scalars == [7, 9])
    #expect((digits.count, digits.height, digits.width) == (2, 2, 3))
  }

  @Test func findsTheFilesOfAFolder() throws {
    try folder.put(Self.images, in: "train-first2-images-idx3-ubyte")
    try folder.put(Self.labels, in: "train-first2-labels-idx1-ubyte")
    #expect(try HandwrittenDigits(.training, in: folder.path).count == 2)
    let missing = #expect(throws: IDXError.self) {
      try HandwrittenDigits(.test, in: folder.path)
    }
    #expect(missing?.description.contains("t10k*images-idx3-ubyte, but there is none") == true)
    try folder.put(Self.images, in: "train-images-idx3-ubyte")
    let two = #expect(throws: IDXError.self) { try HandwrittenDigits(.training, in: folder.path) }
    #expect(two?.description.contains("train-first2-images-idx3-ubyte, train-images") == true)
  }

  @Test func aMissingFolder() {
    let error = #expect(throws: IDXError.self) {
      try HandwrittenDigits(.test, in: folder.file("gone"))
    }
    #expect(
      error?.description
        == "cannot read \(folder.file("gone")): No such file or directory; check the path")
  }

  @Test func aHeaderOfAnotherKind() {
    expectError("byte 0 is 0x1, but", [1] + Self.images.dropFirst())
    expectError(
      "byte 2 is 0xD, but the code of unsigned bytes", [0, 0, 13] + Self.images.dropFirst(3))
    expectError("byte 3 is 0x1, but the number of axes is 0x3 there", Self.labels)
    expectError("packed by gzip; unpack it with gunzip", [0x1F, 0x8B, 8, 0])
  }

  @Test func aFileThatEndsEarlyOrLate() {
    expectError("ends at byte 0, inside its header of 16 bytes", [])
    expectError("ends at byte 15, inside its header of 16 bytes", Array(Self.images.prefix(15)))
    expectError("[2, 2, 3], but 11 bytes follow from byte 16 on", Self.images.dropLast())
    expectError("[2, 2, 3], but 13 bytes follow from byte 16 on", Self.images + [0])
    expectError(
      "but 0 bytes follow from byte 16 on",
      [0, 0, 8, 3] + [UInt8](repeating: 0xFF, count: 12))
  }

  @Test func labelsThatDoNotFit() {
    expectError(
      "byte 9 is the label 10, but", Self.images, [0, 0, 8, 1, 0, 0, 0, 2, 7, 10])
    expectError("has 2 images, but", Self.images, [0, 0, 8, 1, 0, 0, 0, 1, 7])
  }
}
