import Spool
import SpoolData
import SpoolPlot

extension AlgorithmTask {
  /// A page's parts about one sequence of half the greatest size: the answer beside the true one, and what heads, units
  /// and gates did.
  func inspection(of network: some BitNetwork) -> [HTMLReport.Part] {
    let size = max(sizes.upperBound / 2, sizes.lowerBound)
    let sequence = sequences(
      size: size, batch: 1, key: RandomKey(seed: 0).folding(in: 2).folding(in: size))
    let answers = network.answers(to: sequence)
    func bits(_ title: String, _ values: Tensor<Float>) -> HTMLReport.Part {
      let rows = values[.all, 0].transposed().unstacked().map { $0.scalars.map(Double.init) }
      let map = HeatMap(
        title: title, columns: [String](repeating: "", count: values.shape[0]),
        rows: rows.indices.map { "bit \($0)" }, values: rows)
      return .figure(svg: map.svg(cell: 14))
    }
    let wrong = network.wrongBits(on: sequence)[0]
    let labels = (0..<sequence.inputs.shape[0]).map { $0 % 5 == 0 ? "\($0)" : "" }
    return [
      .heading("One sequence"),
      .text("Time goes to the right; \(wrong) of \(sequence.targets.count) bits are wrong."),
      bits("the true answer", sequence.targets), bits("the network's answer", sigmoid(answers)),
    ]
      + Recording.parts(
        of: network.recordings(sequence.inputs), labels: labels, square: 14,
        about:
          "Over this sequence; of each kind the units, and of each head the slots, that change most."
      )
  }
}
