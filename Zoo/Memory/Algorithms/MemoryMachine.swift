import Spool
import SpoolNN

/// A memory with its heads, around which any controller can be put: a function of its input and of its state.
protocol MemoryMachine<Scalar>: Module, Sendable {
  /// The memory, and where its heads are.
  associatedtype Memory: HeadedMemory<Scalar>

  /// The features of what the controller is given: the input and what was read last.
  var controllerInputSize: Int { get }
  /// The features of the controller's output.
  var hiddenSize: Int { get }
  /// How many heads read; the others write.
  var readCount: Int { get }

  func initialMemory(batch: Int) -> Memory

  /// One step: `[batch, inputs]` to `[batch, outputs]`.
  func callAsFunction<State>(
    _ x: Tensor<Scalar>, _ memory: Memory, _ state: State,
    controller: (Tensor<Scalar>, State) -> (output: Tensor<Scalar>, state: State)
  ) -> (output: Tensor<Scalar>, memory: Memory, state: State)
}

/// What every machine's memory knows of its heads.
protocol HeadedMemory<Scalar> {
  associatedtype Scalar: RealScalar

  /// Where each head was, `[batch, heads, slots]`: those that read, then those that write.
  var weights: Tensor<Scalar> { get }
  /// What was read last, `[batch, reads · width]`.
  var reads: Tensor<Scalar> { get }
}

/// A memory over time, with a recurrent cell for its controller.
struct MachineNetwork<Machine: MemoryMachine, Controller: RecurrentCell>: Module, Sendable
where Machine.Scalar == Controller.Scalar {
  typealias Scalar = Controller.Scalar
  typealias State = (memory: Machine.Memory, controller: Controller.State)

  let machine: Machine
  let controller: Controller

  init(
    _ machine: Machine, key: RandomKey,
    controller: (_ inputs: Int, _ hidden: Int, RandomKey) -> Controller
  ) {
    self.machine = machine
    self.controller = controller(machine.controllerInputSize, machine.hiddenSize, key)
  }

  /// The state before the first step.
  func initialState(batch: Int) -> State {
    (machine.initialMemory(batch: batch), controller.initialState(batch: batch))
  }

  /// One step.
  func callAsFunction(_ x: Tensor<Scalar>, _ state: State) -> (Tensor<Scalar>, State) {
    let (y, memory, next) = machine(x, state.memory, state.controller) { controller($0, $1) }
    return (y, (memory, next))
  }
}

extension MachineNetwork: BitNetwork where Controller.Scalar == Float {
  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> {
    scan(inputs, from: initialState(batch: inputs.shape[1])) { self($0, $1) }.outputs
  }

  func recordings(_ inputs: Tensor<Float>) -> [Recording] {
    let inputs = inputs[.all, ..<1]
    let first = initialState(batch: 1)
    let ((weights, reads), _) = scan(inputs, from: first) { x, state in
      let (_, next) = self(x, state)
      return ((next.memory.weights, next.memory.reads), next)
    }
    let heads = (0..<weights.shape[2]).map { head in
      Recording(
        name: head < machine.readCount
          ? "reading head \(head + 1)" : "writing head \(head + 1 - machine.readCount)",
        activations: weights[.all, 0, head], range: 0...1, unit: "slot")
    }
    // At each step the controller is given what was read at the one before.
    let before = concatenated([first.memory.reads.expandingAxis(at: 0), reads[..<(-1)]])
    return heads
      + Recording.layers(
        of: Recurrent(layers: [.init(forward: controller)]),
        concatenated([inputs, before], axis: 2))
  }
}
