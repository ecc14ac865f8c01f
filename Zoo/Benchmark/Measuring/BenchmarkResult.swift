import Foundation

/// What `zoo benchmark` says of a workload.
struct BenchmarkResult: Encodable {
  let workload: String
  /// `scan`, `unroll`, or `eager` where no cell is run over time.
  let executor: String
  let threads: Int
  /// Once through the work.
  let medianMilliseconds: Double
  let minimumMilliseconds: Double
  let runs: Int
  /// How often in a second: steps of training, products, operations.
  let perSecond: Double
  /// Billions of floating-point operations of the matrix products in a second.
  let productRate: Double
  /// That rate in parts of the highest one that was measured.
  let fractionOfPeak: Double

  private let items: (unit: String, rate: Double)?

  enum CodingKeys: String, CodingKey {
    case workload, executor, threads, runs
    case medianMilliseconds = "median_ms"
    case minimumMilliseconds = "min_ms"
    case perSecond = "per_second"
    case productRate = "matmul_gflops"
    case fractionOfPeak = "fraction_of_peak"
  }

  /// - Parameter peak: the highest rate of matrix products, in GFLOP/s.
  init(_ workload: Workload, executor: Executor, threads: Int, _ timing: Timing, peak: Double) {
    self.workload = workload.name
    self.executor = workload.hasExecutors ? executor.rawValue : "eager"
    self.threads = threads
    let repetitions = Double(workload.repetitions)
    medianMilliseconds = timing.median / repetitions
    minimumMilliseconds = timing.minimum / repetitions
    runs = timing.runs
    perSecond = 1000 / medianMilliseconds
    productRate = workload.productOperations * perSecond / 1e9
    fractionOfPeak = productRate / peak
    items = workload.items.map { [perSecond] in ($0.unit, Double($0.count) * perSecond) }
  }

  static let tableHeader =
    row("workload", "executor", "threads", "median ms", "min ms", "runs", "per second", "GFLOP/s")
    + "  of peak"

  /// The result as a line below `tableHeader`.
  var tableRow: String {
    let hasProducts = productRate > 0
    let row = Self.row(
      workload, executor, "\(threads)", Self.text(medianMilliseconds),
      Self.text(minimumMilliseconds), "\(runs)", Self.text(perSecond),
      hasProducts ? String(format: "%.1f", locale: nil, productRate) : "")
    let fraction = hasProducts ? String(format: "%9.2f", locale: nil, fractionOfPeak) : ""
    let rate = items.map { "  \(Self.text($0.rate)) \($0.unit)/s" } ?? ""
    return row + fraction + rate
  }

  private static func row(_ workload: String, _ executor: String, _ numbers: String...) -> String {
    let widths = [8, 12, 12, 8, 12, 10]
    return workload.padding(to: 37) + executor.padding(to: 9)
      + zip(numbers, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 }.joined()
  }

  /// A number to four digits.
  private static func text(_ number: Double) -> String {
    let decimals = number > 0 ? max(0, 3 - Int(log10(number).rounded(.down))) : 0
    return String(format: "%.\(decimals)f", locale: nil, number)
  }
}
