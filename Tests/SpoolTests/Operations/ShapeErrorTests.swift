import TestSupport
import Testing

@testable import Spool

/// A call whose shapes or axes cannot fit.
enum MistakenCall: String, Codable, Sendable, CaseIterable {
  case add, whereMask, matmulInner, matmulRank, matmulLeading, outer, linear
  case reshape, reshapeUnknown, permute, transpose, broadcast, squeeze, expand
  case place, range, tooManyIndices, step, assignment
  case sumAxis, sumTwice, maxOfNothing, argmaxAxis
  case concatenated, concatenatedNothing, stack, split, chunked
  case softmax, layerNormGain, cumulativeSum
  case elementCount, rank, negativeSize, scalar, linspace, range0

  private static let matrix = Tensor<Double>.ones([2, 3])

  func run() {
    let x = Self.matrix
    switch self {
    case .add: _ = x + Tensor<Double>.ones([2, 4])
    case .whereMask: _ = `where`(x .> 0, Tensor<Double>.ones([4]), x)
    case .matmulInner: _ = matmul(x, x)
    case .matmulRank: _ = matmul(x, Tensor<Double>(2))
    case .matmulLeading:
      _ = matmul(Tensor<Double>.ones([2, 1, 3]), Tensor<Double>.ones([3, 3, 1]))
    case .outer: _ = Spool.outer(x, x)
    case .linear: _ = Spool.linear(x, weight: x, bias: x[0])
    case .reshape: _ = x.reshaped(to: Shape([4, 2]))
    case .reshapeUnknown: _ = x.reshaped(to: [-1, 4])
    case .permute: _ = x.permuted(0, 0)
    case .transpose: _ = Tensor<Double>.ones([3]).transposed()
    case .broadcast: _ = x.broadcasted(to: [3])
    case .squeeze: _ = x.squeezingAxis(at: 0)
    case .expand: _ = x.expandingAxis(at: 4)
    case .place: _ = x[2]
    case .range: _ = x[.all, 1..<5]
    case .tooManyIndices: _ = x[0, 0, 0]
    case .step: _ = x[.every(0)]
    case .assignment:
      var y = x
      y[0] = Tensor<Double>.ones([2])
    case .sumAxis: _ = x.sum(2)
    case .sumTwice: _ = x.sum(1, -1)
    case .maxOfNothing: _ = Tensor<Double>.zeros([2, 0]).max()
    case .argmaxAxis: _ = x.argmax(-3)
    case .concatenated: _ = Spool.concatenated([x, Tensor<Double>.ones([2, 4])])
    case .concatenatedNothing: _ = Spool.concatenated([Tensor<Double>]())
    case .stack: _ = Spool.stack([x, Tensor<Double>.ones([3])])
    case .split: _ = x.split(sizes: [1, 3], axis: 1)
    case .chunked: _ = x.chunked(2)
    case .softmax: _ = Spool.softmax(x, axis: 2)
    case .layerNormGain: _ = layerNorm(x, gain: Tensor<Double>.ones([2]))
    case .cumulativeSum: _ = Spool.cumulativeSum(Tensor<Double>(1), axis: 0)
    case .elementCount: _ = Tensor<Double>(shape: [2, 2], [1, 2, 3])
    case .rank: _ = Shape([Int](repeating: 1, count: 9))
    case .negativeSize: _ = Tensor<Double>.zeros([2, -1])
    case .scalar: _ = x.scalar
    case .linspace: _ = Tensor<Double>.linspace(from: 0, to: 1, count: 0)
    case .range0: _ = Tensor<Double>.range(-1)
    }
  }

  var message: String {
    switch self {
    case .add:
      "add: shapes [2, 3] and [2, 4] do not broadcast: axis -1 has sizes 3 and 4 (they must"
    case .whereMask: "where: shapes [2, 3] and [4] do not broadcast: axis -1 has sizes 3 and 4"
    case .matmulInner: "matmul: [2, 3] × [2, 3]: inner dimensions 3 and 2 differ"
    case .matmulRank: "matmul: [2, 3] × []: both operands need at least two axes, [rows, columns]"
    case .matmulLeading:
      "matmul: shapes [2] and [3] do not broadcast: axis -1 has sizes 2 and 3"
    case .outer: "outer: shapes [2, 3] and [2, 3]; both must be vectors"
    case .linear:
      "linear: x has shape [2, 3], which must be […, inputs], the weight [2, 3], which must be "
        + "[inputs, outputs], and the bias [3], which must be [outputs]"
    case .reshape: "reshape: shape [2, 3] has 6 elements, but [4, 2] has 8"
    case .reshapeUnknown: "reshape: shape [2, 3] with 6 elements does not divide into [-1, 4]"
    case .permute: "permute: [0, 0] does not name each axis of shape [2, 3] once"
    case .transpose:
      "transpose: axis -2 is outside shape [3], whose axes are 0 ... 0 (or -1 ... -1)"
    case .broadcast: "broadcast: shape [2, 3] does not broadcast to [3]"
    case .squeeze: "squeezingAxis: axis 0 of shape [2, 3] has size 2, not 1"
    case .expand: "expandingAxis: place 4 is outside a result of 3 axes"
    case .place: "subscript: place 2 is outside axis 0 of shape [2, 3]"
    case .range: "subscript: range 1..<5 is outside axis 1 of shape [2, 3]"
    case .tooManyIndices: "subscript: 3 indices for shape [2, 3], which has 2 axes"
    case .step: "subscript: the step along axis 0 is 0"
    case .assignment: "broadcast: shape [2] does not broadcast to [3]"
    case .sumAxis: "sum: axis 2 is outside shape [2, 3], whose axes are 0 ... 1 (or -2 ... -1)"
    case .sumTwice: "sum: axis -1 is named twice in [1, -1]"
    case .maxOfNothing: "max: shape [2, 0] has no elements along the axes to reduce"
    case .argmaxAxis: "argmax: axis -3 is outside shape [2, 3]"
    case .concatenated:
      "concatenated: tensor 1 has shape [2, 4], the first one [2, 3]; they may differ along axis 0"
    case .concatenatedNothing: "concatenated: there are no tensors to join"
    case .stack: "stack: tensor 1 has shape [3], the first one [2, 3]"
    case .split: "split: sizes [1, 3] do not add up to axis 1 of shape [2, 3]"
    case .chunked: "chunked: axis -1 of shape [2, 3] does not divide into 2 equal parts"
    case .softmax: "softmax: axis 2 is outside shape [2, 3]"
    case .layerNormGain:
      "layerNorm: gain has shape [2], but the features of shape [2, 3] need [3]"
    case .cumulativeSum: "cumulativeSum: axis 0 is outside shape [], whose axes are none"
    case .elementCount: "a tensor of shape [2, 2] has 4 elements, but 3 were given"
    case .rank: "shape [1, 1, 1, 1, 1, 1, 1, 1, 1] has 9 axes; a tensor has at most 8"
    case .negativeSize: "axis 1 of a shape has the negative size -1"
    case .scalar: "scalar: a tensor of shape [2, 3] has 6 elements, not one"
    case .linspace: "linspace: the count 0 is not positive"
    case .range0: "range: the count -1 is negative"
    }
  }
}

@Suite struct ShapeErrorTests {
  @Test(arguments: MistakenCall.allCases) func mistakesTrap(_ call: MistakenCall) async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [call] in call.run() }
    expectMessage(trapped, call.message)
  }
}
