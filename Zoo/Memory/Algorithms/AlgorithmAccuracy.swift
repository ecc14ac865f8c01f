import Foundation
import Spool
import SpoolData
import SpoolPlot

/// How well a network answers sequences of one size.
struct AlgorithmAccuracy: CustomStringConvertible {
  let task: AlgorithmTask
  let size: Int
  /// The bits of an answer, and how many of each sequence's are wrong.
  let bits: Int
  let wrongBits: [Int]

  /// Measures it on the same sequences every time, which no training draws.
  init(of network: some BitNetwork, on task: AlgorithmTask, size: Int, count: Int = 64) {
    let key = RandomKey(seed: 0).folding(in: 2).folding(in: size)
    let sequences = task.sequences(size: size, batch: count, key: key)
    self.task = task
    self.size = size
    bits = sequences.targets.count / count
    wrongBits = network.wrongBits(on: sequences)
  }

  var meanWrongBits: Double { Double(wrongBits.reduce(0, +)) / Double(wrongBits.count) }

  /// The share of bits that are wrong.
  var errorRate: Double { meanWrongBits / Double(bits) }

  var description: String {
    let exact = wrongBits.count { $0 == 0 }
    return String(
      format: "%@ %d: %.2f wrong bits of %d, %d of %d exact", locale: nil,
      task.kind == .recall ? "items" : "length", size, meanWrongBits, bits, exact, wrongBits.count)
  }
}

extension AlgorithmTask {
  /// The sizes to measure: some learnt from, then longer ones.
  var measuredSizes: [Int] {
    let longest = sizes.upperBound
    return [longest / 2, longest, 3 * longest / 2, 2 * longest, 3 * longest]
      .filter { $0 >= sizes.lowerBound }
  }
}

extension RunSession {
  /// Prints how well `network` answers, and draws it in the run's folder.
  func report(_ network: some BitNetwork, on task: AlgorithmTask) throws {
    if let size = settings[AlgorithmOptions.size] {
      console.print(AlgorithmAccuracy(of: network, on: task, size: size).description)
      return
    }
    let accuracies = task.measuredSizes.map {
      AlgorithmAccuracy(of: network, on: task, size: $0)
    }
    for accuracy in accuracies { console.print(accuracy.description) }
    let chart = LineChart(
      title:
        "\(configuration.model), \(task.kind.rawValue), trained on up to \(task.sizes.upperBound)",
      xLabel: task.kind == .recall ? "items" : "length", yLabel: "wrong bits in a hundred",
      series: [
        LineChart.Series(
          "", points: accuracies.map { LineChart.Point(Double($0.size), $0.errorRate * 100) })
      ])
    let path = folder.path + "/lengths.svg"
    do {
      try AtomicFile.write(chart.svg(), to: path)
      console.print("drawn in \(path.escapedForDisplay)")
    } catch {
      // The figures, which are what was asked for, are printed.
      warn("\(error)")
    }
  }
}
