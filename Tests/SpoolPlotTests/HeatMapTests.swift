import Foundation
import SpoolPlot
import Testing

@Suite struct HeatMapTests {
  private func map(_ values: [[Double]], title: String = "title") -> HeatMap {
    HeatMap(
      title: title, columns: ["ein", "<mann>"], rows: ["a", "man", "</s>"], values: values)
  }

  private func elements(_ map: HeatMap) throws -> [Element] { try Element.all(of: map.svg()) }

  @Test func wordsStandOnBothAxes() throws {
    let elements = try elements(map([[0, 1], [0.5, 0.25], [1, 0]]))
    let words = elements.filter { $0.attributes["class"]?.hasPrefix("legend") == true }
    #expect(words.map(\.text) == ["ein", "<mann>", "a", "man", "</s>"])
    #expect(words[..<2].allSatisfy { $0.attributes["transform"]?.hasPrefix("rotate(-45 ") == true })
    #expect(elements.contains { $0.text == "title" && $0.attributes["class"] == "title start" })
  }

  @Test func squaresHaveTheStrengthOfTheirNumbers() throws {
    let values = [[0, 1], [0.5, 0.25], [2, -1]]
    let squares = try elements(map(values)).filter {
      $0.attributes["class"] == "square fill0" && $0.attributes["width"] == "27"
    }
    #expect(
      squares.map { $0.attributes["fill-opacity"]! } == ["0", "1", "0.5", "0.25", "1", "0"])
    let places = squares.map { (Double($0.attributes["x"]!)!, Double($0.attributes["y"]!)!) }
    #expect(places[1].0 - places[0].0 == 28 && places[1].1 == places[0].1)
    #expect(places[2].0 == places[0].0 && places[2].1 - places[0].1 == 28)
  }

  @Test func whatIsNoNumberHasNoSquare() throws {
    let values = [[.nan, 1], [0.5, .infinity], [1, 0]]
    let squares = try elements(map(values)).filter { $0.attributes["width"] == "27" }
    #expect(squares.count == 4)
  }

  @Test func theScaleHasTheEndsOfTheRange() throws {
    var map = map([[0, 1], [0.5, 0.25], [1, 0]])
    map.range = -2...2
    let elements = try elements(map)
    #expect(
      elements.filter { $0.attributes["class"] == "tick start" }.map(\.text) == ["−2.0", "2.0"])
    let squares = elements.filter { $0.attributes["width"] == "27" }
    #expect(squares[0].attributes["fill-opacity"] == "0.5")
  }

  @Test func theWholePictureFits() throws {
    let long = String(repeating: "donaudampfschiff", count: 3)
    let map = HeatMap(title: "t", columns: [long], rows: [long], values: [[1]])
    let elements = try elements(map)
    let svg = try #require(elements.first { $0.name == "svg" }).attributes
    let (width, height) = (Double(svg["width"]!)!, Double(svg["height"]!)!)
    for element in elements {
      for (name, limit) in [("x", width), ("y", height)] {
        guard let value = element.attributes[name] else { continue }
        #expect((0...limit).contains(Double(value)!), "\(element)")
      }
    }
    let column = try #require(elements.first { $0.text == long })
    #expect(
      Double(column.attributes["y"]!)! > 48 * 7 * 0.7, "a slanted word does not leave the top")
  }
}
