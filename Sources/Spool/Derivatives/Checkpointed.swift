/// The value of `body`, keeping none of its intermediate results for the backward sweep, which runs `body`
/// again instead (Chen, Xu, Zhang & Guestrin, 2016).
///
/// Everything that `body` captures gets its gradient, as without it. `body` must compute the same again:
/// its randomness, if any, from keys that it captures.
public func checkpointed<S: RealScalar>(_ body: @escaping () -> Tensor<S>) -> Tensor<S> {
  guard let tape = GradientScope.current?.tape, tape.isRecording else { return body() }
  var captured: [TensorHandle] = []
  var places: [Int32: Int] = [:]
  let value = tape.substituting({ handle in
    if places[handle.index] == nil {
      places[handle.index] = captured.count
      captured.append(handle)
    }
    return handle.outside(tape)
  }) {
    resolve(body().handle)
  }
  guard !captured.isEmpty else { return Tensor(value) }
  let rule = CheckpointRule(
    body: { body().handle }, captured: captured.map { $0.outside(tape) }, places: places)
  return Tensor(tape.record(value, from: captured, rule: rule))
}

/// The rule of `checkpointed`: runs the body again on a tape of its own, and sweeps that.
private struct CheckpointRule: JointRule {
  static let name = "checkpointed"
  let body: () -> TensorHandle
  let captured: [TensorHandle]
  /// For each captured tensor's node on the tape, its place among `captured`.
  let places: [Int32: Int]

  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?] {
    var leaves: [TensorHandle] = []
    // The substitution holds for the sweep too, in which a checkpointed part of the body runs again.
    return tape.substituting({ handle in
      guard let place = places[handle.index] else {
        trap(
          "checkpointed: the body used other tensors when it ran again; it must compute the same "
            + "each time")
      }
      return leaves[place]
    }) {
      let (inner, inputs, output) = GradientScope.record(captured) {
        leaves = $0
        return resolve(body())
      }
      let pullback = TapePullback(
        tape: inner, inputs: inputs, outputs: [output], isReusable: false)
      return pullback([ȳ])
    }
  }
}
