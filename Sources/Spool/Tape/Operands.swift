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

  /// The tape that all tracked inputs are on, if none is on an outer one, too; nil also where there are many.
  @inline(__always)
  var commonTape: Unmanaged<Tape>? {
    guard count <= 3 else { return nil }
    var tape: Unmanaged<Tape>?
    guard Operands.agrees(first, &tape), Operands.agrees(second, &tape),
      Operands.agrees(third, &tape)
    else { return nil }
    return tape
  }

  @inline(__always)
  private static func agrees(_ input: TensorHandle?, _ tape: inout Unmanaged<Tape>?) -> Bool {
    guard let input, let recorder = input.recorder else { return true }
    if let tape, tape.toOpaque() != recorder.toOpaque() { return false }
    tape = recorder
    return input.primal == nil
  }

  /// The indices of these inputs' nodes on their common tape.
  @inline(__always)
  var indices: Parents {
    var indices = Parents(count: count)
    if let first { indices[0] = first.index }
    if let second { indices[1] = second.index }
    if let third { indices[2] = third.index }
    return indices
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
