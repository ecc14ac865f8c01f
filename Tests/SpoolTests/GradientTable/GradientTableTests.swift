import Testing

@testable import Spool

/// The derivative of every operation, on shapes and memory layouts of every kind, first and second
/// order.
///
/// Each row runs on all of its shapes, with cotangents of three layouts. In Double the tape is
/// compared with central differences, to 1e-7 absolute and 1e-5 relative. In Float differences
/// carry too little (see `checkGradients`); there it is compared with the same rule in Double on
/// the same inputs, to `floatTolerance`.
@Suite(.countsCases) struct GradientTableTests {
  /// Absolute, and relative to the Double gradient.
  static let floatTolerance = (absolute: 1e-5, relative: 5e-5)

  @Test(arguments: RowNumber.all) func gradients(_ row: RowNumber) {
    for gradientCase in GradientCase.all(of: row.number) {
      do {
        switch gradientCase.scalarType {
        case .double: try gradientCase.checkDouble()
        default: try compareWithDouble(gradientCase)
        }
      } catch {
        Issue.record("\(gradientCase): \(error)")
      }
      CaseCount.shared.add(gradientCase)
    }
  }

  private func compareWithDouble(_ gradientCase: GradientCase) throws {
    let double = try gradientCase.gradients(GradientCase.double)
    let float = try gradientCase.gradients(GradientCase.float)
    #expect(double.count == float.count, "\(gradientCase)")
    for (input, (expected, found)) in zip(double, float).enumerated() {
      #expect(
        expected?.count == found?.count, "\(gradientCase), input \(input): in one type only")
      for (i, (x, y)) in zip(expected ?? [], found ?? []).enumerated() {
        let tolerance = Self.floatTolerance.absolute + Self.floatTolerance.relative * x.magnitude
        #expect(
          (x - y).magnitude <= tolerance,
          "\(gradientCase), input \(input), element \(i): Double \(x), Float \(y)")
      }
    }
  }
}

/// A row of the table, which tests print by its name.
struct RowNumber: Sendable, CustomTestStringConvertible {
  let number: Int

  static let all = GradientCase.double.rows.indices.map(RowNumber.init)

  var testDescription: String { GradientCase.double.rows[number].name }
}

/// What ran.
final class CaseCount: Sendable {
  static let shared = CaseCount()
  private let samples = Locked<[String: Set<[Int]>]>([:])
  private let count = Locked(0)

  func add(_ gradientCase: GradientCase) {
    samples.withLock {
      _ = $0[gradientCase.function, default: []].insert([gradientCase.row, gradientCase.sample])
    }
    if gradientCase.elementCount > 0 { count.withLock { $0 += 1 } }
  }

  var total: Int { count.withLock { $0 } }
  var samplesByFunction: [String: Int] { samples.withLock { $0.mapValues(\.count) } }
}

/// Counts the cases after all of them have run.
struct CountsCases: SuiteTrait, TestScoping {
  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: () async throws -> Void
  ) async throws {
    try await function()
    #expect(CaseCount.shared.total >= 15_000, "cases of the gradient table that ran")
    for (function, count) in CaseCount.shared.samplesByFunction {
      #expect(count >= 12, "samples of \(function) in the gradient table")
    }
  }
}

extension Trait where Self == CountsCases {
  static var countsCases: Self { Self() }
}
