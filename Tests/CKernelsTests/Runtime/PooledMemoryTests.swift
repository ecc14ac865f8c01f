import CKernels
import Foundation
import Testing

/// The pooled allocator. Its counters belong to the process, so these tests run in processes of their
/// own.
@Suite struct PooledMemoryTests {
  @Test func blocksAreAlignedAndApart() async {
    await #expect(processExitsWith: .success) {
      var generator = SplitMix(1)
      var blocks: [(start: UnsafeMutableRawPointer, bytes: Int, mark: UInt8)] = []
      for round in 0..<4000 {
        if blocks.count > 60 || (Bool.random(using: &generator) && !blocks.isEmpty) {
          let block = blocks.remove(at: Int.random(in: 0..<blocks.count, using: &generator))
          // Nobody else has written into it.
          #expect(
            (0..<block.bytes).allSatisfy {
              block.start.load(fromByteOffset: $0, as: UInt8.self) == block.mark
            })
          spool_release(block.start, block.bytes)
        } else {
          let exponent = Int.random(in: 0..<17, using: &generator)
          let bytes = Int.random(in: 0...(1 << exponent), using: &generator)
          let start = spool_allocate(bytes)!
          #expect(UInt(bitPattern: start) % 64 == 0)
          memset(start, Int32(round % 251), bytes)
          blocks.append((start, bytes, UInt8(round % 251)))
        }
      }
      for block in blocks { spool_release(block.start, block.bytes) }
      #expect(spool_memory_in_use() == 0)
    }
  }

  @Test func countsWhatIsInUse() async {
    await #expect(processExitsWith: .success) {
      let start = spool_memory_in_use()
      let block = spool_allocate(1 << 20)
      #expect(spool_memory_in_use() == start + 1 << 20)
      let small = (0..<1000).map { _ in spool_allocate(256) }
      #expect(spool_memory_in_use() == start + 1 << 20 + 256_000)
      for block in small { spool_release(block, 256) }
      spool_release(block, 1 << 20)
      #expect(spool_memory_in_use() == start)
      #expect(spool_memory_peak() >= start + 1 << 20 + 256_000 - 64 << 10)
      spool_memory_reset_peak()
      #expect(spool_memory_peak() == start)
      spool_release(nil, 100)
      #expect(spool_memory_in_use() == start)
    }
  }

  /// A block given back on another thread, and the caches of threads that end.
  @Test func blocksMoveBetweenThreads() async {
    await #expect(processExitsWith: .success) {
      for _ in 0..<20 {
        let blocks = (0..<500).map { _ in UInt(bitPattern: spool_allocate(4096)) }
        let thread = Thread {
          for block in blocks { spool_release(UnsafeMutableRawPointer(bitPattern: block), 4096) }
        }
        thread.start()
        while !thread.isFinished { usleep(100) }
        #expect(spool_memory_in_use() == 0)
      }
      spool_memory_trim()
    }
  }

  /// Sizes that are asked for once and never again do not pile up beside those in use.
  @Test func unusedSizesAreGivenBack() async {
    await #expect(processExitsWith: .success) {
      // Four size classes to a doubling, up to 64 MB: kept for ever, they would be 400 MB.
      for size in 4...25 {
        for quarter in 4..<8 {
          let bytes = quarter << (size - 2)
          let block = spool_allocate(bytes)!
          memset(block, 1, bytes)
          spool_release(block, bytes)
        }
      }
      #expect(spool_memory_unused() < 200 << 20)
      spool_memory_trim()
      #expect(spool_memory_unused() == 0)
    }
  }

  @Test func anImpossibleRequestGivesNothing() {
    #expect(spool_allocate(1 << 60) == nil)
  }
}
