import Spool
import SpoolNN
import SpoolPlot
import TestSupport
import Testing

@testable import SpoolZoo

/// What `zoo inspect` shows of networks with a memory.
@Suite struct MachineRecordingTests {
  private let inputs = Tensor<Float>.normal([5, 2, 3], key: RandomKey(seed: 4))

  /// Expects what is recorded to be what the machine's steps do, one by one, to the first sequence.
  private func check<Machine: MemoryMachine>(
    _ machine: Machine, heads: [String],
    isRight: (_ before: Machine.Memory, _ after: Machine.Memory) -> Void
  ) where Machine.Scalar == Float {
    let network = MachineNetwork(machine, key: RandomKey(seed: 2)) {
      GRUCell<Float>(inputSize: $0, hiddenSize: $1, key: $2)
    }
    let recordings = network.recordings(inputs)
    let controller = ["hidden state", "reset gate", "update gate"].map { "layer 1, \($0)" }
    #expect(recordings.map(\.name) == heads + controller)
    var state = network.initialState(batch: 1)
    for t in 0..<5 {
      let x = inputs[t, ..<1]
      let h = network.controller(
        concatenated([x, state.memory.reads], axis: 1), state.controller
      ).output
      let (_, next) = network(x, state)
      for head in heads.indices {
        #expect(recordings[head].unit == "slot")
        expectClose(
          recordings[head].activations[t], next.memory.weights[0, head], within: 1e-6, heads[head])
      }
      expectClose(recordings[heads.count].activations[t], h[0], within: 1e-5)
      isRight(state.memory, next.memory)
      state = next
    }
  }

  @Test func headsOfATuringMachine() {
    let sizes = NeuralTuringMachineSizes(
      inputs: 3, outputs: 2, hidden: 4, slots: 5, width: 3, reads: 2, writes: 1)
    check(
      NeuralTuringMachine(sizes, key: RandomKey(seed: 1)),
      heads: ["reading head 1", "reading head 2", "writing head 1"]
    ) { before, after in
      let read = memoryReads(from: before.slots, at: after.weights[.all, ..<2])
      expectClose(after.reads, read.reshaped(to: [1, 6]), within: 1e-6)
    }
  }

  @Test func headsOfANeuralComputer() {
    let sizes = NeuralComputerSizes(
      inputs: 3, outputs: 2, hidden: 4, slots: 5, width: 3, reads: 2)
    check(
      DifferentiableNeuralComputer(sizes, key: RandomKey(seed: 1)),
      heads: ["reading head 1", "reading head 2", "writing head 1"]
    ) { _, after in
      #expect(after.weights[.all, ..<2] == after.readWeights)
      #expect(after.weights[.all, 2] == after.writeWeights)
    }
  }

  @Test func slotsAreCalledSlots() {
    let weights = Tensor<Float>(shape: [2, 3], [1, 0, 0, 0, 0, 1])
    let head = Recording(name: "head", activations: weights, range: 0...1, unit: "slot")
    let map = head.heatMap(labels: ["a", "b"], units: 2)
    #expect(map.rows == ["slot 0", "slot 2"] && map.values == [[1, 0], [0, 1]])
  }

  /// The sentences are rows, with the share of each hop.
  @Test func anExplanationIsDrawn() {
    let explanation = StoryExplanation(
      sentences: ["mary went home", "john went out"], attention: [[0.25, 0.75], [1, 0]],
      question: "where is mary", answer: "home")
    let map = explanation.heatMap
    #expect(map.title == "where is mary? home")
    #expect(map.columns == ["hop 1", "hop 2"] && map.rows == explanation.sentences)
    #expect(map.values == [[0.25, 1], [0.75, 0]])
    #expect(
      explanation.description == """
        0.25 1.00  mary went home
        0.75 0.00  john went out
        where is mary? home
        """)
  }
}
