import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct TemporalLinksTests {
  /// The links after writing at each of `places` in turn, `[batch, slots]` each.
  private func links(_ places: [Tensor<Double>]) -> (links: Tensor<Double>, last: Tensor<Double>) {
    let shape = places[0].shape
    var links = Tensor<Double>.zeros([shape[0], shape[1], shape[1]])
    var precedence = Tensor<Double>.zeros(shape)
    for written in places {
      links = temporalLinks(links, written: written, precedence: precedence)
      precedence = precedenceWeights(precedence, written: written)
    }
    return (links, precedence)
  }

  private func at(_ slot: Int32) -> Tensor<Double> { oneHot(Tensor([slot]), depth: 4) }

  @Test func slotsAreFollowedInTheOrderOfWriting() {
    let (links, last) = links([2, 0, 3].map(at))
    #expect(last == at(3))
    func next(_ slot: Int32) -> (forward: Tensor<Double>, backward: Tensor<Double>) {
      let (forward, backward) = linkedWeights(links, from: at(slot).expandingAxis(at: 1))
      return (forward[.all, 0], backward[.all, 0])
    }
    #expect(next(2).forward == at(0) && next(0).forward == at(3))
    #expect(next(3).backward == at(0) && next(0).backward == at(2))
    #expect(next(3).forward == .zeros([1, 4]) && next(2).backward == .zeros([1, 4]))
    #expect(next(1).forward == .zeros([1, 4]))
  }

  @Test func aSlotThatIsWrittenAgainIsLinkedAnew() {
    let (links, _) = links([2, 0, 3, 0].map(at))
    #expect(links[0, 0, 3].scalar == 1 && links[0, 0, 2].scalar == 0)
    #expect(links[0, 3, 0].scalar == 0)
  }

  @Test func rowsAndColumnsSumToAtMostOne() {
    let places = (1...12).map {
      softmax(3 * Tensor<Double>.normal([2, 5], key: RandomKey(seed: $0)))
    }
    let (links, last) = links(places)
    #expect(links.min().scalar >= 0)
    #expect(links.sum(1).max().scalar <= 1 + 1e-12 && links.sum(2).max().scalar <= 1 + 1e-12)
    #expect(links.sum().scalar > 1)
    #expect((links * .identity(5)).sum().scalar == 0)
    expectClose(last.sum(1), .ones([2]), within: 1e-12)
  }

  @Test func gradients() throws {
    let keys = RandomKey(seed: 4).split(4)
    let links = Tensor<Double>.uniform([2, 4, 4], key: keys[0])
    let written = softmax(Tensor<Double>.normal([2, 4], key: keys[1]))
    let precedence = softmax(Tensor<Double>.normal([2, 4], key: keys[2]))
    let read = softmax(Tensor<Double>.normal([2, 3, 4], key: keys[3]))
    try checkGradients(at: links, written, precedence) {
      temporalLinks($0, written: $1, precedence: $2)
    }
    try checkGradients(at: precedence, written) { precedenceWeights($0, written: $1) }
    try checkGradients(at: links, read) { links, read in
      let (forward, backward) = linkedWeights(links, from: read)
      return forward * square(backward)
    }
  }
}
