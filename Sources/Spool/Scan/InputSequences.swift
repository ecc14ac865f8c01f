/// The sequences that a loop over time reads: one tensor `[time, …]`, or several of the same length.
struct InputSequences<Input> {
  private let value: Input
  let handles: [TensorHandle]
  /// The number of time steps.
  let time: Int

  /// The sequences in `value`. Traps, in the name of `operation`, where there are none, or they have
  /// different numbers of time steps.
  init(_ value: Input, for operation: String) {
    self.value = value
    handles = TensorTree.handles(in: value)
    guard let first = handles.first else {
      trap("\(operation): there are no input sequences in a value of type \(Input.self)")
    }
    for (place, handle) in handles.enumerated() {
      guard handle.shape.rank > 0 else {
        trap("\(operation): the input is a scalar; it needs a time axis")
      }
      guard handle.shape[0] == first.shape[0] else {
        trap(
          "\(operation): input \(place) has shape \(handle.shape), the first one \(first.shape); they "
            + "must have the same number of time steps, axis 0")
      }
    }
    time = first.shape[0]
  }

  /// The shape of the first sequence, `[time, …]`.
  var shape: Shape { handles[0].shape }

  /// What the cell gets at one time step.
  func step(_ time: Int) -> Input { replacing(handles.map { $0.step(time) }) }

  /// A step of zeros.
  var emptyStep: Input {
    replacing(handles.map { .zeros($0.shape.removing(0), $0.scalarType) })
  }

  /// The input with other tensors in the places of the sequences.
  func replacing(_ new: [TensorHandle]) -> Input {
    guard let input = TensorTree.replacing(in: value, with: new) else {
      trap(
        "the input sequences in a value of type \(Input.self) cannot be taken apart; give them as a "
          + "tensor, or as a tuple, a struct or an array of tensors")
    }
    return input
  }
}

extension TensorHandle {
  /// One time step of a sequence.
  func step(_ time: Int) -> TensorHandle {
    let step = apply(Slice(region: Region(time..<(time + 1), along: 0, of: shape)), self)
    return apply(Reshape(shape: shape.removing(0)), step)
  }
}
