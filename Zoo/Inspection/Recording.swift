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
  /// What one of them is called.
  var unit = "unit"

  /// The hidden states, and the gates where the cell has any, of each layer of a network run forward over
  /// `[time, 1, inputs]`.
  static func layers<Cell: RecurrentCell>(
    of network: Recurrent<Cell>, _ inputs: Tensor<Cell.Scalar>
  ) -> [Recording] {
    var x = inputs
    var recordings: [Recording] = []
    for (place, cell) in network.layers.map(\.forward).enumerated() {
      let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
      recordings.append(
        Recording(
          hiddenState: outputs[.all, 0].converted(), name: "layer \(place + 1), hidden state"))
      for (name, activations) in (cell as? any GatedCell<Cell.Scalar>)?.gates(x, outputs: outputs)
        ?? []
      {
        recordings.append(
          Recording(
            name: "layer \(place + 1), \(name) gate", activations: activations[.all, 0].converted(),
            range: 0...1))
      }
      x = outputs
    }
    return recordings
  }

  /// A page's parts about recordings: how far the units are saturated, and what they do at the first steps, which
  /// `labels` name, in squares of so many pixels.
  static func parts(
    of recordings: [Recording], labels: [String], square: Int, about text: String
  ) -> [HTMLReport.Part] {
    [
      .heading("Hidden states and gates"), .text(text),
      .table(
        header: ["units", "mean", "lowest tenth", "highest tenth"], rows: recordings.map(\.row)),
    ] + recordings.map { .figure(svg: $0.heatMap(labels: labels).svg(cell: square)) }
  }

  /// The units that change most, at most `units` of them, over the steps that `labels` name.
  func heatMap(labels: [String], units count: Int = 16) -> HeatMap {
    let shown = activations[..<labels.count]
    let spread = (shown.max(0) - shown.min(0)).scalars
    let units = spread.indices.sorted { (spread[$0], $1) > (spread[$1], $0) }.prefix(count).sorted()
    let values = units.map { shown[.all, $0].scalars.map { Double($0) } }
    return HeatMap(
      title: name, columns: labels, rows: units.map { "\(unit) \($0)" }, values: values,
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

extension Recording {
  /// Hidden states, `[time, units]`, which lie between −1 and 1 where none goes further.
  init(hiddenState activations: Tensor<Float>, name: String) {
    let bound = Swift.max(1, abs(activations).max().scalar)
    self.init(name: name, activations: activations, range: -bound...bound)
  }
}
