extension StepGraph {
  /// Makes one product of a sum of products, dz₁·U₁ᵀ + dz₂·U₂ᵀ + … = [dz₁ dz₂ …]·[U₁ U₂ …]ᵀ, where the
  /// gradients of U₁, U₂, … want dz₁, dz₂, … side by side anyway. The sum is done inside of the product.
  func withJoinedSums() -> StepGraph {
    let counts = useCounts()
    let dependences = dependences()
    let phases = phases(dependences)
    var joins = Joins(of: self)
    var editor = GraphEditor(self)
    var isChanged = false
    for sum in flatSums(useCounts: counts) where values[sum.value].shape.rank == 2 {
      var groups: [Phase: [(place: Int, left: Int, right: Int)]] = [:]
      for (place, term) in sum.terms.enumerated()
      where !term.isNegative && counts[term.value] == 1 {
        guard let factors = factors(term.value), dependences[factors.right].isInvariant,
          !dependences[factors.left].isInvariant,
          values[term.value].shape == values[sum.value].shape
        else { continue }
        groups[phases[term.value], default: []].append((place, factors.left, factors.right))
      }
      var taken = Set<Int>()
      var products: [SumTerm] = []
      for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
        let sorted = group.sorted { transposed($0.right).base < transposed($1.right).base }
        guard let order = joins.order(of: sorted.map(\.left)) else { continue }
        let members = order.map { sorted[$0] }
        let left = joins.join(members.map(\.left), in: &editor)
        let right = editor.join(members.map(\.right), axis: 0, transposed)
        products.append(SumTerm(value: editor.product(left, right), isNegative: false))
        taken.formUnion(members.map(\.place))
      }
      if products.isEmpty { continue }
      let others = sum.terms.indices.filter { !taken.contains($0) }.map { sum.terms[$0] }
      editor.replace(sum.value, by: editor.plain(editor.sum(products + others)))
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }

  /// Makes one product of the gradients of several weights of the same operand, hᵀ·dz₁, hᵀ·dz₂, … =
  /// parts of hᵀ·[dz₁ dz₂ …], and one sum of the gradients of their biases, so that h is read once, and
  /// dz₁, dz₂, … need not be kept apart.
  func withMergedGradients() -> StepGraph {
    var joins = Joins(of: self)
    var editor = GraphEditor(self)
    var isChanged = false
    for group in joins.gradients where group.rights.count > 1 {
      let order = joins.order(of: group.rights)!
      let rights = order.map { group.rights[$0] }
      let product = editor.product(group.left, joins.join(rights, in: &editor))
      editor.replace(order.map { group.products[$0] }, byPartsOf: product, axis: 1)
      isChanged = true
    }
    for join in joins.all {
      let sums = join.parts.map { joins.rowSums[$0] }
      guard let axes = sums[0].map({ values[$0].shape.rank }),
        sums.allSatisfy({ $0.map { values[$0].shape.rank == axes } ?? false })
      else { continue }
      let parts = sums.map { $0! }
      var shape = values[parts[0]].shape
      shape[axes - 1] = editor.value(join.value).shape[1]
      let sum = editor.append(
        SumToShape(shape: shape), [join.value], shape, values[parts[0]].scalarType)
      editor.replace(parts, byPartsOf: sum, axis: axes - 1)
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }

  fileprivate func factors(_ i: Int) -> (left: Int, right: Int)? {
    guard case .operation(let operation, let inputs) = values[i].source,
      operation is MatrixProduct, values[inputs[0]].shape.rank == 2,
      values[inputs[1]].shape.rank == 2
    else { return nil }
    return (inputs[0], inputs[1])
  }
}

/// Which matrices of a step stand side by side, or would do well to.
private struct Joins {
  /// The gradients of weights that share their left operand.
  struct Gradients {
    let left: Int
    var rights: [Int] = []
    var products: [Int] = []
  }

  private(set) var gradients: [Gradients] = []
  /// Concatenations along axis 1, those made since included.
  private(set) var all: [(value: Int, parts: [Int])] = []
  /// For a matrix, its sum over the rows.
  private(set) var rowSums: [Int: Int] = [:]

  init(of graph: StepGraph) {
    let dependences = graph.dependences()
    let isGradientOnly = graph.needed(by: graph.carriedRoots).map { !$0 }
    var places: [Int: Int] = [:]
    for (i, value) in graph.values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source else { continue }
      if let concatenate = operation as? Concatenate, concatenate.axis == 1, value.shape.rank == 2,
        Set(inputs).count == inputs.count
      {
        all.append((i, inputs))
      } else if operation is SumToShape, let from = graph.rowSum(i), isGradientOnly[i],
        !isGradientOnly[from]
      {
        rowSums[from] = i
      } else if let (left, right) = graph.factors(i), graph.transposed(left).isTransposed,
        !dependences[left].isInvariant, !dependences[right].isInvariant, isGradientOnly[i],
        !isGradientOnly[right]
      {
        let place = places[left] ?? gradients.count
        if place == gradients.count {
          gradients.append(Gradients(left: left))
          places[left] = place
        }
        gradients[place].rights.append(right)
        gradients[place].products.append(i)
      }
    }
  }

  /// The order in which `parts` stand side by side already; their own where they would do well to; nil
  /// where they neither do nor would.
  func order(of parts: [Int]) -> [Int]? {
    guard parts.count > 1, Set(parts).count == parts.count else { return nil }
    if let join = all.first(where: { Set($0.parts) == Set(parts) }) {
      return join.parts.map { parts.firstIndex(of: $0)! }
    }
    let isWanted = gradients.contains { Set($0.rights) == Set(parts) }
    return isWanted ? Array(parts.indices) : nil
  }

  mutating func join(_ parts: [Int], in editor: inout GraphEditor) -> Int {
    if let join = all.first(where: { $0.parts == parts }) { return join.value }
    let value = editor.concatenate(parts, axis: 1)
    all.append((value, parts))
    return value
  }
}

extension StepGraph {
  /// What a step hands on or out, gradients of what all steps share aside.
  fileprivate var carriedRoots: [Int] {
    outputs + states + inputGradients.compactMap(\.self) + stateGradients.compactMap(\.self)
  }

  /// The matrix that value `i` is the sum over rows of.
  fileprivate func rowSum(_ i: Int) -> Int? {
    let (from, shape) = (values[inputs(of: i)[0]].shape, values[i].shape)
    guard from.rank == 2, shape.elementCount == from[1], shape.last == from[1] else { return nil }
    return inputs(of: i)[0]
  }
}
