import Spool
import SpoolData
import TestSupport
import Testing

@Suite struct BitSequencesTests {
  private let key = RandomKey(seed: 7)

  @Test func aCopyFollowsTheMark() {
    let sequences = BitSequences.copying(length: 4, bits: 3, batch: 5, key: key)
    #expect(sequences.inputs.shape == [9, 5, 4])
    #expect(sequences.inputs[..<4, .all, ..<3] == sequences.targets)
    #expect(sequences.inputs[..<4, .all, 3] == .zeros([4, 5]))
    #expect(sequences.inputs[4, .all, 3] == .ones([5]))
    #expect(sequences.inputs[4, .all, ..<3] == .zeros([5, 3]))
    #expect(sequences.inputs[5...] == .zeros([4, 5, 4]))
  }

  @Test func bitsAreFairAndFollowFromTheKey() {
    let one = BitSequences.copying(length: 50, bits: 8, batch: 20, key: key)
    let again = BitSequences.copying(length: 50, bits: 8, batch: 20, key: key)
    let other = BitSequences.copying(length: 50, bits: 8, batch: 20, key: RandomKey(seed: 8))
    #expect(one.inputs == again.inputs && one.inputs != other.inputs)
    #expect(Set(one.targets.scalars) == [0, 1])
    // 8000 fair bits: the mean is within 0.03 of a half but once in ten million.
    #expect(abs(one.targets.mean().scalar - 0.5) < 0.03)
  }

  @Test func copiesFollowOneAnotherAndEndWithAMark() {
    let sequences = BitSequences.repeatedCopying(
      length: 2, count: 3, bits: 4, batch: 5, repeatScale: (2, 0.5), key: key)
    let vectors = sequences.inputs[..<2, .all, ..<4]
    #expect(sequences.inputs.shape == [10, 5, 6])
    #expect(sequences.targets.shape == [7, 5, 5])
    for copy in 0..<3 {
      #expect(sequences.targets[(2 * copy)..<(2 * copy + 2), .all, ..<4] == vectors)
    }
    #expect(sequences.targets[..<6, .all, 4] == .zeros([6, 5]))
    #expect(sequences.targets[6, .all, 4] == .ones([5]))
    #expect(sequences.targets[6, .all, ..<4] == .zeros([5, 4]))
    #expect(sequences.inputs[2, .all, 4] == .ones([5]))
    #expect(sequences.inputs[2, .all, 5] == Tensor(repeating: 2, shape: [5]))
    #expect(sequences.inputs[3...] == .zeros([7, 5, 6]))
  }

  @Test func theItemAfterTheOneAskedForIsTheAnswer() {
    let sequences = BitSequences.associativeRecall(
      items: 4, itemLength: 2, bits: 16, batch: 6, key: key)
    #expect(sequences.inputs.shape == [18, 6, 18])
    var asked: Set<Int> = []
    for row in 0..<6 {
      let steps = sequences.inputs[.all, row]
      let items = (0..<4).map { steps[(3 * $0 + 1)..<(3 * $0 + 3), ..<16] }
      for start in [0, 3, 6, 9] { #expect(steps[start, 16].scalar == 1) }
      #expect(steps[12, 17].scalar == 1 && steps[15, 17].scalar == 1)
      #expect(steps[.all, 16].sum().scalar == 4 && steps[.all, 17].sum().scalar == 2)
      let query = steps[13..<15, ..<16]
      let place = items.firstIndex { $0 == query }
      #expect(place != nil && place != 3)
      if let place, place < 3 {
        asked.insert(place)
        #expect(sequences.targets[.all, row] == items[place + 1])
      }
      #expect(steps[16...] == .zeros([2, 18]))
    }
    #expect(asked.count > 1)
  }

  @Test func theHighestPrioritiesComeFirst() {
    let sequences = BitSequences.prioritySorting(length: 9, bits: 12, batch: 4, key: key)
    #expect(sequences.inputs.shape == [18, 4, 14] && sequences.targets.shape == [8, 4, 12])
    #expect(sequences.inputs[9, .all, 12] == .ones([4]))
    #expect(sequences.inputs[9, .all, ..<12] == .zeros([4, 12]))
    #expect(sequences.inputs[10...] == .zeros([8, 4, 14]))
    for row in 0..<4 {
      let priorities = sequences.inputs[..<9, row, 13].scalars
      #expect(priorities.allSatisfy { (-1..<1).contains($0) } && Set(priorities).count == 9)
      let order = priorities.indices.sorted { priorities[$0] > priorities[$1] }
      for (place, vector) in order.prefix(8).enumerated() {
        #expect(sequences.targets[place, row] == sequences.inputs[vector, row, ..<12])
      }
      #expect(sequences.inputs[..<9, row, 12] == .zeros([9]))
    }
    // From −1 to 1, and not by what is sorted.
    let many = BitSequences.prioritySorting(length: 50, bits: 4, batch: 20, key: key).inputs[..<50]
    let priorities = many[.all, .all, 5].flattened()
    #expect(priorities.min().scalar < -0.98 && priorities.max().scalar > 0.98)
    let signs = 2 * many[.all, .all, ..<4].flattened()[..<1000] - 1
    #expect(abs((signs * priorities).mean()).scalar < 0.1)
    // Sixteen of twenty, as in the paper, and one of one.
    let paper = BitSequences.prioritySorting(length: 20, bits: 2, batch: 1, key: key)
    #expect(paper.targets.shape[0] == 16)
    let one = BitSequences.prioritySorting(length: 1, bits: 2, batch: 1, key: key)
    #expect(one.targets.shape[0] == 1)
  }
}
