#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

extension FileDescriptor {
  /// The names of what is in the open folder, in no order; none where it cannot be listed.
  func entries() -> [String] {
    // The stream takes the descriptor over, so it gets one of its own.
    let number = openat(number, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard number >= 0, let stream = fdopendir(number) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      // The record is only as long as its name: copying the whole declared array would overrun.
      let offset = MemoryLayout<dirent>.offset(of: \.d_name)!
      let name = UnsafeRawPointer(entry).advanced(by: offset).assumingMemoryBound(to: CChar.self)
      names.append(String(cString: name))
    }
    return names
  }
}

/// The names of what is in the folder at `path`, in order.
func folderEntries(path: String) throws(FileError) -> [String] {
  guard !path.isEmpty, !path.utf8.contains(0) else {
    throw FileError(.read, path: path, cause: .unusablePath)
  }
  return try reporting(.read, path) { () throws(SystemError) in
    try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY).entries().sorted()
  }
}
