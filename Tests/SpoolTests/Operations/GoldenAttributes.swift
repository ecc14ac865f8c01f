import Spool
import TestSupport

extension Golden {
  /// An integral attribute, or its default.
  func integers(_ name: String, _ standard: Int) -> [Int] {
    attribute(name)?.map { Int($0) } ?? [standard]
  }

  /// One number for each axis of an image.
  func pair(_ name: String, _ standard: Int) -> HeightWidth<Int> {
    let numbers = integers(name, standard)
    return HeightWidth(height: numbers[0], width: numbers[numbers.count - 1])
  }
}
