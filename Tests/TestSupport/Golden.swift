import Foundation
import Spool

/// A file of `Tests/Goldens`: named tensors that PyTorch computed, and how.
///
/// Reads what the scripts beside the files write, and trusts it; `SpoolTraining` has the reader for
/// files from elsewhere.
public struct Golden: Sendable {
  /// Why a golden does not hold what a test asks of it.
  public struct Failure: Error, CustomStringConvertible {
    /// The file, and what is wrong.
    public let description: String
  }

  private struct Entry: Sendable {
    let scalarType: String
    let shape: [Int]
    let bytes: Data
  }

  private let path: String
  private let entries: [String: Entry]
  private let attributes: [String: [Double]]

  /// Reads the file of that name in `Tests/Goldens`, such as `Operations/conv1d`.
  public init(_ name: String) throws {
    let goldens = URL(filePath: #filePath).appending(path: "../../Goldens").standardized
    let url = goldens.appending(path: name + ".safetensors")
    path = name
    let file = try Data(contentsOf: url)
    let headerSize = file.prefix(8).reversed().reduce(0) { $0 << 8 | Int($1) }
    let header = try Golden.object(file[8..<(8 + headerSize)], name)
    let payload = file[(8 + headerSize)...]
    var entries: [String: Entry] = [:]
    for (label, value) in header where label != "__metadata__" {
      guard let value = value as? [String: Any], let scalarType = value["dtype"] as? String,
        let shape = value["shape"] as? [Int], let range = value["data_offsets"] as? [Int]
      else { throw Failure(description: "\(name): the header of \(label) is not as expected") }
      let bytes = payload.dropFirst(range[0]).prefix(range[1] - range[0])
      entries[label] = Entry(scalarType: scalarType, shape: shape, bytes: bytes)
    }
    self.entries = entries
    let metadata = header["__metadata__"] as? [String: Any]
    let record = try Golden.object(Data((metadata?["golden"] as? String ?? "").utf8), name)
    attributes = (record["attributes"] as? [String: Any] ?? [:]).compactMapValues { value in
      (value as? Double).map { [$0] } ?? value as? [Double]
    }
  }

  private static func object(_ json: Data, _ name: String) throws -> [String: Any] {
    guard let object = try JSONSerialization.jsonObject(with: json) as? [String: Any] else {
      throw Failure(description: "\(name): the header is not a JSON object")
    }
    return object
  }

  /// The names of the tensors.
  public var names: [String] { entries.keys.sorted() }

  /// The tensor of that name. Throws where there is none, or one of another scalar type.
  public func tensor<S: TensorScalar>(
    _ name: String, as _: S.Type = S.self
  ) throws -> Tensor<S> {
    guard let entry = entries[name] else {
      throw Failure(description: "\(path) holds no \(name), but \(names)")
    }
    let code: String
    switch S.scalarType {
    case .float: code = "F32"
    case .double: code = "F64"
    case .int32: code = "I32"
    case .bool: code = "BOOL"
    }
    guard entry.scalarType == code else {
      throw Failure(description: "\(path): \(name) holds \(entry.scalarType), not \(code)")
    }
    let shape = Shape(entry.shape)
    return Tensor(
      shape: shape,
      entry.bytes.withUnsafeBytes { bytes in
        (0..<shape.elementCount).map {
          bytes.loadUnaligned(fromByteOffset: $0 * S.scalarType.byteCount, as: S.self)
        }
      })
  }

  /// A numeric attribute of the operation, of one or of several numbers (a truth value counts as 0
  /// or 1); nil where it has PyTorch's default.
  public func attribute(_ name: String) -> [Double]? { attributes[name] }
}
