import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct WordRecipeTests {
  /// Zaremba, Sutskever & Vinyals (2014), section 4.1: a rate of 1, halved after each epoch from the fifth one on; the
  /// medium one divided by 1.2 from the seventh on. They add up over the steps what is averaged here.
  @Test(arguments: [
    (WordRecipe.Size.small, 20, 4, 2.0, 13), (.medium, 35, 6, 1.2, 39),
  ])
  func ratesAreThoseOfThePaper(
    size: WordRecipe.Size, time: Int, constant: Int, factor: Double, epochs: Int
  ) {
    let recipe = WordRecipe(size)
    #expect(recipe.time == time && recipe.epochs == epochs)
    let schedule = recipe.schedule(time: time, stepsPerEpoch: 10)
    func rate(epoch: Int, step: Int) -> Double { schedule(10 * (epoch - 1) + step) / Double(time) }
    #expect(rate(epoch: 1, step: 0) == 1 && rate(epoch: constant, step: 9) == 1)
    #expect(abs(rate(epoch: constant + 1, step: 0) - 1 / factor) < 1e-12)
    #expect(abs(rate(epoch: constant + 1, step: 9) - 1 / factor) < 1e-12)
    #expect(abs(rate(epoch: constant + 3, step: 5) - 1 / (factor * factor * factor)) < 1e-12)
    #expect(recipe.clippingNorm(time: time) * Double(time) == 5)
  }

  /// What the command line gives replaces the recipe's values, one by one.
  @Test func optionsReplaceTheRecipe() throws {
    func sizes(_ arguments: String...) throws -> WordNetworkSizes {
      let parser = ArgumentParser(
        command: "zoo train word-lm", declarations: TrainVerb.declarations(of: WordLM()))
      return WordNetworkSizes(vocabulary: 5, try parser.parse(arguments))
    }
    let small = try sizes()
    #expect(small.hidden == 200 && small.dropout == 0 && !small.isTied && !small.isVariational)
    let medium = try sizes("--size", "medium", "--variational")
    #expect(medium.hidden == 650 && medium.dropout == 0.5 && medium.isVariational)
    let own = try sizes("--dropout", "0.25", "--tied", "--hidden", "9", "--layers", "3")
    #expect(own.hidden == 9 && own.layers == 3 && own.dropout == 0.25 && own.isTied)
  }
}
