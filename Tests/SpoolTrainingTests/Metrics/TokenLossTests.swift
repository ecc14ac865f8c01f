import SpoolTraining
import Testing

@Suite struct TokenLossTests {
  @Test func everyTokenCountsTheSameAndNotEveryBatch() {
    var loss = TokenLoss()
    #expect(loss.nats.isNaN)
    loss.add(sum: 6, count: 2)
    loss.add(sum: 2, count: 6)
    #expect(loss.nats == 1)
    #expect(abs(loss.perplexity - 2.718281828459045) < 1e-15)
    #expect(abs(loss.bits - 1.4426950408889634) < 1e-15)
  }
}
