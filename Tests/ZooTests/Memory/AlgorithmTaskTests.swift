import Spool
import SpoolData
import TestSupport
import Testing

@testable import SpoolZoo

/// The algorithms as they are learnt: from which sizes, in what shape, and how.
@Suite struct AlgorithmTaskTests {
  /// Graves, Wayne & Danihelka (2014), sections 4.1 to 4.5; half as many vectors are sorted as there.
  @Test(arguments: [
    (AlgorithmTask.Kind.copy, 20, 2), (.repeatCopy, 10, 2), (.recall, 6, 16), (.sort, 10, 2),
  ])
  func sizesAreThoseOfThePaper(kind: AlgorithmTask.Kind, longest: Int, batch: Int) {
    let task = AlgorithmTask(kind)
    let shortest = kind == .recall ? 2 : 1
    #expect(task.sizes == shortest...longest && task.batch == batch)
    #expect(task.measuredSizes.map { 2 * $0 } == [1, 2, 3, 4, 6].map { $0 * longest })
    let short = AlgorithmTask(kind, longest: 2)
    #expect(short.sizes == shortest...2)
    #expect(short.measuredSizes == [1, 2, 3, 4, 6].filter { $0 >= shortest })
  }

  /// Four vectors: of 8 bits and a mark; of 6 bits, three to an item, and two marks to recall.
  @Test(arguments: [
    (AlgorithmTask.Kind.copy, [9, 3, 9], [4, 3, 8]),
    (.repeatCopy, [26, 3, 10], [21, 3, 9]),
    (.recall, [24, 3, 8], [3, 3, 6]), (.sort, [9, 3, 10], [4, 3, 8]),
  ])
  func shapesAreThoseOfThePaper(kind: AlgorithmTask.Kind, inputs: [Int], targets: [Int]) {
    let task = AlgorithmTask(kind)
    let sequences = task.sequences(size: 4, batch: 3, key: RandomKey(seed: 1))
    #expect(Array(sequences.inputs.shape) == inputs)
    #expect(Array(sequences.targets.shape) == targets)
    #expect((task.inputSize, task.outputSize) == (inputs[2], targets[2]))
  }

  /// From 1 to 10 times, whatever the length is; the number of times has a mean of 0 and a variance of 1.
  @Test func lengthAndTimesAreDrawnFreely() {
    let task = AlgorithmTask(.repeatCopy, longest: 3)
    var drawn: Set<[Int]> = []
    var numbers: Set<Float> = []
    for seed in 0..<500 {
      let sequences = task.sequences(batch: 1, key: RandomKey(seed: seed))
      let (steps, answers) = (sequences.inputs.shape[0], sequences.targets.shape[0])
      let length = steps - answers - 1
      drawn.insert([length, (answers - 1) / length])
      numbers.insert(sequences.inputs[length, 0, 9].scalar)
    }
    #expect(drawn.count == 30)
    let mean = numbers.reduce(0, +) / 10
    let variance = numbers.reduce(0) { $0 + $1 * $1 } / 10
    #expect(numbers.count == 10 && abs(mean) < 1e-5 && abs(variance - 1) < 0.01)
  }

  @Test func gradientsAreClippedToANormOfTen() throws {
    try expectClipping(to: 10) { AlgorithmTask.trainer(of: $0, rate: 0.004, steps: 9) }
  }

  @Test func theRateFallsToATenth() throws {
    let model = Slope()
    let trainer = AlgorithmTask.trainer(of: model, rate: 0.004, steps: 5)
    let rates = try (0..<5).map { _ in try trainer.takeStep { model.x.sum() }.learningRate }
    #expect(trainer.clippingLimit == 10 && rates[0] == 0.004 && abs(rates[4] - 0.0004) < 1e-12)
    #expect(rates == rates.sorted(by: >))
  }

  /// At a rate of nearly 0 losses differ by the sequences alone.
  @Test(arguments: ["copy", "priority-sort"]) func eachStepHasNewSequences(_ task: String) throws {
    let folder = try TemporaryFolder()
    let result = TestZoo([NTM()])(
      "train ntm --task \(task) --steps 4 --longest 2 --hidden 4 --slots 4 --width 3 --batch 3 "
        + "--learning-rate 1e-12 --threads 1 --run \(folder.file("run"))")
    #expect(result.status == 0, "\(result.errors)")
    let losses = try folder.recorded("loss")
    #expect(losses.count == 4 && Set(losses).count == 4)
  }
}
