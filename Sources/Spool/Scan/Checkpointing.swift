/// At which time steps a scan keeps its state for the backward pass; what lies between them is computed once more.
enum Checkpointing {
  /// At every step, and all else that the backward pass reads.
  case none
  case every(Int)
  /// As seldom as fits this many bytes.
  case budget(Int)

  /// Traps where both are given, or one is not positive.
  init(every spacing: Int?, memoryBudget: Int?) {
    switch (spacing, memoryBudget) {
    case (nil, nil): self = .none
    case (let spacing?, nil):
      guard spacing > 0 else {
        trap("scan: checkpointEvery is \(spacing) time steps; it must be positive")
      }
      self = .every(spacing)
    case (nil, let budget?):
      guard budget > 0 else { trap("scan: memoryBudget is \(budget) bytes; it must be positive") }
      self = .budget(budget)
    default: trap("scan: both checkpointEvery and memoryBudget are given; give one of them")
    }
  }

  /// The number of time steps between checkpoints; nil for none. Traps where no number fits the budget.
  func spacing(for program: StepProgram, length: Int) -> Int? {
    switch self {
    case .none: return nil
    case .every(let spacing): return spacing
    case .budget(let budget):
      let candidates = Checkpointing.candidates(length).map { spacing in
        (spacing: spacing, bytes: program.peakBytes(length: length, spacing: spacing))
      }
      if let found = candidates.first(where: { $0.bytes <= budget }) { return found.spacing }
      let least = candidates.min { $0.bytes < $1.bytes }!
      trap(
        "scan: \(length) time steps do not fit memoryBudget: \(budget) bytes; they need "
          + "\(least.bytes), with checkpoints every \(least.spacing) steps, of which outputs and "
          + "gradients of inputs are \(program.resultBytes(length: length))")
    }
  }

  /// The spacings that divide `length` steps into 1, 2, 3 … segments, the greatest first.
  private static func candidates(_ length: Int) -> [Int] {
    var result = [length]
    var count = 2
    while let last = result.last, last > 1 {
      let spacing = (length + count - 1) / count
      if spacing < last { result.append(spacing) }
      // Where many counts have the same spacing, go on to the next one.
      count = spacing < last ? count + 1 : (length + last - 2) / (last - 1)
    }
    return result
  }
}
