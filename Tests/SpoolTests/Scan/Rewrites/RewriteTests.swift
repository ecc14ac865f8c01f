import Testing

@testable import Spool

/// That rewriting leaves values and gradients as they are, and that it happens.
@Suite struct RewriteTests {
  typealias D = Tensor<Double>

  private func loss(
    _ cell: RewriteCell, _ v: [D],
    _ run: (D, [D], @escaping (D, [D]) -> (D, [D])) -> (D, [D])
  ) -> D {
    let parameters = Array(v[(1 + cell.state.count)...])
    let (outputs, last) = run(v[0], Array(v[1...cell.state.count])) {
      cell.step($0, $1, parameters)
    }
    let weights = D.normal(outputs.shape, key: RandomKey(seed: 3))
    return last.reduce((outputs * weights).sum()) { $0 + sin(2 * $1).sum() }
  }

  @Test(arguments: RewriteCell.all)
  func scanEqualsUnroll(_ cell: RewriteCell) throws {
    let tensors = cell.tensors(time: 3)
    var calls = 0
    let (value, gradients) = valueAndGradients(at: tensors) { v in
      loss(cell, v) { inputs, state, step in
        let result = scan(inputs, from: state) { x, s in
          calls += 1
          return step(x, s)
        }
        return (result.outputs, result.state)
      }
    }
    #expect(calls == 1, "the step was not compiled")
    let (expected, expectedGradients) = valueAndGradients(at: tensors) { v in
      loss(cell, v) { inputs, state, step in
        let result = unroll(inputs, from: state) { x, s in step(x, s) }
        return (result.outputs, result.state)
      }
    }
    #expect(abs(value.scalar - expected.scalar) < 1e-12 * (1 + abs(expected.scalar)))
    for (i, (a, b)) in zip(gradients, expectedGradients).enumerated() {
      let (a, b) = (try #require(a), try #require(b))
      #expect(a.shape == b.shape)
      #expect(abs(a - b).max().scalar < 1e-12, "gradient \(i)")
    }
  }

  @Test(arguments: [false, true])
  func lstmsOfSeparateMatricesBecomeThePackedOne(hasInputGradient: Bool) {
    let packed = RewriteCell.packedLSTM.program(hasInputGradient: hasInputGradient)
    #expect(packed.names(in: .beforeForward) == ["matmulAdd"])
    #expect(packed.productCount(.forwardLoop) == 1)
    #expect(packed.productCount(.backwardLoop) == 1)
    #expect(packed.productCount(.afterBackward) == (hasInputGradient ? 3 : 2))
    for cell in [RewriteCell.perGateLSTM, .transposedLSTM] {
      let separate = cell.program(hasInputGradient: hasInputGradient)
      for phase in [
        Phase.beforeForward, .forwardLoop, .afterForward, .beforeBackward, .backwardLoop,
        .afterBackward,
      ] {
        #expect(
          separate.names(in: phase).sorted() == packed.names(in: phase).sorted(),
          "\(phase) of \(cell.testDescription)")
      }
      // The weights of each side are joined once, for both passes.
      #expect(separate.names(in: .setup).count { $0 == "concatenated" } == 3)
    }
  }

  @Test func sumsAreAddedUpInTheProduct() {
    let program = RewriteCell.packedLSTM.program()
    #expect(program.names(in: .forwardLoop).first == "matmulAdd")
    #expect(!program.names(in: .forwardLoop).contains("matmul"))
    let gru = RewriteCell.perGateGRU.program()
    #expect(gru.names(in: .backwardLoop).contains("matmulAdd"))
  }

  @Test func gruOfSixMatrices() {
    let after = RewriteCell.perGateGRU.program()
    #expect(after.productCount(.beforeForward) == 1)
    #expect(after.productCount(.forwardLoop) == 1)
    #expect(after.productCount(.backwardLoop) == 1)
    #expect(after.productCount(.afterBackward) == 3)
    #expect(after.names(in: .beforeForward) == ["matmulAdd"])
    let before = RewriteCell.resetBeforeGRU.program()
    #expect(before.productCount(.beforeForward) == 1)
    #expect(before.productCount(.forwardLoop) == 2)
    #expect(before.productCount(.backwardLoop) == 2)
    #expect(before.productCount(.afterBackward) == 4)
  }

  /// A product that something else uses, too, is not computed once more inside of a sum.
  @Test func productsUsedTwiceStayApart() {
    let program = RewriteCell.productsUsedTwice.program()
    #expect(program.names(in: .beforeForward).count { $0 == "matmul" } == 1)
    #expect(program.productCount(.forwardLoop) == 2)
  }

  @Test func productsOfInputsStayOutOfTheLoop() {
    let program = RewriteCell.inputProduct.program()
    #expect(program.productCount(.beforeForward) == 1)
    #expect(program.productCount(.forwardLoop) == 0)
  }

  @Test func partsOfJoinedValuesAreTheValues() {
    let program = RewriteCell.views.program()
    for phase in Phase.allCases where !phase.isBackward {
      #expect(!program.names(in: phase).contains("concatenated"))
    }
  }

  @Test func productsOfDifferentRanksOrTimesStayApart() {
    let program = RewriteCell.sharedOperands.program()
    #expect(program.productCount(.beforeForward) == 1)
    // h with two matrices at once, and two batches of products with rows of the step.
    #expect(program.productCount(.forwardLoop) == 3)
    // The output's product can wait until after the loop.
    #expect(program.productCount(.afterForward) == 1)
  }

  @Test func cheapValuesAreComputedAgain() {
    // 1 − z of the gates, rather than kept beside z.
    let program = RewriteCell.packedGRU.program()
    #expect(program.names(in: .forwardLoop).count { $0 == Subtract.name } == 1)
    #expect(program.names(in: .backwardLoop).contains(Subtract.name))
    let kept = program.memory.filter(\.isSequence).compactMap { memory -> String? in
      guard case .operation(let operation, _) = program.graph.values[memory.home].source else {
        return nil
      }
      return type(of: operation).name
    }
    #expect(!kept.contains(Subtract.name))
  }

  @Test func gatesLieInTheProductThatTheyAreMadeOf() {
    let layout = RewriteCell.packedLSTM.program().layout
    let gates = layout.operations(in: .forwardLoop).filter { i in
      layout.graph.inputs(of: i).contains { layout.addresses[$0].home == layout.addresses[i].home }
    }
    #expect(gates.count == 4)
  }

  /// Of a GRU's products with input and state only parts are read again: the gates take the others' places, reset
  /// and update that of the loop's product, the candidate that of the input's.
  @Test func gatesOfSumsOfProductsLieInOneOfThese() {
    let layout = RewriteCell.packedGRU.program().layout
    let gates = layout.operations(in: .forwardLoop).filter { i in
      guard case .operation(let operation, _) = layout.graph.values[i].source else { return false }
      return operation is Sigmoid || operation is HyperbolicTangent
    }
    let homes = gates.map { layout.addresses[$0].home }
    #expect(gates.count == 3 && homes[0] == homes[1] && !gates.contains(homes[0]))
    #expect(homes.map { layout.phases[$0] } == [.forwardLoop, .forwardLoop, .beforeForward])
  }

  /// The gradients of the gains and biases of five layer norms: nothing of them is kept over time.
  @Test func gradientsOfGainsAreSummedAsTheyCome() {
    let program = RewriteCell.layerNormLSTM.program()
    #expect(program.names(in: .backwardLoop).count { $0 == RunningSum.name } == 10)
    #expect(!program.names(in: .afterBackward).contains(Multiply.name))
  }

  @Test func layerNormIsOneKernelForward() {
    let program = RewriteCell.layerNormLSTM.program()
    let forward = program.names(in: .forwardLoop)
    #expect(forward.count { $0 == "standardize" } == 5)
    // The deviations, which come from the same kernel, are kept for the backward pass rather than the rows.
    #expect(forward.count { $0 == "reciprocalDeviation" } == 5)
    #expect(program.names(in: .afterForward) == [])
    let backward = program.names(in: .backwardLoop)
    #expect(backward.count { $0 == "standardizeGradient" } == 5)
    #expect(!backward.contains("standardize") && !backward.contains("sum"))
  }

  @Test func partsOfGatesAreNotAddedUpInZeros() {
    for cell in [RewriteCell.packedGRU, .packedLSTM, .memoryHead] {
      let program = cell.program()
      for phase in Phase.allCases {
        #expect(!program.names(in: phase).contains("unslice"), "\(cell.testDescription)")
      }
    }
  }

  /// Of dr, dz, dn for the input's weights and dr, dz, r dn for the state's, dr and dz are kept once.
  @Test(arguments: [RewriteCell.packedGRU, .perGateGRU])
  func gradientsOfGatesAreKeptOnce(_ cell: RewriteCell) {
    let program = cell.program()
    let names = program.names(in: .afterBackward)
    #expect(names.count { $0 == "matmul" } == 3)
    #expect(names.count { $0 == "sumToShape" } == 2)
    let joined = program.graph.values.indices.filter { i in
      guard case .operation(let operation, _) = program.graph.values[i].source else { return false }
      return operation is Concatenate && program.layout.kinds[i] == .row
    }
    #expect(joined.count == 1)
  }

  @Test func signsAndOuterProducts() {
    let gru = RewriteCell.packedGRU.program()
    #expect(!gru.names(in: .backwardLoop).contains("negate"))
    // Of the head, products of one row or column with the memory remain; outer products fuse.
    let head = RewriteCell.memoryHead.program()
    #expect(head.names(in: .backwardLoop).count { $0 == "matmul" } == 3)
    #expect(!head.names(in: .forwardLoop).contains("norm"))
  }

  /// The gradients of a memory that is read transposed come as it lies.
  @Test func productsAreNotTransposed() {
    let graph = RewriteCell.twoHeads.program().graph
    for case .operation(let operation, let inputs) in graph.values.map(\.source)
    where operation is Permute {
      guard case .operation(let operation, _) = graph.values[inputs[0]].source else { continue }
      #expect(!(operation is MatrixProduct) && !(operation is Multiply))
    }
  }

  /// What is weighted by values of each item becomes a product of matrices, in a block with what is around it; what
  /// is weighted by parameters, and small matrices, do not.
  @Test func weightedSumsAreProducts() {
    let large = RewriteCell.weightedSums(rows: 8, columns: 9).program()
    let forward = large.names(in: .forwardLoop)
    #expect(forward.count { $0 == "matmul" } == 2 && forward.count { $0 == "sum" } == 1)
    #expect(large.names(in: .backwardLoop).count { $0 == "matmul" } >= 2)
    for case .operation(let i) in large.items[.forwardLoop]! + large.items[.backwardLoop]! {
      #expect(large.graph.values[i].shape.rank == 2, "outside of blocks")
    }
    let small = RewriteCell.weightedSums(rows: 7, columns: 9).program()
    #expect(small.names(in: .forwardLoop).count { $0 == "sum" } == 3)
    #expect(small.productCount(.forwardLoop) == 0)
  }
}
