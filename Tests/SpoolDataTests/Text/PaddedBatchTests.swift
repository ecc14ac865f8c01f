import Spool
import SpoolData
import Testing

@Suite struct PaddedBatchTests {
  @Test func sequencesAreFilledUpToTheLongest() {
    let batch = PaddedBatch([[4, 5, 6], [7]])
    #expect(batch.tokens.shape == [3, 2])
    #expect(batch.tokens.scalars == [4, 7, 5, 0, 6, 0])
    #expect(batch.mask.scalars == [true, true, true, false, true, false])
    #expect(batch.lengths == [3, 1] && batch.tokenCount == 4)
    #expect(PaddedBatch([[4], []], padding: 9).tokens.scalars == [4, 9])
  }
}

@Suite struct LengthBucketsTests {
  private let lengths = Tensor<Int32>.uniform([230], in: 1..<40, key: RandomKey(seed: 1)).scalars
    .map { Int($0) }

  private func buckets(pool: Int = 50, seed: Int = 2) -> LengthBuckets {
    LengthBuckets(lengths: lengths, batch: 8, pool: pool, key: RandomKey(seed: seed))
  }

  @Test func everyItemComesOnceInAnEpoch() {
    for pool in [1, 3, 50] {
      let batches = buckets(pool: pool).batches(ofEpoch: 3)
      #expect(batches.count == 29 && buckets(pool: pool).batchesPerEpoch == 29)
      #expect(batches.joined().sorted() == Array(0..<230))
      #expect(batches.allSatisfy { $0.count <= 8 })
      #expect(batches.count { $0.count < 8 } == 1)
    }
  }

  @Test func theItemsOfABatchAreAboutEquallyLong() {
    func padding(_ batches: [[Int]]) -> Int {
      batches.map { batch in
        let own = batch.map { lengths[$0] }
        return own.max()! * own.count - own.reduce(0, +)
      }.reduce(0, +)
    }
    let together = padding(buckets().batches(ofEpoch: 0))
    let alone = padding(buckets(pool: 1).batches(ofEpoch: 0))
    #expect(together * 10 < alone)
  }

  @Test func theOrderIsAFunctionOfKeyAndEpoch() {
    let first = buckets().batches(ofEpoch: 0)
    #expect(first == buckets().batches(ofEpoch: 0))
    #expect(first != buckets().batches(ofEpoch: 1))
    #expect(first != buckets(seed: 3).batches(ofEpoch: 0))
    // Not from short to long.
    let longest = first.map { $0.map { lengths[$0] }.max()! }
    #expect(longest != longest.sorted())
  }
}
