/// Finds what somebody probably meant who mistyped a name.
enum Suggestion {
  /// The one of `candidates` nearest to `name`, or nil if none is near.
  ///
  /// Near is a candidate that `name` abbreviates, or that takes at most one change for every three
  /// characters.
  static func nearest(to name: String, among candidates: [String]) -> String? {
    let name = name.lowercased()
    if name.count >= 2, let whole = candidates.first(where: { $0.hasPrefix(name) }) { return whole }
    let near = candidates.map { ($0, distance(from: name, to: $0.lowercased())) }
      .filter { $0.1 <= max(1, max($0.0.count, name.count) / 3) }
    return near.min { $0.1 < $1.1 }?.0
  }

  /// A list as the end of a sentence says it: "a", "a or b", "a, b or c".
  static func list(_ names: [String], joinedBy conjunction: String = "or") -> String {
    guard let last = names.last, names.count > 1 else { return names.first ?? "" }
    return names.dropLast().joined(separator: ", ") + " \(conjunction) " + last
  }

  /// The edit distance with transpositions of neighbours (Damerau, 1964): how many characters must
  /// be left out, put in, replaced or swapped with the next one.
  static func distance(from a: String, to b: String) -> Int {
    let (a, b) = (Array(a), Array(b))
    var beforePrevious: [Int] = []
    var previous = Array(0...b.count)
    for i in a.indices {
      var current = [i + 1]
      for j in b.indices {
        var least = min(previous[j + 1], current[j]) + 1
        least = min(least, previous[j] + (a[i] == b[j] ? 0 : 1))
        if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
          least = min(least, beforePrevious[j - 1] + 1)
        }
        current.append(least)
      }
      (beforePrevious, previous) = (previous, current)
    }
    return previous[b.count]
  }
}
