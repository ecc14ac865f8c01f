/// The order in which the operations of each phase run: blocks, and between them what cannot be part of one.
struct StepSchedule {
  /// What is done at once.
  enum Item {
    /// Operations on rows that run fused, tile by tile, in this order.
    case block([Task])
    /// A matrix product or another operation, on all rows.
    case operation(Int)
  }

  /// A part of a block's work.
  enum Task {
    case operation(Int)
    /// Hands a state, or its cotangent, on to the next step.
    case pass(state: Int, value: Int)
  }

  private(set) var items: [Phase: [Item]] = [:]
  /// For each operation that is part of a block, the block's number.
  private(set) var blocks: [Int?]

  init(_ layout: StepLayout) {
    let graph = layout.graph
    blocks = Array(repeating: nil, count: graph.values.count)
    var blockCount = 0
    for phase in Phase.allCases where phase > .setup {
      let passes = StepSchedule.passes(of: layout, in: phase)
      var levels = Levels(layout, phase)
      let operations = layout.operations(in: phase)
      for i in operations { levels.add(.operation(i)) }
      for pass in passes { levels.add(pass) }
      var items: [Item] = []
      for level in levels.levels {
        for tasks in layout.dividedByWidth(level.fused) {
          for case .operation(let i) in tasks { blocks[i] = blockCount }
          blockCount += 1
          items.append(.block(tasks))
        }
        items += level.others.map(Item.operation)
      }
      self.items[phase] = items
    }
  }

  private static func passes(of layout: StepLayout, in phase: Phase) -> [Task] {
    let chains: [StepLayout.Chain]
    switch phase {
    case .forwardLoop: chains = layout.states
    case .backwardLoop: chains = layout.stateCotangents
    default: chains = []
    }
    return chains.enumerated().compactMap { state, chain in
      guard let value = chain.value, !chain.isInPlace else { return nil }
      return .pass(state: state, value: value)
    }
  }
}

/// Operations by the number of operations outside of blocks that they have to wait for: as few blocks as
/// dependence allows.
private struct Levels {
  struct Level {
    var fused: [StepSchedule.Task] = []
    var others: [Int] = []
  }

  private let layout: StepLayout
  private let phase: Phase
  /// For each value, the level from which on it can be read.
  private var available: [Int]
  private(set) var levels: [Level] = []

  init(_ layout: StepLayout, _ phase: Phase) {
    self.layout = layout
    self.phase = phase
    available = Array(repeating: 0, count: layout.graph.values.count)
  }

  mutating func add(_ task: StepSchedule.Task) {
    let level = inputs(of: task).map { available[$0] }.max() ?? 0
    while levels.count <= level { levels.append(Level()) }
    switch task {
    case .operation(let i) where !layout.isFusable(i):
      levels[level].others.append(i)
      available[i] = level + 1
    case .operation(let i):
      levels[level].fused.append(task)
      available[i] = level
      // What lies in a concatenation makes it available, too.
      let home = layout.addresses[i].home
      if home != i { available[home] = max(available[home], level) }
    case .pass: levels[level].fused.append(task)
    }
  }

  private func inputs(of task: StepSchedule.Task) -> [Int] {
    switch task {
    case .operation(let i): layout.graph.inputs(of: i).map { layout.addresses[$0].home }
    case .pass(_, let value): [layout.addresses[value].home]
    }
  }
}

extension StepLayout {
  /// Tasks in groups of narrow and of wide rows in turn, where some are much wider than others: wide rows leave
  /// room for few in a tile, and narrow ones need many to be worth the calls.
  fileprivate func dividedByWidth(_ tasks: [StepSchedule.Task]) -> [[StepSchedule.Task]] {
    let widths = tasks.map(width)
    guard let widest = widths.max(), widest >= 1024, widths.contains(where: { $0 * 8 <= widest })
    else { return tasks.isEmpty ? [] : [tasks] }
    var groups: [[StepSchedule.Task]] = []
    var groupOf: [Int: Int] = [:]
    for (task, width) in zip(tasks, widths) {
      let inputs: [Int]
      switch task {
      case .operation(let i): inputs = graph.inputs(of: i)
      case .pass(_, let value): inputs = [value]
      }
      // Groups with even numbers are narrow.
      var group = inputs.map { groupOf[addresses[$0].home] ?? 0 }.max() ?? 0
      if (group % 2 == 0) != (width * 8 <= widest) { group += 1 }
      while groups.count <= group { groups.append([]) }
      groups[group].append(task)
      if case .operation(let i) = task {
        groupOf[i] = group
        groupOf[addresses[i].home] = max(groupOf[addresses[i].home] ?? 0, group)
      }
    }
    return groups.filter { !$0.isEmpty }
  }

  /// Elements of a row of the widest value that a task touches.
  private func width(of task: StepSchedule.Task) -> Int {
    func width(_ i: Int) -> Int { graph.values[i].shape.dropFirst().reduce(1, *) }
    switch task {
    case .operation(let i):
      let inputs = graph.inputs(of: i).filter { kinds[$0] == .row }
      return (inputs.map(width) + [width(i)]).max()!
    case .pass(_, let value): return width(value)
    }
  }

  /// Whether an operation can be part of a block.
  func isFusable(_ i: Int) -> Bool {
    guard kinds[i] == .row, case .operation(let operation, let inputs) = graph.values[i].source
    else { return false }
    if let concatenation = operation as? Concatenate {
      return isCopiedInFewParts(concatenation, graph.values[i].shape)
        && inputs.allSatisfy { kinds[$0] == .row }
    }
    switch operation.blockCode(of: graph.values[inputs[0]].shape) {
    case nil: return false
    case .pointwise: return true
    case .product: return inputs.allSatisfy { kinds[$0] == .row }
    case .rows, .deviations: return inputs.allSatisfy(hasDenseRows)
    case .reduction(_, let axes):
      let shape = graph.values[inputs[0]].shape
      return !axes.contains(0) && axes.isRun(in: shape) && hasDenseRows(inputs[0])
    }
  }

  /// Whether a row of each part is one run of the whole, or one for each of a few places along axis 1.
  private func isCopiedInFewParts(_ concatenation: Concatenate, _ shape: Shape) -> Bool {
    switch concatenation.axis {
    case 2: shape[1] <= 4
    case let axis: shape[1..<axis].allSatisfy { $0 == 1 }
    }
  }

  /// Whether the elements of each of the value's rows lie one after another.
  func hasDenseRows(_ i: Int) -> Bool {
    guard kinds[i] == .row else { return false }
    let shape = graph.values[i].shape
    let dense = shape.denseStrides
    return (1..<max(shape.rank, 1)).allSatisfy {
      shape[$0] == 1 || addresses[i].strides[$0] == dense[$0]
    }
  }

  /// Whether the rows of all items, along the last axis, follow one another as evenly as those of one matrix.
  func isMatrixOfRows(_ i: Int) -> Bool {
    guard kinds[i] == .row else { return false }
    let (shape, strides) = (graph.values[i].shape, addresses[i].strides)
    return shape.rank > 1
      && (0..<(shape.rank - 2)).allSatisfy { strides[$0] == shape[$0 + 1] * strides[$0 + 1] }
  }
}

extension AxisSet {
  /// Whether these axes follow one another.
  func isRun(in shape: Shape) -> Bool {
    let axes = (0..<shape.rank).filter(contains)
    return axes.indices.dropFirst().allSatisfy { axes[$0] == axes[$0 - 1] + 1 }
  }
}
