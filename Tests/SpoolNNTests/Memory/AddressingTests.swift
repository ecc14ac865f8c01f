import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct AddressingTests {
  private let memory = Tensor<Double>.normal([2, 3, 5], key: RandomKey(seed: 1))
  private let keys = Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 2))
  private let weights = softmax(Tensor<Double>.normal([2, 2, 5], key: RandomKey(seed: 3)))

  @Test func contentIsTheSoftmaxOfStrengthTimesCosine() {
    let strengths = Tensor<Double>(shape: [2, 2, 1], [1, 5, 0.2, 3])
    let w = contentWeights(of: memory, keys: keys, strengths: strengths, epsilon: 0)
    for item in 0..<2 {
      for head in 0..<2 {
        let k = keys[item, head]
        let scores = (0..<5).map { slot in
          let m = memory[item, .all, slot]
          let cosine = (k * m).sum().scalar / (k.norm().scalar * m.norm().scalar)
          return strengths[item, head, 0].scalar * cosine
        }
        expectClose(w[item, head], softmax(Tensor(scores)), within: 1e-12)
      }
    }
  }

  /// With a mask of zeros and ones the features that it leaves out might as well not be there.
  @Test func masksChooseWhatIsCompared() {
    let strengths = Tensor<Double>(shape: [2, 2, 1], [1, 5, 0.2, 3])
    let masks = Tensor<Double>([1, 0, 1]).broadcasted(to: [2, 2, 3])
    func without(_ x: Tensor<Double>, axis: Int) -> Tensor<Double> {
      x.gathered(Tensor<Int32>([0, 2]), axis: axis)
    }
    expectClose(
      contentWeights(of: memory, keys: keys, strengths: strengths, masks: masks, epsilon: 0),
      contentWeights(
        of: without(memory, axis: 1), keys: without(keys, axis: 2), strengths: strengths,
        epsilon: 0), within: 1e-12)
    let half = Tensor(repeating: 0.5, shape: [2, 2, 3])
    expectClose(
      contentWeights(of: memory, keys: keys, strengths: strengths, masks: half, epsilon: 0),
      contentWeights(of: memory, keys: keys, strengths: strengths, epsilon: 0), within: 1e-12)
  }

  @Test func strengthSharpensBeyondWhatACosineCan() {
    // Opposite slots: a softmax of the cosine alone could not favour one e² times more than another.
    let opposite = Tensor<Double>(shape: [1, 1, 2], [1, -1])
    let key = Tensor<Double>.ones([1, 1, 1])
    func ratio(_ strength: Double) -> Double {
      let w = contentWeights(
        of: opposite, keys: key, strengths: Tensor(repeating: strength, shape: [1, 1, 1]))
      return w[0, 0, 0].scalar / w[0, 0, 1].scalar
    }
    #expect(abs(ratio(1) - 7.389) < 1e-3)
    #expect(ratio(10) > 1e8)
  }

  @Test func anEmptyMemoryIsAddressedEvenlyWithFiniteGradients() {
    let strengths = Tensor<Double>.ones([2, 2, 1])
    let (_, gradients) = valueAndGradients(at: [Tensor.zeros([2, 3, 5]), keys]) { inputs in
      let w = contentWeights(of: inputs[0], keys: inputs[1], strengths: strengths)
      expectClose(stopGradient(w), Tensor(repeating: 0.2, shape: [2, 2, 5]), within: 1e-15)
      return (w * weights).sum()
    }
    for gradient in gradients {
      #expect(gradient?.scalars.allSatisfy { $0.isFinite } == true)
    }
    let zeroKeys = contentWeights(
      of: memory, keys: .zeros([2, 2, 3]), strengths: strengths)
    expectClose(zeroKeys, Tensor(repeating: 0.2, shape: [2, 2, 5]), within: 1e-15)
  }

  @Test func theGateChoosesBetweenContentAndBefore() {
    let content = softmax(Tensor<Double>.normal([2, 2, 5], key: RandomKey(seed: 4)))
    let gates = Tensor<Double>(shape: [2, 2, 1], [1, 0, 0, 1])
    let w = interpolatedWeights(weights, content, gate: gates)
    #expect(w[0, 0] == content[0, 0] && w[0, 1] == weights[0, 1])
    #expect(w[1, 0] == weights[1, 0] && w[1, 1] == content[1, 1])
  }

  @Test func aShiftOfOneRollsTheRing() {
    for (place, shift) in [(0, -1), (1, 0), (2, 1)] {
      let shifts = oneHot(
        Tensor<Int32>(repeating: Int32(place), shape: [2, 2]), depth: 3, as: Double.self)
      #expect(shiftedWeights(weights, by: shifts) == weights.rolled(by: shift, axis: 2))
    }
  }

  @Test func shiftsAreACircularConvolution() {
    let shifts = softmax(Tensor<Double>.normal([2, 2, 5], key: RandomKey(seed: 5)))
    let w = shiftedWeights(weights, by: shifts)
    for i in 0..<5 {
      var sum = Tensor<Double>.zeros([2, 2])
      for s in -2...2 {
        sum += shifts[.all, .all, s + 2] * weights[.all, .all, (i - s + 10) % 5]
      }
      expectClose(w[.all, .all, i], sum, within: 1e-14)
    }
    expectClose(w.sum(2), .ones([2, 2]), within: 1e-14)
  }

  @Test func sharpeningIsAPowerMadeADistribution() {
    let sharpness = Tensor<Double>(shape: [2, 2, 1], [1, 2, 3.5, 20])
    let w = sharpenedWeights(weights, sharpness: sharpness, epsilon: 0)
    let powers = pow(weights, sharpness)
    expectClose(w, powers / powers.sum(2, keepDims: true), within: 1e-12)
    // Where a weight is 0 nothing becomes infinite or NaN.
    let first = oneHot(Tensor<Int32>.zeros([2, 2]), depth: 5, as: Double.self)
    let kept = sharpenedWeights(first, sharpness: sharpness)
    #expect(kept.scalars.allSatisfy { $0.isFinite })
    expectClose(kept[1, 1], first[1, 1], within: 1e-12)
    let slope = gradient(at: first) { square(sharpenedWeights($0, sharpness: sharpness)).sum() }
    #expect(slope.scalars.allSatisfy { $0.isFinite })
  }

  @Test func gradients() throws {
    let strengths = Tensor<Double>(shape: [2, 2, 1], [1, 5, 0.2, 3])
    try checkGradients(at: memory, keys, strengths) {
      contentWeights(of: $0, keys: $1, strengths: $2)
    }
    let masks = sigmoid(Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 6)))
    try checkGradients(at: memory, keys, masks) {
      contentWeights(of: $0, keys: $1, strengths: strengths, masks: $2)
    }
    let shifts = softmax(Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 5)))
    try checkGradients(at: weights, shifts) { shiftedWeights($0, by: $1) }
    try checkGradients(at: weights, strengths) { sharpenedWeights($0, sharpness: $1) }
  }

  @Test func whatDoesNotFitIsNamed() async {
    let keys = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = contentWeights(
        of: Tensor<Float>.zeros([2, 3, 5]), keys: .zeros([2, 1, 4]), strengths: .zeros([2, 1, 1]))
    }
    expectMessage(keys, "keys of shape [2, 1, 4] do not fit a memory of shape [2, 3, 5]")
    let shifts = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = shiftedWeights(Tensor<Float>.zeros([2, 1, 5]), by: .zeros([2, 1, 2]))
    }
    expectMessage(shifts, "2 shifts of 5 slots")
  }
}
