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
///         var stepsDone = 0
///         if session.isResuming { ... read session.folder.training, set stepsDone ... }
///         try session.start(steps: steps, stepsDone: stepsDone, unit: "chars", details: [:])
///         for step in stepsDone + 1...steps {
///           ... one step of training ...
///           try session.record(step: step, stage: "epoch 1/9", loss: loss, items: characters)
///           if session.shouldStop { break }
///         }
///         ... save session.folder.training and session.folder.model ...
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
  /// Whose result it is compared with and what that is: author, year, figure.
  var reference: String { get }

  /// The options of `zoo train` beside those of every model (`CommonOptions`).
  var trainingOptions: [OptionDeclaration] { get }
  /// The options of `zoo evaluate` beside the common ones.
  var evaluationOptions: [OptionDeclaration] { get }
  /// The options of `zoo sample` beside the common ones.
  var samplingOptions: [OptionDeclaration] { get }

  /// Trains the model, or goes on where a run has stopped, and saves it in the run's folder.
  ///
  /// The session shows progress, keeps the metrics and says when to stop. The model saves itself:
  /// from time to time, and before it returns.
  func train(_ session: TrainingSession) throws
  /// Measures a trained model and prints the result.
  func evaluate(_ session: RunSession) throws
  /// Prints what a trained model generates.
  func sample(_ session: RunSession) throws
}
