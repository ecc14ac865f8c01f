import Spool
import SpoolTraining
import TestSupport
import Testing

@Suite struct StructuralSimilarityTests {
  @Test func agreesWithTheFormulaWindowByWindow() throws {
    let golden = try Golden("Metrics/ssim")
    let (x, y) = (try golden.tensor("x", as: Double.self), try golden.tensor("y", as: Double.self))
    expectClose(structuralSimilarity(x, y), try golden.tensor("ssim"), within: 1e-12)
    // On another scale of greys, with its range, nothing changes.
    expectClose(
      structuralSimilarity(255 * x, 255 * y, range: 255), try golden.tensor("ssim"), within: 1e-12)
  }

  @Test func equalImagesHaveOne() {
    let x = Tensor<Float>.uniform([2, 3, 12, 11], key: RandomKey(seed: 1))
    let similarity = structuralSimilarity(x, x)
    #expect(similarity.shape == [2, 3])
    expectClose(similarity, .ones([2, 3]), within: 1e-6)
  }

  @Test func smallImagesTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = structuralSimilarity(Tensor<Float>.zeros([10, 11]), Tensor<Float>.zeros([10, 11]))
    }
    expectMessage(trapped, "[10, 11] and [10, 11], but both must be")
  }
}
