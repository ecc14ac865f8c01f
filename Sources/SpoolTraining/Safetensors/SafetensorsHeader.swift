/// What a safetensors file says about its tensors: their names, element types, shapes and places.
public struct SafetensorsHeader: Equatable, Sendable {
  /// One tensor's description.
  public struct Tensor: Equatable, Sendable {
    /// The tensor's name, for example `layers.0.weight`. Any text may occur in a file, so a name
    /// must not be used as a path or printed unescaped.
    public let name: String
    /// The type of the elements.
    public let dtype: SafetensorsDType
    /// The number of elements along each axis; `[]` is a scalar.
    public let shape: [Int]
    /// Where the elements are, counted from the end of the header.
    public let byteRange: Range<Int>
  }

  /// The tensors in the order of the header.
  public let tensors: [Tensor]
  /// The texts that the file carries beside its tensors.
  public let metadata: [ExactString: String]
  private let indices: [ExactString: Int]

  init(tensors: [Tensor], metadata: [ExactString: String], indices: [ExactString: Int]) {
    self.tensors = tensors
    self.metadata = metadata
    self.indices = indices
  }

  /// The description of the tensor with exactly this name, or nil.
  public subscript(name: String) -> Tensor? {
    indices[ExactString(name)].map { tensors[$0] }
  }

  /// The size of the number in front of the header that gives the header's length.
  static let lengthSize = 8
  /// The length of the longest header that is read, in bytes.
  static let longest = 100_000_000
  /// The number of tensors that a file may have.
  static let mostTensors = 1_000_000
  /// The number of axes that a tensor may have.
  static let mostAxes = 16
  /// The name under which the header holds the metadata instead of a tensor.
  static let metadataName: ExactString = "__metadata__"
}
