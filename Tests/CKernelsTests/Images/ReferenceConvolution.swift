import CKernels

/// Convolution and its gradients element by element in double precision.
struct ReferenceConvolution {
  let shape: spool_convolution

  var inputCount: Int { shape.batch * shape.channels * shape.height * shape.width }
  var outputCount: Int { shape.batch * shape.filters * shape.out_height * shape.out_width }
  var filterCount: Int {
    shape.filters * (shape.channels / shape.groups) * shape.filter_height * shape.filter_width
  }

  func output(input: [Double], filter: [Double]) -> [Double] {
    var output = Array(repeating: 0.0, count: outputCount)
    forEachProduct { i, w, o in output[o] += input[i] * filter[w] }
    return output
  }

  func inputGradient(outputGradient: [Double], filter: [Double]) -> [Double] {
    var gradient = Array(repeating: 0.0, count: inputCount)
    forEachProduct { i, w, o in gradient[i] += outputGradient[o] * filter[w] }
    return gradient
  }

  func filterGradient(input: [Double], outputGradient: [Double]) -> [Double] {
    var gradient = Array(repeating: 0.0, count: filterCount)
    forEachProduct { i, w, o in gradient[w] += input[i] * outputGradient[o] }
    return gradient
  }

  /// Calls `body` with the positions of every input, filter and output element that meet.
  private func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let s = shape
    let groupChannels = s.channels / s.groups
    let groupFilters = s.filters / s.groups
    for b in 0..<s.batch {
      for f in 0..<s.filters {
        for c in 0..<groupChannels {
          let channel = f / groupFilters * groupChannels + c
          for fy in 0..<s.filter_height {
            for fx in 0..<s.filter_width {
              let w = ((f * groupChannels + c) * s.filter_height + fy) * s.filter_width + fx
              for oy in 0..<s.out_height {
                let y = oy * s.stride_height + fy * s.dilation_height - s.pad_top
                guard (0..<s.height).contains(y) else { continue }
                for ox in 0..<s.out_width {
                  let x = ox * s.stride_width + fx * s.dilation_width - s.pad_left
                  guard (0..<s.width).contains(x) else { continue }
                  body(
                    ((b * s.channels + channel) * s.height + y) * s.width + x, w,
                    ((b * s.filters + f) * s.out_height + oy) * s.out_width + ox)
                }
              }
            }
          }
        }
      }
    }
  }
}

extension spool_convolution {
  /// Sizes, strides, paddings, dilations and groups at random; now and then one that has no output.
  static func random(using generator: inout SplitMix) -> spool_convolution {
    func pick(_ choices: Int...) -> Int { choices.randomElement(using: &generator)! }
    var s = spool_convolution()
    s.groups = pick(1, 1, 1, 2, 3)
    s.batch = pick(0, 1, 1, 2, 3, 5)
    s.channels = s.groups * pick(1, 2, 3, 17)
    s.filters = s.groups * pick(1, 2, 4, 19)
    s.height = pick(1, 2, 5, 9, 16)
    s.width = pick(1, 3, 7, 16, 33)
    s.filter_height = s.height == 1 ? 1 : pick(1, 2, 3)
    s.filter_width = pick(1, 2, 3, 5)
    (s.stride_height, s.stride_width) = (pick(1, 1, 2, 3), pick(1, 1, 2, 4))
    (s.dilation_height, s.dilation_width) = (pick(1, 1, 2), pick(1, 1, 3))
    let (reachY, reachX) = (
      (s.filter_height - 1) * s.dilation_height, (s.filter_width - 1) * s.dilation_width
    )
    s.pad_top = [0, reachY / 2, reachY + 1].randomElement(using: &generator)!
    s.pad_left = [0, reachX / 2, reachX + 1].randomElement(using: &generator)!
    let (padBottom, padRight) = (pick(0, 0, 1, 3), pick(0, 0, 1, 4))
    s.out_height = max(0, s.height + s.pad_top + padBottom - reachY + s.stride_height - 1)
    s.out_height /= s.stride_height
    s.out_width = max(0, s.width + s.pad_left + padRight - reachX + s.stride_width - 1)
    s.out_width /= s.stride_width
    return s
  }

  var name: String {
    """
    input [\(batch), \(channels), \(height), \(width)], filter [\(filters), \(channels / groups), \
    \(filter_height), \(filter_width)], groups \(groups), stride \(stride_height) \(stride_width), \
    dilation \(dilation_height) \(dilation_width), padding \(pad_top) \(pad_left), output \
    \(out_height) \(out_width)
    """
  }
}
