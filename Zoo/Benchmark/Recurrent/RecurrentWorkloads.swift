import Spool

/// The sizes of a recurrent network.
struct RecurrentSize: Sendable {
  let name: String
  let batch: Int
  let time: Int
  let inputs: Int
  let hidden: Int
  let layers: Int

  static let mid = RecurrentSize(
    name: "mid", batch: 32, time: 64, inputs: 256, hidden: 256, layers: 1)

  static let all = [
    RecurrentSize(name: "tiny", batch: 16, time: 64, inputs: 64, hidden: 64, layers: 1),
    RecurrentSize(name: "small", batch: 20, time: 35, inputs: 200, hidden: 200, layers: 2),
    mid,
    RecurrentSize(name: "medium", batch: 20, time: 35, inputs: 650, hidden: 650, layers: 2),
    RecurrentSize(name: "wide", batch: 64, time: 50, inputs: 512, hidden: 512, layers: 1),
  ]

  /// The features that layer number `layer` reads.
  func inputs(of layer: Int) -> Int { layer == 0 ? inputs : hidden }

  var summary: String {
    "batch \(batch), \(time) steps, \(inputs) inputs, hidden \(hidden)"
      + (layers > 1 ? ", \(layers) layers" : "")
  }
}

/// Training steps of recurrent networks whose cells are plain functions.
enum RecurrentWorkloads {
  static let all =
    [PlainLayer.lstm, .gru, .rnn, .layerNormLSTM].flatMap { layer in
      RecurrentSize.all.map { training(layer, $0) }
    } + [training(.perGateLSTM, .mid)]

  static func training(_ layer: PlainLayer, _ size: RecurrentSize) -> Workload {
    let operations = (0..<size.layers).map { place in
      layer.productOperations(
        batch: size.batch, time: size.time, inputs: size.inputs(of: place), hidden: size.hidden,
        withInputGradient: place > 0)
    }
    return .training(
      "\(layer.name)-\(size.name)", size.summary, productOperations: operations.reduce(0, +)
    ) { executor in
      let keys = RandomKey(seed: 1).split()
      let inputs = Tensor<Float>.normal([size.time, size.batch, size.inputs], key: keys.0)
      let layers = (0..<size.layers).map {
        layer.parameters(size.inputs(of: $0), size.hidden)
      }
      let parameters = DrawnParameter.draw(
        layers.flatMap(\.self), standardDeviation: 1 / Float(size.hidden).squareRoot(), key: keys.1)
      return Workload.gradientOfSum(at: parameters) { parameters in
        var rest = parameters[...]
        return layers.reduce(inputs) { sequence, layerParameters in
          defer { rest = rest.dropFirst(layerParameters.count) }
          return layer.outputs(sequence, Array(rest.prefix(layerParameters.count)), executor)
        }
      }
    }
  }
}
