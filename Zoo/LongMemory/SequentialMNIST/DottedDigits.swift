import Spool

/// Digits drawn in dots, 5 by 7, somewhere on a canvas of 10 by 10, with noise: a task like handwritten digits
/// that needs no download.
enum DottedDigits {
  static let height = 10
  static let width = 10

  /// Images, `[count, height, width]`, from 0 to 1, and the digits on them, `[count]`.
  static func images(_ count: Int, key: RandomKey) -> (images: Tensor<Float>, labels: Tensor<Int32>)
  {
    let keys = key.split(4)
    let labels = Tensor<Int32>.uniform([count], in: 0..<10, key: keys[0])
    let tops = Tensor<Int32>.uniform([count], in: 0..<Int32(height - 6), key: keys[1]).scalars
    let lefts = Tensor<Int32>.uniform([count], in: 0..<Int32(width - 4), key: keys[2]).scalars
    var dots = [Float](repeating: 0, count: count * height * width)
    for (image, digit) in labels.scalars.enumerated() {
      for (row, line) in glyphs[Int(digit)].enumerated() {
        for (column, dot) in line.utf8.enumerated() where dot == UInt8(ascii: "#") {
          let (y, x) = (Int(tops[image]) + row, Int(lefts[image]) + column)
          dots[(image * height + y) * width + x] = 0.8
        }
      }
    }
    let shape: Shape = [count, height, width]
    let noise = Tensor<Float>.uniform(shape, in: 0..<0.2, key: keys[3])
    return (Tensor(shape: shape, dots) + noise, labels)
  }

  private static let glyphs = [
    [".###.", "#...#", "#..##", "#.#.#", "##..#", "#...#", ".###."],
    ["..#..", ".##..", "..#..", "..#..", "..#..", "..#..", ".###."],
    [".###.", "#...#", "....#", "...#.", "..#..", ".#...", "#####"],
    ["####.", "....#", "....#", ".###.", "....#", "....#", "####."],
    ["...#.", "..##.", ".#.#.", "#..#.", "#####", "...#.", "...#."],
    ["#####", "#....", "####.", "....#", "....#", "#...#", ".###."],
    [".###.", "#....", "#....", "####.", "#...#", "#...#", ".###."],
    ["#####", "....#", "...#.", "..#..", ".#...", ".#...", ".#..."],
    [".###.", "#...#", "#...#", ".###.", "#...#", "#...#", ".###."],
    [".###.", "#...#", "#...#", ".####", "....#", "....#", ".###."],
  ]
}
