import Foundation
import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// One step of a neural Turing machine against its paper's equations, number by number.
@Suite struct TuringMachineStepTests {
  private typealias Equations = MemoryEquations

  private let machine = NeuralTuringMachine<Double>(
    NeuralTuringMachineSizes(
      inputs: 2, outputs: 3, hidden: 4, slots: 5, width: 3, reads: 2, writes: 2),
    key: RandomKey(seed: 1))
  private let keys = RandomKey(seed: 2).split(5)

  /// A memory in use.
  private var memory: NeuralTuringMachine<Double>.Memory {
    .init(
      slots: .normal([1, 3, 5], key: keys[0]),
      weights: softmax(.normal([1, 4, 5], standardDeviation: 2, key: keys[1])),
      reads: .normal([1, 6], key: keys[2]))
  }

  /// Where a head that `control` governs goes from where it was (Graves et al., 2014, equations 5 to 9).
  private func place(_ control: [Double], from before: [Double]) -> [Double] {
    let parts = Equations.blocks(control, [3, 1, 1, 3, 1])
    let content = Equations.content(
      Equations.slots(memory.slots), parts[0].map { tanh($0) },
      strength: Equations.softplus(parts[1][0]))
    let gate = Equations.sigmoid(parts[2][0])
    let gated = zip(content, before).map { gate * $0 + (1 - gate) * $1 }
    let shifts = Equations.softmax(parts[3])
    let shifted = gated.indices.map { i -> Double in
      let (before, after) = (gated[(i + 4) % 5], gated[(i + 1) % 5])
      return shifts[0] * after + shifts[1] * gated[i] + shifts[2] * before
    }
    let powers = shifted.map { pow($0 + 1e-6, 1 + Equations.softplus(parts[4][0])) }
    return powers.map { $0 / powers.reduce(0, +) }
  }

  @Test func aStepIsTheEquationsOfThePaper() {
    let x = Tensor<Double>.normal([1, 2], key: keys[3])
    let weights = Tensor<Double>.normal([2 + 6, 4], key: keys[4])
    let h = tanh(matmul(concatenated([x, memory.reads], axis: 1), weights))
    let (y, next, _) = machine(x, memory, 0) { x, count in (tanh(matmul(x, weights)), count + 1) }

    let control = Equations.blocks(
      machine.heads(h).scalars, [9, 9, 9, 9, 3, 3, 3, 3])
    let places = (0..<4).map { place(control[$0], from: memory.weights[0, $0].scalars) }
    var slots = Equations.slots(memory.slots)
    // Read from what is there before writing.
    let reads = places[..<2].flatMap { Equations.read(slots, $0) }
    for (i, old) in slots.enumerated() {
      slots[i] = old.enumerated().map { k, value in
        let kept = (0..<2).map { 1 - places[2 + $0][i] * Equations.sigmoid(control[4 + $0][k]) }
        let added = (0..<2).map { places[2 + $0][i] * tanh(control[6 + $0][k]) }
        return value * kept[0] * kept[1] + added[0] + added[1]
      }
    }
    for head in 0..<4 { expectClose(next.weights[0, head], Tensor(places[head]), within: 1e-13) }
    expectClose(next.reads[0], Tensor(reads), within: 1e-13)
    for slot in 0..<5 { expectClose(next.slots[0, .all, slot], Tensor(slots[slot]), within: 1e-13) }
    expectClose(
      y, machine.output(concatenated([h, Tensor(shape: [1, 6], reads)], axis: 1)), within: 1e-13)
  }

  /// All heads at the first slot, all slots alike and nearly empty.
  @Test func beginsWithAnEmptyMemory() {
    let first = machine.initialMemory(batch: 2)
    for head in 0..<4 { #expect(first.weights[1, head].scalars == [1, 0, 0, 0, 0]) }
    #expect(first.slots == Tensor(repeating: 1e-6, shape: [2, 3, 5]))
    #expect(first.reads == .zeros([2, 6]))
  }
}
