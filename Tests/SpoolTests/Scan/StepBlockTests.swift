import CKernels
import Testing

@testable import Spool

/// What a block says it works on, for the product before it to fetch.
@Suite struct StepBlockTests {
  private let cell = RewriteCell(
    "a memory with a gate", input: 5, state: [4, 4],
    parameters: [[5, 8], [4, 8]]
  ) { x, state, p in
    let (keep, show) = (matmul(x, p[0]) + matmul(state[0], p[1])).chunked2()
    let kept = sigmoid(keep) * state[1]
    let h = kept * tanh(show)
    return (h, [h, kept])
  }

  @Test(arguments: [Phase.forwardLoop, .backwardLoop])
  func operandsAreTheRowsThatInstructionsTouch(_ phase: Phase) throws {
    let items = try #require(cell.program().items[phase])
    var blocks = 0
    for case .block(let block) in items {
      blocks += 1
      var touched: [Int: Range<Int>] = [:]
      for instruction in block.instructions {
        let inputs = [instruction.inputs.0, instruction.inputs.1, instruction.inputs.2]
        for operand in [instruction.output] + inputs.prefix(Int(instruction.inputs_count))
        where operand.place >= 0 && !operand.is_scalar {
          let bytes = operand.offset..<(operand.offset + Int(instruction.count) * 8)
          let before = touched[Int(operand.place)] ?? bytes
          touched[Int(operand.place)] =
            min(before.lowerBound, bytes.lowerBound)..<max(before.upperBound, bytes.upperBound)
        }
      }
      #expect(!touched.isEmpty)
      #expect(block.operands.map(\.place) == touched.keys.sorted())
      for operand in block.operands {
        #expect(operand.bytes == touched[operand.place])
        #expect(operand.bytes.upperBound <= operand.rowStride)
      }
    }
    #expect(blocks > 0)
  }

  /// A gate for each head stretches over its slots alike in all rows of a batch; a weight for each slot stretches over
  /// the features of its row only.
  @Test func headsOfAllRowsAreOneArray() throws {
    func strided(_ cell: RewriteCell) throws -> [spool_block_instruction] {
      var result: [spool_block_instruction] = []
      for case .block(let block) in try #require(cell.program().items[.forwardLoop]) {
        result += block.instructions.filter { $0.kind == SPOOL_BLOCK_STRIDED }
      }
      return result
    }
    let gates = try strided(.twoHeads)
    #expect(gates.count >= 3 && gates.allSatisfy(\.is_contiguous))
    let places = try strided(.memoryHead)
    #expect(places.contains { !$0.is_contiguous })
  }
}
