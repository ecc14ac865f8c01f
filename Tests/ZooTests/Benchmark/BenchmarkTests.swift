import Foundation
import Testing

@testable import SpoolZoo

/// The command as it is typed.
@Suite struct BenchmarkTests {
  let zoo = TestZoo()

  private func results(_ line: String) throws -> [[String: Any]] {
    let (status, output, errors) = zoo("benchmark \(line) --runs 1 --json")
    #expect(status == 0 && errors.isEmpty)
    return try output.split(separator: "\n").map { line in
      try #require(JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
    }
  }

  @Test func aLineOfJSONForEachWorkload() throws {
    let lines = try results("lstm-tiny rnn-tiny --threads 1")
    #expect(lines.map { $0["workload"] as? String } == ["lstm-tiny", "rnn-tiny"])
    for line in lines {
      #expect(
        Set(line.keys) == [
          "workload", "executor", "threads", "median_ms", "min_ms", "runs", "per_second",
          "matmul_gflops", "fraction_of_peak",
        ])
      #expect(line["executor"] as? String == "scan" && line["threads"] as? Int == 1)
      #expect(line["runs"] as? Int == 1)
      let median = try #require(line["median_ms"] as? Double)
      let perSecond = try #require(line["per_second"] as? Double)
      #expect(median > 0 && abs(perSecond * median - 1000) < 1e-6)
      let rate = try #require(line["matmul_gflops"] as? Double)
      #expect(rate > 0 && (line["fraction_of_peak"] as? Double).map { $0 > 0 } == true)
    }
    // 64 steps of [16, 64] × [64, 256]: twice by the inputs, three times by the state.
    let rate = try #require(lines[0]["matmul_gflops"] as? Double)
    let perSecond = try #require(lines[0]["per_second"] as? Double)
    #expect(abs(rate / perSecond * 1e9 / (64 * 5 * 2 * 16 * 64 * 256) - 1) < 1e-9)
  }

  @Test func theExecutorIsChosen() throws {
    let unrolled = try results("gru-tiny --executor unroll")
    #expect(unrolled.map { $0["executor"] as? String } == ["unroll"])
    let product = try results("gemm-64x64x64-float --executor unroll")
    #expect(product.map { $0["executor"] as? String } == ["eager"])
    #expect(
      zoo("benchmark rnn-tiny --executor unrol")
        == (1, "", "zoo: --executor must be scan or unroll, got \"unrol\"; did you mean unroll?\n"))
  }

  @Test func timeIsToldByEitherClock() throws {
    for clock in BenchmarkClock.allCases {
      let lines = try results("rnn-tiny --threads 1 --clock \(clock.rawValue)")
      #expect(lines.count == 1 && lines.allSatisfy { ($0["median_ms"] as? Double ?? 0) > 0 })
    }
  }

  @Test func anyProductIsTimedByItsName() throws {
    let names = [
      "gemm-3x5x7-transposed-float", "gemm-64x64x64-float", "gemm-2x9x4-by-transposed-double",
    ]
    let lines = try results(names.joined(separator: " "))
    #expect(lines.map { $0["workload"] as? String } == [names[1], names[0], names[2]])
    let rate = try #require(lines[1]["matmul_gflops"] as? Double)
    let perSecond = try #require(lines[1]["per_second"] as? Double)
    #expect(abs(rate / perSecond * 1e9 / (2 * 3 * 5 * 7) - 1) < 1e-9)
    for wrong in ["gemm-0x5x7-float", "gemm-3x5x7-half", "gemm-3x5-float"] {
      #expect(zoo("benchmark \(wrong)").status == 1)
    }
  }

  @Test func theTableHasALineForEachWorkload() {
    let (status, output, _) = zoo("benchmark tiny --runs 1")
    let lines = output.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(status == 0)
    #expect(
      lines.map { $0.first } == ["workload", "lstm-tiny", "gru-tiny", "rnn-tiny", "lnlstm-tiny"])
    #expect(lines.dropFirst().allSatisfy { $0.count == 9 })
  }

  @Test(arguments: [
    ("lstm-tyni", "did you mean lstm-tiny?"), ("lsmt", "did you mean lstm?"),
    ("tap", "did you mean tape?"), ("quxquux", "see zoo benchmark --help"),
  ])
  func anUnknownNameIsToldTheNearest(_ name: String, _ hint: String) {
    #expect(
      zoo("benchmark lstm-tiny \(name)")
        == (1, "", "zoo: there is no benchmark \"\(name)\"; \(hint)\n"))
  }

  @Test func namesAreListed() {
    #expect(zoo("benchmark lstm-tiny ntm --list") == (0, "lstm-tiny\nntm\n", ""))
  }

  @Test func theHelpNamesTheWorkloads() {
    let help = zoo("benchmark --help").output
    for workload in Workloads.all { #expect(help.contains("\n  \(workload.name)")) }
  }
}
