import CKernels

/// What a loop over time does at each step, for one range of the batch's rows: operations on handles made
/// beforehand, whose data pointers advance with time. Allocates nothing while it runs.
final class LoopBody {
  private enum Instruction {
    case pointwise(spool_pointwise_op, ScalarType, [TensorHandle], TensorHandle)
    case product(TensorHandle, OpaquePointer, TensorHandle)
    case general(any Operation, Operands, TensorHandle)
  }

  private struct Mover {
    let handle: TensorHandle
    let start: UnsafeMutableRawPointer
    let stride: Int
  }

  private var instructions: [Instruction] = []
  private var movers: [Mover] = []
  private var strides: [ObjectIdentifier: Int] = [:]

  /// Lets `handle` advance by `stride` bytes at each time step.
  func move(_ handle: TensorHandle, by stride: Int) {
    guard stride != 0, strides[ObjectIdentifier(handle)] == nil else { return }
    strides[ObjectIdentifier(handle)] = stride
    movers.append(Mover(handle: handle, start: handle.data, stride: stride))
  }

  /// Lets a view advance with what it looks at.
  func move(_ view: TensorHandle, as source: TensorHandle) {
    if let stride = strides[ObjectIdentifier(source)] { move(view, by: stride) }
  }

  func append(
    _ operation: any Operation, _ inputs: [TensorHandle], into output: TensorHandle,
    packed: OpaquePointer?
  ) {
    if let packed, operation is MatrixProduct {
      instructions.append(.product(inputs[0], packed, output))
    } else if let pointwise = operation as? any PointwiseOperation {
      let kind = type(of: pointwise)
      instructions.append(
        .pointwise(kind.kernel, inputs[kind.typeInput].scalarType, inputs, output))
    } else {
      instructions.append(.general(operation, Operands(inputs), output))
    }
  }

  func appendCopy(of value: TensorHandle, into target: TensorHandle) {
    instructions.append(.pointwise(SPOOL_COPY, value.scalarType, [value], target))
  }

  func run(length: Int, ascending: Bool) {
    for step in 0..<length {
      let time = ascending ? step : length - 1 - step
      for mover in movers { mover.handle.data = mover.start + time * mover.stride }
      for instruction in instructions { run(instruction) }
    }
  }

  private func run(_ instruction: Instruction) {
    switch instruction {
    case .pointwise(let kernel, let type, let inputs, let output):
      Kernel.pointwise(
        kernel, type, into: output, inputs[0], inputs.count > 1 ? inputs[1] : nil,
        inputs.count > 2 ? inputs[2] : nil)
    case .product(let a, let packed, let c):
      var product = spool_gemm()
      product.batch = 1
      product.m = a.shape[0]
      product.k = a.shape[1]
      product.n = c.shape[1]
      product.a = UnsafeRawPointer(a.data)
      product.a_row = a.strides[0]
      product.a_column = a.strides[1]
      product.c = c.data
      product.c_row = c.strides[0]
      product.packed_b = packed
      spool_matmul(c.scalarType.kernel, &product)
    case .general(let operation, let inputs, let output):
      operation.run(inputs, into: output)
    }
  }
}
