extension StepGraph {
  /// Makes one sum of those of the parts of the same matrices: for gates i, Pᵢ + Qᵢ + bᵢ becomes part i of
  /// P + Q + [b₁ b₂ …], which can be added inside the product that makes Q.
  ///
  /// - Parameter isByPhase: whether partial sums that are computed earlier count as sums of their own.
  func withAlignedSums(isByPhase: Bool = false) -> StepGraph {
    let counts = useCounts()
    let dependences = dependences()
    let phases = isByPhase ? phases(dependences) : nil
    var groups: [[Int]: [AlignedSum]] = [:]
    for sum in flatSums(useCounts: counts, within: phases)
    where values[sum.value].shape.rank == 2 {
      guard let aligned = AlignedSum(sum, in: self, counts, dependences) else { continue }
      groups[aligned.sources, default: []].append(aligned)
    }
    var editor = GraphEditor(self)
    var isChanged = false
    for (sources, sums) in groups.sorted(by: { $0.value[0].value < $1.value[0].value }) {
      let sums = sums.sorted { $0.columns.lowerBound < $1.columns.lowerBound }
      let hasBias = sums.allSatisfy { !$0.biases.isEmpty }
      let bounds = [0] + sums.map(\.columns.upperBound)
      guard sums.count > 1, sources.count > 1 || hasBias,
        sources.allSatisfy({ counts[$0] == sums.count }),
        zip(bounds, sums).allSatisfy({ $0 == $1.columns.lowerBound }),
        bounds.last! == values[sources[0]].shape[1]
      else { continue }
      var terms = sources
      if hasBias {
        let biases = sums.map { sum in
          sum.biases.dropFirst().reduce(sum.biases[0]) { editor.add($0, $1) }
        }
        terms.append(editor.concatenate(biases, axis: 0))
      }
      let whole = terms.dropFirst().reduce(terms[0]) { editor.add($0, $1) }
      for sum in sums {
        let part = SumTerm(value: editor.slice(whole, sum.columns, axis: 1), isNegative: false)
        let biases = hasBias ? [] : sum.biases.map { SumTerm(value: $0, isNegative: false) }
        editor.replace(
          sum.value, by: editor.plain(editor.sum([part] + biases + sum.others)))
      }
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }
}

/// A sum with terms that are the same columns of several matrices.
private struct AlignedSum {
  let value: Int
  /// The matrices, in ascending order.
  let sources: [Int]
  let columns: Range<Int>
  /// Terms of one row that depend on no time step.
  let biases: [Int]
  let others: [SumTerm]

  init?(
    _ sum: FlatSum, in graph: StepGraph, _ counts: [Int], _ dependences: [StepGraph.Dependence]
  ) {
    var parts: [(source: Int, columns: Range<Int>)] = []
    var biases: [Int] = []
    var others: [SumTerm] = []
    for term in sum.terms {
      if !term.isNegative, counts[term.value] == 1, let part = graph.columns(term.value) {
        parts.append(part)
      } else if !term.isNegative, dependences[term.value].isInvariant,
        graph.values[term.value].shape == [graph.values[sum.value].shape[1]]
      {
        biases.append(term.value)
      } else {
        others.append(term)
      }
    }
    guard let first = parts.first, parts.allSatisfy({ $0.columns == first.columns }),
      Set(parts.map(\.source)).count == parts.count
    else { return nil }
    value = sum.value
    sources = parts.map(\.source).sorted()
    columns = first.columns
    self.biases = biases
    self.others = others
  }
}

extension StepGraph {
  /// The matrix that value `i` is some whole adjoining columns of, and which.
  func columns(_ i: Int) -> (source: Int, columns: Range<Int>)? {
    guard case .operation(let operation, let inputs) = values[i].source,
      let region = (operation as? Slice)?.region, region.sizes.rank == 2,
      region.takesAllRows(of: values[inputs[0]].shape), region.steps[1] == 1
    else { return nil }
    return (inputs[0], region.starts[1]..<(region.starts[1] + region.sizes[1]))
  }
}
