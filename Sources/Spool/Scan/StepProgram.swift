/// A step compiled for execution over time: what of it runs when, in fused blocks, products and other
/// operations, and which values are kept.
///
/// Compiled only where every operation treats the items of the batch independently (sums over the batch in
/// gradients aside), which lets each thread run its rows through the whole sequence.
///
/// Sendable, unchecked: nothing writes to it once it is made.
final class StepProgram: @unchecked Sendable {
  enum Item {
    case block(StepBlock)
    case operation(Int)
  }

  /// The step as it was traced, and as it is run.
  let traced: StepGraph
  let graph: StepGraph
  /// The size of the batch.
  let batch: Int
  let layout: StepLayout
  let sources: Sources
  let items: [Phase: [Item]]
  /// What has a place in memory for a run.
  let memory: [Memory]
  /// The values without dependence on time that blocks read, and rows that products add.
  let denseInvariants: [Int]

  /// The values that a run is given, each with its place among those of its kind.
  struct Sources {
    typealias Given = (value: Int, place: Int)
    private(set) var inputs: [Given] = []
    private(set) var states: [Given] = []
    private(set) var captured: [Given] = []
    private(set) var constants: [Given] = []
    private(set) var outputCotangents: [Given] = []
    private(set) var stateCotangents: [Given] = []

    init(_ graph: StepGraph) {
      for (i, value) in graph.values.enumerated() {
        switch value.source {
        case .input(let place): inputs.append((i, place))
        case .state(let place): states.append((i, place))
        case .captured(let place): captured.append((i, place))
        case .constant(let place): constants.append((i, place))
        case .outputCotangent(let place): outputCotangents.append((i, place))
        case .stateCotangent(let place): stateCotangents.append((i, place))
        case .operation: break
        }
      }
    }
  }

  /// Memory that a run makes for a value.
  struct Memory {
    let home: Int
    /// The value whose memory it takes over; itself where it has its own.
    let overwritten: Int
    /// When it is first written.
    let phase: Phase
    /// Whether it is kept for every time step.
    let isSequence: Bool
    /// Whether it is a running sum, which starts from zero and takes part in no time step alone.
    let isRunningSum: Bool
  }

  /// Nil where a value of the step depends on several items of the batch at once.
  init?(_ traced: StepGraph, batch: Int) {
    guard let separated = traced.simplified().separated(batch: batch) else { return nil }
    let (graph, kinds) = separated.graph.withRunningSums(separated.kinds)
    self.traced = traced
    self.graph = graph
    self.batch = batch
    sources = Sources(graph)
    let layout = StepLayout(graph, kinds)
    self.layout = layout
    let schedule = StepSchedule(layout)
    var number = 0
    var locals = Set<Int>()
    var invariants = Set<Int>()
    var compiled: [Phase: [Item]] = [:]
    for phase in Phase.allCases {
      compiled[phase] = schedule.items[phase]?.map { item in
        switch item {
        case .operation(let i): return .operation(i)
        case .block(let tasks):
          var builder = StepBlockBuilder(layout, schedule, number: number, tasks)
          number += 1
          let block = builder.build()
          locals.formUnion(builder.localHomes)
          invariants.formUnion(builder.invariants)
          return .block(block)
        }
      }
    }
    items = compiled
    denseInvariants = invariants.union(graph.addedRows(kinds)).sorted()
    memory = layout.memory(except: locals)
  }
}

extension StepGraph {
  /// The rows that products add to each of theirs.
  fileprivate func addedRows(_ kinds: [RowKind]) -> [Int] {
    values.compactMap { value in
      guard case .operation(let operation, let inputs) = value.source, operation is ProductSum,
        kinds[inputs[2]] == .invariant
      else { return nil }
      return inputs[2]
    }
  }
}

extension StepLayout {
  /// The memory that a run needs besides what it is given, the states' and what blocks keep to themselves.
  fileprivate func memory(except locals: Set<Int>) -> [StepProgram.Memory] {
    var isKept = Array(repeating: false, count: graph.values.count)
    let inPlace = inPlace
    let homes = graph.values.indices.filter { i in
      guard case .operation = graph.values[i].source else { return false }
      return kinds[i] == .row && phases[i] != .setup && addresses[i].home == i
        && !locals.contains(i) && !inPlace.contains(i)
    }
    for i in homes where isReadElsewhere(i) { isKept[overwritten[i]] = true }
    return homes.map { i in
      StepProgram.Memory(
        home: i, overwritten: overwritten[i], phase: writingPhase(of: i),
        isSequence: isKept[overwritten[i]], isRunningSum: graph.isRunningSum(i))
    }
  }

  /// Whether what a phase writes to the memory of `home` is wanted after the time step.
  private func isReadElsewhere(_ home: Int) -> Bool {
    if graph.isRunningSum(home) { return false }
    let phase = writingPhase(of: home)
    return !phase.isLoop || isRoot[home] || users[home].contains { phases[$0] != phase }
      || (isAssembled[home] && graph.inputs(of: home).contains { phases[$0] != phase })
  }
}
