import TestSupport
import Testing

@testable import Spool

@Suite struct AnomalyTests {
  let x: Tensor<Double> = [2, 1, 0.5]

  /// What `detectingAnomalies` throws. Not by a macro, whose expansion would be the place that it
  /// names.
  private func firstAnomaly(_ body: () throws -> Tensor<Double>) throws -> Anomaly {
    var found: Anomaly?
    do { _ = try detectingAnomalies(body) } catch let anomaly as Anomaly { found = anomaly }
    return try #require(found)
  }

  @Test func namesTheForwardOperationAndItsLine() throws {
    var line = 0
    let anomaly = try firstAnomaly {
      gradient(at: x) { x in
        let shifted = x - 1
        line = #line + 1
        let y = log(shifted)
        return (y * y).sum()
      }
    }
    #expect(anomaly.operation == "log")
    #expect(anomaly.direction == .forward)
    #expect(anomaly.value == -.infinity)
    #expect(anomaly.index == 1)
    #expect(anomaly.shape == [3])
    #expect(anomaly.location == "AnomalyTests.swift:\(line)")
    #expect(anomaly.timeStep == nil)
    #expect(
      anomaly.description
        == "log gave -inf at element 1 of shape [3], at AnomalyTests.swift:\(line)")
  }

  @Test func namesTheLineOfAnOperatorAndOfAComposedFunction() throws {
    var line = 0
    let quotient = try firstAnomaly {
      gradient(at: x) { x in
        line = #line + 1
        let y = x / (x - x)
        return y.sum()
      }
    }
    #expect(quotient.operation == "divide")
    #expect(quotient.value == .infinity)
    #expect(quotient.location == "AnomalyTests.swift:\(line)")
    let variance = try firstAnomaly {
      gradient(at: x) { x in
        line = #line + 1
        return x.variance(correction: 3)
      }
    }
    #expect(variance.operation == "divide")
    #expect(variance.location == "AnomalyTests.swift:\(line)")
  }

  @Test func namesTheBackwardOperationAndTheLineThatRanItForward() throws {
    var line = 0
    let anomaly = try firstAnomaly {
      gradient(at: x) { x in
        let squared = (x - 1) * (x - 1)
        line = #line + 1
        let root = sqrt(squared)
        return root.sum()
      }
    }
    #expect(anomaly.operation == "sqrt")
    #expect(anomaly.direction == .backward)
    #expect(anomaly.value == .infinity)
    #expect(anomaly.index == 1)
    #expect(
      anomaly.description
        == "the gradient of sqrt gave inf at element 1 of shape [3], at AnomalyTests.swift:\(line)")
  }

  @Test(arguments: [false, true]) func namesTheTimeStepForward(_ isScan: Bool) throws {
    let divisors: Tensor<Double> = [[[3]], [[2]], [[1]], [[0]], [[-1]]]
    let cell: (Tensor<Double>, Tensor<Double>) -> Tensor<Double> = { x, h in h / x }
    let anomaly = try firstAnomaly {
      gradient(at: [x]) { h in
        (isScan ? scan(divisors, from: h, cell) : unroll(divisors, from: h, cell)).state.sum()
      }
    }
    #expect(anomaly.operation == "divide")
    #expect(anomaly.timeStep == 3)
    #expect(anomaly.description.hasSuffix(", in time step 3"))
  }

  @Test(arguments: [false, true]) func namesTheTimeStepBackward(_ isScan: Bool) throws {
    let factors: Tensor<Double> = [[[3]], [[2]], [[0]], [[1]], [[1]]]
    let cell: (Tensor<Double>, Tensor<Double>) -> Tensor<Double> = { x, h in sqrt(h * x) + h }
    let anomaly = try firstAnomaly {
      gradient(at: [x]) { h in
        (isScan ? scan(factors, from: h, cell) : unroll(factors, from: h, cell)).state.sum()
      }
    }
    #expect(anomaly.operation == "sqrt")
    #expect(anomaly.direction == .backward)
    #expect(anomaly.timeStep == 2)
    #expect(anomaly.location?.hasPrefix("AnomalyTests.swift:") == true)
  }

  @Test func customRulesAreInspected() throws {
    let forward = try firstAnomaly {
      gradient(at: x) { x in
        (2 * withCustomVJP(x) { x in (log(x - 1), { ȳ in ȳ }) }).sum()
      }
    }
    #expect(forward.operation == "customVJP")
    #expect(forward.direction == .forward)
    let backward = try firstAnomaly {
      gradient(at: x) { x in
        (2 * withCustomVJP(x) { x in (x, { ȳ in ȳ / (x - 1) }) }).sum()
      }
    }
    #expect(backward.operation == "customVJP")
    #expect(backward.direction == .backward)
    #expect(backward.location?.hasPrefix("AnomalyTests.swift:") == true)
  }

  @Test func theFirstOneIsNamed() throws {
    let anomaly = try firstAnomaly {
      gradient(at: x) { x in (log(x - 1) * sqrt(-x)).sum() }
    }
    #expect(anomaly.operation == "log")
  }

  @Test func rulesThatAddInPlaceAreInspected() throws {
    // The second product's rule adds to the gradient that the first one made.
    let anomaly = try firstAnomaly {
      gradient(at: Tensor<Double>.ones([2, 2])) { weight in
        let y = matmul(Tensor<Double>.ones([2, 2]), weight)
        let z = matmul(Tensor<Double>(shape: [1, 2], [.infinity, 0]), weight)
        return y.sum() + `where`(z .> 0, 0, z).sum() + (0 * z).max()
      }
    }
    #expect(anomaly.operation == "matmul")
  }

  @Test func healthyGradientsPassThrough() throws {
    let slope = try detectingAnomalies { gradient(at: x) { x in (x * x).sum() } }
    expectClose(slope, 2 * x, within: 0)
  }

  @Test func theBodysOwnErrorComesFirst() {
    struct Refusal: Error {}
    #expect(throws: Refusal.self) {
      try detectingAnomalies {
        try gradient(at: x) { x in
          if log(x - 1).scalars[1] < 0 { throw Refusal() }
          return x.sum()
        }
      }
    }
  }

  @Test func withoutDetectionNothingIsInspected() {
    let slope = gradient(at: x) { x in sqrt(x * 0).sum() }
    #expect(slope.scalars.allSatisfy { $0.isNaN })
  }
}
