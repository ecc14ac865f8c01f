import Spool

/// Grey images of single handwritten digits with their labels, as in the MNIST files (LeCun, Bottou, Bengio &
/// Haffner, 1998).
public struct HandwrittenDigits: Sendable {
  /// The half of the set.
  public enum Part: String, CaseIterable, Sendable {
    /// What a model learns from: `train*images-idx3-ubyte` and its labels.
    case training = "train"
    /// What it is measured on: `t10k*images-idx3-ubyte` and its labels.
    case test = "t10k"
  }

  /// The images, `[count, height, width]`, from 0, the background, to 1.
  public let images: Tensor<Float>
  /// The digit on each image, `[count]`, 0 to 9.
  public let labels: Tensor<Int32>

  /// How many images there are.
  public var count: Int { images.shape[0] }
  /// The number of rows of an image.
  public var height: Int { images.shape[1] }
  /// The number of columns of an image.
  public var width: Int { images.shape[2] }

  /// Reads the images and labels of these two IDX files.
  ///
  /// Throws, naming the file and the byte, if one is no such file, a label is above 9, or there are not as
  /// many labels as images.
  public init(images imagePath: String, labels labelPath: String) throws(IDXError) {
    let images = try IDXFile(path: imagePath, rank: 3)
    let labels = try IDXFile(path: labelPath, rank: 1)
    guard images.shape[0] == labels.shape[0] else {
      throw .unequalCounts(
        images: imagePath, imageCount: images.shape[0], labels: labelPath,
        labelCount: labels.shape[0])
    }
    if let place = labels.elements.firstIndex(where: { $0 > 9 }) {
      throw .unknownLabel(
        path: labelPath, offset: 8 + place, label: labels.elements[place], classes: 10)
    }
    self.images = Tensor(
      shape: Shape(images.shape), images.elements.map { Float($0) / 255 })
    self.labels = Tensor(shape: [labels.shape[0]], labels.elements.map { Int32($0) })
  }

  /// Reads the images and labels of one half of the set from the folder that holds its unpacked files. What
  /// follows `train` or `t10k` in their names may be anything, so that a part of the set will do.
  public init(_ part: Part, in folder: String) throws(IDXError) {
    let names = try Self.names(in: folder)
    func path(_ ending: String) throws(IDXError) -> String {
      let found = names.filter { $0.hasPrefix(part.rawValue) && $0.hasSuffix(ending) }
      guard found.count == 1 else {
        throw .notOneFile(folder: folder, pattern: "\(part.rawValue)*\(ending)", found: found)
      }
      return folder + "/" + found[0]
    }
    try self.init(images: path("images-idx3-ubyte"), labels: path("labels-idx1-ubyte"))
  }

  private static func names(in folder: String) throws(IDXError) -> [String] {
    do throws(FileError) {
      return try folderEntries(path: folder)
    } catch {
      throw .file(error)
    }
  }
}
