import Foundation
import Spool
import SpoolNN
import SpoolPlot

/// What units of a network did over time, of one sequence.
struct Recording {
  /// What they are: `layer 1, forget gate`.
  let name: String
  /// `[time, units]`.
  let activations: Tensor<Float>
  /// What they lie between.
  let range: ClosedRange<Float>

  /// The hidden states, and the gates where the cell has any, of each layer of a network run forward over
  /// `[time, 1, inputs]`.
  static func layers<Cell: RecurrentCell<Float>>(
    of network: Recurrent<Cell>, _ inputs: Tensor<Float>
  ) -> [Recording] {
    var x = inputs
    var recordings: [Recording] = []
    for (place, cell) in network.layers.map(\.forward).enumerated() {
      let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
      let layer = "layer \(place + 1)"
      let bound = max(1, abs(outputs).max().scalar)
      recordings.append(
        Recording(
          name: "\(layer), hidden state", activations: outputs[.all, 0], range: -bound...bound))
      for (name, activations) in (cell as? any GatedCell<Float>)?.gates(x, outputs: outputs) ?? [] {
        recordings.append(
          Recording(name: "\(layer), \(name) gate", activations: activations[.all, 0], range: 0...1)
        )
      }
      x = outputs
    }
    return recordings
  }

  /// The units that change most, at most `units` of them, over the steps that `labels` name.
  func heatMap(labels: [String], units count: Int = 16) -> HeatMap {
    let shown = activations[..<labels.count]
    let spread = (shown.max(0) - shown.min(0)).scalars
    let units = spread.indices.sorted { (spread[$0], $1) > (spread[$1], $0) }.prefix(count).sorted()
    let values = units.map { shown[.all, $0].scalars.map { Double($0) } }
    return HeatMap(
      title: name, columns: labels, rows: units.map { "unit \($0)" }, values: values,
      range: Double(range.lowerBound)...Double(range.upperBound))
  }

  /// The mean over units and time, and the shares that lie in the lowest and the highest tenth of the range: how
  /// far the units are saturated (Karpathy, Johnson & Li, 2016).
  var row: [String] {
    let width = range.upperBound - range.lowerBound
    let values = activations.scalars
    func share(_ isIn: (Float) -> Bool) -> Double {
      Double(values.count(where: isIn)) / Double(values.count)
    }
    let low = share { $0 < range.lowerBound + width / 10 }
    let high = share { $0 > range.upperBound - width / 10 }
    return [name]
      + [Double(activations.mean().scalar), low, high].map {
        String(format: "%.3f", locale: nil, $0)
      }
  }
}
