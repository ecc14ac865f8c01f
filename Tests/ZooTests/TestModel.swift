import SpoolTraining

@testable import SpoolZoo

/// A model whose training is what a test is about, and of which nobody asks anything else.
protocol TestModel: ZooModel {}

extension TestModel {
  var family: String { "Tests" }
  var task: String { "be tested" }
  var embeddedData: String { "none" }
  var reference: String { "none" }
  var result: String { "none" }
  var trainingOptions: [OptionDeclaration] { [] }
  var evaluationOptions: [OptionDeclaration] { [] }

  func evaluate(_ session: RunSession) throws {}
}
