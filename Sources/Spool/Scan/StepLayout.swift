/// Which values of a step share memory, and which are kept for every time step.
struct StepLayout {
  let graph: StepGraph
  let kinds: [RowKind]
  let phases: [Phase]
  private(set) var addresses: [Address]
  private let views: [Bool]
  /// For each value with memory of its own, the operations that read it, also through views.
  private(set) var users: [[Int]]
  /// Concatenations all of whose parts are computed right where they belong.
  private(set) var isAssembled: [Bool]
  /// For each value, the one whose memory it is written over: itself, or what it is the last to read.
  private(set) var overwritten: [Int]
  /// Whether the value is a result of the step: an output, a state, a gradient.
  private(set) var isRoot: [Bool]
  private(set) var states: [Chain] = []
  private(set) var stateCotangents: [Chain] = []

  /// What is handed on from step to step: a state, or its cotangent.
  struct Chain {
    /// What a step hands on; nil for a cotangent where no gradient flows.
    let value: Int?
    /// Whether that is computed right into the memory of the chain (else it is copied there).
    var isInPlace = false
    /// Whether it is wanted after the time step that receives it, by the backward pass, say. Where it is not,
    /// two rooms that take turns are enough.
    var isKept = false

    /// How many values of it there is room for, over so many time steps.
    func rooms(steps: Int) -> Int { isKept ? steps + 1 : 2 }
  }

  init(_ graph: StepGraph, _ kinds: [RowKind]) {
    self.graph = graph
    self.kinds = kinds
    phases = graph.phases(kinds)
    let addresses = graph.addresses(kinds)
    self.addresses = addresses
    views = addresses.indices.map { addresses[$0].home != $0 }
    isAssembled = Array(repeating: false, count: graph.values.count)
    overwritten = Array(graph.values.indices)
    isRoot = Array(repeating: false, count: graph.values.count)
    for root in graph.roots { isRoot[addresses[root].home] = true }
    users = Array(repeating: [], count: graph.values.count)
    var isViewed = Array(repeating: false, count: graph.values.count)
    for i in graph.values.indices {
      if isView(i) {
        isViewed[addresses[i].home] = true
      } else {
        for input in graph.inputs(of: i) { users[addresses[input].home].append(i) }
      }
    }
    placeStates()
    var taken = inPlace
    for i in graph.values.indices { assemble(i, isViewed, &taken) }
    for i in graph.values.indices where !taken.contains(i) { overwrite(i, isViewed, &taken) }
    for i in graph.values.indices where !taken.contains(i) && !isViewed[i] {
      moveIntoProduct(i, taken)
    }
    keepStates()
  }

  func isView(_ i: Int) -> Bool { views[i] }

  /// The values that are computed right into the memory of a chain.
  var inPlace: Set<Int> {
    Set((states + stateCotangents).compactMap { $0.isInPlace ? $0.value : nil })
  }

  private mutating func placeStates() {
    var taken = Set<Int>()
    func chain(_ value: Int?) -> Chain {
      guard let value, case .operation = graph.values[value].source, kinds[value] == .row,
        addresses[value].home == value
      else { return Chain(value: value) }
      return Chain(value: value, isInPlace: taken.insert(value).inserted)
    }
    states = graph.states.map(chain)
    stateCotangents = graph.stateGradients.map(chain)
  }

  private mutating func keepStates() {
    let results =
      graph.outputs + (graph.inputGradients + graph.capturedGradients).compactMap(\.self)
    let resultHomes = Set(results.map { addresses[$0].home })
    func isOnly(_ value: Int, in loop: Phase) -> Bool {
      !resultHomes.contains(value) && users[value].allSatisfy { phases[$0] == loop }
    }
    func keep(_ chains: inout [Chain], in loop: Phase) {
      for i in chains.indices {
        // Where no gradient flows, zeros at every step but the last one.
        guard let value = chains[i].value else { chains[i].isKept = true; continue }
        if chains[i].isInPlace && !(phases[value] == loop && isOnly(value, in: loop)) {
          chains[i].isKept = true
        }
      }
    }
    keep(&states, in: .forwardLoop)
    keep(&stateCotangents, in: .backwardLoop)
    for (i, value) in graph.values.enumerated() {
      switch value.source {
      case .state(let state) where !isOnly(i, in: .forwardLoop): states[state].isKept = true
      case .stateCotangent(let state) where !isOnly(i, in: .backwardLoop):
        stateCotangents[state].isKept = true
      default: break
      }
    }
  }

  /// Lets the parts of a concatenation be computed right into it.
  private mutating func assemble(_ i: Int, _ isViewed: [Bool], _ taken: inout Set<Int>) {
    guard case .operation(let operation, let inputs) = graph.values[i].source,
      let concatenation = operation as? Concatenate, kinds[i] == .row, addresses[i].home == i,
      graph.values[i].shape[1..<concatenation.axis].allSatisfy({ $0 == 1 }),
      Set(inputs).count == inputs.count
    else { return }
    let canMove = inputs.allSatisfy { part in
      guard case .operation(let operation, _) = graph.values[part].source,
        addresses[part].home == part, !isViewed[part], !isRoot[part], !taken.contains(part),
        // A loop may write for what comes after it, not the other way round.
        phases[part] == phases[i]
          || (phases[part].isLoop && phases[part] < phases[i] && !taken.contains(i))
      else { return false }
      return isFusable(part) && !(operation is Concatenate)
    }
    guard canMove else { return }
    let strides = addresses[i].strides
    for (part, start) in zip(inputs, concatenation.bounds) {
      addresses[part] = Address(
        home: i, offset: start * strides[concatenation.axis], strides: strides)
      users[i] += users[part].filter { $0 != i }
      users[part] = []
      taken.insert(part)
    }
    isAssembled[i] = true
  }

  /// Lets a product be added right to its addend where nothing else reads that.
  private mutating func overwrite(_ i: Int, _ isViewed: [Bool], _ taken: inout Set<Int>) {
    guard case .operation(let operation, let inputs) = graph.values[i].source,
      operation is ProductSum, kinds[i] == .row, addresses[i].home == i,
      case let addend = inputs[2], kinds[addend] == .row, addresses[addend].home == addend,
      case .operation = graph.values[addend].source, phases[addend] != .setup, !isRoot[addend],
      // A backward pass may come again: it leaves the forward values alone.
      phases[addend].isBackward == phases[i].isBackward, !isViewed[addend],
      !taken.contains(addend), users[addend] == [i], !isAssembled[addend]
    else { return }
    overwritten[i] = overwritten[addend]
    taken.insert(addend)
  }

  /// Lets an elementwise value that is kept over time (a gate), or rows that are standardized, be written over
  /// the part of a product that nothing else reads, rather than into more memory. Of a product of the same loop,
  /// if there is one: its memory is being written anyway.
  private mutating func moveIntoProduct(_ i: Int, _ taken: Set<Int>) {
    guard case .operation(let operation, _) = graph.values[i].source,
      operation is any PointwiseOperation || operation is Standardize, kinds[i] == .row,
      phases[i].isLoop, overwritten[i] == i,
      addresses[i].home == i, !isRoot[i], users[i].contains(where: { phases[$0] != phases[i] })
    else { return }
    let readers = [i] + elementwiseInputs(of: i)
    let rooms = readers.flatMap(graph.inputs).filter { isRoom($0, for: i, readBy: readers, taken) }
    let sameLoop = rooms.first { phases[addresses[$0].home] == phases[i] }
    guard let room = sameLoop ?? rooms.first else { return }
    addresses[i] = addresses[room]
    users[addresses[room].home] += users[i]
    users[i] = []
  }

  /// The elementwise values that are computed for `i` only, in its phase.
  private func elementwiseInputs(of i: Int) -> [Int] {
    graph.inputs(of: i).flatMap { x -> [Int] in
      guard case .operation(let operation, _) = graph.values[x].source,
        operation is any PointwiseOperation, kinds[x] == .row, phases[x] == phases[i],
        addresses[x].home == x, users[x] == [i], !isRoot[x]
      else { return [] }
      return [x] + elementwiseInputs(of: x)
    }
  }

  /// Whether `x` is a part of a product of the same pass that nothing but `readers`, of which `i` is computed last,
  /// reads, so that `i` can be written there.
  private func isRoom(_ x: Int, for i: Int, readBy readers: [Int], _ taken: Set<Int>) -> Bool {
    let home = addresses[x].home
    guard graph.values[x].shape == graph.values[i].shape, kinds[x] == .row,
      graph.values[x].scalarType == graph.values[i].scalarType, let part = part(x),
      case .operation(let product, _) = graph.values[home].source,
      product is MatrixProduct || product is ProductSum, kinds[home] == .row,
      phases[home] != .setup, phases[home].isBackward == phases[i].isBackward, !isRoot[home],
      !taken.contains(home)
    else { return false }
    return users[home].allSatisfy { user in
      graph.inputs(of: user).allSatisfy { y in
        if addresses[y].home != home { return true }
        if y == x && (readers.contains(user) || isDeviation(user, besides: i)) { return true }
        return self.part(y).map { !$0.overlaps(part) } ?? false
      }
    }
  }

  /// Whether a value comes from the instruction that standardizes the same rows, which reads them first.
  private func isDeviation(_ i: Int, besides rows: Int) -> Bool {
    guard case .operation(let standardize as Standardize, _) = graph.values[rows].source,
      case .operation(let deviation as ReciprocalDeviation, _) = graph.values[i].source
    else { return false }
    return deviation.epsilon == standardize.epsilon && phases[i] == phases[rows]
  }

  /// The elements of its home's rows that a value takes; nil where they do not follow one another.
  private func part(_ i: Int) -> Range<Int>? {
    guard kinds[i] == .row, hasDenseRows(i) else { return nil }
    let count = graph.values[i].shape.dropFirst().reduce(1, *)
    return addresses[i].offset..<(addresses[i].offset + count)
  }

  /// The operations that run in `phase`, in order.
  func operations(in phase: Phase) -> [Int] {
    graph.values.indices.filter { phases[$0] == phase && !isView($0) && !isAssembled[$0] }
  }

  /// The phases in which the memory of `home` is written.
  func writingPhase(of home: Int) -> Phase {
    guard isAssembled[home] else { return phases[home] }
    return graph.inputs(of: home).map { phases[$0] }.min()!
  }
}
