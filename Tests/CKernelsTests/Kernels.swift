import CKernels
import Testing

/// Every test of the kernels is nested in this suite and runs alone: the instruction set and the number of
/// threads in use belong to the whole process.
@Suite(.serialized) struct Kernels {}

/// The instruction sets of this machine, weakest first.
let instructionSets = [SPOOL_ISA_PORTABLE, SPOOL_ISA_NEON, SPOOL_ISA_AVX2, SPOOL_ISA_AVX512]
  .filter { spool_isa_available($0) }

/// Runs `body` once for every instruction set of this machine, then goes back to the best one.
func onEachInstructionSet(_ body: (spool_isa) throws -> Void) rethrows {
  let before = spool_isa_current()
  defer { spool_isa_select(before) }
  for isa in instructionSets {
    spool_isa_select(isa)
    try body(isa)
  }
}

/// Runs `body` with that many threads for loops.
func withThreads<Result>(_ count: Int, _ body: () throws -> Result) rethrows -> Result {
  let before = spool_thread_count()
  spool_set_thread_count(count)
  defer { spool_set_thread_count(before) }
  return try body()
}

func name(of isa: spool_isa) -> String { String(cString: spool_isa_name(isa)) }

/// A small generator for test data (Steele, Lea & Flood 2014).
struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  init(_ seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

/// A scalar type of the kernels.
protocol KernelScalar: Equatable, BitwiseCopyable, Sendable {
  static var dtype: spool_dtype { get }
  static var zero: Self { get }
}
extension Float: KernelScalar { static var dtype: spool_dtype { SPOOL_FLOAT } }
extension Double: KernelScalar { static var dtype: spool_dtype { SPOOL_DOUBLE } }
extension Int32: KernelScalar { static var dtype: spool_dtype { SPOOL_INT32 } }
extension UInt8: KernelScalar { static var dtype: spool_dtype { SPOOL_BOOL } }

/// A real scalar type of the kernels.
protocol RealKernelScalar: KernelScalar, BinaryFloatingPoint
where RawSignificand: FixedWidthInteger {
  associatedtype Bits: FixedWidthInteger & UnsignedInteger
  var bits: Bits { get }
}
extension Float: RealKernelScalar { var bits: UInt32 { bitPattern } }
extension Double: RealKernelScalar { var bits: UInt64 { bitPattern } }

/// Runs a pointwise operation on dense operands of one element type.
func dense<T: KernelScalar>(
  _ op: spool_pointwise_op, _ x: [T], _ y: [T] = [], _ z: [T] = [], scalars mask: UInt32 = 0,
  count: Int? = nil
) -> [T] {
  var out = [T](repeating: .zero, count: count ?? x.count)
  spool_pointwise_dense(op, T.dtype, out.count, &out, x, y, z, mask)
  return out
}

/// The sum of some numbers with the rounding errors summed beside it (Neumaier 1974): a reference for sums.
func exactSum(_ terms: [Double]) -> Double {
  var sum = 0.0
  var errors = 0.0
  for term in terms {
    let next = sum + term
    errors += abs(sum) >= abs(term) ? (sum - next) + term : (term - next) + sum
    sum = next
  }
  return sum + errors
}
