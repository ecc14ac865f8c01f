import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

/// Two parameters for the tests of how a model is trained, whose gradient is what the test says.
struct Slope: Module {
  @Parameter var x = Tensor<Float>([0, 0])

  /// Where steps along these gradients lead.
  static func end(
    of gradients: [[Float]], _ trainer: (Slope) throws -> Trainer<Float>
  ) throws -> Tensor<Float> {
    let model = Slope()
    let trainer = try trainer(model)
    for gradient in gradients { try trainer.takeStep { (model.x * Tensor(gradient)).sum() } }
    return model.x
  }
}

/// Expects that a recipe with Adam clips gradients to that norm, and no more than that.
///
/// A gradient alone does not show it, since Adam's step does not depend on its length; the one after it does.
func expectClipping(
  to limit: Float, _ trainer: (Slope) throws -> Trainer<Float>,
  sourceLocation: SourceLocation = #_sourceLocation
) throws {
  let small = [0.3 * limit, 0.4 * limit]
  let clipped = try Slope.end(of: [[30 * limit, 40 * limit], small], trainer)
  let whole = try Slope.end(of: [[0.6 * limit, 0.8 * limit], small], trainer)
  let half = try Slope.end(of: [small, small], trainer)
  expectClose(clipped, whole, within: 1e-6, sourceLocation: sourceLocation)
  #expect(abs(whole - half).min().scalar > 1e-4, sourceLocation: sourceLocation)
}

/// Expects that learning rates rise to `peak` over the first `warmUp` steps and then fall to 0.
func expectCosineDecay(
  _ rates: [Double], from peak: Double, warmUp: Int,
  sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(rates.firstIndex(of: peak) == max(warmUp - 1, 0), sourceLocation: sourceLocation)
  #expect(rates[..<warmUp] == rates[..<warmUp].sorted()[...], sourceLocation: sourceLocation)
  let falling = rates[max(warmUp - 1, 0)...]
  #expect(falling == falling.sorted(by: >)[...], sourceLocation: sourceLocation)
  #expect(Set(rates).count > rates.count / 2 && rates.last == 0, sourceLocation: sourceLocation)
}
