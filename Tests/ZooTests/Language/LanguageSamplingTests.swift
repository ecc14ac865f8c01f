import Foundation
import Spool
import SpoolNN
import Testing

@testable import SpoolZoo

/// Predicts token 1 three times as likely as token 0, and token 2 for certain at every fifth place; its state counts.
private struct Weighted: LanguageNetwork {
  typealias Scalar = Float

  func initialState(batch: Int) -> Tensor<Float> { .zeros([batch, 1]) }

  func callAsFunction(
    _ tokens: Tensor<Int32>, from state: Tensor<Float>?, key: RandomKey?
  ) -> (logits: Tensor<Float>, state: Tensor<Float>) {
    let state = state ?? initialState(batch: tokens.shape[1])
    let count = Int(state[0, 0].scalar) + tokens.shape[0]
    let logits: [Float] = count % 5 == 0 ? [0, 0, 99] : [0, Float(log(3.0)), -99]
    let all = (0..<tokens.shape[0]).flatMap { _ in logits }
    return (
      Tensor(shape: [tokens.shape[0], 1, 3], all), state + Tensor(Float(tokens.shape[0]))
    )
  }

  func recordings(_ tokens: [Int32]) -> [Recording] { [] }
}

@Suite struct LanguageSamplingTests {
  private func written(
    _ temperature: Double, topK: Int? = nil, topP: Double? = nil, seed: Int = 1
  ) -> [Int32] {
    Weighted().sample(
      after: [0, 0], count: 500,
      by: TokenSampling(temperature: temperature, topK: topK, topP: topP),
      key: RandomKey(seed: seed))
  }

  /// Where one token is left it is the likeliest one; the temperature comes before the share.
  @Test func unlikelyTokensAreLeftOut() {
    #expect(written(1, topK: 1) == written(0) && written(1, topP: 0.7) == written(0))
    #expect(written(1, topP: 0.8) == written(1) && written(1, topK: 2) == written(1))
    #expect(written(0.5, topP: 0.8) == written(0))
  }

  /// The logits are divided by the temperature: three to one becomes nine to one at a half, and two
  /// thirds to one third at log₂ 3.
  @Test(arguments: [(1, 0.75), (0.5, 0.9), (1.584962, 2.0 / 3), (0, 1)] as [(Double, Double)])
  func temperatureDividesTheLogits(_ temperature: Double, _ share: Double) {
    let tokens = written(temperature)
    let chosen = tokens.enumerated().filter { ($0.offset + 2) % 5 != 0 }.map(\.element)
    let ones = Double(chosen.count { $0 == 1 }) / Double(chosen.count)
    // Four deviations of 400 draws.
    #expect(abs(ones - share) <= 4 * (share * (1 - share) / 400).squareRoot())
  }

  @Test func theStateGoesOnFromTokenToToken() {
    for (place, token) in written(1).enumerated() {
      #expect((token == 2) == ((place + 2) % 5 == 0))
    }
    #expect(written(1) == written(1) && written(1) != written(1, seed: 2))
  }
}
