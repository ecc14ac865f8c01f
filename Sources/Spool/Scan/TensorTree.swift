/// A tensor of any scalar type.
protocol AnyTensor {
  var handle: TensorHandle { get }
}

extension Tensor: AnyTensor {}

/// The tensors inside a value of any type: a tensor, a tuple, a user's struct of structs, arrays of them.
///
/// So that a cell's state need not conform to anything. Reflection finds the tensors in the order of
/// declaration, and stops at them.
enum TensorTree {
  static func handles(in value: Any) -> [TensorHandle] { leaves(of: value).handles }

  /// The tensors, and what is not a tensor but can be compared: numbers, texts, cases.
  static func leaves(of value: Any) -> (handles: [TensorHandle], others: [AnyHashable]) {
    var handles: [TensorHandle] = []
    var others: [AnyHashable] = []
    collect(value, into: &handles, &others)
    return (handles, others)
  }

  private static func collect(
    _ value: Any, into handles: inout [TensorHandle], _ others: inout [AnyHashable]
  ) {
    if let tensor = value as? any AnyTensor {
      handles.append(tensor.handle)
      return
    }
    let children = Mirror(reflecting: value).children
    if children.isEmpty, let other = value as? AnyHashable { others.append(other) }
    for child in children { collect(child.value, into: &handles, &others) }
  }

  /// A copy of `value` with its tensors replaced, in the order of `handles(in:)`; nil where they are not
  /// all stored inside the value itself or in arrays (but in an object, say).
  ///
  /// A tensor is one reference, and so is an array. The copy's references to the old ones are overwritten
  /// in its memory, word by word, and the result is reflected upon again: it is used only if exactly the
  /// new tensors stand where the old ones did.
  static func replacing<Value>(in value: Value, with handles: [TensorHandle]) -> Value? {
    if handles.count == 1, Value.self is any AnyTensor.Type,
      MemoryLayout<Value>.size == MemoryLayout<TensorHandle>.size
    {
      return unsafeBitCast(handles[0], to: Value.self)
    }
    var rest = handles[...]
    guard let copy = replacing(in: value, from: &rest), rest.isEmpty else { return nil }
    let now = TensorTree.handles(in: copy)
    guard now.count == handles.count, zip(now, handles).allSatisfy({ $0 === $1 }) else {
      return nil
    }
    return copy
  }

  /// The same with the first of `handles`, which are taken from there.
  fileprivate static func replacing<Value>(
    in value: Value, from handles: inout ArraySlice<TensorHandle>
  ) -> Value? {
    if let array = value as? any TensorArray {
      return array.replacingElements(from: &handles) as? Value
    }
    var references: [Reference] = []
    guard collectReferences(in: value, from: &handles, into: &references) else { return nil }
    var copy = value
    var replaced = 0
    withUnsafeMutableBytes(of: &copy) { bytes in
      let wordSize = MemoryLayout<UInt>.size
      for offset in stride(from: 0, through: bytes.count - wordSize, by: wordSize)
      where replaced < references.count {
        let (old, new) = references[replaced]
        let oldWord = UInt(bitPattern: Unmanaged.passUnretained(old).toOpaque())
        guard bytes.load(fromByteOffset: offset, as: UInt.self) == oldWord else { continue }
        let newWord = UInt(bitPattern: Unmanaged.passRetained(new).toOpaque())
        bytes.storeBytes(of: newWord, toByteOffset: offset, as: UInt.self)
        Unmanaged.passUnretained(old).release()
        replaced += 1
      }
    }
    return replaced == references.count ? copy : nil
  }

  private typealias Reference = (old: AnyObject, new: AnyObject)

  /// The references that `value` stores, with what replaces them; false where there are too few handles.
  private static func collectReferences(
    in value: Any, from handles: inout ArraySlice<TensorHandle>, into references: inout [Reference]
  ) -> Bool {
    if let tensor = value as? any AnyTensor {
      guard let new = handles.popFirst() else { return false }
      references.append((tensor.handle, new))
      return true
    }
    if let array = value as? any TensorArray {
      if TensorTree.handles(in: array).isEmpty { return true }
      guard let new = array.replacingElements(from: &handles) else { return false }
      references.append((array.storage, new.storage))
      return true
    }
    return Mirror(reflecting: value).children.allSatisfy {
      collectReferences(in: $0.value, from: &handles, into: &references)
    }
  }
}

/// An array whose elements may hold tensors.
private protocol TensorArray {
  /// The object that holds the elements, to which an array is a reference.
  var storage: AnyObject { get }
  func replacingElements(from handles: inout ArraySlice<TensorHandle>) -> Self?
}

extension Array: TensorArray {
  fileprivate var storage: AnyObject { unsafeBitCast(self, to: AnyObject.self) }

  fileprivate func replacingElements(from handles: inout ArraySlice<TensorHandle>) -> [Element]? {
    var result: [Element] = []
    for element in self {
      guard let new = TensorTree.replacing(in: element, from: &handles) else { return nil }
      result.append(new)
    }
    return result
  }
}
