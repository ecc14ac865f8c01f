import CKernels

/// The forward and the backward pass of a step program over a sequence.
protocol ScanPasses: AnyObject {
  var program: StepProgram { get }
  func forward() -> (outputs: [TensorHandle], state: [TensorHandle])
  func backward(outputs: [TensorHandle?], state: [TensorHandle?]) -> ScanRun.Gradients
}

/// An execution of a step program that keeps the state at some time steps only, and computes what lies between
/// them once more for the backward pass, segment by segment (Chen, Xu, Zhang & Guestrin, 2016).
///
/// The last segment of the forward pass is kept as it is: the backward pass begins with it.
final class CheckpointedRun: ScanPasses {
  let program: StepProgram
  private let given: ScanRun.Given
  private let length: Int
  private let isReversed: Bool
  /// Ranges of time steps, in the order in which they run.
  private let segments: [Range<Int>]
  /// The state before each segment.
  private var checkpoints: [[TensorHandle]] = []
  private var lastRun: ScanRun?
  private var isDifferentiated: Bool { !program.graph.stateGradients.isEmpty }

  init(
    _ program: StepProgram, length: Int, isReversed: Bool, _ given: ScanRun.Given, spacing: Int
  ) {
    self.program = program
    self.given = given
    self.length = length
    self.isReversed = isReversed
    segments = stride(from: 0, to: length, by: spacing).map { start in
      let end = min(start + spacing, length)
      return isReversed ? (length - end)..<(length - start) : start..<end
    }
  }

  func forward() -> (outputs: [TensorHandle], state: [TensorHandle]) {
    var outputs: [TensorHandle?] = program.graph.outputs.map { _ in nil }
    var state = given.state
    for segment in segments {
      if isDifferentiated { checkpoints.append(state) }
      // Its memory goes before the next one's comes.
      lastRun = nil
      let run = run(segment, from: state)
      let (parts, last) = run.forward()
      write(parts, segment, into: &outputs)
      state = last.map { $0.copied() }
      lastRun = run
    }
    return (outputs.map { $0! }, state)
  }

  func backward(outputs: [TensorHandle?], state: [TensorHandle?]) -> ScanRun.Gradients {
    var inputs: [TensorHandle?] = program.graph.inputGradients.map { _ in nil }
    var captured: [TensorHandle?] = program.graph.capturedGradients.map { _ in nil }
    var carried = state
    for (segment, checkpoint) in zip(segments, checkpoints).reversed() {
      let run = lastRun ?? recomputed(segment, from: checkpoint)
      lastRun = nil
      let gradients = run.backward(
        outputs: outputs.map { $0?.steps(segment) }, state: carried)
      write(gradients.inputs, segment, into: &inputs)
      for (i, part) in gradients.captured.enumerated() {
        guard let part else { continue }
        if let sum = captured[i] {
          let part = part.dense()
          spool_accumulate(sum.scalarType.kernel, sum.count, sum.data, part.data)
        } else {
          captured[i] = part.copied()
        }
      }
      carried = gradients.state.map { $0?.copied() }
    }
    return ScanRun.Gradients(inputs: inputs, state: carried, captured: captured)
  }

  private func run(_ segment: Range<Int>, from state: [TensorHandle]) -> ScanRun {
    let part = ScanRun.Given(
      inputs: given.inputs.map { $0.steps(segment) }, state: state, captured: given.captured,
      constants: given.constants)
    return ScanRun(program, length: segment.count, isReversed: isReversed, part)
  }

  private func recomputed(_ segment: Range<Int>, from state: [TensorHandle]) -> ScanRun {
    let run = run(segment, from: state)
    _ = run.forward()
    return run
  }

  /// Writes what one segment gave to its place in sequences of all time steps.
  private func write(
    _ parts: [TensorHandle?], _ segment: Range<Int>, into sequences: inout [TensorHandle?]
  ) {
    for (i, part) in parts.enumerated() {
      guard let part else { continue }
      let shape = part.shape.removing(0).inserting(length, at: 0)
      let sequence = sequences[i] ?? TensorHandle(uninitialized: shape, part.scalarType)
      sequences[i] = sequence
      sequence.steps(segment).copy(from: part)
    }
  }
}

extension TensorHandle {
  /// A range of the first axis.
  fileprivate func steps(_ range: Range<Int>) -> TensorHandle {
    Slice(region: Region(range, along: 0, of: shape)).view(of: self)
  }
}
