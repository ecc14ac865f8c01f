import Foundation
import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct MemoryProblemTests {
  private let key = RandomKey(seed: 4)

  /// Answers with what the inputs hold, whatever came before.
  private struct Echo: SequenceModel {
    typealias Scalar = Float
    func callAsFunction(_ inputs: Tensor<Float>, answers: Int) -> Tensor<Float> {
      inputs[(-answers)...]
    }
    func recordings(_ inputs: Tensor<Float>) -> [Recording] { [] }
  }

  private func numbers(_ outputs: [Float], for answers: [Float]) -> MemoryBatch {
    MemoryBatch(
      inputs: Tensor(shape: [1, outputs.count, 1], outputs),
      answers: .numbers(Tensor(shape: [answers.count, 1], answers)))
  }

  /// A number is right that is less than 0.04 off (Hochreiter & Schmidhuber, 1997); every answer counts the same, in
  /// whichever batch it is.
  @Test func anAnswerCountsTheSameInEveryBatch() {
    let batches = [
      numbers([1, 0.5, 0.03, -0.039], for: [0, 0.5, 0, 0]), numbers([0.041], for: [0]),
    ]
    let score = MemoryScore(Echo(), on: batches)
    #expect(abs(score.accuracy - 3.0 / 5) < 1e-12)
    let squares = 1 + 0.03 * 0.03 + 0.039 * 0.039 + 0.041 * 0.041
    #expect(abs(score.loss - squares / 5) < 1e-6)
  }

  @Test func aClassIsRightThatIsTheLikeliest() {
    let batch = MemoryBatch(
      inputs: Tensor(shape: [2, 2, 2], [5, 0, 0, 5, 1, 3, 3, 1]),
      answers: .classes(Tensor(shape: [2, 2], [0, 1, 1, 1])))
    let score = MemoryScore(Echo(), on: [batch])
    #expect(score.accuracy == 0.75)
    let losses = [log1p(exp(-5.0)), log1p(exp(-5.0)), log1p(exp(-2.0)), 2 + log1p(exp(-2.0))]
    #expect(abs(score.loss - losses.reduce(0, +) / 4) < 1e-6)
  }

  private func problem(
    _ model: some LongMemoryModel, _ arguments: String...
  ) throws -> any MemoryProblem {
    try model.problem(
      ArgumentParser(command: "zoo train", declarations: TrainVerb.declarations(of: model))
        .parse(arguments))
  }

  /// Read in rows or in pixels, an image is the same row of pixels; permuted, the same ones in another order, which is
  /// one for all images.
  @Test func imagesAreReadPixelByPixel() throws {
    let (dots, labels) = DottedDigits.images(1000, key: RandomKey(seed: 0).folding(in: 1))
    let training = DottedDigits.images(4000, key: RandomKey(seed: 0).folding(in: 0)).images
    let images = (dots - training.mean()) / sqrt(training.variance() + 1e-8)
    let pixels = try problem(SequentialMNIST()).testBatches()
    let rows = try problem(SequentialMNIST(), "--pixels", "10").testBatches()
    #expect(pixels.count == 10 && pixels[0].inputs.shape == [100, 100, 1])
    #expect(pixels[3].inputs[.all, 7, 0] == images[307].flattened())
    #expect(rows[3].inputs[.all, 7] == images[307])
    guard case .classes(let classes) = rows[3].answers else {
      Issue.record("no classes")
      return
    }
    #expect(classes[0] == labels[300..<400])

    let permuted = try problem(SequentialMNIST(), "--permuted").testBatches()
    #expect(permuted[3].inputs != pixels[3].inputs)
    let order = (0..<100).map { place in
      (0..<100).first { permuted[0].inputs[place, .all, 0] == pixels[0].inputs[$0, .all, 0] }
    }
    #expect(Set(order) == Set(0..<100))
    #expect(
      permuted[3].inputs
        == pixels[3].inputs.gathered(Tensor(order.map { Int32($0!) }), axis: 0))
  }

  @Test func imagesOfAFolderAreMeasuredOnThoseOfTheTest() throws {
    let folder = try TemporaryFolder()
    for (name, value, label) in [("train", 51, 3), ("t10k", 255, 7)] as [(String, UInt8, UInt8)] {
      try folder.put(
        [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 2] + [value, 0, 0, value],
        in: "\(name)-images-idx3-ubyte")
      try folder.put([0, 0, 8, 1, 0, 0, 0, 1, label], in: "\(name)-labels-idx1-ubyte")
    }
    let problem = try problem(SequentialMNIST(), "--data", folder.path)
    let (training, test) = (
      problem.trainingBatches(of: 1, key: key)(0), problem.testBatches()[0]
    )
    // Mean and standard deviation of the image that is learnt from are 0.1.
    expectClose(training.inputs.flattened(), [1, -1, -1, 1], within: 1e-5)
    expectClose(test.inputs.flattened(), [9, -1, -1, 9], within: 1e-4)
    guard case .classes(let digits) = test.answers else {
      Issue.record("no classes")
      return
    }
    #expect(digits.scalars == [7])
  }

  /// What is learnt from is drawn anew at each step, follows from the seed, and is not what is measured.
  @Test func examplesOfTrainingAreNotThoseOfTheTest() throws {
    for problem in [try problem(Adding(), "--time", "10"), try problem(SequentialMNIST())] {
      let test = problem.testBatches()[0].inputs
      let batches = problem.trainingBatches(of: 4, key: key)
      let other = problem.trainingBatches(of: 4, key: RandomKey(seed: 5))
      #expect(batches(0).inputs == batches(0).inputs)
      #expect(batches(0).inputs != batches(1).inputs && batches(0).inputs != other(0).inputs)
      #expect(problem.testBatches()[0].inputs == test)
      let known = problem.trainingBatches(of: 1000, key: RandomKey(seed: 0).folding(in: 1))
      for item in 0..<5 {
        for step in [0, 1] {
          let drawn = known(step).inputs
          #expect(drawn[.all, item] != test[.all, item])
        }
      }
    }
  }

  @Test func ignoranceCostsWhatTheBaselineSays() throws {
    // Who always says 1, the mean of the sum, is wrong by its variance, 2/12.
    #expect(try problem(Adding()).baseline == 1.0 / 6)
    let copying = try problem(CopyMemory())
    #expect(copying.baseline == log(Double(copying.outputSize)))
  }
}
