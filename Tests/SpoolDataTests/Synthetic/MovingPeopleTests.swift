import Spool
import SpoolData
import Testing

@Suite struct MovingPeopleTests {
  private let questions = MovingPeople.questions(storyCount: 40, key: RandomKey(seed: 1))

  @Test func theAnswerIsWhereThePersonWentLast() {
    #expect(questions.count == 200)
    for (place, question) in questions.enumerated() {
      #expect(question.story == place / 5)
      #expect(question.sentences.count == 2 * (place % 5 + 1))
      let person = question.question[2]
      let last = question.sentences.lastIndex { $0[0] == person }
      #expect(question.support == last.map { [$0] })
      #expect(last.map { question.sentences[$0].last } == question.answer)
    }
    #expect(Set(questions.map(\.answer)).count == 6)
    // Some answers lie far back.
    #expect(questions.contains { $0.sentences.count - $0.support[0] > 5 })
  }

  @Test func aStoryGoesOnAndFollowsFromTheKey() {
    for place in 0..<4 {
      #expect(questions[place + 1].sentences.starts(with: questions[place].sentences))
    }
    #expect(questions == MovingPeople.questions(storyCount: 40, key: RandomKey(seed: 1)))
    #expect(questions != MovingPeople.questions(storyCount: 40, key: RandomKey(seed: 2)))
  }
}
