import Spool
import SpoolData
import TestSupport
import Testing

@Suite struct SyntheticTaskTests {
  private let key = RandomKey(seed: 3)

  @Test(arguments: [2, 3, 50]) func addingMarksOneNumberOfEachHalf(time: Int) {
    let (inputs, targets) = AddingProblem(time: time).batch(200, key: key)
    #expect(inputs.shape == [time, 200, 2] && targets.shape == [200, 1])
    let (numbers, marks) = (inputs[.all, .all, 0], inputs[.all, .all, 1])
    #expect(numbers.min().scalar >= 0 && numbers.max().scalar < 1)
    #expect(marks[..<(time / 2)].sum(0).scalars.allSatisfy { $0 == 1 })
    #expect(marks[(time / 2)...].sum(0).scalars.allSatisfy { $0 == 1 })
    #expect((numbers * marks).sum(0).scalars == targets.scalars)
  }

  @Test func ignoringTheNumbersCostsASixth() {
    let (_, targets) = AddingProblem(time: 10).batch(20_000, key: key)
    #expect(abs(square(targets - 1).mean().scalar - 1.0 / 6) < 0.005)
  }

  @Test func copyingPausesAndAsks() {
    let problem = DelayedCopy(count: 3, delay: 4)
    let (inputs, targets) = problem.batch(50, key: key)
    #expect(problem.time == 10 && inputs.shape == [10, 50] && targets.shape == [3, 50])
    #expect(inputs[..<3].scalars == targets.scalars)
    #expect(Set(targets.scalars) == Set(0..<8))
    #expect(inputs[3..<6].scalars.allSatisfy { $0 == 8 })
    #expect(inputs[6].scalars.allSatisfy { $0 == 9 })
    #expect(inputs[7...].scalars.allSatisfy { $0 == 8 })
  }

  @Test func theKeyDecides() {
    let problem = AddingProblem(time: 9)
    #expect(problem.batch(4, key: key).inputs == problem.batch(4, key: key).inputs)
    #expect(problem.batch(4, key: key).inputs != problem.batch(4, key: key.folding(in: 1)).inputs)
    let copy = DelayedCopy(count: 9, delay: 1)
    #expect(copy.batch(4, key: key).inputs == copy.batch(4, key: key).inputs)
    #expect(copy.batch(4, key: key).inputs != copy.batch(4, key: key.folding(in: 1)).inputs)
  }
}
