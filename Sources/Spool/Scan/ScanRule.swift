/// The backward pass of a scan. A tape's nodes have one result each, a scan has several: they are nodes of their
/// own, which leave their cotangents here before this rule's turn comes.
final class ScanRule: JointRule {
  static let name = "scan"
  private let run: any ScanPasses
  /// The inputs, the first state and the captured tensors, outside of the scope.
  private let sources: [TensorHandle]
  private let unrolled: ([TensorHandle]) -> [TensorHandle]
  private var cotangents: [Int: TensorHandle] = [:]

  /// - Parameter unrolled: computes the scan's results from tensors in place of `sources`, recorded.
  init(
    run: any ScanPasses, sources: [TensorHandle],
    unrolled: @escaping ([TensorHandle]) -> [TensorHandle]
  ) {
    self.run = run
    self.sources = sources
    self.unrolled = unrolled
  }

  /// Takes the cotangent of result `index`: the outputs, then the states.
  func receive(_ cotangent: TensorHandle, ofResult index: Int) { cotangents[index] = cotangent }

  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?] {
    defer { cotangents = [:] }
    if cotangents.values.contains(where: { $0.recordingTape != nil }) { return recordedVJP() }
    let graph = run.program.graph
    let gradients = run.backward(
      outputs: graph.outputs.indices.map { cotangents[$0] },
      state: graph.states.indices.map { cotangents[graph.outputs.count + $0] })
    return gradients.inputs + gradients.state + gradients.captured
  }

  /// The same where something differentiates the sweep itself: through operations that it can record.
  private func recordedVJP() -> [TensorHandle?] {
    let (tape, leaves, results) = GradientScope.record(sources) { unrolled($0) }
    let pullback = TapePullback(tape: tape, inputs: leaves, outputs: results, isReusable: false)
    return pullback(
      results.enumerated().map { i, result in
        cotangents[i] ?? .zeros(result.shape, result.scalarType)
      })
  }
}

/// One result of a scan.
struct ScanResultRule: JointRule {
  static let name = "scan"
  let hub: ScanRule
  let index: Int

  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?] {
    hub.receive(ȳ, ofResult: index)
    return [.zeros([0], .float)]
  }
}
