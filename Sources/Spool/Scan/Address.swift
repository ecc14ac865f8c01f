/// Where a value of a step lies: at an offset in the memory of its home, with strides, in elements.
struct Address {
  /// The value whose memory it is.
  var home: Int
  var offset = 0
  var strides: InlineArray<8, Int>
}

extension StepGraph {
  /// Where each value lies: in memory of its own, densely, or, for a view of rows, in that of what it looks at.
  ///
  /// Views are told by running them on memory of the traced shapes: one that had to copy is none.
  func addresses(_ kinds: [RowKind]) -> [Address] {
    var samples: [TensorHandle] = []
    var result: [Address] = []
    samples.reserveCapacity(values.count)
    result.reserveCapacity(values.count)
    for (i, value) in values.enumerated() {
      if kinds[i] == .row || kinds[i] == .column,
        case .operation(let operation, let inputs) = value.source,
        let view = (operation as? any ViewOperation)?.view(of: samples[inputs[0]]),
        view.sharesMemory(with: samples[inputs[0]])
      {
        let home = result[inputs[0]].home
        let offset = (view.data - samples[home].data) / value.scalarType.byteCount
        var strides = view.strides
        // In a batch of one the view says nothing about how rows follow one another.
        strides[kinds[i].rowAxis] = samples[home].strides[0]
        result.append(Address(home: home, offset: offset, strides: strides))
        samples.append(view)
      } else {
        let sample = TensorHandle(uninitialized: value.shape, value.scalarType)
        result.append(Address(home: i, strides: sample.strides))
        samples.append(sample)
      }
    }
    return result
  }
}
