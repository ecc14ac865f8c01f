/// A safetensors file put together by hand: any header text, and as many bytes of data.
func safetensors(_ header: String, data: Int = 0) -> [UInt8] {
  safetensors(header: Array(header.utf8), data: data)
}

func safetensors(header: [UInt8], data: Int = 0) -> [UInt8] {
  withUnsafeBytes(of: UInt64(header.count).littleEndian, Array.init) + header
    + [UInt8](repeating: 0, count: data)
}

/// The description of a tensor in a header.
func entry(
  _ name: String, dtype: String = "\"U8\"", shape: String = "[4]", offsets: String = "[0,4]"
) -> String {
  "\"\(name)\":{\"dtype\":\(dtype),\"shape\":\(shape),\"data_offsets\":\(offsets)}"
}
