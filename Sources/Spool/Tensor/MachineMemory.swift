import CKernels

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The memory of the machine, which tensors together must not exceed.
///
/// Systems promise more than there is, and what is promised too much ends in swapping or in the system killing the program.
package enum MachineMemory {
  /// The physical memory, in bytes.
  package static let bytes = sysconf(Int32(_SC_PHYS_PAGES)) * sysconf(Int32(_SC_PAGESIZE))

  /// Whether a block of so many bytes fits what is left. Small ones always do: to ask takes longer than to hand them out.
  static func hasRoom(for bytes: Int) -> Bool {
    bytes <= 1 << 20 || bytes <= Self.bytes - Int(spool_memory_in_use())
  }

  /// Why there is no such tensor, and what helps.
  static func shortage(of shape: Shape, _ scalarType: ScalarType) -> String {
    let needed = shape.reduce(Double(scalarType.byteCount)) { $0 * Double($1) }
    return "a tensor of shape \(shape) and type \(scalarType) takes \(text(needed)), but of "
      + "\(text(Double(bytes))) of memory \(text(Double(spool_memory_in_use()))) are taken; make batches "
      + "smaller or sequences shorter, or let scan keep less (checkpointEvery)"
  }

  /// Bytes for people: `1.5 GB`.
  package static func text(_ bytes: Double) -> String {
    var (number, unit) = (bytes, 0)
    let units = ["bytes", "kB", "MB", "GB", "TB", "PB", "EB"]
    while number >= 999.5, unit + 1 < units.count { (number, unit) = (number / 1000, unit + 1) }
    let digits = unit > 0 && number < 9.95 ? (number * 10).rounded() / 10 : number.rounded()
    return digits == digits.rounded() ? "\(Int(digits)) \(units[unit])" : "\(digits) \(units[unit])"
  }
}
