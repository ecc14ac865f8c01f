import Spool
import SpoolData

/// `sequential-mnist`: reads an image pixel by pixel and says which digit is on it.
struct SequentialMNIST: LongMemoryModel {
  let name = "sequential-mnist"
  let task = "read the image of a digit pixel by pixel, and recognise it"
  let embeddedData = "digits drawn in dots"
  let reference =
    "Bai et al. (2018), accuracy after 60,000 images of MNIST: LSTM 87.2%, GRU 96.2%, RNN 21.5%"
  let result =
    "digits drawn in dots, LSTM: 100.0%; MNIST, 4,000 images: chrono GRU 90.2%, GRU 72.3%"
  let lossName = "nats per image"

  static let data = Option.optionalText(
    "data", placeholder: "FOLDER",
    help: "folder with train*-ubyte and t10k*-ubyte of MNIST (default: digits drawn in dots)",
    mayChangeOnResume: true)
  static let pixels = Option.integer(
    "pixels", default: 1, in: 1...65536, help: "pixels read at each time step; must divide an image"
  )
  static let isPermuted = Option.flag(
    "permuted", help: "read the pixels in an order drawn once (Le et al., 2015)")
  static let defaults = LongMemoryDefaults(
    hidden: 128, steps: 1500, batch: 50, learningRate: 0.002)
  let problemOptions = [data.declaration, pixels.declaration, isPermuted.declaration]
  let timeOption: Option<Int>? = nil

  func problem(_ settings: Settings) throws -> any MemoryProblem {
    let problem: Problem
    if let folder = settings[Self.data] {
      let training = try HandwrittenDigits(.training, in: folder)
      let test = try HandwrittenDigits(.test, in: folder)
      guard (test.height, test.width) == (training.height, training.width) else {
        throw UnequalSizes(folder: folder)
      }
      problem = Problem(
        training: (training.images, training.labels), test: (test.images, test.labels), settings)
    } else {
      let key = RandomKey(seed: 0)
      problem = Problem(
        training: DottedDigits.images(4000, key: key.folding(in: 0)),
        test: DottedDigits.images(1000, key: key.folding(in: 1)), settings)
    }
    guard problem.pixelCount % problem.inputSize == 0 else {
      throw IndivisibleImage(pixels: problem.pixelCount, step: problem.inputSize)
    }
    return problem
  }

  private struct UnequalSizes: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "\(folder.escapedForDisplay): the images of train and t10k have different sizes; take both from one set"
    }
  }

  private struct IndivisibleImage: Error, CustomStringConvertible {
    let pixels: Int
    let step: Int
    var description: String {
      "--pixels \(step) does not divide the \(pixels) pixels of an image; give one of their divisors"
    }
  }

  private struct Problem: MemoryProblem {
    typealias Images = (images: Tensor<Float>, labels: Tensor<Int32>)

    let training: Images
    let test: Images
    let inputSize: Int
    let outputSize = 10
    let unit = "images"
    let baseline: Double? = nil

    init(training: Images, test: Images, _ settings: Settings) {
      let count = training.images.shape[1] * training.images.shape[2]
      let order =
        settings[SequentialMNIST.isPermuted]
        ? Tensor.permutation(count, key: RandomKey(seed: 0).folding(in: 2)) : .range(count)
      // To mean 0 and variance 1 over all training pixels: an image begins with black ones, and from zeros alone
      // a state would stay zero, at which layer normalisation has a derivative of 1/√ε at each step.
      let mean = training.images.mean()
      let deviation = sqrt(training.images.variance() + 1e-8)
      func flat(_ part: Images) -> Images {
        let images = (part.images - mean) / deviation
        return (
          images.reshaped(to: [part.labels.count, count]).gathered(order, axis: 1), part.labels
        )
      }
      (self.training, self.test) = (flat(training), flat(test))
      inputSize = settings[SequentialMNIST.pixels]
    }

    var pixelCount: Int { training.images.shape[1] }
    var time: Int { pixelCount / inputSize }

    func trainingBatches(of size: Int, key: RandomKey) -> (_ step: Int) -> MemoryBatch {
      var batches = ShuffledBatches(count: training.labels.count, batch: size, key: key)
      return { batch(training, Tensor(Array(batches.places(at: $0)))) }
    }

    func testBatches() -> [MemoryBatch] {
      stride(from: 0, to: test.labels.count, by: 100).map { start in
        batch(test, .range(Swift.min(100, test.labels.count - start), from: Int32(start)))
      }
    }

    /// The images of these numbers as `[time, batch, inputs]`.
    private func batch(_ part: Images, _ numbers: Tensor<Int32>) -> MemoryBatch {
      let images = part.images.gathered(numbers, axis: 0)
      let steps = images.reshaped(to: [numbers.count, time, inputSize])
      return MemoryBatch(
        inputs: steps.transposed(0, 1),
        answers: .classes(part.labels.gathered(numbers, axis: 0).reshaped(to: [1, numbers.count])))
    }
  }
}
