/// The zeros that convolution and pooling put before and after an axis of their input. `2` means two at
/// each end.
public enum Padding: Sendable, Hashable, ExpressibleByIntegerLiteral {
  /// That many zeros before the first place and after the last.
  case zeros(before: Int, after: Int)
  /// As many as make ⌈size / stride⌉ windows, one for each place where the stride is 1; half of them at
  /// each end, the odd one after the last place.
  case same
  /// As many as make ⌈size / stride⌉ windows, all before the first place: with a stride of 1 a window
  /// ends at its own place and sees nothing that comes later.
  case causal

  /// That many zeros at each end.
  public static func zeros(_ count: Int) -> Padding { .zeros(before: count, after: count) }

  /// That many zeros at each end.
  public init(integerLiteral count: Int) { self = .zeros(count) }
}

/// A number, or a padding, for each of the two axes of an image. `2` means 2 for both, `[2, 1]` 2 for the
/// height and 1 for the width.
public struct HeightWidth<Value: Sendable>: Sendable {
  /// What holds for the rows.
  public var height: Value
  /// What holds for the columns.
  public var width: Value

  /// One value for each axis.
  public init(height: Value, width: Value) {
    self.height = height
    self.width = width
  }

  /// The same value for both axes.
  public init(_ both: Value) { self.init(height: both, width: both) }
}

extension HeightWidth: ExpressibleByArrayLiteral {
  /// `[height, width]`. Traps when there are not two values.
  public init(arrayLiteral values: Value...) {
    guard values.count == 2 else {
      trap("[height, width] needs two values, but \(values) has \(values.count)")
    }
    self.init(height: values[0], width: values[1])
  }
}

extension HeightWidth: ExpressibleByIntegerLiteral
where Value: ExpressibleByIntegerLiteral, Value.IntegerLiteralType == Int {
  /// The same number for both axes.
  public init(integerLiteral both: Int) { self.init(Value(integerLiteral: both)) }
}

extension HeightWidth<Padding> {
  /// `Padding.same` along both axes.
  public static var same: HeightWidth { HeightWidth(.same) }
}

/// Where windows lie along one axis: element k of window o is over place `stride` o + `dilation` k −
/// `padding`, which may be in the padding before or after the axis.
struct SlidingWindow: Hashable, Sendable, Equatable {
  /// The number of places of the axis.
  let size: Int
  /// The number of elements of a window.
  let count: Int
  let stride: Int
  let dilation: Int
  /// The number of zeros before the first place.
  let padding: Int
  /// The number of windows.
  let outputSize: Int

  /// One window over an axis of one place: the height of what has none.
  static let single = SlidingWindow(
    size: 1, count: 1, stride: 1, dilation: 1, padding: 0, outputSize: 1)

  init(size: Int, count: Int, stride: Int, dilation: Int, padding: Int, outputSize: Int) {
    self.size = size
    self.count = count
    self.stride = stride
    self.dilation = dilation
    self.padding = padding
    self.outputSize = outputSize
  }

  /// The windows over an axis, as many as fit between the ends of its padding. Traps when not one
  /// does, in the words of `caller`.
  init(
    over size: Int, count: Int, stride: Int, dilation: Int = 1, padding: Padding,
    for caller: SlidingCaller
  ) {
    caller.require(count, stride, dilation)
    let span = dilation * (count - 1) + 1
    let before: Int
    let outputSize: Int
    switch padding {
    case .zeros(let start, let end):
      guard start >= 0, end >= 0, size + start + end >= span else {
        caller.fail(
          "a window of \(count) with dilation \(dilation) spans \(span), which does not fit the size "
            + "\(size) with its padding of \(start) before and \(end) after")
      }
      before = start
      outputSize = (size + start + end - span) / stride + 1
    case .same, .causal:
      outputSize = (size + stride - 1) / stride
      let zeros = outputSize == 0 ? 0 : Swift.max(0, (outputSize - 1) * stride + span - size)
      before = padding == .same ? zeros / 2 : zeros
    }
    self.init(
      size: size, count: count, stride: stride, dilation: dilation, padding: before,
      outputSize: outputSize)
  }

  /// The windows that a transposed convolution spreads `outputSize` places over: the axis they lie on is
  /// its result. Traps, in the words of `caller`, where that would have no place.
  init(
    spreading outputSize: Int, count: Int, stride: Int, dilation: Int, padding: Int,
    outputPadding: Int, for caller: SlidingCaller
  ) {
    caller.require(count, stride, dilation)
    guard padding >= 0 else { caller.fail("the padding \(padding) is negative") }
    guard outputPadding >= 0, outputPadding < Swift.max(stride, dilation) else {
      caller.fail(
        "the output padding \(outputPadding) must not be negative, and less than the stride "
          + "\(stride) or the dilation \(dilation)")
    }
    let span = dilation * (count - 1) + 1
    let size = (outputSize - 1) * stride + span - 2 * padding + outputPadding
    guard outputSize > 0, size > 0 else {
      caller.fail(
        "\(outputSize) windows of \(count) with stride \(stride), dilation \(dilation) and padding "
          + "\(padding) leave \(size) places")
    }
    self.init(
      size: size, count: count, stride: stride, dilation: dilation, padding: padding,
      outputSize: outputSize)
  }
}

/// Who asks for windows, for messages: the operation, its shapes, and the axis by name.
struct SlidingCaller {
  let operation: String
  let shapes: String
  let axis: String

  func fail(_ reason: String) -> Never {
    trap("\(operation): \(shapes): along the \(axis), \(reason)")
  }

  func require(_ count: Int, _ stride: Int, _ dilation: Int) {
    for (name, value) in [("window", count), ("stride", stride), ("dilation", dilation)]
    where value < 1 { fail("the \(name) \(value) is not positive") }
  }
}
