import SpoolData
import Testing

@Suite struct ContiguousBatchesTests {
  @Test func streamsAreContiguousAndTargetsFollowInputs() throws {
    // 14 tokens in 3 streams: 4 steps each, the streams starting at 0, 4 and 8.
    let batches = try ContiguousBatches(Array(0..<14), batch: 3, time: 3)
    #expect(batches.stepsPerStream == 4)
    #expect(batches.tokensPerEpoch == 12)
    #expect(batches.count == 2)
    #expect(batches[0].time == 3)
    #expect(batches[0].inputs == [0, 4, 8, 1, 5, 9, 2, 6, 10])
    #expect(batches[0].targets == [1, 5, 9, 2, 6, 10, 3, 7, 11])
    #expect(batches[1].time == 1)
    #expect(batches[1].inputs == [3, 7, 11])
    #expect(batches[1].targets == [4, 8, 12])
  }

  @Test func chunksFollowEachOtherWithoutAGap() throws {
    for count in 2..<60 {
      for batch in 1..<min(count, 7) {
        for time in [1, 2, 5, 100] {
          let batches = try ContiguousBatches(Array(0..<Int32(count)), batch: batch, time: time)
          var streams = [[Int32]](repeating: [], count: batch)
          for chunk in batches {
            #expect(chunk.batch == batch && chunk.inputs.count == chunk.time * batch)
            #expect(chunk.targets == chunk.inputs.map { $0 + 1 })
            for (place, token) in chunk.inputs.enumerated() { streams[place % batch].append(token) }
          }
          let used = Array(streams.joined())
          #expect(used == Array(0..<Int32(used.count)), "streams in order, nothing twice")
          #expect(used.count == batches.tokensPerEpoch)
          #expect(count - 1 - used.count < batch, "fewer than one step of all streams is left over")
          #expect(batches.dropLast().allSatisfy { $0.time == time })
        }
      }
    }
  }

  @Test func tooShortATextNamesWhatIsNeeded() throws {
    let error = #expect(throws: TextTooShort.self) {
      try ContiguousBatches(Array(0..<40), batch: 64, time: 10)
    }
    #expect(error == TextTooShort(count: 40, batch: 64))
    #expect(
      error?.description == "a text of 40 tokens is too short for 64 parallel streams: it "
        + "needs at least 65 tokens; use a longer text or a smaller --batch")
    #expect(throws: TextTooShort.self) { try ContiguousBatches([], batch: 1, time: 1) }
    #expect(throws: TextTooShort.self) { try ContiguousBatches([0], batch: 1, time: 1) }
    #expect(try ContiguousBatches(Array(0..<65), batch: 64, time: 10).count == 1)
  }
}
