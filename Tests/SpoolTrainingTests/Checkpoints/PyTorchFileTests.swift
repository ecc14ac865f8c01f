import Foundation
import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@Suite struct PyTorchFileTests {
  /// The golden holds PyTorch's weights beside its inputs and outputs.
  @Test func weightsAreReadFromAFile() throws {
    let goldens = URL(filePath: #filePath).appending(path: "../../../Goldens/Recurrent")
      .standardized
    let file = try SafetensorsFile(path: goldens.appending(path: "lstm_2_layers.safetensors").path)
    let tensors: [String: Tensor<Double>] = try file.tensors()
    let network = LSTM<Double>(inputSize: 3, hiddenSizes: [4, 4], key: RandomKey(seed: 1))
    try network.loadPyTorchWeights(tensors)
    let (h, c) = (tensors["h0"]!, tensors["c0"]!)
    let first = [0, 1].map { layer in
      LSTM<Double>.LayerState(forward: .init(h: h[layer], c: c[layer]))
    }
    expectClose(
      network(tensors["input"]!, from: first).outputs, tensors["output"]!, within: 1e-12)
  }

  @Test func moreAxesThanATensorCanHaveAreAnError() throws {
    let deep = SafetensorsTensor(
      name: "deep", shape: [Int](repeating: 1, count: 9), values: [1 as Float])
    let file = try SafetensorsFile(
      contents: SafetensorsFile.encode([deep], path: "nine"), path: "nine")
    let error = #expect(throws: SafetensorsError.self) { try file.tensors(as: Float.self) }
    #expect(error?.fault == .tooManyAxes(9))
    #expect(error?.description.contains("9 axes, more than the 8 allowed") == true)
  }
}
