import CKernels
import TestSupport
import Testing

@testable import Spool

@Suite struct CheckpointedTests {
  let x = Tensor<Double>(shape: [2, 3], [0.3, -1.2, 0.8, 2.1, -0.4, 1.5])
  let weight = Tensor<Double>(shape: [3, 3], [0.5, -0.7, 0.2, 1.1, 0.2, -0.4, -0.9, 0.6, 0.1])

  private func layer(_ x: Tensor<Double>, _ weight: Tensor<Double>) -> Tensor<Double> {
    tanh(matmul(x, weight)) + x
  }

  @Test func gradientsAreThoseOfTheBody() throws {
    func f(_ x: Tensor<Double>, _ weight: Tensor<Double>) -> Tensor<Double> {
      let once = checkpointed { layer(x, weight) }
      return (checkpointed { layer(once, weight) } * x).sum()
    }
    let (dx, dw) = gradient(at: x, weight, of: f)
    let (expectedX, expectedW) = gradient(at: x, weight) { x, weight in
      (layer(layer(x, weight), weight) * x).sum()
    }
    expectClose(dx, expectedX, within: 1e-14)
    expectClose(dw, expectedW, within: 1e-14)
    try checkGradients(at: x, weight, order: 2, of: f)
  }

  @Test func theyNest() throws {
    try checkGradients(at: x, weight, order: 2) { x, weight in
      checkpointed {
        let inner = checkpointed { layer(x, weight) }
        return layer(inner, weight)
      }
    }
  }

  @Test func capturesOfDifferentScopes() {
    func mixed(
      _ f: @escaping (@escaping () -> Tensor<Double>) -> Tensor<Double>
    ) -> Tensor<Double> {
      gradient(at: x) { x in
        let slope = gradient(at: weight) { weight in f { layer(x, weight) }.sum() }
        return (slope * slope).sum()
      }
    }
    expectClose(mixed { checkpointed($0) }, mixed { $0() }, within: 1e-13)
  }

  @Test func captureOfAnOuterScopeAlone() {
    let slope = gradient(at: x) { x in
      gradient(at: weight) { weight in
        (checkpointed { exp(x) }.sum() * weight).sum()
      }.sum()
    }
    expectClose(slope, 9 * exp(x), within: 1e-14)
  }

  @Test func bodiesOfConstantsAreConstants() {
    let slope = gradient(at: x) { x in (x * checkpointed { [x] in exp(stopGradient(x)) }).sum() }
    expectClose(slope, exp(x), within: 0)
    expectClose(checkpointed { [x] in exp(x) }, exp(x), within: 0)
  }

  @Test func jvpAndReusablePullbacks() {
    let f: (Tensor<Double>) -> Tensor<Double> = { [weight] x in
      checkpointed { layer(x, weight) }
    }
    expectClose(
      jvp(at: x, along: 2 * x, of: f).derivative,
      jvp(at: x, along: 2 * x) { x in layer(x, weight) }.derivative, within: 1e-14)
    let (_, pullback) = vjp(at: x, reusable: true, of: f)
    let first = pullback(.ones([2, 3]))
    expectClose(pullback(.ones([2, 3])), first, within: 0)
  }

  @Test func intermediateResultsAreNotKept() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor<Double>.ones([1 << 14])
      let body: (Tensor<Double>) -> Tensor<Double> = { x in (0..<20).reduce(x) { y, _ in tanh(y) } }
      let start = spool_memory_in_use()
      let plain = vjp(at: x, of: body)
      let plainBytes = spool_memory_in_use() - start
      let sparing = vjp(at: x) { x in checkpointed { body(x) } }
      let sparingBytes = spool_memory_in_use() - start - plainBytes
      #expect(plainBytes >= 20 * x.count * 8)
      #expect(sparingBytes < 2 * x.count * 8)
      let cotangent = Tensor<Double>.ones([x.count])
      #expect(plain.pullback(cotangent).scalars == sparing.pullback(cotangent).scalars)
    }
  }

  @Test func aBodyThatComputesSomethingElseTheSecondTime() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = gradient(at: Tensor<Double>(1), 2) { a, b in
        var runs = 0
        return checkpointed {
          runs += 1
          return runs == 1 ? exp(a) : a * b
        }
      }
    }
    expectMessage(
      trapped,
      "checkpointed: the body used other tensors when it ran again; it must compute the same each time"
    )
  }
}
