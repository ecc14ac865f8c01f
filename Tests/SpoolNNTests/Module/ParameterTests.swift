import Foundation
import Spool
import SpoolNN
import Synchronization
import TestSupport
import Testing

private struct Scale: Module {
  @Parameter var factor: Tensor<Float>
}

@Suite struct ParameterTests {
  @Test func copiesOfAModuleShareItsParameters() {
    let model = Scale(factor: [1, 2])
    let copy = model
    copy.factor = [3, 4]
    #expect(model.factor.scalars == [3, 4])
  }

  @Test func changesInPlaceWithoutCopying() {
    let model = Scale(factor: Tensor(repeating: 1, shape: [1000]))
    let before = model.factor.withUnsafeScalars { $0.baseAddress }
    model.$factor.withMutableValue { value in
      value.withUnsafeMutableScalars { $0[7] = 5 }
    }
    #expect(model.factor.withUnsafeScalars { $0.baseAddress } == before)
    #expect(model.factor[7].scalar == 5)
  }

  @Test func assigningAnotherShapeTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { Scale(factor: [1, 2]).factor = [1, 2, 3] }
    expectMessage(trapped, "a parameter of shape [2] is assigned a tensor of shape [3]")
  }

  @Test func readingWhileChangedInPlaceTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Scale(factor: [1, 2])
      model.$factor.withMutableValue { $0 = $0 + model.factor }
    }
    expectMessage(trapped, "while withMutableValue(_:) changes it")
  }

  @Test func assigningInsideAScopeTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Scale(factor: [1, 2])
      _ = valueAndGradient(of: model) {
        model.factor = [3, 4]
        return model.factor.sum()
      }
    }
    expectMessage(trapped, "a parameter is changed inside valueAndGradient(of:)")
  }

  @Test func anyNumberOfThreadsMayRead() {
    let parameter = Scale(factor: [1, 2]).$factor
    let sums = Mutex<[Float]>([])
    DispatchQueue.concurrentPerform(iterations: 8) { _ in
      let sum = parameter.value.sum().scalar
      sums.withLock { $0.append(sum) }
    }
    #expect(sums.withLock { $0 } == [Float](repeating: 3, count: 8))
  }

  @Test func twoThreadsInOneScopeTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Scale(factor: [1, 2])
      let parameter = model.$factor
      let isDone = DispatchSemaphore(value: 0)
      _ = valueAndGradient(of: model) {
        Thread {
          _ = valueAndGradient(of: Scale(tiedTo: parameter)) { parameter.value.sum() }
          isDone.signal()
        }
        .start()
        isDone.wait()
        return model.factor.sum()
      }
    }
    expectMessage(trapped, "a parameter is used by two threads at once")
  }
}

extension Scale {
  init(tiedTo parameter: Parameter<Float>) { _factor = parameter }
}
