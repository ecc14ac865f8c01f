import CKernels

extension Tape {
  /// Sweeps the tape backward from `seeds` (a node and its cotangent each), and returns the cotangent
  /// of every leaf that one reaches, by node index. Rules run with recording off on this tape; outer
  /// tapes record them where cotangents or primals are tracked there.
  ///
  /// - Parameter keeping: whether the tape can be swept again; else what a rule needs is freed as
  ///   soon as the rule has run.
  func sweep(from seeds: [(node: Int32, cotangent: TensorHandle)], keeping: Bool)
    -> [TensorHandle?]
  {
    guard !isUsedUp else {
      trap(
        "the tape of this pullback is used up: its memory was freed by the first backward sweep. "
          + "To sweep several times, make it with vjp(at:reusable: true)")
    }
    mode = .sweeping
    if !keeping { markUsedUp() }
    var cotangents = [TensorHandle?](repeating: nil, count: nodeCount)
    var products = GatheredProducts()
    for seed in seeds where seed.node >= 0 {
      add(seed.cotangent, to: &cotangents[Int(seed.node)])
    }
    for i in stride(from: nodeCount - 1, through: 0, by: -1) {
      let node = nodes + i
      if node.pointee.kind == .leaf { continue }
      if let cotangent = cotangents[i] {
        cotangents[i] = nil
        propagate(cotangent, from: node, into: &cotangents, &products)
      }
      if !keeping { node.pointee.discard() }
    }
    for (leaf, factors) in products.rest() { add(factors, toLeaf: leaf, &cotangents) }
    return cotangents
  }

  private func propagate(
    _ cotangent: TensorHandle, from node: UnsafeMutablePointer<Node>,
    into cotangents: inout [TensorHandle?], _ products: inout GatheredProducts
  ) {
    let rule = node.pointee.rule!
    let kind = node.pointee.kind
    if kind == .joint {
      for (input, part) in rule.jointVJP(cotangent, of: self).enumerated() {
        guard let part, node.pointee.parents[input] >= 0 else { continue }
        add(part, through: node, wrt: input, to: &cotangents)
      }
      return
    }
    let isRecorded = hasOuterTape || cotangent.recordingTape != nil
    for input in 0..<node.pointee.parents.count {
      let parent = Int(node.pointee.parents[input])
      guard parent >= 0 else { continue }
      if !isRecorded && anomalies == nil && nodes[parent].kind == .leaf,
        let factors = rule.gradientFactors(cotangent, node: node, wrt: input),
        GatheredProducts.gathers(factors)
      {
        if let all = products.add(factors, for: parent) { add(all, toLeaf: parent, &cotangents) }
        continue
      }
      if !isRecorded && (cotangents[parent] != nil || kind == .adding) {
        let gradient = exclusiveGradient(&cotangents[parent], like: nodes + parent)
        if let gradient, rule.addVJP(cotangent, node: node, wrt: input, to: gradient) {
          anomalies?.inspect(gradient, backwardThrough: node, on: self)
          continue
        }
      }
      if let part = rule.vjp(cotangent, node: node, of: self, wrt: input) {
        add(part, through: node, wrt: input, to: &cotangents)
      }
    }
  }

  /// Adds Aᵀ B to the gradient of a leaf.
  private func add(
    _ factors: GatheredProducts.Factors, toLeaf leaf: Int, _ cotangents: inout [TensorHandle?]
  ) {
    let a = factors.a.transposedMatrix
    if cotangents[leaf] != nil,
      let gradient = exclusiveGradient(&cotangents[leaf], like: nodes + leaf)
    {
      MatrixProduct.multiply(a, factors.b, into: gradient, adding: true, freeOrder: true)
    } else {
      add(MatrixProduct().evaluate(Operands(a, factors.b)), to: &cotangents[leaf])
    }
  }

  private func add(
    _ part: TensorHandle, through node: UnsafeMutablePointer<Node>, wrt input: Int,
    to cotangents: inout [TensorHandle?]
  ) {
    anomalies?.inspect(part, backwardThrough: node, on: self)
    let parent = Int(node.pointee.parents[input])
    let shape = nodes[parent].shape
    if part.shape == shape {
      add(part, to: &cotangents[parent])
      return
    }
    guard Shape.broadcast(shape, part.shape) == part.shape else {
      trap(
        "\(type(of: node.pointee.rule!).name): the rule gave input \(input), of shape \(shape), a "
          + "cotangent of shape \(part.shape); it must have the input's shape, or one that the "
          + "input broadcasts to")
    }
    // Here, and only here, broadcasting is undone.
    add(apply(SumToShape(shape: shape), part), to: &cotangents[parent])
  }

  /// The gradient in `slot` as memory that only the sweep refers to; made, of zeros, where there is
  /// none yet. Nil where sharing it would need a copy first, which the plain rule does as well.
  private func exclusiveGradient(_ slot: inout TensorHandle?, like node: UnsafeMutablePointer<Node>)
    -> TensorHandle?
  {
    if slot == nil { slot = .zeros(node.pointee.shape, node.pointee.scalarType) }
    guard isKnownUniquelyReferenced(&slot), let gradient = slot, gradient.ownsMemory else {
      return nil
    }
    return gradient
  }

  /// Adds one contribution to a cotangent.
  private func add(_ part: TensorHandle, to slot: inout TensorHandle?) {
    guard slot != nil else {
      slot = part
      return
    }
    if part.recordingTape == nil && isKnownUniquelyReferenced(&slot), let sum = slot,
      sum.ownsMemory, sum.recordingTape == nil
    {
      let dense = part.dense()
      withExtendedLifetime(dense) {
        spool_accumulate(sum.scalarType.kernel, sum.count, sum.data, dense.data)
      }
    } else {
      slot = apply(Add(), slot!, part)
    }
  }
}
