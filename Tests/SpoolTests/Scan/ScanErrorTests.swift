import Spool
import TestSupport
import Testing

/// What a scan says where a step cannot be one.
@Suite struct ScanErrorTests {
  typealias D = Tensor<Double>

  private static let lineOfTheRead = #line + 2
  private static func choosing(_ x: D, _ h: D) -> D {
    h.sum().scalar > 0 ? h + x : h
  }

  @Test(arguments: [false, true]) func readingANumberNamesTheLine(_ isDifferentiated: Bool) async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { [isDifferentiated] in
      let x = D.ones([2, 1, 1])
      if isDifferentiated {
        _ = gradient(at: D.ones([1, 1])) { scan(x, from: $0, Self.choosing).state.sum() }
      } else {
        _ = scan(x, from: D.zeros([1, 1]), Self.choosing)
      }
    }
    expectMessage(
      trapped,
      "a number is read out of a tensor of shape [] inside the step of a scan, at "
        + "ScanErrorTests.swift:\(Self.lineOfTheRead). The step is run only once, to record it.")
    expectMessage(trapped, "or run the cell with unroll (in scan step 0)")
  }

  @Test func shapesThatDoNotFitNameTheStep() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let weights = D.ones([5, 3])
      _ = scan(D.ones([7, 2, 4]), from: D.zeros([2, 3])) { x, h in tanh(matmul(x, weights) + h) }
    }
    expectMessage(
      trapped, "matmul: [2, 4] × [5, 3]: inner dimensions 4 and 5 differ (in scan step 0)")
  }

  @Test(arguments: [false, true])
  func tensorsThatLeaveTheStep(_ isDifferentiated: Bool) async {
    let trapped = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      [isDifferentiated] in
      func loss(_ h: D) -> D {
        var loss = D(0)
        _ = scan(D.ones([7, 2, 4]), from: h) { x, h in
          loss = loss + (x + h).sum()
          return x + h
        }
        return loss
      }
      let h = D.ones([2, 4])
      if isDifferentiated { _ = gradient(at: h, of: loss) } else { _ = loss(h) * 2 }
    }
    expectMessage(
      trapped, "a tensor of shape [] is used outside of the step of a scan in which it was made.")
    expectMessage(
      trapped, "Make the tensor an output of the step or part of its state, or run the cell")
  }

  @Test func lengthsOfWhatItemsShare() async {
    let trapped = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(D.ones([7, 2, 4]), from: (D.zeros([2, 4]), D(0)), lengths: [7, 3]) { x, h, loss in
        (h, (h + x, loss + h.sum()))
      }
    }
    expectMessage(
      trapped,
      "lengths: a tensor of shape [] does not have [2] as its first axes. Past the end of an item")
    expectMessage(trapped, "masked with sequenceMask(lengths:time:) (in scan step 0)")
  }

  @Test func statesThatChangeTheirShape() async {
    let shape = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(D.ones([7, 2, 4]), from: (D.zeros([2, 4]), D.zeros([1, 4]))) { x, a, b in
        (x, (a, b + x))
      }
    }
    expectMessage(
      shape,
      "scan: the step takes a state whose tensor 1 has shape [1, 4] and returns one of shape [2, 4]; "
        + "the state of a scan keeps its shape. Give the first state the shape [2, 4], or run the "
        + "cell with unroll")
    let structure = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = scan(D.ones([7, 2, 4]), from: [D.zeros([2, 4])]) { x, list in (x, list + [x]) }
    }
    expectMessage(
      structure,
      "scan: the step takes a state of 1 tensors and returns one of 2; the state of a scan keeps its "
        + "structure. If it has to change, run the cell with unroll")
  }

  @Test func sequencesThatDoNotFit() async {
    let time = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan((D.ones([7, 2, 4]), D.ones([6, 2, 4])), from: D.zeros([2, 4])) { x, h in
        (h, x.0 + x.1 + h)
      }
    }
    expectMessage(
      time,
      "scan: input 1 has shape [6, 2, 4], the first one [7, 2, 4]; they must have the same number of "
        + "time steps, axis 0")
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(5, from: D.zeros([2, 4])) { n, h in (h, h) }
    }
    expectMessage(none, "scan: there are no input sequences in a value of type Int")
  }
}
