/// The sizes of a tensor's axes: `[batch, features]`.
///
/// A collection of integers, stored inline (no allocation), of rank 8 at most.
public struct Shape: Sendable {
  /// The highest rank a tensor can have.
  public static let maximumRank = 8

  var sizes: InlineArray<8, Int>
  /// The number of axes.
  public internal(set) var rank: Int

  /// The shape of a scalar: no axes, one element.
  public init() {
    sizes = InlineArray(repeating: 1)
    rank = 0
  }

  /// The shape with these axis sizes. Traps when one is negative or there are more than eight.
  public init(_ sizes: some Collection<Int>) {
    guard sizes.count <= Shape.maximumRank else {
      trap("shape \(Array(sizes)) has \(sizes.count) axes; a tensor has at most 8")
    }
    self.init()
    for size in sizes { append(size) }
  }

  init(repeating size: Int, rank: Int) {
    sizes = InlineArray(repeating: size)
    self.rank = rank
  }

  /// The number of elements: the product of the sizes. Traps when it does not fit an `Int`.
  public var elementCount: Int {
    var product = 1
    var overflow = false
    for axis in 0..<rank {
      let (next, over) = product.multipliedReportingOverflow(by: sizes[axis])
      product = next
      overflow = overflow || over
    }
    if overflow && !contains(0) { trap("shape \(self) has more elements than can be counted") }
    return contains(0) ? 0 : product
  }

  /// Appends an axis.
  public mutating func append(_ size: Int) {
    guard rank < Shape.maximumRank else { trap("a tensor has at most 8 axes") }
    guard size >= 0 else { trap("axis \(rank) of a shape has the negative size \(size)") }
    sizes[rank] = size
    rank += 1
  }

  /// This shape with `axis` removed.
  public func removing(_ axis: Int) -> Shape {
    var result = Shape()
    for other in 0..<rank where other != axis { result.append(sizes[other]) }
    return result
  }

  /// This shape with an axis of `size` put in front of `axis`.
  public func inserting(_ size: Int, at axis: Int) -> Shape {
    var result = Shape()
    for other in 0...rank {
      if other == axis { result.append(size) }
      if other < rank { result.append(sizes[other]) }
    }
    return result
  }

  /// The place of `axis`, which may count from the end (−1 is the last), among `count` axes.
  func resolve(_ axis: Int, for operation: String) -> Int {
    let resolved = axis < 0 ? axis + rank : axis
    guard (0..<rank).contains(resolved) else {
      trap("\(operation): axis \(axis) is outside shape \(self), whose axes are \(axisRange)")
    }
    return resolved
  }

  private var axisRange: String { rank == 0 ? "none" : "0 ... \(rank - 1) (or -\(rank) ... -1)" }

  /// These sizes as [outer, count, inner] with `axis` in the middle.
  func around(_ axis: Int) -> (outer: Int, count: Int, inner: Int) {
    (self[..<axis].reduce(1, *), self[axis], self[(axis + 1)...].reduce(1, *))
  }

  /// This shape with other axes in place of those in `range`.
  func replacing(_ range: Range<Int>, with axes: Shape) -> Shape {
    Shape(Array(self[..<range.lowerBound]) + Array(axes) + Array(self[range.upperBound...]))
  }

  /// The index along each axis of an element given by its place in row-major order.
  func index(of element: Int) -> [Int] {
    var rest = element
    var index = [Int](repeating: 0, count: rank)
    for axis in (0..<rank).reversed() {
      index[axis] = rest % self[axis]
      rest /= self[axis]
    }
    return index
  }

  /// The strides of a dense row-major tensor of this shape.
  var denseStrides: InlineArray<8, Int> {
    var strides = InlineArray<8, Int>(repeating: 0)
    var step = 1
    var axis = rank - 1
    while axis >= 0 {
      strides[axis] = step
      step = step &* sizes[axis]
      axis -= 1
    }
    return strides
  }
}

extension Shape: RandomAccessCollection {
  /// The first axis.
  public var startIndex: Int { 0 }
  /// One past the last axis.
  public var endIndex: Int { rank }

  /// The size of an axis.
  public subscript(axis: Int) -> Int {
    get {
      precondition(axis >= 0 && axis < rank, "axis out of range")
      return sizes[axis]
    }
    set {
      precondition(axis >= 0 && axis < rank, "axis out of range")
      sizes[axis] = newValue
    }
  }
}

extension Shape: Hashable {
  /// Whether rank and all sizes are equal.
  public static func == (a: Shape, b: Shape) -> Bool {
    guard a.rank == b.rank else { return false }
    for axis in 0..<a.rank where a.sizes[axis] != b.sizes[axis] { return false }
    return true
  }

  /// Hashes the sizes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(rank)
    for axis in 0..<rank { hasher.combine(sizes[axis]) }
  }
}

extension Shape: ExpressibleByArrayLiteral, CustomStringConvertible {
  /// `[2, 3]` as a shape.
  public init(arrayLiteral sizes: Int...) { self.init(sizes) }

  /// As an array prints: `[2, 3]`.
  public var description: String { "[" + map(String.init).joined(separator: ", ") + "]" }
}

extension Shape {
  /// The shape two shapes broadcast to (NumPy's rule: aligned at the last axis, a size of 1
  /// stretches), or nil where they don't.
  static func broadcast(_ a: Shape, _ b: Shape) -> Shape? {
    if a == b { return a }
    var result = a.rank >= b.rank ? a : b
    let other = a.rank >= b.rank ? b : a
    let offset = result.rank - other.rank
    for axis in 0..<other.rank {
      let x = result.sizes[axis + offset]
      let y = other.sizes[axis]
      if x == y || y == 1 { continue }
      guard x == 1 else { return nil }
      result.sizes[axis + offset] = y
    }
    return result
  }

  static func broadcast(_ a: Shape, _ b: Shape, for operation: String) -> Shape {
    if let shape = broadcast(a, b) { return shape }
    let rank = Swift.max(a.rank, b.rank)
    for axis in 0..<rank {
      let x = axis < rank - a.rank ? 1 : a.sizes[axis - (rank - a.rank)]
      let y = axis < rank - b.rank ? 1 : b.sizes[axis - (rank - b.rank)]
      if x != y && x != 1 && y != 1 {
        trap(
          "\(operation): shapes \(a) and \(b) do not broadcast: axis \(axis - rank) has sizes "
            + "\(x) and \(y) (they must be equal, or one of them 1)")
      }
    }
    trap("\(operation): shapes \(a) and \(b) do not broadcast")
  }
}
