import Spool
import SpoolData

/// Questions to learn from, to stop by and to be measured on.
struct StoryTask {
  let training: [StoryQuestion]
  let validation: [StoryQuestion]
  let test: [StoryQuestion]
  /// Where they are from, for messages.
  let source: String

  /// The fewest questions of which a tenth can be for validation.
  private static let leastQuestions = 10

  /// bAbI task `number` of the files in `folder`, the last tenth of its training questions for validation; people moving
  /// between places where there is no folder.
  init(_ number: Int, in folder: String?) throws {
    let all: [StoryQuestion]
    if let folder {
      all = try StoryFile.read(task: number, .training, in: folder)
      guard all.count >= Self.leastQuestions else {
        throw TooFewQuestions(folder: folder, task: number, count: all.count)
      }
      test = try StoryFile.read(task: number, .test, in: folder)
      source = "\(folder), task \(number)"
    } else {
      all = MovingPeople.questions(storyCount: 2000, key: RandomKey(seed: 0).folding(in: 1))
      test = MovingPeople.questions(storyCount: 200, key: RandomKey(seed: 0).folding(in: 2))
      source = "people moving between places"
    }
    let start = all.count - all.count / 10
    training = Array(all[..<start])
    validation = Array(all[start...])
  }

  private struct TooFewQuestions: Error, CustomStringConvertible {
    let folder: String
    let task: Int
    let count: Int
    var description: String {
      "\(folder.escapedForDisplay): task \(task) has \(count) questions to learn from, too few to keep some "
        + "for validation; give it at least \(leastQuestions)"
    }
  }
}
