import CKernels
import Spool

extension RealScalar {
  /// This type as the kernels know it.
  static var kernelType: spool_dtype { spool_dtype(rawValue: scalarType.rawValue) }
}
