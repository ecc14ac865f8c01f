import SpoolData
import TestSupport
import Testing

@Suite struct StoryFileTests {
  private let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func file(_ text: String) throws -> String {
    try folder.put(Array(text.utf8), in: "qa1.txt")
  }

  @Test func aQuestionIsAboutWhatWasToldBefore() throws {
    let path = try file(
      """
      1 Mary moved to the bathroom.
      2 John went to the hallway.
      3 Where is Mary? \tbathroom\t1
      4 Daniel went back to the hallway.
      5 Where is Daniel?\thallway,Office\t4 1
      1 Sandra is bored.
      2 Why did Sandra go there?\tbored\t1

      """)
    let questions = try StoryFile.read(path: path)
    let told = [
      ["mary", "moved", "to", "the", "bathroom"], ["john", "went", "to", "the", "hallway"],
      ["daniel", "went", "back", "to", "the", "hallway"],
    ]
    #expect(
      questions == [
        StoryQuestion(
          sentences: Array(told[..<2]), question: ["where", "is", "mary"], answer: "bathroom",
          support: [0]),
        // Line 4 is the third sentence: questions are not.
        StoryQuestion(
          sentences: told, question: ["where", "is", "daniel"], answer: "hallway,office",
          support: [2, 0]),
        StoryQuestion(
          sentences: [["sandra", "is", "bored"]],
          question: ["why", "did", "sandra", "go", "there"],
          answer: "bored", support: [0], story: 1),
      ])
  }

  @Test(
    arguments: [
      ("1 A went.\nB went.", 2, .noNumber), ("0 A went.", 1, .noNumber),
      ("1 A went.\n3 B went.", 2, .outOfOrder(3, after: 1)),
      ("2 A went.", 1, .outOfOrder(2, after: 0)),
      ("1 A went.\n2 .", 2, .noWords), ("1 A went.\n2 Where is A?", 2, .noAnswer),
      ("1 A went.\n2 Where is A?\t \t1", 2, .noAnswer),
      ("1 A went.\n2 Where is A?\thome\t3", 2, .noSuchSentence("3")),
      ("1 A went.\n2 Where is A?\thome\tx", 2, .noSuchSentence("x")),
      ("1 A went.\n2 Where is A?\thome\t1\n3 And B?\thome\t2", 3, .noSuchSentence("2")),
      ("1 Where is A?\thome", 1, .nothingTold),
    ] as [(String, Int, StoryFileError.Problem)])
  func aBadLineIsNamed(_ text: String, _ line: Int, _ problem: StoryFileError.Problem) throws {
    let path = try file(text)
    let error = #expect(throws: StoryFileError.self) { try StoryFile.read(path: path) }
    #expect(error == .line(path: path, line: line, problem))
    #expect(error?.description.hasPrefix("\(path), line \(line): ") == true)
    #expect(error?.description.contains("\n") == false)
  }

  @Test func aFileWithoutQuestionsIsNamed() throws {
    let path = try file("1 A went.\n2 B went.")
    let error = #expect(throws: StoryFileError.self) { try StoryFile.read(path: path) }
    #expect(error?.description.contains("qa1.txt has no questions") == true)
    let empty = try file("")
    #expect(throws: StoryFileError.file(.empty(path: empty))) { try StoryFile.read(path: empty) }
  }

  @Test func aTaskIsOneFileOfTheFolder() throws {
    let story = Array("1 A went.\n2 Where is A?\thome\t1".utf8)
    try folder.put(story, in: "qa1_single_train.txt")
    try folder.put(story + Array("\n3 Where is A?\thome\t1".utf8), in: "qa1_single_test.txt")
    try folder.put(Array("1".utf8), in: "qa11_other_train.txt")
    #expect(try StoryFile.read(task: 1, .training, in: folder.path).count == 1)
    #expect(try StoryFile.read(task: 1, .test, in: folder.path).count == 2)
    let error = #expect(throws: StoryFileError.self) {
      try StoryFile.read(task: 2, .training, in: folder.path)
    }
    #expect(error?.description.contains("must have one file qa2_*_train.txt") == true)
    let nowhere = folder.file("nowhere")
    #expect(throws: StoryFileError.self) {
      try StoryFile.read(task: 1, .training, in: nowhere)
    }
  }
}
