/// The inputs of an operation: up to three inline, since most operations have no more.
struct Operands {
  let count: Int
  private var first: TensorHandle?
  private var second: TensorHandle?
  private var third: TensorHandle?
  private var rest: [TensorHandle]?

  init() { count = 0 }

  @inline(__always)
  init(_ x: TensorHandle) {
    count = 1
    first = x
  }

  @inline(__always)
  init(_ x: TensorHandle, _ y: TensorHandle) {
    count = 2
    first = x
    second = y
  }

  init(_ x: TensorHandle, _ y: TensorHandle, _ z: TensorHandle) {
    count = 3
    first = x
    second = y
    third = z
  }

  init(_ all: [TensorHandle]) {
    count = all.count
    if count > 0 { first = all[0] }
    if count > 1 { second = all[1] }
    if count > 2 { third = all[2] }
    if count > 3 { rest = Array(all[3...]) }
  }

  /// These inputs, moved out: none are left.
  @inline(__always)
  mutating func taken() -> Operands {
    var result = Operands()
    swap(&result, &self)
    return result
  }

  subscript(i: Int) -> TensorHandle {
    @inline(__always)
    get {
      switch i {
      case 0: first!
      case 1: second!
      case 2: third!
      default: rest![i - 3]
      }
    }
    set {
      switch i {
      case 0: first = newValue
      case 1: second = newValue
      case 2: third = newValue
      default: rest![i - 3] = newValue
      }
    }
  }
}
