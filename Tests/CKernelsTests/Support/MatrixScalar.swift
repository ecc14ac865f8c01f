import CKernels
import Foundation

/// The scalar types of the kernels on matrices and images.
///
/// Loops over scalars are requirements with concrete bodies: a generic loop in another file would
/// be a hundred times slower.
protocol MatrixScalar: RealKernelScalar {
  /// Half the distance from 1 to the next scalar: the largest relative error of one rounding.
  static var roundoff: Double { get }
  static func rounded(_ values: [Double]) -> [Self]
  static func exact(_ scalars: [Self]) -> [Double]
  /// The matrix at `start`, row after row.
  static func elements(
    _ start: UnsafePointer<Self>, rows: Int, columns: Int, row: Int, column: Int
  ) -> [Double]
}

extension Float: MatrixScalar {
  static var roundoff: Double { 0x1p-24 }
  static func rounded(_ values: [Double]) -> [Float] { values.map { Float($0) } }
  static func exact(_ scalars: [Float]) -> [Double] { scalars.map { Double($0) } }

  static func elements(
    _ start: UnsafePointer<Float>, rows: Int, columns: Int, row: Int, column: Int
  ) -> [Double] {
    (0..<rows * columns).map { Double(start[$0 / columns * row + $0 % columns * column]) }
  }
}

extension Double: MatrixScalar {
  static var roundoff: Double { 0x1p-53 }
  static func rounded(_ values: [Double]) -> [Double] { values }
  static func exact(_ scalars: [Double]) -> [Double] { scalars }

  static func elements(
    _ start: UnsafePointer<Double>, rows: Int, columns: Int, row: Int, column: Int
  ) -> [Double] {
    (0..<rows * columns).map { start[$0 / columns * row + $0 % columns * column] }
  }
}

/// Whether all bits are the same.
func identical<Scalar: MatrixScalar>(_ a: [Scalar], _ b: [Scalar]) -> Bool {
  a.withUnsafeBytes { a in
    b.withUnsafeBytes { b in
      a.count == b.count && (a.isEmpty || memcmp(a.baseAddress!, b.baseAddress!, a.count) == 0)
    }
  }
}

/// `count` scalars in -1 ..< 1.
func randomScalars<Scalar: MatrixScalar>(
  _ count: Int, using generator: inout SplitMix
) -> [Scalar] {
  var values: [Double] = []
  for _ in 0..<count {
    values.append(Double(Int32(truncatingIfNeeded: generator.next())) * 0x1p-31)
  }
  return Scalar.rounded(values)
}

/// The first element that is off by more than `tolerance`, absolutely; NaN always is.
func firstDifference(_ result: [Double], _ expected: [Double], tolerance: Double) -> Int? {
  result.indices.first { !(abs(result[$0] - expected[$0]) <= tolerance) }
}
