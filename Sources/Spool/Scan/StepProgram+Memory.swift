import CKernels

/// What a scan takes of memory, predicted from its program, in bytes of the pool.
extension StepProgram {
  /// The most that is in use at once, forward or backward, with checkpoints every `spacing` of `length` time
  /// steps. What the scan is given, the cotangents of its outputs among it, does not count, nor the scratch
  /// memory of kernels, some hundred kilobytes for each thread.
  func peakBytes(length: Int, spacing: Int) -> Int {
    let segmentCount = (length + spacing - 1) / spacing
    let steps = Swift.min(spacing, length)
    let states = graph.states.map { bytes(of: $0, steps: 1) }.reduce(0, +)
    let chains = self.chains.map { bytes(of: $0.state, steps: $0.chain.rooms(steps: steps)) }
      .reduce(0, +)
    let values = memory.filter { $0.overwritten == $0.home }
      .map { bytes(of: $0.home, steps: $0.isSequence ? steps : 1) }.reduce(0, +)
    // A cotangent that is not dense, or zeros for one that is not there.
    let cotangents = graph.outputs.map { bytes(of: $0, steps: steps) }.reduce(0, +)
    let segment = values + chains + (isDifferentiated ? cotangents : 0)
    // The sum over segments, and one segment's part.
    let shared = graph.values.indices.filter {
      layout.phases[$0] == .setup || layout.kinds[$0] == .summed
    }
    let sums = graph.capturedGradients.compactMap(\.self)
    let fixed = (shared + sums).map { bytes(of: $0, steps: 1) }.reduce(0, +)
    let results = segmentCount > 1 ? resultBytes(length: length) : 0
    return results + segmentCount * states + segment + fixed
  }

  /// What is kept for each time step, without rounding: values that later phases read, states and their
  /// cotangents.
  var bytesPerStep: Int {
    let values = memory.filter { $0.isSequence && $0.overwritten == $0.home }.map(\.home)
    let states = chains.filter(\.chain.isKept).map(\.state)
    return (values + states).map { graph.values[$0].byteCount }.reduce(0, +)
  }

  /// What is handed on from step to step, and a value of the same size.
  private var chains: [(chain: StepLayout.Chain, state: Int)] {
    Array(zip(layout.states, graph.states)) + Array(zip(layout.stateCotangents, graph.states))
  }

  /// What the outputs and the gradients of the inputs take, which are there in full in any case.
  func resultBytes(length: Int) -> Int {
    (graph.outputs + graph.inputGradients.compactMap(\.self))
      .map { bytes(of: $0, steps: length) }.reduce(0, +)
  }

  private var isDifferentiated: Bool { !graph.stateGradients.isEmpty }

  private func bytes(of value: Int, steps: Int) -> Int {
    Int(spool_block_bytes(graph.values[value].byteCount * steps))
  }
}

extension StepGraph.Value {
  fileprivate var byteCount: Int { shape.elementCount * scalarType.byteCount }
}
