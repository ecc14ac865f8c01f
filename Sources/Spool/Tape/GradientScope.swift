/// The time in which a tape records.
///
/// Sendable, unchecked: a task local's value must be. A tape is used by the one thread that runs the
/// scope's body, synchronously.
struct GradientScope: @unchecked Sendable {
  /// The innermost scope that the running code is in. Operations don't ask for it (tensors carry their
  /// tape with them); `checkpointed` does, since what its body captures is not known beforehand.
  @TaskLocal static var current: GradientScope?

  let tape: Tape

  /// Runs `body` on leaves that stand for `inputs` on a new tape, which records until `body` returns.
  static func record<R>(
    _ inputs: [TensorHandle], _ body: ([TensorHandle]) throws -> R
  ) rethrows -> (tape: Tape, leaves: [TensorHandle], result: R) {
    let tape = Tape()
    do {
      let leaves = inputs.map(tape.watch)
      let result = try $current.withValue(GradientScope(tape: tape)) { try body(leaves) }
      tape.mode = .sweeping
      return (tape, leaves, result)
    } catch {
      tape.close()
      throw error
    }
  }
}

extension TensorHandle {
  /// What this tensor is outside of the scope of `tape`.
  func outside(_ tape: Tape) -> TensorHandle {
    guard self.tape === tape else { return self }
    return primal ?? alias()
  }
}

/// The vector-Jacobian product of a recorded function: cotangents of its results to cotangents of its
/// inputs. Keeps the tape, and frees it with itself.
final class TapePullback {
  private let tape: Tape
  let inputs: [TensorHandle]
  private let outputs: [TensorHandle]
  private let isReusable: Bool

  init(tape: Tape, inputs: [TensorHandle], outputs: [TensorHandle], isReusable: Bool) {
    self.tape = tape
    self.inputs = inputs
    self.outputs = outputs
    self.isReusable = isReusable
  }

  deinit { tape.close() }

  /// The cotangents of the inputs; nil for an input that the results don't depend on.
  func callAsFunction(_ cotangents: [TensorHandle]) -> [TensorHandle?] {
    var seeds: [(node: Int32, cotangent: TensorHandle)] = []
    for (output, cotangent) in zip(outputs, cotangents) {
      guard output.shape == cotangent.shape else {
        trap(
          "pullback: the cotangent has shape \(cotangent.shape), but the function's result has "
            + "shape \(output.shape); they must be equal")
      }
      guard output.tape === tape else {
        // Traps where it is what another scope, which has ended, left behind.
        _ = resolve(output)
        continue
      }
      seeds.append((output.index, resolve(cotangent)))
    }
    let gradients = tape.sweep(from: seeds, keeping: isReusable)
    return inputs.indices.map { gradients[$0] }
  }
}
