import Spool
import SpoolNN

/// The controllers that `--controller` offers.
enum ControllerKind: String, CaseIterable {
  case feedForward = "feed-forward"
  case rnn
  case gru
  case lstm

  /// `machine` with a controller of this kind, drawn with `key`.
  func network<Machine: MemoryMachine>(
    _ machine: Machine, key: RandomKey
  ) -> any BitNetwork where Machine.Scalar == Float {
    switch self {
    case .feedForward:
      MachineNetwork(machine, key: key) {
        FeedForwardController(inputSize: $0, hiddenSize: $1, key: $2)
      }
    case .rnn:
      MachineNetwork(machine, key: key) { RNNCell(inputSize: $0, hiddenSize: $1, key: $2) }
    case .gru:
      MachineNetwork(machine, key: key) { GRUCell(inputSize: $0, hiddenSize: $1, key: $2) }
    case .lstm:
      MachineNetwork(machine, key: key) { LSTMCell(inputSize: $0, hiddenSize: $1, key: $2) }
    }
  }
}
