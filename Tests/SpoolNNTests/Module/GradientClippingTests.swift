import Spool
import SpoolNN
import TestSupport
import Testing

private struct Pair<Scalar: RealScalar>: Module {
  @Parameter var first: Tensor<Scalar> = .zeros([3])
  @Parameter var second: Tensor<Scalar> = .zeros([2, 2])
  @Parameter var unused: Tensor<Scalar> = .zeros([5])

  init() {}

  func gradients(_ first: Tensor<Scalar>, _ second: Tensor<Scalar>?) -> Gradients<Scalar> {
    Gradients(of: parameters(), [first, second, nil])
  }
}

@Suite struct GradientClippingTests {
  private let model = Pair<Double>()

  @Test func clippingKeepsTheDirection() throws {
    var gradients = model.gradients([100, 200, 50], nil)
    let (before, after) = try gradients.clip(toNorm: 1)
    #expect(abs(before - 229.128784747792) < 1e-10)
    #expect(abs(after - 1) < 1e-14)
    let expected: Tensor<Double> = [0.436435780472, 0.872871560944, 0.218217890236]
    expectClose(gradients[model.$first]!, expected, within: 1e-12)
    #expect(gradients[model.$second] == nil)
  }

  /// PyTorch adds 1e-6 to the norm that it divides by, so the two agree to 1e-6 / norm.
  @Test(arguments: ["clip_grad_norm", "clip_grad_norm_below"])
  func agreesWithPyTorch(name: String) throws {
    let golden = try Golden("Optimizers/\(name)")
    let limit = try #require(golden.attribute("max_norm"))[0]
    var gradients = model.gradients(
      try golden.tensor("first.gradient"), try golden.tensor("second.gradient"))
    let (before, after) = try gradients.clip(toNorm: limit)
    expectClose(Tensor(before), try golden.tensor("norm.before"), within: 1e-12)
    expectClose(Tensor(after), try golden.tensor("norm.after"), within: 1e-8)
    expectClose(gradients[model.$first]!, try golden.tensor("first.clipped"), within: 1e-8)
    expectClose(gradients[model.$second]!, try golden.tensor("second.clipped"), within: 1e-8)
  }

  @Test func smallGradientsStayAsTheyAre() throws {
    let gradients = model.gradients([0.3, 0, 0], [[0.4, 0], [0, 0]])
    #expect(gradients.globalNorm == 0.5)
    let clipped = try gradients.clipped(toNorm: 0.5)
    #expect(clipped[model.$first]!.scalars == [0.3, 0, 0])
    #expect(model.gradients([0, 0, 0], nil).globalNorm == 0)
  }

  @Test func theNormNeitherOverflowsNorVanishes() {
    let single = Pair<Float>()
    let large = single.gradients([3e30, 0, 0], [[4e30, 0], [0, 0]])
    #expect(abs(large.globalNorm / 5e30 - 1) < 1e-6)
    let small = single.gradients([3e-30, 0, 0], [[4e-30, 0], [0, 0]])
    #expect(abs(small.globalNorm / 5e-30 - 1) < 1e-6)
    let huge = model.gradients([3e300, 0, 0], [[4e300, 0], [0, 0]])
    #expect(abs(huge.globalNorm / 5e300 - 1) < 1e-14)
  }

  @Test(arguments: [Double.nan, .infinity, -.infinity])
  func nonFiniteGradientsThrow(value: Double) throws {
    var gradients = model.gradients([1, 2, 3], Tensor(shape: [2, 2], [1, value, 0, 0]))
    do throws(NonFiniteGradients) {
      _ = try gradients.clip(toNorm: 1)
      Issue.record("no error")
    } catch {
      #expect(error.names == ["second"])
      #expect(error.norm.isNaN == value.isNaN && !error.norm.isFinite)
      #expect(error.description.contains("NaN or infinite in second; run the step under"))
    }
    #expect(gradients[model.$first]!.scalars == [1, 2, 3], "nothing was changed")
    #expect(throws: NonFiniteGradients.self) { try gradients.clipped(toNorm: 1) }
  }

  @Test func aNaNIsFoundBesideAnInfinity() {
    let gradients = model.gradients(
      Tensor([.infinity, 0, 0]), Tensor(shape: [2, 2], [.nan, 0, 0, 0]))
    #expect(gradients.globalNorm.isNaN)
    let reversed = model.gradients(
      Tensor([.nan, 0, 0]), Tensor(shape: [2, 2], [.infinity, 0, 0, 0]))
    #expect(reversed.globalNorm.isNaN)
  }

  @Test func clippingByValue() {
    var gradients = model.gradients([-3, 0.5, 2], nil)
    gradients.clip(toValue: 1)
    #expect(gradients[model.$first]!.scalars == [-1, 0.5, 1])
  }

  @Test func aLimitThatIsNotPositiveTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = try Pair<Double>().gradients([1, 2, 3], nil).clipped(toNorm: 0) }
    expectMessage(trapped, "clip(toNorm:): the limit 0.0 is not positive")
  }
}
