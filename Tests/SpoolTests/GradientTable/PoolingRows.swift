import Spool

extension GradientTable {
  mutating func addPoolingRows() {
    let sequences: [[Operand]] = [
      [[2, 2, 5]], [[1, 1, 3]], [[1, 3, 4]], [[0, 2, 4]], [[2, 0, 4]], [.transposed([2, 2, 5])],
      [.stepped([1, 2, 6])], [.reversed([2, 1, 4])], [.inner([1, 2, 3])],
    ]
    let images: [[Operand]] = [
      [[1, 2, 4, 3]], [[2, 1, 3, 4]], [[1, 1, 3, 3]], [[0, 1, 4, 4]], [[1, 0, 4, 4]],
      [.transposed([1, 2, 4, 3])], [.stepped([1, 1, 3, 4])], [.reversed([2, 1, 3, 3])],
      [.inner([1, 1, 3, 5])],
    ]
    let distinct = Domain.distinct(-3...3)
    let few: [[Operand]] = [[[1, 1, 1]], [[1, 2, 3]], [.stretched([1, 2, 4])]]
    let small: [[Operand]] = [[[1, 1, 2, 1]], [[1, 2, 2, 2]], [.stretched([1, 2, 3, 4])]]

    let max1d = "maxPool1d(_:window:stride:padding:)"
    unary(max1d, in: distinct, shapes: sequences) { maxPool1d($0, window: 2) }
    unary(max1d, "overlapping", in: distinct, shapes: sequences) {
      maxPool1d($0, window: 3, stride: 1, padding: 1)
    }
    unary(max1d, "same", in: distinct, shapes: Array(few.prefix(2))) {
      maxPool1d($0, window: 3, stride: 2, padding: .same)
    }
    let max2d = "maxPool2d(_:window:stride:padding:)"
    unary(max2d, in: distinct, shapes: images) { maxPool2d($0, window: [2, 3]) }
    unary(max2d, "overlapping", in: distinct, shapes: images) {
      maxPool2d($0, window: 3, stride: [1, 2], padding: [2, 1])
    }
    unary(max2d, "same", in: distinct, shapes: Array(small.prefix(2))) {
      maxPool2d($0, window: [3, 2], padding: .same)
    }
    let average1d = "averagePool1d(_:window:stride:padding:countingPadding:)"
    unary(average1d, shapes: sequences) { averagePool1d($0, window: 2) }
    for isCounted in [false, true] {
      unary(average1d, "overlapping", shapes: sequences + few) {
        averagePool1d($0, window: 3, stride: 1, padding: 1, countingPadding: isCounted)
      }
    }
    let average2d = "averagePool2d(_:window:stride:padding:countingPadding:)"
    unary(average2d, shapes: images) { averagePool2d($0, window: [2, 3]) }
    for isCounted in [false, true] {
      unary(average2d, "overlapping", shapes: images + small) {
        averagePool2d($0, window: 3, stride: [1, 2], padding: [2, 1], countingPadding: isCounted)
      }
    }
  }
}
