import Foundation
import SpoolPlot
import Testing

@Suite struct ImageStripTests {
  private let image = ImageStrip.Image(width: 2, pixels: [0, 1, 0.5, -3, 7, 0])

  @Test func imagesStandInRowsAndColumns() throws {
    let strip = ImageStrip(
      title: "a < b", columns: ["1", "2", "3"],
      rows: [.init("true", [image, image, image]), .init("predicted", [nil, nil, image])])
    let elements = try Element.all(of: strip.svg(side: 20))
    #expect(
      elements.filter { $0.name == "text" }.map(\.text)
        == ["a < b", "1", "2", "3", "true", "predicted"])
    let images = elements.filter { $0.name == "image" }.map(\.attributes)
    #expect(images.count == 4)
    #expect(images.allSatisfy { $0["width"] == "20" && $0["height"] == "30" })
    // The only predicted one is below the third true one.
    #expect(images[3]["x"] == images[2]["x"] && images[1]["x"] != images[2]["x"])
    #expect(images[3]["y"] != images[0]["y"])
  }

  @Test func imagesArePNGFiles() throws {
    let strip = ImageStrip(title: "", columns: [], rows: [.init("", [image])])
    let address = try #require(
      try Element.all(of: strip.svg(side: 20)).first { $0.name == "image" }?.attributes["href"])
    let prefix = "data:image/png;base64,"
    try #require(address.hasPrefix(prefix))
    let png = try #require(Data(base64Encoded: String(address.dropFirst(prefix.count))))
    #expect(png.starts(with: [137, 80, 78, 71]))
    // The width and the height.
    #expect(Array(png[16..<24]) == [0, 0, 0, 2, 0, 0, 0, 3])
  }
}
