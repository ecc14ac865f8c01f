import Spool
import SpoolData
import Testing

@Suite struct ShuffledBatchesTests {
  private func batches() -> ShuffledBatches {
    ShuffledBatches(count: 10, batch: 4, key: RandomKey(seed: 2))
  }

  @Test func anEpochHasEveryItemOnceInAnOrderOfItsOwn() {
    var batches = batches()
    #expect(batches.stepsPerEpoch == 3)
    let epochs = (0..<2).map { epoch in (0..<3).map { Array(batches.places(at: 3 * epoch + $0)) } }
    for epoch in epochs {
      #expect(epoch.map(\.count) == [4, 4, 2])
      #expect(Set(epoch.joined()) == Set(0..<10))
    }
    #expect(epochs[0] != epochs[1])
  }

  @Test func aStepIsTheSameWheneverItIsAskedFor() {
    var (forward, resumed) = (batches(), batches())
    let all = (0..<7).map { Array(forward.places(at: $0)) }
    #expect(Array(resumed.places(at: 5)) == all[5])
    #expect(Array(resumed.places(at: 1)) == all[1])
  }
}
