import Spool

extension GradientTable {
  mutating func addConvolutionRows() {
    addConvolution1DRows()
    addConvolution2DRows()
    addTransposedConvolution1DRows()
    addTransposedConvolution2DRows()
    covers("Padding.zeros(_:)")
  }

  private mutating func addConvolution1DRows() {
    let function = "conv1d(_:_:bias:stride:padding:dilation:groups:)"
    row(
      function,
      shapes: [
        [[2, 2, 4], [2, 2, 3]], [[1, 1, 1], [1, 1, 1]], [[1, 2, 3], [3, 2, 1]],
        [[0, 2, 3], [1, 2, 2]], [[2, 0, 3], [2, 0, 2]], [[2, 1, 3], [0, 1, 2]],
        [.transposed([2, 2, 4]), .stepped([1, 2, 2])], [.reversed([2, 1, 3]), [2, 1, 2]],
        [.inner([1, 2, 3]), .stretched([2, 2, 2])], [[2, 2, 2], .same],
      ]
    ) { conv1d($0[0], $0[1]) }
    row(
      function, "with a bias", shapes: [[[2, 2, 3], [3, 2, 2], [3]], [[2, 2, 2], .same, [2]]]
    ) {
      conv1d($0[0], $0[1], bias: $0[2])
    }
    row(
      function, "strided, padded, dilated, grouped",
      shapes: [[[2, 4, 5], [2, 2, 2]], [.reversed([1, 2, 4]), .transposed([4, 1, 3])]]
    ) { conv1d($0[0], $0[1], stride: 2, padding: 2, dilation: 2, groups: 2) }
    row(function, "same, causal", shapes: [[[1, 1, 5], [1, 1, 2]], [[1, 1, 0], [1, 1, 2]]]) {
      conv1d(conv1d($0[0], $0[1], padding: .causal), $0[1], stride: 2, padding: .same)
    }
  }

  private mutating func addConvolution2DRows() {
    let function = "conv2d(_:_:bias:stride:padding:dilation:groups:)"
    row(
      function,
      shapes: [
        [[2, 2, 3, 4], [2, 2, 2, 3]], [[1, 1, 1, 1], [1, 1, 1, 1]], [[1, 2, 2, 3], [1, 2, 1, 1]],
        [[0, 2, 3, 3], [1, 2, 2, 2]], [[1, 0, 2, 2], [1, 0, 2, 2]], [[1, 1, 2, 2], [0, 1, 2, 2]],
        [.transposed([1, 2, 3, 3]), .stepped([2, 2, 2, 2])],
        [.reversed([2, 1, 3, 2]), [1, 1, 2, 2]],
        [.inner([1, 1, 2, 3]), .stretched([2, 1, 2, 2])], [[2, 2, 2, 1], .same],
      ]
    ) { conv2d($0[0], $0[1]) }
    row(function, "with a bias", shapes: [[[2, 2, 2, 3], [3, 2, 2, 2], [3]]]) {
      conv2d($0[0], $0[1], bias: $0[2])
    }
    row(
      function, "strided, padded, dilated, grouped",
      shapes: [[[1, 4, 3, 4], [2, 2, 2, 2]], [.transposed([1, 2, 3, 3]), [2, 1, 2, 3]]]
    ) {
      conv2d(
        $0[0], $0[1], stride: [2, 1], padding: [1, .zeros(before: 2, after: 0)], dilation: [1, 2],
        groups: 2)
    }
    row(function, "same", shapes: [[[1, 1, 3, 4], [1, 1, 2, 3]]]) {
      conv2d($0[0], $0[1], stride: [1, 2], padding: .same)
    }
  }

  private mutating func addTransposedConvolution1DRows() {
    let function = "convTranspose1d(_:_:bias:stride:padding:outputPadding:dilation:groups:)"
    row(
      function,
      shapes: [
        [[2, 2, 3], [2, 2, 2]], [[1, 1, 1], [1, 1, 1]], [[1, 2, 3], [2, 3, 1]],
        [[0, 2, 3], [2, 1, 2]], [[1, 0, 3], [0, 1, 2]], [[1, 1, 3], [1, 0, 2]],
        [.transposed([2, 2, 3]), .stepped([2, 1, 2])], [.reversed([2, 1, 3]), [1, 2, 2]],
        [.inner([1, 2, 3]), .stretched([2, 2, 2])], [[2, 2, 2], .same],
      ]
    ) { convTranspose1d($0[0], $0[1]) }
    row(function, "with a bias", shapes: [[[2, 2, 3], [2, 3, 2], [3]]]) {
      convTranspose1d($0[0], $0[1], bias: $0[2])
    }
    row(
      function, "strided, padded, dilated, grouped",
      shapes: [[[1, 4, 3], [4, 1, 2]], [.reversed([1, 2, 2]), .transposed([2, 2, 3])]]
    ) {
      convTranspose1d(
        $0[0], $0[1], stride: 3, padding: 1, outputPadding: 2, dilation: 2, groups: 2)
    }
  }

  private mutating func addTransposedConvolution2DRows() {
    let function = "convTranspose2d(_:_:bias:stride:padding:outputPadding:dilation:groups:)"
    row(
      function,
      shapes: [
        [[2, 2, 2, 3], [2, 1, 3, 2]], [[1, 1, 1, 1], [1, 1, 1, 1]], [[1, 2, 2, 2], [2, 1, 1, 1]],
        [[0, 2, 2, 2], [2, 1, 2, 2]], [[1, 0, 2, 2], [0, 1, 2, 2]], [[1, 1, 2, 2], [1, 0, 2, 2]],
        [.transposed([1, 2, 2, 3]), .stepped([2, 1, 2, 2])],
        [.reversed([2, 1, 3, 2]), [1, 2, 2, 1]],
        [.inner([1, 1, 2, 3]), .stretched([1, 2, 2, 2])], [[2, 2, 1, 2], .same],
      ]
    ) { convTranspose2d($0[0], $0[1]) }
    row(function, "with a bias", shapes: [[[1, 2, 2, 2], [2, 3, 2, 1], [3]]]) {
      convTranspose2d($0[0], $0[1], bias: $0[2])
    }
    row(function, "strided, padded, dilated, grouped", shapes: [[[1, 2, 3, 2], [2, 2, 2, 2]]]) {
      convTranspose2d(
        $0[0], $0[1], stride: [2, 3], padding: [1, 0], outputPadding: [1, 2], dilation: [2, 1],
        groups: 2)
    }
  }
}
