// Tutorial 7: attention. What a fixed context loses, what attention finds, and what its weights mean.
import Claims
import Spool
import SpoolNN
import SpoolPlot
import SpoolTraining

// The weights of a memory's positions are a softmax of scores: they sum to 1, and a masked position gets exactly 0.
let keys = RandomKey(seed: 1).split(9)
let states = Tensor<Float>.normal([1, 6, 64], key: keys[0])  // [batch, positions, features]
let query = Tensor<Float>.normal([1, 64], key: keys[1])
let isThere: Tensor<Bool> = [[true, true, true, true, false, false]]
let memory = AttentionMemory(of: states, mask: isThere, for: DotScore())
let (context, weights) = attend(query, to: memory, by: DotScore())
let isDistribution = abs(weights.sum() - 1).scalar < 1e-6 && weights[0, 4...].scalars == [0, 0]
claim("weights \(short(weights.scalars))", isDistribution)

// Attention knows no order. Permute the memory and the context stays; the order must be in the states.
let order = Tensor<Int32>([3, 1, 0, 2, 5, 4])
let permuted = AttentionMemory(of: states.gathered(order, axis: 1), mask: isThere, for: DotScore())
let (sameContext, _) = attend(query, to: permuted, by: DotScore())
claim("a permuted memory gives the same context", abs(context - sameContext).max().scalar < 1e-5)

// Products of long vectors are large, and softmax of large scores is a choice of one, with no gradient to the others.
// Divided by √64 they are as large as those of single numbers (Vaswani et al., 2017).
let many = Tensor<Float>.normal([200, 7, 64], key: keys[2])
func sharpest(by score: DotScore<Float>) -> Float {
  attend(many[.all, 0], to: AttentionMemory(of: many[.all, 1...], for: score), by: score)
    .weights.max(1).mean().scalar
}
let (raw, scaled) = (sharpest(by: DotScore()), sharpest(by: DotScore(isScaled: true)))
claim("the largest of 6 weights: \(short(raw)), scaled \(short(scaled))", raw > 0.8 && scaled < 0.6)

// A task for a decoder: write the letters that the encoder has read, backward.
let (letters, size, half, width) = (10, 48, 24, 16)
struct Reverser: Module {
  let isAttending: Bool
  let embedding = Embedding<Float>(vocabularySize: letters + 1, featureSize: width, key: keys[4])
  let encoder = GRU<Float>(inputSize: width, hiddenSizes: [half], bidirectional: true, key: keys[5])
  let decoder = GRUCell<Float>(inputSize: width + size, hiddenSize: size, key: keys[6])
  let score = AdditiveScore<Float>(querySize: size, keySize: size, hiddenSize: size, key: keys[7])
  let output = Linear<Float>(inputSize: size, outputSize: letters, key: keys[8])

  /// Logits for each letter to write, given the ones before it, and the weights, [time, batch, positions].
  func callAsFunction(
    _ source: Tensor<Int32>, given: Tensor<Int32>
  ) -> (logits: Tensor<Float>, weights: Tensor<Float>) {
    let (states, last) = encoder(embedding(source))
    let summary = concatenated([last[0].forward, last[0].backward!], axis: 1)
    let memory = AttentionMemory(of: states.transposed(0, 1), for: score)
    let ((outputs, weights), _) = scan(embedding(given), from: summary) { x, h in
      let (context, weights) = attend(h, to: memory, by: score)
      let (output, next) = decoder(concatenated([x, isAttending ? context : summary], axis: 1), h)
      return ((output, weights), next)
    }
    return (output(outputs), weights)
  }
}
func words(_ shape: Shape, seed: Int) -> (source: Tensor<Int32>, target: Tensor<Int32>) {
  let source = Tensor.uniform(shape, in: 0..<Int32(letters), key: RandomKey(seed: seed))
  return (source, source.flipped(0))
}
func shifted(_ target: Tensor<Int32>) -> Tensor<Int32> {
  let start = Tensor(repeating: Int32(letters), shape: [1, target.shape[1]])
  return concatenated([start, target[..<(-1)]])
}
func trained(isAttending: Bool, isLeaking: Bool = false) throws -> (model: Reverser, loss: Double) {
  let model = Reverser(isAttending: isAttending)
  let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.004), clippingTo: 1)
  var loss = 0.0
  while trainer.step < 800 {
    let (source, target) = words([3 + trainer.step % 8, 48], seed: trainer.step)
    let given = isLeaking ? target : shifted(target)
    loss = try trainer.takeStep {
      crossEntropy(logits: model(source, given: given).logits, labels: target)
    }.loss
  }
  return (model, loss)
}
/// How many of the letters are right that the model writes when it reads what it wrote.
func accuracy(of model: Reverser, length: Int) -> Float {
  let (source, target) = words([length, 100], seed: -1)
  var written = shifted(target)[..<1]
  for _ in 0..<length {
    let next = model(source, given: written).logits[-1].argmax(1)
    written = concatenated([written, next.expandingAxis(at: 0)])
  }
  return share(written[1...] .== target)
}
let lengths = [3, 5, 8, 10]
let (attending, fixed) = (try trained(isAttending: true).0, try trained(isAttending: false).0)
let byAttention = lengths.map { accuracy(of: attending, length: $0) }
let byContext = lengths.map { accuracy(of: fixed, length: $0) }
claim("right in words of \(lengths): with attention \(short(byAttention))", byAttention[3] > 0.9)
claim("with a fixed context \(short(byContext))", byContext[3] < byAttention[3] - 0.1)

// What a decoder is given must be what is known then, the letter before. Given the one to write, it learns to copy it.
let (leaking, loss) = try trained(isAttending: true, isLeaking: true)
let byLeak = accuracy(of: leaking, length: 5)
claim("given the answers: loss \(short(loss)), alone \(byLeak) right", loss < 0.05 && byLeak < 0.5)

// Do the weights say what an answer rests on? Here it is known: the letter at the mirrored place. Change a letter, and
// that answer changes. But the states beside it know it, too, and the weights may be there.
let (source, target) = words([10, 100], seed: -1)
let (logits, read) = attending(source, given: shifted(target))
func share(_ isSo: Tensor<Bool>) -> Float { isSo.converted(to: Float.self).mean().scalar }
var other = source
other[4] = `where`(source[4] .== 0, 9, source[4] - 1)
let isChanged = logits.argmax(2) .!= attending(other, given: shifted(target)).logits.argmax(2)
let mirrored = Tensor<Int32>.range(10, from: 9, by: -1).expandingAxis(at: 1)
let isOnLetter = share(read.argmax(2) .== mirrored)
let (own, first) = (share(isChanged[5]), share(isChanged[0]))
claim("another letter 5 changes answer 6 in \(own), 1 in \(first)", own > 0.8 && first < 0.2)
claim("the most weight is on an answer's letter in \(isOnLetter)", isOnLetter < 0.9)
let alphabet = "abcdefghij".map(String.init)
func names(_ word: Tensor<Int32>) -> [String] { word.scalars.map { alphabet[Int($0)] } }
let (columns, rows) = (names(source[.all, 0]), names(target[.all, 0]))
let values = read[.all, 0].unstacked().map { $0.scalars.map(Double.init) }
let map = HeatMap(title: "Where letters were read", columns: columns, rows: rows, values: values)
figure("attention.svg", map.svg())
