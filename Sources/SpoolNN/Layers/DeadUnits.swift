import Spool

/// The units of a rectified layer that are dead: 0 for every input shown, so that no gradient reaches their weights and
/// they stay so (Maas, Hannun & Ng, 2013). With `leakyRelu` and `elu` there are none, though `elu` is flat far below 0.
///
/// - Parameter outputs: `[…, units]`, of as many inputs as there are.
/// - Returns: their places along the last axis, in ascending order; none where no output is shown. Traps for a scalar.
public func deadUnits<S: RealScalar>(_ outputs: Tensor<S>) -> [Int] {
  guard let units = outputs.shape.last else { trap("deadUnits: a scalar has no units") }
  guard outputs.count > 0 else { return [] }
  let largest = abs(outputs).reshaped(to: [outputs.count / units, units]).max(0)
  return largest.scalars.enumerated().filter { $1 == 0 }.map(\.offset)
}
