import Foundation
import Testing

@testable import Spool

/// That the table holds everything under `Sources/Spool/Operations`, found by reading the sources.
@Suite struct CoverageTests {
  @Test func everyPublicFunctionHasARow() throws {
    let table = GradientCase.double
    let covered = Set(table.rows.map(\.function)).union(table.constants.map(\.function))
      .union(table.covered)
    var found: Set<String> = []
    for source in try OperationSource.all() { found.formUnion(source.publicFunctions) }
    for function in found.subtracting(covered).sorted() {
      Issue.record("\(function) has no row in the gradient table")
    }
    for function in covered.subtracting(found).sorted() {
      Issue.record("the gradient table has a row for \(function), which does not exist")
    }
  }

  @Test func everyOperationIsRecordedByTwelveSamples() throws {
    var counts: [String: Int] = [:]
    for row in GradientCase.double.rows.indices {
      for gradientCase in GradientCase.all(of: row)
      where gradientCase.scalarType == .double && gradientCase.order == 2
        && gradientCase.cotangent == .dense
      {
        for name in gradientCase.recordedOperations() { counts[name, default: 0] += 1 }
      }
    }
    var found: Set<String> = []
    for source in try OperationSource.all() { found.formUnion(source.operations) }
    let exempt = try constantOperations().union(GradientCase.double.operationsCheckedElsewhere)
    for name in found.subtracting(exempt).sorted() {
      #expect(counts[name, default: 0] >= 12, "samples that record operation \(name)")
    }
    let unknown = Set(counts.keys).subtracting(found)
    #expect(unknown == [], "operations whose names were not found in the sources")
  }

  @Test func resultsWithoutDerivativeAreOnNoTape() throws {
    for row in GradientCase.double.constants {
      for sample in row.shapes.indices {
        #expect(!row.isTracked(sample), "\(row.function) of \(row.shapes[sample])")
      }
    }
  }

  /// The names of the operations declared without a derivative, by running the rows of such
  /// functions.
  private func constantOperations() throws -> Set<String> {
    var names: Set<String> = []
    for source in try OperationSource.all() { names.formUnion(source.constantOperations) }
    return names
  }
}

extension GradientCase {
  /// The names of all operations on the tapes of the function and of its gradient.
  func recordedOperations() -> Set<String> {
    let table = Self.double
    let inputs = inputs(Double.self)
    let cotangent = table.rows[row](sample, inputs)
    let (tape, _, _) = GradientScope.record(inputs + [cotangent]) { leaves in
      GradientChecker.gradients(
        of: { table.rows[row](sample, $0) }, at: Array(leaves.dropLast()),
        along: leaves[leaves.count - 1])
    }
    defer { tape.close() }
    return Set(
      (0..<tape.nodeCount).compactMap { i in tape.nodes[i].rule.map { type(of: $0).name } })
  }
}

extension ConstantRow {
  func isTracked(_ sample: Int) -> Bool {
    let shapes = shapes[sample].compactMap(\.baseShape)
    let inputs = zip(shapes, Domain.uniform(-1...1).draw(shapes, seed: 1)).map { shape, values in
      Tensor(shape: shape, values.map { S($0) }).handle
    }
    let (tape, _, result) = GradientScope.record(inputs) { leaves in
      var next = leaves.makeIterator()
      var operands: [Tensor<S>] = []
      for operand in self.shapes[sample] {
        operands.append(
          operand.layout == .same ? operands[0] : operand.view(of: Tensor(next.next()!)))
      }
      return f(operands)
    }
    defer { tape.close() }
    return result.tape != nil
  }
}
