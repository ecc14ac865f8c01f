import Foundation

/// Writes a figure of a tutorial into the folder that the program is given as its argument:
/// `swift run tutorial-05-vanishing-gradients .`; without one, nothing is drawn.
public func figure(_ name: String, _ svg: String) {
  guard let folder = CommandLine.arguments.dropFirst().first else { return }
  let path = URL(filePath: folder).appending(path: name).path()
  do {
    try svg.write(toFile: path, atomically: true, encoding: .utf8)
    print("drew \(path)")
  } catch {
    print("\(path) could not be written: \(error.localizedDescription)")
    exit(1)
  }
}
