import CKernels

/// y = Σ x² over axes, which stay with size 1. Made by rewriting a step's graph, after derivatives are taken.
struct SumOfSquares: ReductionOperation, NondifferentiableOperation {
  static let name = "sumOfSquares"
  static let kernel = SPOOL_SUM_OF_SQUARES
  let axes: AxisSet
}
