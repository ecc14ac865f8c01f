import Foundation
import Spool

/// The equations of memories with heads in plain numbers, one slot after another, to compare machines with. A memory
/// is its slots, each a row of features; weights are one number for each slot.
enum MemoryEquations {
  static func sigmoid(_ x: Double) -> Double { 1 / (1 + exp(-x)) }
  static func softplus(_ x: Double) -> Double { log1p(exp(x)) }

  static func softmax(_ x: [Double]) -> [Double] {
    let sum = x.map { exp($0) }.reduce(0, +)
    return x.map { exp($0) / sum }
  }

  static func content(_ slots: [[Double]], _ key: [Double], strength: Double) -> [Double] {
    func dot(_ a: [Double], _ b: [Double]) -> Double { zip(a, b).map(*).reduce(0, +) }
    func length(_ a: [Double]) -> Double { (dot(a, a) + 1e-6).squareRoot() }
    return softmax(slots.map { strength * dot($0, key) / (length($0) * length(key)) })
  }

  static func read(_ slots: [[Double]], _ weights: [Double]) -> [Double] {
    slots[0].indices.map { k in zip(slots, weights).map { $0[k] * $1 }.reduce(0, +) }
  }

  /// `[1, width, slots]` as slots.
  static func slots(_ memory: Tensor<Double>) -> [[Double]] {
    (0..<memory.shape[2]).map { memory[0, .all, $0].scalars }
  }

  /// The numbers of `row` in blocks of these sizes.
  static func blocks(_ row: [Double], _ sizes: [Int]) -> [[Double]] {
    var rest = row[...]
    return sizes.map { size in
      defer { rest = rest.dropFirst(size) }
      return Array(rest.prefix(size))
    }
  }
}
