/// The value of `body`, with the derivative that it gives itself in place of the recorded one.
///
/// `body` is called once, with the values of `inputs`, and returns the value and its pullback: a function
/// from the cotangent of the value to those of the inputs (nil for one without). Tensors that it
/// captures count as constants. Higher derivatives differentiate what the pullback computes.
///
/// ```swift
/// // The identity, with the gradient clipped on its way back.
/// let y = withCustomVJP(x) { x in (x, { ȳ in clamp(ȳ, to: -1...1) }) }
/// ```
public func withCustomVJP<S: RealScalar>(
  _ inputs: [Tensor<S>],
  _ body: ([Tensor<S>]) throws -> (value: Tensor<S>, pullback: (Tensor<S>) -> [Tensor<S>?])
) rethrows -> Tensor<S> {
  let handles = inputs.map { resolve($0.handle) }
  let tapes = handles.compactMap(\.recordingTape)
  // A step that is being traced without a gradient is only recorded.
  guard let tape = tapes.max(by: { $0.serial < $1.serial }), tape.trace == nil else {
    return try body(inputs).value
  }
  let (value, pullback) = try tape.substituting({ $0.outside(tape) }) {
    try body(handles.map { Tensor($0.outside(tape)) })
  }
  let rule = CustomRule(
    inputCount: inputs.count, pullback: { ȳ in pullback(Tensor(ȳ)).map { $0?.handle } })
  return Tensor(tape.record(value.handle.outside(tape), from: handles, rule: rule))
}

/// The same for a function of one tensor.
public func withCustomVJP<S: RealScalar>(
  _ input: Tensor<S>,
  _ body: (Tensor<S>) throws -> (value: Tensor<S>, pullback: (Tensor<S>) -> Tensor<S>)
) rethrows -> Tensor<S> {
  try withCustomVJP([input]) { inputs in
    let (value, pullback) = try body(inputs[0])
    return (value, { ȳ in [pullback(ȳ)] })
  }
}

/// The rule of `withCustomVJP`.
private struct CustomRule: JointRule {
  static let name = "customVJP"
  let inputCount: Int
  let pullback: (TensorHandle) -> [TensorHandle?]

  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?] {
    let cotangents = pullback(ȳ)
    guard cotangents.count == inputCount else {
      trap(
        "withCustomVJP: the pullback returned \(cotangents.count) cotangents for \(inputCount) "
          + "inputs; return one for each, nil where there is none")
    }
    return cotangents
  }
}
