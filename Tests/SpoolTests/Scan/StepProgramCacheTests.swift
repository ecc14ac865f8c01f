import TestSupport
import Testing

@testable import Spool

/// Programs are found by the step alone: its pullback is traced once, where nothing but the step tells what it is.
@Suite struct StepProgramCacheTests {
  typealias D = Tensor<Double>
  typealias Cell = (_ x: D, _ h: D, _ w: D) -> (output: D, state: D)

  private let x = D.uniform([4, 2, 3], in: 0.5..<1.5, key: RandomKey(seed: 1))
  private let h = D.uniform([2, 3], in: 0.5..<1.5, key: RandomKey(seed: 2))
  private let w = D.uniform([3], in: 0.5..<1.5, key: RandomKey(seed: 3))

  /// Outputs, last state and the gradients of what is tracked, by scan or by unroll.
  private func results(_ cell: @escaping Cell, isScan: Bool, tracksInputs: Bool) -> [D] {
    var results: [D] = []
    let tracked = tracksInputs ? [h, w, x] : [h, w]
    let (_, gradients) = valueAndGradients(at: tracked) { v in
      let step = { (x: D, h: D) in cell(x, h, v[1]) }
      let inputs = tracksInputs ? v[2] : x
      let (outputs, last) =
        isScan ? scan(inputs, from: v[0], step) : unroll(inputs, from: v[0], step)
      results = [stopGradient(outputs), stopGradient(last)]
      return square(outputs).sum() + sin(last).sum()
    }
    return results + gradients.map { $0 ?? 0 }
  }

  /// Expects that scan equals unroll for cells that run one after another, the first ones again at the end.
  private func expectEqualInTurn(
    _ cells: [Cell], sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    for cell in cells + cells {
      for tracksInputs in [false, true] {
        let actual = results(cell, isScan: true, tracksInputs: tracksInputs)
        let expected = results(cell, isScan: false, tracksInputs: tracksInputs)
        for (a, b) in zip(actual, expected) {
          expectClose(a, b, within: 1e-12, sourceLocation: sourceLocation)
        }
      }
    }
  }

  @Test func aStepThatIsKnownIsNotDifferentiatedAnew() throws {
    func program() throws -> (program: StepProgram, constants: Int, isDifferentiated: Bool) {
      let (tape, _, result) = try GradientScope.record([w.handle]) { leaves in
        let step = TracedStep(
          inputs: [h.handle], state: [h.handle], outer: GradientScope.current!.tape,
          isDifferentiated: [false]
        ) { inputs, state in
          // A number of its own has the step, and others has the derivative of the power.
          let next = pow(D(inputs[0]), D(leaves[0])) * D(state[0]) + 0.125
          return ([next.handle], [next.handle])
        }
        guard
          case (.program(let program), let constants) = try StepProgramCache.compiled(
            step, batch: 2)
        else { throw ScanRefusal.noSteps }
        return (program, constants.count, !step.graph.stateGradients.isEmpty)
      }
      tape.close()
      return result
    }
    let (first, second) = (try program(), try program())
    #expect(first.isDifferentiated && !second.isDifferentiated)
    #expect(first.program === second.program)
    #expect(first.constants > 1 && first.constants == second.constants)
  }

  @Test func gradientsAreCutInDifferentPlaces() {
    expectEqualInTurn([
      { x, h, w in
        let next = tanh(h * w) + sin(stopGradient(h)) + x
        return (next, next)
      },
      { x, h, w in
        let next = tanh(stopGradient(h) * w) + sin(h) + x
        return (next, next)
      },
      { x, h, w in
        let next = tanh(h * stopGradient(w)) + sin(h) + x
        return (next, next)
      },
      { x, h, w in
        let next = tanh(h * w) + sin(h) + x
        return (next, next)
      },
    ])
  }

  @Test func resultsAreCutOff() {
    expectEqualInTurn([
      { x, h, w in
        let next = tanh(h * w + x)
        return (next, next)
      },
      { x, h, w in
        let next = tanh(h * w + x)
        return (stopGradient(next), next)
      },
      { x, h, w in
        let next = tanh(h * w + x)
        return (next, stopGradient(next))
      },
    ])
  }

  /// The rule of a power computes b − 1, which no time step changes.
  @Test func rulesComputeFromOtherConstants() {
    expectEqualInTurn(
      [1.5, 2, 0].map { exponent in
        { x, h, w in
          let next = tanh(pow(h + x, D([exponent, 0.5, exponent])) * w)
          return (next, next)
        }
      })
  }

  @Test func rulesOfOnesOwnDiffer() {
    expectEqualInTurn(
      [0.1, 0.2].map { limit in
        { x, h, w in
          let next = withCustomVJP(h * w + x) { z in
            (tanh(z), { ȳ in clamp(ȳ, to: -limit...limit) * 3 })
          }
          return (next, next)
        }
      })
    // A function of the user's that gives the same graph but one number.
    expectEqualInTurn(
      [2, 3].map { factor in
        { x, h, w in
          let next = withCustomVJP(h * w + x) { z in (tanh(z), { ȳ in ȳ * D([factor, 1, 1]) }) }
          return (next, next)
        }
      })
  }

  @Test func checkpointsInTheStepMakeOtherConstants() {
    expectEqualInTurn(
      [0.5, 2].map { factor in
        { x, h, w in
          let next = checkpointed { tanh(h * D([factor, 1, 1]) + x * w) }
          return (next, next)
        }
      })
  }

  /// Refusals are known, too, with what they say.
  @Test func stepsThatMixItemsAreRefusedEachTime() {
    let (x, h) = (x, h)
    let reasons = (0..<2).map { _ in
      describeScan(x, from: h) { x, h in x + h.mean(0, keepDims: true) }.reasonForUnrolling
    }
    #expect(reasons[0] != nil && reasons[0] != "" && reasons[0] == reasons[1])
  }
}
