/// One term of a sum of several values.
struct SumTerm {
  let value: Int
  let isNegative: Bool

  func negated(_ isNegated: Bool) -> SumTerm {
    SumTerm(value: value, isNegative: isNegative != isNegated)
  }
}

/// A chain of additions, subtractions and negations taken as one sum.
struct FlatSum {
  /// The value that the sum is.
  let value: Int
  let terms: [SumTerm]
}

extension StepGraph {
  /// How often each value is used, as a root too.
  func useCounts() -> [Int] {
    var counts = [Int](repeating: 0, count: values.count)
    for i in values.indices { for input in inputs(of: i) { counts[input] += 1 } }
    for root in roots { counts[root] += 1 }
    return counts
  }

  /// The step's sums of two terms and more. Partial sums belong to the sum they end in, where nothing
  /// else uses them and they have its shape, and, where `phases` are given, are computed at the same time.
  func flatSums(useCounts: [Int], within phases: [Phase]? = nil) -> [FlatSum] {
    var terms: [Int: [SumTerm]] = [:]
    var isPartial = Set<Int>()
    for (i, value) in values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source,
        let signs = operation.signsOfTerms
      else { continue }
      var all: [SumTerm] = []
      for (input, isNegative) in zip(inputs, signs) {
        if useCounts[input] == 1, values[input].shape == value.shape,
          phases.map({ $0[input] == $0[i] }) ?? true, let inner = terms[input]
        {
          isPartial.insert(input)
          all += inner.map { $0.negated(isNegative) }
        } else {
          all.append(SumTerm(value: input, isNegative: isNegative))
        }
      }
      terms[i] = all
    }
    return values.indices.compactMap { i in
      guard let terms = terms[i], terms.count > 1, !isPartial.contains(i) else { return nil }
      return FlatSum(value: i, terms: terms)
    }
  }
}

extension Operation {
  /// For an operation that adds its inputs up, whether each is negated.
  fileprivate var signsOfTerms: [Bool]? {
    switch self {
    case is Add: [false, false]
    case is Subtract: [false, true]
    case is Negate: [true]
    default: nil
    }
  }
}

extension GraphEditor {
  /// Emits a sum, in the order of its terms.
  mutating func sum(_ terms: [SumTerm]) -> SumTerm {
    var result = terms[0]
    for term in terms.dropFirst() {
      result =
        switch (result.isNegative, term.isNegative) {
        case (false, false), (true, true):
          SumTerm(value: add(result.value, term.value), isNegative: result.isNegative)
        case (false, true):
          SumTerm(value: subtract(result.value, term.value), isNegative: false)
        case (true, false):
          SumTerm(value: subtract(term.value, result.value), isNegative: false)
        }
    }
    return result
  }

  mutating func plain(_ term: SumTerm) -> Int {
    term.isNegative ? negate(term.value) : term.value
  }
}
