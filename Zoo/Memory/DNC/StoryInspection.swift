import Spool
import SpoolPlot

extension StoryReading {
  /// The most steps of a story that are drawn.
  private static let drawn = 60

  /// A page's parts about the first story of the test: its questions with their answers, and what heads, units and gates
  /// did at each step.
  func inspection(of network: some BitNetwork) -> [HTMLReport.Part] {
    guard let story = test.first else { return [] }
    let batch = StorySequenceBatch([story], encoding)
    let answers = network.logits(for: batch, encoding).argmax(-1).scalars
    func word(_ number: Int32) -> String {
      number == 0 ? "nothing" : vocabulary.words[Int(number) - 1]
    }
    let steps = story.steps.map { $0.map(word).joined(separator: " ") }
    let rows = steps.indices.filter { story.answers[$0] >= 0 }.map {
      ["\($0 + 1)", word(story.answers[$0]), word(answers[$0])]
    }
    return [
      .heading("A story"),
      .table(header: ["asked at step", "answer", "the network's"], rows: rows),
    ]
      + Recording.parts(
        of: network.recordings(batch.inputs(encoding)), labels: Array(steps.prefix(Self.drawn)),
        square: 20,
        about:
          "Over this story; of each kind the units, and of each head the slots, that change most.")
  }
}
