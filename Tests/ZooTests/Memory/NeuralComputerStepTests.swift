import Foundation
import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// One step of a differentiable neural computer against its paper's equations, number by number.
@Suite struct NeuralComputerStepTests {
  private typealias Equations = MemoryEquations

  private let computer = DifferentiableNeuralComputer<Double>(
    NeuralComputerSizes(inputs: 2, outputs: 3, hidden: 4, slots: 5, width: 3, reads: 2),
    key: RandomKey(seed: 1))
  private let keys = RandomKey(seed: 2).split(9)

  /// A memory in use.
  private var memory: DifferentiableNeuralComputer<Double>.Memory {
    .init(
      slots: .normal([1, 3, 5], key: keys[0]), usage: .uniform([1, 5], key: keys[1]),
      precedence: 0.9 * softmax(.normal([1, 5], key: keys[2])),
      links: 0.2 * .uniform([1, 5, 5], key: keys[3]) * (1 - .identity(5)),
      writeWeights: 0.8 * softmax(.normal([1, 5], key: keys[4])),
      readWeights: softmax(.normal([1, 2, 5], standardDeviation: 2, key: keys[5])),
      reads: .normal([1, 6], key: keys[6]))
  }

  /// The weights by which slots are taken, from the freest one on.
  private func allocation(_ usage: [Double]) -> [Double] {
    var (weights, product) = (usage, 1.0)
    for slot in usage.indices.sorted(by: { usage[$0] < usage[$1] }) {
      weights[slot] = (1 - usage[slot]) * product
      product *= usage[slot]
    }
    return weights
  }

  @Test func aStepIsTheEquationsOfThePaper() {
    let x = Tensor<Double>.normal([1, 2], key: keys[7])
    let weights = Tensor<Double>.normal([2 + 6, 4], key: keys[8])
    let h = tanh(matmul(concatenated([x, memory.reads], axis: 1), weights))
    let (y, next, _) = computer(x, memory, 0) { x, count in (tanh(matmul(x, weights)), count + 1) }

    // Read keys and strengths, write key and strength, erase, add, free gates, the gates of allocation and of
    // writing, read modes: backward, content, forward.
    let control = Equations.blocks(
      computer.interface(h).scalars, [3, 3, 1, 1, 3, 1, 3, 3, 1, 1, 1, 1, 3, 3])
    func strength(_ part: Int) -> Double { 1 + Equations.softplus(control[part][0]) }
    func gate(_ part: Int) -> Double { Equations.sigmoid(control[part][0]) }
    let (u, w) = (memory.usage[0].scalars, memory.writeWeights[0].scalars)
    let before = (0..<2).map { memory.readWeights[0, $0].scalars }
    let usage = (0..<5).map { i in
      (u[i] + w[i] - u[i] * w[i]) * (1 - gate(8) * before[0][i]) * (1 - gate(9) * before[1][i])
    }
    var slots = Equations.slots(memory.slots)
    let (free, alike) = (
      allocation(usage), Equations.content(slots, control[4], strength: strength(5))
    )
    let written = (0..<5).map { gate(11) * (gate(10) * free[$0] + (1 - gate(10)) * alike[$0]) }
    for (i, old) in slots.enumerated() {
      slots[i] = old.enumerated().map { k, value in
        value * (1 - written[i] * Equations.sigmoid(control[6][k])) + written[i] * control[7][k]
      }
    }
    let p = memory.precedence[0].scalars
    let links = (0..<5).map { i in
      (0..<5).map { j -> Double in
        if i == j { return 0 }
        let kept = 1 - written[i] - written[j]
        return kept * memory.links[0, i, j].scalar + written[i] * p[j]
      }
    }
    let unwritten = 1 - written.reduce(0, +)
    let precedence = zip(p, written).map { unwritten * $0 + $1 }
    let places = (0..<2).map { head in
      let modes = Equations.softmax(control[12 + head])
      let content = Equations.content(slots, control[head], strength: strength(2 + head))
      return (0..<5).map { i in
        let backward = (0..<5).map { links[$0][i] * before[head][$0] }.reduce(0, +)
        let forward = (0..<5).map { links[i][$0] * before[head][$0] }.reduce(0, +)
        return modes[0] * backward + modes[1] * content[i] + modes[2] * forward
      }
    }
    let reads = places.flatMap { Equations.read(slots, $0) }

    expectClose(next.usage[0], Tensor(usage), within: 1e-13, "usage")
    expectClose(next.writeWeights[0], Tensor(written), within: 1e-13, "write weights")
    expectClose(next.precedence[0], Tensor(precedence), within: 1e-13, "precedence")
    for i in 0..<5 {
      expectClose(next.slots[0, .all, i], Tensor(slots[i]), within: 1e-13, "slot \(i)")
      expectClose(next.links[0, i], Tensor(links[i]), within: 1e-13, "links \(i)")
    }
    for head in 0..<2 {
      expectClose(next.readWeights[0, head], Tensor(places[head]), within: 1e-13, "head \(head)")
    }
    expectClose(next.reads[0], Tensor(reads), within: 1e-13, "reads")
    expectClose(
      y, computer.output(concatenated([h, Tensor(shape: [1, 6], reads)], axis: 1)), within: 1e-13)
  }
}
