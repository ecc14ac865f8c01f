/// How long repetitions of some work took.
struct Timing {
  /// Milliseconds of each run, in ascending order.
  private let milliseconds: [Double]

  /// Takes `sample`, the time of one run, until `seconds` are over, at least `atLeast` times, or exactly
  /// `count` times if that is given, after one run that does not count.
  init(
    seconds: Double = 1.5, atLeast: Int = 5, count: Int? = nil,
    _ sample: () throws -> Duration
  ) rethrows {
    let clock = ContinuousClock()
    _ = try sample()
    var times: [Double] = []
    let end = clock.now + .seconds(seconds)
    while count.map({ times.count < $0 }) ?? (times.count < atLeast || clock.now < end) {
      times.append(try sample().milliseconds)
    }
    milliseconds = times.sorted()
  }

  /// The run in the middle; of an even number, the later one.
  var median: Double { milliseconds[milliseconds.count / 2] }
  /// The quickest run.
  var minimum: Double { milliseconds[0] }
  /// How many there were.
  var runs: Int { milliseconds.count }
}

extension Duration {
  /// The same as a number.
  var milliseconds: Double {
    Double(components.seconds) * 1e3 + Double(components.attoseconds) / 1e15
  }
}
