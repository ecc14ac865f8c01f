import Foundation
import Spool
import Testing
import TestSupport

struct CategoricalTests {
  @Test func indicesOccurWithTheProbabilitiesOfSoftmax() {
    let logits = Tensor<Float>([0.5, -1, 2, -.infinity, 0])
    let count = 40_000
    let draws = categorical(
      logits: logits.broadcasted(to: [count, 5]), key: RandomKey(seed: 3))
    #expect(draws.shape == [count])
    var frequencies = [Int](repeating: 0, count: 5)
    for index in draws.scalars { frequencies[Int(index)] += 1 }
    for (index, probability) in softmax(logits).scalars.map(Double.init).enumerated() {
      let expected = probability * Double(count)
      let error = (expected * (1 - probability)).squareRoot()
      #expect(Swift.abs(Double(frequencies[index]) - expected) <= 3 * error)
    }
    #expect(frequencies[3] == 0)
  }

  @Test func rowsAreDrawnByThemselves() {
    // In each row only the class with the row's own number is possible.
    let identity = Tensor<Double>.identity(6) .== 1
    let logits: Tensor<Double> = `where`(identity, 0, Tensor(-Double.infinity))
    let draws = categorical(logits: logits.reshaped(to: [2, 3, 6]), key: RandomKey(seed: 1))
    #expect(draws.shape == [2, 3])
    #expect(draws.scalars == [0, 1, 2, 3, 4, 5])
  }

  @Test func anotherKeyGivesAnotherDraw() {
    let logits = Tensor<Float>.zeros([64, 10])
    let (a, b) = RandomKey(seed: 1).split()
    #expect(
      categorical(logits: logits, key: a).scalars == categorical(logits: logits, key: a).scalars)
    #expect(
      categorical(logits: logits, key: a).scalars != categorical(logits: logits, key: b).scalars)
  }

  @Test func drawingInsideAGradientScopeRecordsNothing() {
    let slope = gradient(at: Tensor<Double>([0, 1, 2])) { x in
      let draw = categorical(logits: x, key: RandomKey(seed: 0))
      #expect(draw.shape == [])
      return x.sum()
    }
    #expect(slope.scalars == [1, 1, 1])
  }

  @Test func rowsWithoutADistributionTrap() async {
    let masked = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let logits = Tensor<Float>(shape: [2, 2], [0, 1, -.infinity, -.infinity])
      _ = categorical(logits: logits, key: RandomKey(seed: 0))
    }
    expectMessage(masked, "categorical: row 1 of the logits of shape [2, 2] is −∞ throughout")
    let undefined = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = categorical(logits: Tensor<Float>([0, .nan]), key: RandomKey(seed: 0)) }
    expectMessage(undefined, "categorical: row 0 of the logits of shape [2] holds a NaN")
    let empty = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = categorical(logits: Tensor<Float>.zeros([3, 0]), key: RandomKey(seed: 0)) }
    expectMessage(empty, "categorical: logits of shape [3, 0] have no classes")
  }
}
