import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct ConvLSTMCellTests {
  private let key = RandomKey(seed: 3)

  @Test func aKernelOfOneOnAMapOfOneIsTheLSTM() {
    let plain = LSTMCell<Double>(inputSize: 3, hiddenSize: 4, key: key)
    let cell = ConvLSTMCell<Double>(
      inputChannels: 3, hiddenChannels: 4, kernelSize: 1, key: RandomKey(seed: 4))
    cell.inputFilters = plain.inputWeights.transposed().reshaped(to: [16, 3, 1, 1])
    cell.stateFilters = plain.stateWeights.transposed().reshaped(to: [16, 4, 1, 1])
    cell.bias = plain.bias
    let x = Tensor<Double>.normal([6, 2, 3], key: key)
    let (expected, _) = scan(x, from: plain.initialState(batch: 2)) { plain($0, $1) }
    let maps = x.reshaped(to: [6, 2, 3, 1, 1])
    let (actual, _) = scan(maps, from: cell.initialState(for: maps[0])) { cell($0, $1) }
    expectClose(actual.reshaped(to: expected.shape), expected, within: 1e-14)
  }

  @Test func peepholesOfZeroChangeNothingAndOthersDo() {
    func outputs(_ cell: ConvLSTMCell<Double>) -> Tensor<Double> {
      let x = Tensor<Double>.normal([2, 1, 2, 3, 3], key: RandomKey(seed: 6))
      return scan(x, from: cell.initialState(for: x[0])) { cell($0, $1) }.outputs
    }
    let plain = ConvLSTMCell<Double>(inputChannels: 2, hiddenChannels: 2, key: key)
    let cell = ConvLSTMCell<Double>(
      inputChannels: 2, hiddenChannels: 2, peepholes: 3, key: key)
    #expect(outputs(plain).scalars == outputs(cell).scalars)
    cell.peepholes!.value = .normal([6, 3, 3], key: key)
    #expect((outputs(plain) - outputs(cell)).max().scalar > 0.01)
  }

  /// Of a forecaster: its input has no channels.
  @Test func runsWithoutInputs() {
    let cell = ConvLSTMCell<Float>(inputChannels: 0, hiddenChannels: 2, key: key)
    let time = Tensor<Float>.zeros([3, 1, 0, 4, 4])
    let first = Tensor<Float>.normal([1, 2, 4, 4], key: key)
    let state = ConvLSTMCell.State(h: first, c: first)
    let (_, gradients) = valueAndGradient(of: cell) {
      scan(time, from: state) { cell($0, $1) }.outputs.sum()
    }
    let gradient = gradients[cell.$stateFilters]!
    #expect(abs(gradient).max().scalar > 0)
  }

  @Test func mapsKeepTheirSize() {
    for kernel in 1...4 {
      let cell = ConvLSTMCell<Float>(
        inputChannels: 1, hiddenChannels: 2, kernelSize: kernel, key: key)
      let x = Tensor<Float>.ones([2, 1, 5, 3])
      #expect(cell(x, cell.initialState(for: x)).output.shape == [2, 2, 5, 3])
    }
  }

  @Test func transposedConvolutionsAreTheAdjoints() {
    let down = Conv2d<Double>(
      inputChannels: 2, outputChannels: 3, kernelSize: 4, stride: 2, padding: 1, key: key)
    let up = ConvTranspose2d<Double>(
      inputChannels: 3, outputChannels: 2, kernelSize: 4, stride: 2, padding: 1, key: key)
    up.weight = down.weight
    let x = Tensor<Double>.normal([2, 2, 8, 6], key: RandomKey(seed: 1))
    let y = Tensor<Double>.normal([2, 3, 4, 3], key: RandomKey(seed: 2))
    #expect(down(x).shape == y.shape && up(y).shape == x.shape)
    expectClose((down(x) * y).sum(), (x * up(y)).sum(), within: 1e-12)
  }
}
