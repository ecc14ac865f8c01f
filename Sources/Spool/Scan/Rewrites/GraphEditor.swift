/// A step's graph while a pass rewrites it: new values are appended, old ones replaced by others, and
/// what comes out is in order again.
///
/// A pass must not replace a value by one that needs it.
struct GraphEditor {
  private(set) var graph: StepGraph
  private var replacements: [Int]

  init(_ graph: StepGraph) {
    self.graph = graph
    replacements = Array(graph.values.indices)
  }

  func value(_ i: Int) -> StepGraph.Value { graph.values[i] }

  /// Lets all that use `old` use `new` instead.
  mutating func replace(_ old: Int, by new: Int) { replacements[old] = new }

  mutating func append(
    _ operation: any Operation, _ inputs: [Int], _ shape: Shape, _ type: ScalarType
  ) -> Int {
    replacements.append(graph.values.count)
    return graph.append(.operation(operation, inputs), shape, type)
  }

  /// Has the step receive another input.
  mutating func appendInput(_ place: Int, _ shape: Shape, _ type: ScalarType) -> Int {
    replacements.append(graph.values.count)
    return graph.append(.input(place), shape, type)
  }

  /// Has the step return another value.
  mutating func appendOutput(_ value: Int) { graph.outputs.append(value) }

  private func current(_ i: Int) -> Int {
    var i = i
    while replacements[i] != i { i = replacements[i] }
    return i
  }

  /// The graph with all replacements made, each value after those it needs, without what nothing needs.
  func finished() -> StepGraph {
    var sorter = Sorter(editor: self)
    return sorter.sorted()
  }

  private struct Sorter {
    let editor: GraphEditor
    var result = StepGraph()
    var places: [Int]

    init(editor: GraphEditor) {
      self.editor = editor
      places = Array(repeating: -1, count: editor.graph.values.count)
      result.values.reserveCapacity(editor.graph.values.count)
    }

    mutating func sorted() -> StepGraph {
      let graph = editor.graph
      var isNeeded = [Bool](repeating: false, count: graph.values.count)
      var open = graph.roots.map(editor.current)
      while let i = open.popLast() {
        if isNeeded[i] { continue }
        isNeeded[i] = true
        for input in graph.inputs(of: i) { open.append(editor.current(input)) }
      }
      for (i, value) in graph.values.enumerated() {
        if case .operation = value.source { continue }
        places[i] = result.append(value.source, value.shape, value.scalarType)
      }
      for i in graph.values.indices where isNeeded[i] { append(i) }
      func place(of i: Int) -> Int { places[editor.current(i)] }
      result.outputs = graph.outputs.map(place)
      result.states = graph.states.map(place)
      result.inputGradients = graph.inputGradients.map { $0.map(place) }
      result.stateGradients = graph.stateGradients.map { $0.map(place) }
      result.capturedGradients = graph.capturedGradients.map { $0.map(place) }
      return result
    }

    /// Appends value `root` after all that it needs. Not recursive: a step may be deep.
    private mutating func append(_ root: Int) {
      var open = [root]
      while let i = open.last {
        guard places[i] < 0, case .operation(let operation, let inputs) = editor.value(i).source
        else {
          open.removeLast()
          continue
        }
        let current = inputs.map(editor.current)
        let missing = current.filter { places[$0] < 0 }
        if missing.isEmpty {
          let value = editor.value(i)
          places[i] = result.append(
            .operation(operation, current.map { places[$0] }), value.shape, value.scalarType)
          open.removeLast()
        } else {
          open.append(contentsOf: missing.reversed())
        }
      }
    }
  }
}

extension GraphEditor {
  mutating func add(_ a: Int, _ b: Int) -> Int { pointwise(Add(), a, b) }

  mutating func subtract(_ a: Int, _ b: Int) -> Int { pointwise(Subtract(), a, b) }

  mutating func negate(_ a: Int) -> Int {
    append(Negate(), [a], value(a).shape, value(a).scalarType)
  }

  private mutating func pointwise(_ operation: any Operation, _ a: Int, _ b: Int) -> Int {
    let shape = Shape.broadcast(value(a).shape, value(b).shape, for: "a step's sum")
    return append(operation, [a, b], shape, value(a).scalarType)
  }

  /// The product of two matrices, or of two of each item's own.
  mutating func product(_ a: Int, _ b: Int) -> Int {
    var shape = value(a).shape
    shape[shape.rank - 1] = value(b).shape.last!
    return append(MatrixProduct(), [a, b], shape, value(a).scalarType)
  }

  /// The transpose of a matrix, or of each item's.
  mutating func transpose(_ a: Int) -> Int {
    let shape = value(a).shape
    var permutation = Shape(0..<shape.rank)
    permutation[shape.rank - 2] = shape.rank - 1
    permutation[shape.rank - 1] = shape.rank - 2
    return append(
      Permute(permutation: permutation), [a], Shape(permutation.map { shape[$0] }),
      value(a).scalarType)
  }

  mutating func concatenate(_ parts: [Int], axis: Int) -> Int {
    let operation = Concatenate(axis: axis, sizes: parts.map { value($0).shape[axis] })
    var shape = value(parts[0]).shape
    shape[axis] = operation.bounds.last!
    return append(operation, parts, shape, value(parts[0]).scalarType)
  }

  mutating func slice(_ a: Int, _ range: Range<Int>, axis: Int) -> Int {
    let region = Region(range, along: axis, of: value(a).shape)
    return append(Slice(region: region), [a], region.sizes, value(a).scalarType)
  }
}
