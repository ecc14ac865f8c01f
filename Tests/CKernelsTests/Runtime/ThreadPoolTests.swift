import CKernels
import Foundation
import Testing

/// The pool's threads. Their number belongs to the process, so these tests run in processes of their
/// own.
@Suite struct ThreadPoolTests {
  @Test func everyIndexOnceInOrderedParts() async {
    await #expect(processExitsWith: .success) {
      for threads in [1, 2, 3, 7] {
        spool_set_thread_count(threads)
        #expect(spool_thread_count() == threads)
        for count in [0, 1, 2, 5, 100, 1001] {
          for grain in [0, 1, 40, 5000] {
            let loop = LoopLog()
            loop.run(count: count, grain: grain)
            let parts = loop.parts.sorted { $0.lowerBound < $1.lowerBound }
            #expect(parts.reduce(0) { $0 == $1.lowerBound ? $1.upperBound : -1 } == count)
            let most = grain > 1 ? max(count / grain, 1) : count
            #expect(parts.count <= min(threads, most))
          }
        }
      }
    }
  }

  @Test func loopsInsideLoopsRunOnTheirCaller() async {
    await #expect(processExitsWith: .success) {
      spool_set_thread_count(3)
      #expect(spool_threads_at_hand() == 3)
      let outer = LoopLog { _ in
        #expect(spool_threads_at_hand() == 1)
        let inner = LoopLog()
        inner.run(count: 100, grain: 1)
        #expect(inner.parts == [0..<100])
        #expect(inner.threads.count == 1)
      }
      outer.run(count: 12, grain: 1)
      #expect(outer.parts.count == 3)
    }
  }

  /// Loops from many threads at once, and long ones, for which callers and workers fall asleep.
  @Test func loopsFromManyThreads() async {
    await #expect(processExitsWith: .success) {
      spool_set_thread_count(3)
      await withTaskGroup(of: Void.self) { group in
        for _ in 0..<4 {
          group.addTask {
            for round in 0..<300 {
              let loop = LoopLog { _ in if round % 100 == 0 { usleep(2000) } }
              loop.run(count: 10, grain: 1)
              #expect(loop.parts.reduce(0) { $0 + $1.count } == 10)
            }
          }
        }
      }
    }
  }

  @Test func environmentSetsTheNumber() async {
    await #expect(processExitsWith: .success) {
      spool_threads_follow_environment(nil)
      let cores = spool_thread_count()
      #expect(cores >= 1 && spool_threads_environment_error() == nil)
      spool_threads_follow_environment("3")
      #expect(spool_thread_count() == 3 && spool_threads_environment_error() == nil)
      for wrong in ["0", "2x", "-1", "1000", "two"] {
        spool_threads_follow_environment(wrong)
        #expect(spool_thread_count() == cores)
        let error = spool_threads_environment_error().map { String(cString: $0) }
        #expect(
          error == "SPOOL_THREADS=\(wrong): not a number of threads from 1 to 256; using \(cores)")
      }
    }
  }

  @Test func environmentSetsTheInstructionSet() async {
    await #expect(processExitsWith: .success) {
      spool_isa_follow_environment(nil)
      let best = spool_isa_current()
      for isa in instructionSets {
        spool_isa_follow_environment(spool_isa_name(isa))
        #expect(spool_isa_current() == isa && spool_isa_environment_error() == nil)
      }
      spool_isa_follow_environment("sse9")
      #expect(spool_isa_current() == best)
      #expect(
        spool_isa_environment_error().map { String(cString: $0) }
          == "SPOOL_ISA=sse9: unknown instruction set (portable, neon, avx2, avx512); using "
          + name(of: best))
      for isa in [SPOOL_ISA_NEON, SPOOL_ISA_AVX512] where !spool_isa_available(isa) {
        spool_isa_follow_environment(spool_isa_name(isa))
        #expect(spool_isa_current() == best && spool_isa_environment_error() != nil)
        #expect(!spool_isa_select(isa) && spool_isa_current() == best)
      }
    }
  }
}

/// A loop of the pool that keeps which parts it ran and on which threads.
private final class LoopLog: Sendable {
  private let log = Locked<(parts: [Range<Int>], threads: Set<UInt>)>(([], []))
  private let body: @Sendable (Range<Int>) -> Void

  init(body: @escaping @Sendable (Range<Int>) -> Void = { _ in }) {
    self.body = body
  }

  var parts: [Range<Int>] { log.withLock { $0.parts } }
  var threads: Set<UInt> { log.withLock { $0.threads } }

  func run(count: Int, grain: Int) {
    spool_parallel_for(
      count, grain,
      { begin, end, context in
        let loop = Unmanaged<LoopLog>.fromOpaque(context!).takeUnretainedValue()
        loop.body(begin..<end)
        loop.log.withLock {
          $0.parts.append(begin..<end)
          $0.threads.insert(UInt(bitPattern: pthread_self().hashValue))
        }
      }, Unmanaged.passUnretained(self).toOpaque())
  }
}
