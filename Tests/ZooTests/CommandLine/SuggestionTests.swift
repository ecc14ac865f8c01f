import Testing

@testable import SpoolZoo

@Suite struct SuggestionTests {
  @Test(arguments: [
    ("", "", 0), ("a", "", 1), ("", "abc", 3), ("abc", "abc", 0), ("abc", "abd", 1),
    ("abc", "acb", 1), ("hidden", "hiden", 1), ("kitten", "sitting", 3), ("ca", "abc", 3),
    ("char-lm", "chr-ml", 2),
  ])
  func distances(_ a: String, _ b: String, _ distance: Int) {
    #expect(Suggestion.distance(from: a, to: b) == distance)
    #expect(Suggestion.distance(from: b, to: a) == distance)
  }

  @Test(arguments: [
    ("trian", "train"), ("eval", "evaluate"), ("Train", "train"), ("lst", "list"),
    ("sampel", "sample"), ("evaluation", "evaluate"), ("xyzzy", nil), ("t", nil), ("", nil),
  ])
  func nearest(_ name: String, _ expected: String?) {
    let names = ["list", "train", "evaluate", "sample"]
    #expect(Suggestion.nearest(to: name, among: names) == expected)
  }

  @Test func theNearestOfSeveral() {
    #expect(Suggestion.nearest(to: "layrs", among: ["players", "layers", "lays"]) == "layers")
    #expect(Suggestion.nearest(to: "x", among: []) == nil)
  }

  @Test func lists() {
    #expect(Suggestion.list([]) == "")
    #expect(Suggestion.list(["a"]) == "a")
    #expect(Suggestion.list(["a", "b"]) == "a or b")
    #expect(Suggestion.list(["a", "b", "c"], joinedBy: "and") == "a, b and c")
  }
}
