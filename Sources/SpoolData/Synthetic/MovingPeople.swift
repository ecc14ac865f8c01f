import Spool

/// Stories of people who go from place to place, in the form of the first bAbI task (Weston et al., 2015): where somebody is
/// follows from the last sentence about them.
public enum MovingPeople {
  private static let people = ["anna", "boris", "clara", "dmitri", "elena"]
  private static let places = ["attic", "cellar", "garage", "garden", "kitchen", "library"]
  private static let verbs = ["went to", "walked to", "ran back to", "hurried to"]

  /// `count` stories of five questions each, with two sentences before every question.
  public static func questions(storyCount count: Int, key: RandomKey) -> [StoryQuestion] {
    (0..<count).flatMap { story($0, key: key.folding(in: $0)) }
  }

  private static func story(_ number: Int, key: RandomKey) -> [StoryQuestion] {
    let keys = key.split(4)
    func choices(_ number: Int, of kinds: Int, _ key: RandomKey) -> [Int] {
      Tensor<Int32>.uniform([number], in: 0..<Int32(kinds), key: key).scalars.map { Int($0) }
    }
    let (questions, sentences) = (5, 10)
    let who = choices(sentences, of: people.count, keys[0])
    let whereTo = choices(sentences, of: places.count, keys[1])
    let how = choices(sentences, of: verbs.count, keys[2])
    // Which of the sentences so far is asked about: any, so that some answers lie far back.
    let about = Tensor<Float>.uniform([questions], key: keys[3]).scalars
    let told = (0..<sentences).map { sentence in
      [people[who[sentence]]] + verbs[how[sentence]].split(separator: " ").map(String.init)
        + ["the", places[whereTo[sentence]]]
    }
    return (0..<questions).map { question in
      let last = 2 * question + 1
      let person = who[Int(about[question] * Float(last + 1))]
      let support = (0...last).last { who[$0] == person }!
      return StoryQuestion(
        sentences: Array(told[...last]), question: ["where", "is", people[person]],
        answer: places[whereTo[support]], support: [support], story: number)
    }
  }
}
