import Foundation

/// Scalars between two pages that may not be touched, so that a kernel which reads or writes one
/// element outside of its operand ends the process.
///
/// The scalars lie against the page behind them or, with `atEnd: false`, the page before them.
final class GuardedArray<Scalar> {
  let start: UnsafeMutablePointer<Scalar>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  init(count: Int, atEnd: Bool) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    let bytes = count * MemoryLayout<Scalar>.stride
    let inner = max(1, (bytes + page - 1) / page) * page
    mappedBytes = inner + 2 * page
    mapping = mmap(
      nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0)
    precondition(mapping != MAP_FAILED, "GuardedArray: no memory for \(mappedBytes) bytes")
    mprotect(mapping, page, PROT_NONE)
    mprotect(mapping + page + inner, page, PROT_NONE)
    start = (mapping + page + (atEnd ? inner - bytes : 0)).bindMemory(
      to: Scalar.self, capacity: max(count, 1))
    self.count = count
  }

  convenience init(_ scalars: [Scalar], atEnd: Bool) {
    self.init(count: scalars.count, atEnd: atEnd)
    assign(scalars)
  }

  deinit {
    munmap(mapping, mappedBytes)
  }

  func assign(_ scalars: [Scalar]) {
    precondition(scalars.count == count)
    start.update(from: scalars, count: count)
  }

  var scalars: [Scalar] {
    Array(UnsafeBufferPointer(start: start, count: count))
  }
}
