import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct ZigzagNetworkTests {
  private static let sizes = VideoModelSizes(
    channels: 2, map: [4, 4], hidden: 3, layers: 3, kernel: 3)

  private func predRNN() -> ZigzagNetwork<SpatiotemporalLSTMCell<Double>> {
    ZigzagNetwork(Self.sizes, hasHighway: false, key: RandomKey(seed: 1)) {
      SpatiotemporalLSTMCell(inputChannels: $0, hiddenChannels: 3, kernelSize: 3, key: $1)
    }
  }

  private func predRNNPlus(
    layers: Int = 3, hasHighway: Bool
  ) -> ZigzagNetwork<CausalLSTMCell<Double>> {
    var sizes = Self.sizes
    sizes.layers = layers
    return ZigzagNetwork(sizes, hasHighway: hasHighway, key: RandomKey(seed: 1)) {
      CausalLSTMCell(inputChannels: $0, hiddenChannels: 3, kernelSize: 3, key: $1)
    }
  }

  /// The gradient of the lowest layer's output at t + 1 by what only the top layer at t has read, all other ways
  /// cut: it comes through the shared memory.
  @Test(arguments: [true, false]) func theTopLayerReachesTheLowestOneOfTheNextStep(
    keepsMemory: Bool
  ) {
    let network = predRNN()
    let frames = Tensor<Double>.uniform([2, 1, 2, 4, 4], key: RandomKey(seed: 2))
    let (_, gradients) = valueAndGradient(of: network) {
      var state = network.step(frames[0], network.initialState(for: frames[0])).state
      state.layers = stopGradient(state.layers)
      if !keepsMemory { state.memory = stopGradient(state.memory) }
      return network.step(frames[1], state).state.layers[0].h.sum()
    }
    let top = gradients[network.cells[2].$memoryFilters]
    #expect((abs(top ?? 0).max().scalar > 1e-6) == keepsMemory)
    // The output's filters of the top layer are not on the way.
    #expect(abs(gradients[network.cells[2].$outputFilters] ?? 0).max().scalar == 0)
  }

  @Test func theMemoryRunsUpThroughTheLayers() {
    let network = predRNN()
    let frame = Tensor<Double>.uniform([1, 2, 4, 4], key: RandomKey(seed: 2))
    let zero = network.initialState(for: frame)
    var (x, memory) = (frame, zero.memory)
    for (cell, state) in zip(network.cells, zero.layers) {
      (x, _, memory) = cell(x, state, memory: memory)
    }
    let (next, state) = network.step(frame, zero)
    expectClose(state.memory, memory, within: 1e-15)
    expectClose(next, network.readout(x), within: 1e-15)
  }

  @Test func predRNNPlusHasTheParametersOfItsFormulas() {
    let (channels, hidden, area) = (2, 3, 9)
    func cell(_ inputs: Int) -> Int {
      let inputAndMemories = 7 * inputs + 2 * (3 * 2 * hidden) + hidden + 2 * hidden
      return area * hidden * inputAndMemories + 2 * hidden * hidden + 7 * hidden
    }
    let highway = 2 * hidden * (area * 2 * hidden + 1)
    let readout = channels * (hidden + 1)
    let network = predRNNPlus(hasHighway: true)
    #expect(network.parameterCount == cell(channels) + 2 * cell(hidden) + highway + readout)
    #expect(
      predRNNPlus(hasHighway: false).parameterCount == network.parameterCount - highway)
  }

  /// The norm of the gradient of the last state by each frame, by how many steps ago it was.
  private func gradientNorms(
    _ network: ZigzagNetwork<CausalLSTMCell<Double>>, time: Int
  ) -> [Double] {
    let frames = Tensor<Double>.uniform([time, 1, 2, 4, 4], key: RandomKey(seed: 2))
    let direction = Tensor<Double>.normal([1, 2, 4, 4], key: RandomKey(seed: 3))
    let g = gradient(at: frames) { (network($0, horizon: 1)[-1] * direction).sum() }
    return (0..<time).reversed().map { g[$0].norm().scalar }
  }

  /// Where cells forget at once, what they have seen long ago has no gradient to speak of, unless a highway carries
  /// it: there it is lost no faster than the gate lets go.
  @Test func theHighwayCarriesGradientsThatTheCellsLose() {
    let (with, without) = (predRNNPlus(hasHighway: true), predRNNPlus(hasHighway: false))
    for network in [with, without] {
      for cell in network.cells {
        cell.bias = cell.bias - 4 * cell.bias  // Both forget gates from 1 to −3, the others stay 0.
      }
    }
    with.highway!.bias = [0, 0, 0, -3, -3, -3]
    let (carried, lost) = (gradientNorms(with, time: 21), gradientNorms(without, time: 21))
    #expect(carried[20] > 0.01 * carried[1])
    #expect(lost[20] < 1e-4 * lost[1])
    #expect(carried[20] > 100 * lost[20])
  }
}
