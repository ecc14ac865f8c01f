import Spool
import TestSupport
import Testing

/// Steps that look up in tables by indices that are computed in the step, as a decoder reads its own words.
@Suite struct ScanLookUpTests {
  private let inputs = Tensor<Double>.normal([5, 3, 2], key: RandomKey(seed: 1))
  private let table = Tensor<Double>.normal([4, 2], key: RandomKey(seed: 2))
  private let weights = Tensor<Double>.normal([2, 4], key: RandomKey(seed: 3))
  private let first = (Tensor<Double>.zeros([3, 2]), Tensor<Int32>(shape: [3], [0, 3, 1]))

  typealias State = (Tensor<Double>, Tensor<Int32>)
  typealias Cell = (Tensor<Double>, State) -> (Tensor<Double>, State)

  private func gradients(
    _ cell: @escaping ([Tensor<Double>]) -> Cell,
    _ run: (Tensor<Double>, State, @escaping Cell) -> Tensor<Double>
  ) -> [Tensor<Double>?] {
    valueAndGradients(at: [inputs, table, weights]) { tensors in
      square(run(tensors[0], first, cell(tensors))).sum()
    }.gradients
  }

  private func compilesAndEqualsTheUnrolledLoop(_ cell: @escaping ([Tensor<Double>]) -> Cell) {
    let compiled = gradients(cell) { inputs, state, cell in
      let description = describeScan(inputs, from: state, cell)
      #expect(description.reasonForUnrolling == nil)
      return scan(inputs, from: state, cell).outputs
    }
    let unrolled = gradients(cell) { unroll($0, from: $1, $2).outputs }
    for (a, b) in zip(compiled, unrolled) {
      // No gradient flows through an index.
      #expect((a == nil) == (b == nil))
      if let a, let b { expectClose(a, b, within: 1e-12) }
    }
    #expect(compiled[1]!.scalars.contains { $0 != 0 })
  }

  @Test func aTableIsReadByIndicesOfTheState() {
    compilesAndEqualsTheUnrolledLoop { tensors in
      { x, state in
        let h = tanh(x + state.0 + tensors[1].gathered(state.1))
        return (h, (h, matmul(h, tensors[2]).argmax(1)))
      }
    }
  }

  @Test func severalEntriesAreReadForEachItem() {
    compilesAndEqualsTheUnrolledLoop { tensors in
      { x, state in
        let both = concatenated([state.1, 3 - state.1].map { $0.expandingAxis(at: 1) }, axis: 1)
        let h = tanh(x + state.0 + embedding(both, table: tensors[1]).sum(1))
        return (h, (h, matmul(h, tensors[2]).argmax(1)))
      }
    }
  }

  @Test func eachItemReadsItsOwnRowInPlacesThatAllShare() {
    let order: Tensor<Int32> = [3, 0, 0, 2]
    compilesAndEqualsTheUnrolledLoop { tensors in
      { x, state in
        let scores = matmul(state.0 + x, tensors[2]).gathered(order, axis: 1)
        let h = tanh(x + matmul(scores, tensors[1]))
        return (h, (h, scores.argmax(1)))
      }
    }
  }
}
