/// A tensor of any scalar type.
protocol AnyTensor {
  var handle: TensorHandle { get }
}

extension Tensor: AnyTensor {}

/// The tensors inside a value of any type: a tensor, a tuple, a user's struct of structs.
///
/// So that a cell's state need not conform to anything. Reflection finds the tensors in the order of
/// declaration, and stops at them.
enum TensorTree {
  static func handles(in value: Any) -> [TensorHandle] {
    var result: [TensorHandle] = []
    collect(value, into: &result)
    return result
  }

  private static func collect(_ value: Any, into result: inout [TensorHandle]) {
    if let tensor = value as? any AnyTensor {
      result.append(tensor.handle)
      return
    }
    for child in Mirror(reflecting: value).children { collect(child.value, into: &result) }
  }

  /// A copy of `value` with its tensors replaced, in the order of `handles(in:)`; nil where they are not
  /// all stored inside the value itself (but in an array or an object, say).
  ///
  /// A tensor is one reference. The copy's references to the old handles are overwritten in its memory,
  /// word by word, and the result is reflected upon again: it is used only if exactly the new tensors
  /// stand where the old ones did.
  static func replacing<Value>(
    in value: Value, with handles: [TensorHandle]
  ) -> Value? {
    if handles.count == 1, Value.self is any AnyTensor.Type {
      return unsafeBitCast(handles[0], to: Value.self, checkingSizeOf: value)
    }
    let old = TensorTree.handles(in: value)
    guard old.count == handles.count else { return nil }
    var copy = value
    var replaced = 0
    withUnsafeMutableBytes(of: &copy) { bytes in
      let wordSize = MemoryLayout<UInt>.size
      for offset in stride(from: 0, through: bytes.count - wordSize, by: wordSize)
      where replaced < old.count {
        let word = bytes.load(fromByteOffset: offset, as: UInt.self)
        guard word == UInt(bitPattern: Unmanaged.passUnretained(old[replaced]).toOpaque()) else {
          continue
        }
        let new = Unmanaged.passRetained(handles[replaced]).toOpaque()
        bytes.storeBytes(of: UInt(bitPattern: new), toByteOffset: offset, as: UInt.self)
        Unmanaged.passUnretained(old[replaced]).release()
        replaced += 1
      }
    }
    let now = TensorTree.handles(in: copy)
    guard now.count == handles.count, zip(now, handles).allSatisfy({ $0 === $1 }) else {
      return nil
    }
    return copy
  }

  private static func unsafeBitCast<Value>(
    _ handle: TensorHandle, to _: Value.Type, checkingSizeOf _: Value
  ) -> Value? {
    guard MemoryLayout<Value>.size == MemoryLayout<TensorHandle>.size else { return nil }
    return Swift.unsafeBitCast(handle, to: Value.self)
  }
}
