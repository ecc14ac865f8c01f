import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// What the word network computes, layer by layer, and what its dropout does and leaves alone.
@Suite struct WordNetworkTests {
  private let words = Tensor<Int32>(shape: [4, 2], [0, 1, 4, 2, 6, 3, 5, 5])

  private func network(
    layers: Int = 1, dropout: Double = 0, isVariational: Bool = false, isTied: Bool = false
  ) -> WordNetwork<Double> {
    WordNetwork(
      WordNetworkSizes(
        vocabulary: 7, hidden: 12, layers: layers, initialBound: 0.5, dropout: dropout,
        isVariational: isVariational, isTied: isTied), key: RandomKey(seed: 1))
  }

  /// Zaremba's network without dropout, step by step.
  @Test(arguments: [false, true]) func layersReadEachOthersOutputs(isTied: Bool) {
    let network = network(layers: 2, isTied: isTied)
    network.outputBias = .normal([7], key: RandomKey(seed: 2))
    let table = network.embedding.table
    var states = network.initialState(batch: 2).map { $0 + 0.1 }
    let (logits, last) = network(words, from: states)
    for t in 0..<4 {
      var x = stack(words[t].scalars.map { table[Int($0)] })
      for (layer, cell) in network.cells.enumerated() {
        states[layer] = cell(x, states[layer]).state
        x = states[layer].h
      }
      let weights = isTied ? table.transposed() : network.outputWeights!.value
      expectClose(logits[t], matmul(x, weights) + network.outputBias, within: 1e-13)
    }
    for (layer, state) in states.enumerated() {
      expectClose(last[layer].h, state.h, within: 1e-13)
      expectClose(last[layer].c, state.c, within: 1e-13)
    }
  }

  @Test func aBatchIsItsItems() {
    let network = network(layers: 2)
    let together = network(words, from: nil)
    for item in 0..<2 {
      let alone = network(words[.all, item..<(item + 1)], from: nil)
      expectClose(alone.logits[.all, 0], together.logits[.all, item], within: 1e-14)
      expectClose(alone.state[1].c[0], together.state[1].c[item], within: 1e-14)
    }
  }

  /// How far dropout moves the last state of a network of one layer.
  private func moved(
    _ network: WordNetwork<Double>
  ) -> (h: Double, c: Double) {
    let plain = network(words, from: nil).state[0]
    let dropped = network(words, from: nil, key: RandomKey(seed: 5)).state[0]
    return (
      abs(dropped.h - plain.h).max().scalar, abs(dropped.c - plain.c).max().scalar
    )
  }

  /// Where the inputs have no weight, only what is dropped along time can move the state.
  @Test func plainDropoutIsNeverAlongTime() {
    let plain = network(dropout: 0.5)
    let variational = network(dropout: 0.5, isVariational: true)
    for network in [plain, variational] {
      network.cells[0].inputWeights = .zeros([12, 48])
      network.cells[0].bias = .normal([48], key: RandomKey(seed: 3))
    }
    #expect(moved(plain) == (0, 0))
    #expect(moved(variational).h > 0.01)
    // It is the hidden state of which features are dropped, not the memory.
    variational.cells[0].stateWeights = .zeros([12, 48])
    #expect(moved(variational).c == 0)
  }

  @Test(arguments: [false, true]) func whatGoesInIsDroppedToo(isVariational: Bool) {
    let network = network(dropout: 0.5, isVariational: isVariational)
    network.cells[0].stateWeights = .zeros([12, 48])
    #expect(moved(network).c > 0.01)
  }

  /// A second layer that hands on what it reads: what the first one has dropped is missing in it.
  @Test func dropoutActsBetweenTheLayers() {
    let network = network(layers: 2, dropout: 0.5)
    let second = network.cells[1]
    second.stateWeights = .zeros([12, 48])
    let before = network(words, from: nil).state[1].c
    network.cells[0].inputWeights = .zeros([12, 48])
    network.cells[0].bias = .normal([48], key: RandomKey(seed: 3))
    let plain = network(words, from: nil).state[1].c
    let dropped = network(words, from: nil, key: RandomKey(seed: 5)).state[1].c
    #expect(before != plain && abs(dropped - plain).max().scalar > 0.01)
  }

  /// Every item of a batch drops features of its own, in variational dropout, too.
  @Test func itemsDropDifferentFeatures() {
    let network = network(dropout: 0.5, isVariational: true)
    let same = Tensor<Int32>(shape: [1, 2], [3, 3])
    let state = network(same, from: nil, key: RandomKey(seed: 5)).state[0].c
    #expect(state[0] != state[1])
  }

  @Test func noGateStartsOpen() {
    #expect(network().cells[0].bias == .zeros([48]))
  }
}
