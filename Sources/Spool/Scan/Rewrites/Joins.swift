/// Which matrices of a step stand side by side, or would do well to.
struct Joins {
  /// The gradients of weights that share their left operand.
  struct Gradients {
    let left: Int
    var rights: [Int] = []
    var products: [Int] = []
  }

  private(set) var gradients: [Gradients] = []
  /// Concatenations along axis 1, those made since included; whether the step needs each for more than
  /// gradients of what all steps share.
  private(set) var all: [(value: Int, parts: [Int], isCarried: Bool)] = []
  /// For a matrix, its sums over the rows.
  private(set) var rowSums: [Int: [Int]] = [:]

  init(of graph: StepGraph) {
    let dependences = graph.dependences()
    let isGradientOnly = graph.needed(by: graph.carriedRoots).map { !$0 }
    var places: [Int: Int] = [:]
    for (i, value) in graph.values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source else { continue }
      if let concatenate = operation as? Concatenate, concatenate.axis == 1, value.shape.rank == 2,
        Set(inputs).count == inputs.count
      {
        all.append((i, inputs, !isGradientOnly[i]))
      } else if operation is SumToShape, let from = graph.rowSum(i), isGradientOnly[i],
        !isGradientOnly[from]
      {
        rowSums[from, default: []].append(i)
      } else if let (left, right) = graph.factors(i), graph.transposed(left).isTransposed,
        !dependences[left].isInvariant, !dependences[right].isInvariant, isGradientOnly[i],
        !isGradientOnly[right]
      {
        let place = places[left] ?? gradients.count
        if place == gradients.count {
          gradients.append(Gradients(left: left))
          places[left] = place
        }
        guard !gradients[place].rights.contains(right) else { continue }
        gradients[place].rights.append(right)
        gradients[place].products.append(i)
      }
    }
  }

  /// The order in which `parts` stand side by side already; their own where they would do well to; nil
  /// where they neither do nor would.
  func order(of parts: [Int]) -> [Int]? {
    guard parts.count > 1, Set(parts).count == parts.count else { return nil }
    if let order = presentOrder(of: parts) { return order }
    let isWanted = gradients.contains { Set($0.rights) == Set(parts) }
    return isWanted ? Array(parts.indices) : nil
  }

  /// The order in which `parts` stand side by side already.
  func presentOrder(of parts: [Int]) -> [Int]? {
    all.first { Set($0.parts) == Set(parts) }.map { join in
      join.parts.map { parts.firstIndex(of: $0)! }
    }
  }

  /// How the right operands of a group are put together: where they stand side by side already, or else as
  /// far as some of them do, so that those are not copied.
  func segments(of rights: [Int]) -> [Segment] {
    if presentOrder(of: rights) != nil { return [.all(rights)] }
    var rest = Set(rights)
    var result: [Segment] = []
    for join in all where join.isCarried {
      var run: Range<Int>?
      for place in join.parts.indices {
        if rest.contains(join.parts[place]) {
          run = (run?.lowerBound ?? place)..<(place + 1)
        }
        let isEnd = place + 1 == join.parts.count || !rest.contains(join.parts[place + 1])
        if let found = run, isEnd {
          if found.count > 1 {
            result.append(
              .part(
                of: join.value, before: Array(join.parts[..<found.lowerBound]),
                Array(join.parts[found])))
            rest.subtract(join.parts[found])
          }
          run = nil
        }
      }
    }
    if rest.count > 1 { result.append(.all(rights.filter(rest.contains))) }
    return result
  }

  /// Operands put side by side.
  enum Segment {
    case all([Int])
    /// Adjoining parts of a value that has others before them.
    case part(of: Int, before: [Int], [Int])
  }

  mutating func join(_ parts: [Int], in editor: inout GraphEditor) -> Int {
    if let join = all.first(where: { $0.parts == parts }) { return join.value }
    let value = editor.concatenate(parts, axis: 1)
    all.append((value, parts, false))
    return value
  }
}

extension StepGraph {
  /// What a step hands on or out, gradients of what all steps share aside.
  var carriedRoots: [Int] {
    outputs + states + inputGradients.compactMap(\.self) + stateGradients.compactMap(\.self)
  }

  /// The matrix that value `i` is the sum over rows of.
  func rowSum(_ i: Int) -> Int? {
    let (from, shape) = (values[inputs(of: i)[0]].shape, values[i].shape)
    guard from.rank == 2, shape.elementCount == from[1], shape.last == from[1] else { return nil }
    return inputs(of: i)[0]
  }
}
