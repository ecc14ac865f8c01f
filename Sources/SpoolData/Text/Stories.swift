/// A question about a story: one example of the bAbI tasks (Weston et al., 2015).
public struct StoryQuestion: Equatable, Sendable {
  /// The sentences that were told before, oldest first, each as its words.
  public var sentences: [[String]]
  /// The words of the question.
  public var question: [String]
  /// The answer, as one word; several answers stay joined by commas.
  public var answer: String
  /// Which of `sentences` the answer follows from, by place.
  public var support: [Int]
  /// The number of its story, from 0: questions of one story follow one another, with more sentences told before each.
  public var story: Int

  /// A question of these words.
  public init(
    sentences: [[String]], question: [String], answer: String, support: [Int], story: Int = 0
  ) {
    self.story = story
    self.sentences = sentences
    self.question = question
    self.answer = answer
    self.support = support
  }

  /// The words of a sentence in small letters, without the marks that end it.
  static func words(_ sentence: Substring) -> [String] {
    sentence.lowercased().split { " .,?".contains($0) }.map(String.init)
  }
}

/// The half of a bAbI task.
public enum StoryPart: String, Sendable {
  /// What a model learns from.
  case training = "train"
  /// What it is measured on.
  case test
}

/// Reads stories in the format of the bAbI tasks.
public enum StoryFile {
  /// The questions of the file at `path`, in order. Each line is `ID sentence.`, or
  /// `ID question?<tab>answer<tab>IDs of the sentences it follows from`; IDs count up, and a new story starts at 1.
  ///
  /// Throws, naming file and line, where a line is something else.
  public static func read(path: String) throws(StoryFileError) -> [StoryQuestion] {
    let text: String
    do throws(TextFileError) {
      text = try TextFile.read(path: path)
    } catch {
      throw .file(error)
    }
    var questions: [StoryQuestion] = []
    var story = Story()
    for (place, line) in text.split(separator: "\n", omittingEmptySubsequences: false).enumerated()
    where !line.allSatisfy(\.isWhitespace) {
      do throws(StoryFileError.Problem) {
        if let question = try story.take(line) { questions.append(question) }
      } catch {
        throw .line(path: path, line: place + 1, error)
      }
    }
    guard !questions.isEmpty else { throw .noQuestions(path: path) }
    return questions
  }

  /// The questions of bAbI task `task`, 1 to 20, to learn from or to be measured on: of the one file
  /// `qa<task>_*_train.txt` or `…_test.txt` in `folder`.
  public static func read(
    task: Int, _ part: StoryPart, in folder: String
  ) throws(StoryFileError) -> [StoryQuestion] {
    let names: [String]
    do throws(FileError) {
      names = try folderEntries(path: folder)
    } catch {
      throw .file(.file(error))
    }
    let (start, end) = ("qa\(task)_", "_\(part.rawValue).txt")
    let found = names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }
    guard found.count == 1 else {
      throw .notOneFile(folder: folder, pattern: start + "*" + end, found: found)
    }
    return try read(path: folder + "/" + found[0])
  }

  /// What was told so far of the story at hand.
  private struct Story {
    var sentences: [[String]] = []
    /// The place in `sentences` of each line that is one.
    var places: [Int: Int] = [:]
    var lastLine = 0
    var number = -1

    /// Takes in a line; returns the question if it is one.
    mutating func take(_ line: Substring) throws(StoryFileError.Problem) -> StoryQuestion? {
      let digits = line.prefix { $0 != " " }
      guard let number = Int(digits), number >= 1 else { throw .noNumber }
      if number == 1 { self = Story(number: self.number + 1) }
      guard number == lastLine + 1 else { throw .outOfOrder(number, after: lastLine) }
      lastLine = number
      let fields = line.dropFirst(digits.count).split(
        separator: "\t", omittingEmptySubsequences: false)
      let words = StoryQuestion.words(fields.first ?? "")
      guard !words.isEmpty else { throw .noWords }
      guard fields.count > 1 else {
        guard !line.contains("?") else { throw .noAnswer }
        places[number] = sentences.count
        sentences.append(words)
        return nil
      }
      let answer = fields[1].lowercased().filter { !$0.isWhitespace }
      guard !answer.isEmpty else { throw .noAnswer }
      var support: [Int] = []
      for text in (fields.count > 2 ? fields[2] : "").split(whereSeparator: \.isWhitespace) {
        guard let place = Int(text).flatMap({ places[$0] }) else {
          throw .noSuchSentence(String(text))
        }
        support.append(place)
      }
      guard !sentences.isEmpty else { throw .nothingTold }
      return StoryQuestion(
        sentences: sentences, question: words, answer: answer, support: support,
        story: self.number)
    }
  }
}

/// A file of stories that could not be used: which line, what is wrong with it, and the repair.
public enum StoryFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What is wrong with a line.
  public enum Problem: Error, Equatable, Sendable {
    /// It does not start with a number from 1 on.
    case noNumber
    /// Its number is neither 1 nor the one that follows that of the line before.
    case outOfOrder(Int, after: Int)
    /// It has no words.
    case noWords
    /// It is a question without an answer.
    case noAnswer
    /// It names a sentence that was not told before.
    case noSuchSentence(String)
    /// It asks before anything was told.
    case nothingTold
  }

  /// The file could not be read at all.
  case file(TextFileError)
  /// This line, counted from 1, cannot be understood.
  case line(path: String, line: Int, Problem)
  /// The file asks nothing.
  case noQuestions(path: String)
  /// A folder has not exactly one file of this name.
  case notOneFile(folder: String, pattern: String, found: [String])

  /// One line: the file, the line, what is wrong, and the repair.
  public var description: String {
    switch self {
    case .file(let error):
      return error.description
    case .line(let path, let line, let problem):
      return "\(path.escapedForDisplay), line \(line): \(problem)"
    case .noQuestions(let path):
      return "\(path.escapedForDisplay) has no questions; name a file of stories with lines "
        + "\"3 Where is Mary?<tab>bathroom<tab>1\""
    case .notOneFile(let folder, let pattern, let found):
      let names = found.isEmpty ? "none" : found.map(\.escapedForDisplay).joined(separator: ", ")
      return "\(folder.escapedForDisplay) must have one file \(pattern), but there is \(names); "
        + "name the folder with the bAbI tasks"
    }
  }
}

extension StoryFileError.Problem: CustomStringConvertible {
  /// What is wrong, and the repair.
  public var description: String {
    switch self {
    case .noNumber: "it does not start with a line number; write \"1 Mary went home.\""
    case .outOfOrder(let number, let last):
      "its number is \(number) after \(last); number the lines of a story 1, 2, 3 …"
    case .noWords: "there are no words after the number; write a sentence or remove the line"
    case .noAnswer: "the question has no answer; write it after the question and a tab"
    case .noSuchSentence(let text):
      "the answer is said to follow from line \(text.escapedForDisplay), which is no sentence before it "
        + "in the story; name one that is"
    case .nothingTold: "the question comes before any sentence; tell something first"
    }
  }
}
