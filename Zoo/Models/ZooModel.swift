import SpoolPlot

/// A model of the zoo with its task: what `zoo list` shows and `zoo train`, `evaluate` and `sample`
/// run.
///
/// A model is a folder `Zoo/<Family>/<Name>` with a type that conforms to this protocol, and a line
/// in `ModelRegistry.all`. Its options are declared as static values and listed per verb:
///
///     struct CharLM: ZooModel {
///       static let hidden = Option.integer("hidden", default: 256, in: 1...4096, help: "units per layer")
///       var trainingOptions: [OptionDeclaration] { [Self.hidden.declaration] }
///
///       func train(_ session: TrainingSession) throws {
///         let hidden = session.settings[Self.hidden]
///         ... read the data; throw a one-line error if they cannot be used ...
///         let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.001), clippingTo: 1)
///         if session.isResuming { try trainer.restore(from: session.folder.training) }
///         let plan = TrainingPlan(steps: steps, stepsPerEpoch: batches.count, unit: "chars")
///         try session.train(model, with: trainer, plan) {
///           let batch = batches[trainer.step % batches.count]
///           return TrainedItems(try trainer.takeStep { loss(model, batch) }, count: batch.count)
///         } measure: {
///           Measurement(["validation_loss": x], summary: "validation \(x)")
///         }
///       }
///     }
///
/// Everything that a method throws is shown as one line, `zoo: <description>`, and ends the program
/// with status 1, so errors must say in one line what is wrong and how to repair it.
public protocol ZooModel: Sendable {
  /// What the command line calls it, `char-lm`: small letters, digits and dashes.
  var name: String { get }
  /// The family that its folder stands in.
  var family: String { get }
  /// What it learns, one phrase.
  var task: String { get }
  /// What it learns from where no `--data` is given.
  var embeddedData: String { get }
  /// Whose result it is compared with and what that is: author, year, figure.
  var reference: String { get }
  /// What it reached, on the data that the reference is for, as its page says.
  var result: String { get }

  /// The options of `zoo train` beside those of every model (`CommonOptions`).
  var trainingOptions: [OptionDeclaration] { get }
  /// The options of `zoo evaluate` beside the common ones.
  var evaluationOptions: [OptionDeclaration] { get }
  /// The options of `zoo sample` beside the common ones.
  var samplingOptions: [OptionDeclaration] { get }

  /// What training takes of memory at the least, which is checked before it begins.
  func leastMemory(_ settings: Settings) -> [LeastMemory]
  /// Trains the model, or goes on where a run has stopped, and saves it in the run's folder.
  ///
  /// `TrainingSession.train(_:with:_:step:measure:)` does most of it.
  func train(_ session: TrainingSession) throws
  /// Measures a trained model and prints the result.
  func evaluate(_ session: RunSession) throws
  /// Prints what a trained model generates.
  func sample(_ session: RunSession) throws
  /// What a page about a trained model shows beside curves and parameters: gates, hidden states, attention.
  func inspect(_ session: RunSession) throws -> [HTMLReport.Part]
}

extension ZooModel {
  /// Not known.
  public func leastMemory(_ settings: Settings) -> [LeastMemory] { [] }

  /// None.
  public var samplingOptions: [OptionDeclaration] { [] }

  /// Nothing.
  public func inspect(_ session: RunSession) throws -> [HTMLReport.Part] { [] }

  /// Refuses, for models that only recognise or predict.
  public func sample(_ session: RunSession) throws {
    throw CommandLineError("\(name) does not generate; measure it with zoo evaluate --run DIR")
  }
}
