import CKernels

/// One entry of a tape.
struct Node {
  /// How to go back; nil for a leaf (a tensor that the scope differentiates by), and once used up.
  var rule: (any DerivativeRule)?
  /// Stays when the rule is used up.
  let kind: RuleKind
  /// The inputs as the rule will read them; none where the rule reads none.
  var operands: Operands
  /// For each input the index of its node on the same tape, or −1.
  let parents: Parents
  var output: TensorHandle?
  let shape: Shape
  let scalarType: ScalarType

  /// Frees what the rule needs.
  mutating func discard() {
    rule = nil
    operands = Operands()
    output = nil
  }
}

/// What a sweep asks of each rule: kept beside it, since looking into the rule takes as long as a small operation.
enum RuleKind {
  /// No rule: a leaf.
  case leaf
  /// A cotangent for each input.
  case single
  /// The same, better added to a gradient than made (`prefersAddVJP`).
  case adding
  /// All cotangents together.
  case joint

  init(_ rule: (some DerivativeRule).Type) {
    self = rule.isJoint ? .joint : rule.prefersAddVJP ? .adding : .single
  }
}

/// The tape indices of an operation's inputs: three inline.
struct Parents {
  private var inline = InlineArray<3, Int32>(repeating: -1)
  private var rest: [Int32]?
  let count: Int

  init(count: Int) {
    self.count = count
    if count > 3 { rest = [Int32](repeating: -1, count: count - 3) }
  }

  subscript(i: Int) -> Int32 {
    get { i < 3 ? inline[i] : rest![i - 3] }
    set { if i < 3 { inline[i] = newValue } else { rest![i - 3] = newValue } }
  }
}

/// A growing array of nodes in pooled memory, which the next tape gets back without asking the system.
/// Nodes are referred to in place: no copies, no reference counts, no checks of exclusive access.
struct NodeArena: ~Copyable {
  private(set) var nodes: UnsafeMutablePointer<Node>
  private(set) var count = 0
  private var capacity: Int

  init(capacity: Int = 256) {
    self.capacity = capacity
    nodes = NodeArena.allocate(capacity)
  }

  mutating func append(_ node: consuming Node) {
    if count == capacity { grow() }
    (nodes + count).initialize(to: node)
    count += 1
  }

  private mutating func grow() {
    let larger = NodeArena.allocate(2 * capacity)
    larger.moveInitialize(from: nodes, count: count)
    NodeArena.free(nodes, capacity)
    nodes = larger
    capacity *= 2
  }

  mutating func removeAll() {
    nodes.deinitialize(count: count)
    count = 0
  }

  deinit {
    nodes.deinitialize(count: count)
    NodeArena.free(nodes, capacity)
  }

  private static func allocate(_ capacity: Int) -> UnsafeMutablePointer<Node> {
    guard let block = spool_allocate(capacity * MemoryLayout<Node>.stride) else {
      trap("a tape of \(capacity) operations does not fit the memory left")
    }
    return block.bindMemory(to: Node.self, capacity: capacity)
  }

  private static func free(_ nodes: UnsafeMutablePointer<Node>, _ capacity: Int) {
    spool_release(nodes, capacity * MemoryLayout<Node>.stride)
  }
}
