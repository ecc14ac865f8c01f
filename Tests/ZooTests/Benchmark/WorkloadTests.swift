import Testing

@testable import SpoolZoo

@Suite struct WorkloadTests {
  private func names(_ names: String...) throws -> [String] {
    try Workloads.named(names).map(\.name)
  }

  @Test func aNameIsAWorkloadOrAGroup() throws {
    #expect(try names("lstm-mid") == ["lstm-mid"])
    #expect(
      try names("gru") == ["gru-tiny", "gru-small", "gru-mid", "gru-medium", "gru-wide"])
    #expect(
      try names("mid")
        == ["lstm-mid", "gru-mid", "rnn-mid", "lnlstm-mid", "lstm-pergate-mid"])
    #expect(try names("rnn-tiny", "tiny", "rnn-tiny").count == names("tiny").count)
    #expect(try names("tape").allSatisfy { $0.hasPrefix("tape-") })
    #expect(try names().count == Workloads.all.count)
  }

  @Test func noTwoWorkloadsShareAName() {
    #expect(Set(Workloads.all.map(\.name)).count == Workloads.all.count)
  }

  /// The larger ones run the same code on more numbers, and cold-start runs the program.
  @Test(
    arguments: Workloads.all.filter { $0.productOperations < 1e9 && $0.name != "cold-start" }
      .map(\.name))
  func everySmallWorkloadRuns(_ name: String) throws {
    let workload = try #require(try Workloads.named([name]).first)
    for executor in workload.hasExecutors ? Executor.allCases : [.scan] {
      #expect(try workload.prepare(executor).time(by: .wall) > .zero)
    }
  }
}
