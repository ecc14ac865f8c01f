// Tutorial 10: ragged batches and masks. Padding must not count, and the loss is not the only place for it to.
import Claims
import Spool
import SpoolNN

// Three sequences of 7, 3 and 5 steps in one batch, [time, batch, features]. What lies past an item's end is
// padding: whatever the memory held.
let lengths = [7, 3, 5]
let (time, batch, classes) = (7, 3, 4)
let isInside =
  Tensor<Int32>.range(time).expandingAxis(at: 1) .< Tensor<Int32>(lengths.map(Int32.init))
print("which steps count, a row for each time step:\n\(isInside)")
func padded(_ inputs: Tensor<Float>, with padding: Tensor<Float>) -> Tensor<Float> {
  `where`(isInside.expandingAxis(at: 2), inputs, padding)
}
let keys = RandomKey(seed: 1).split(6)
let inputs = Tensor<Float>.normal([time, batch, 2], key: keys[0])
let labels = Tensor<Int32>.uniform([time, batch], in: 0..<Int32(classes), key: keys[1])
let zeros = padded(inputs, with: 0)
let noise = padded(inputs, with: 10 * Tensor<Float>.normal(inputs.shape, key: keys[2]))
let nans = padded(inputs, with: Tensor(Float.nan))

// A tagger that reads in both directions and gives each step a class.
struct Tagger: Module {
  let network = GRU<Float>(inputSize: 2, hiddenSizes: [8], bidirectional: true, key: keys[3])
  let output = Linear<Float>(inputSize: 16, outputSize: classes, key: keys[4])
}
let tagger = Tagger()

// The usual advice is to mask the loss. It is not enough: the backward cell reads the padding first, and
// carries it into every step that counts.
func maskedLoss(_ inputs: Tensor<Float>, lengths: [Int]?) -> (Float, Gradients<Float>) {
  let (loss, gradients) = valueAndGradient(of: tagger) {
    let (states, _) = tagger.network(inputs, lengths: lengths)
    return crossEntropy(logits: tagger.output(states), labels: labels, mask: isInside)
  }
  return (loss.scalar, gradients)
}
func largestDifference(_ a: Gradients<Float>, _ b: Gradients<Float>) -> Float {
  zip(a.tensors, b.tensors).map { abs($0! - $1!).max().scalar }.max()!
}
let (lossOfZeros, gradientsOfZeros) = maskedLoss(zeros, lengths: nil)
let (lossOfNoise, gradientsOfNoise) = maskedLoss(noise, lengths: nil)
let leak = largestDifference(gradientsOfZeros, gradientsOfNoise)
print(
  "a mask on the loss alone: the loss is \(short([lossOfZeros, lossOfNoise])), as the padding goes")
claim(
  "and its gradients differ by up to \(short(leak))", lossOfZeros != lossOfNoise && leak > 0.001)

// With the lengths, the states stop at each item's end and the backward cell starts there.
let (loss, gradients) = maskedLoss(zeros, lengths: lengths)
for (name, content) in [("noise", noise), ("NaN", nans)] {
  let (other, otherGradients) = maskedLoss(content, lengths: lengths)
  let difference = largestDifference(gradients, otherGradients)
  claim("with lengths, padding of \(name) changes nothing", other == loss && difference == 0)
}

// So a batch is only a way to be quick: each item gets what it would get alone.
let (outputs, last) = tagger.network(nans, lengths: lengths)
for (item, length) in lengths.enumerated() {
  let (alone, _) = tagger.network(inputs[..<length, item..<(item + 1)])
  let difference = abs(alone - outputs[..<length, item..<(item + 1)]).max().scalar
  claim(
    "item \(item), \(length) steps, alone and in the batch: \(short(difference)) apart",
    difference < 1e-6)
}
let (_, summed) = valueAndGradient(of: tagger) {
  let parts = lengths.enumerated().map { item, length in
    crossEntropy(
      logits: tagger.output(tagger.network(inputs[..<length, item..<(item + 1)]).outputs),
      labels: labels[..<length, item..<(item + 1)], reduction: .sum)
  }
  return stack(parts).sum() / Float(lengths.reduce(0, +))
}
let itemByItem = largestDifference(gradients, summed)
claim("so do the gradients: \(short(itemByItem)) apart", itemByItem < 1e-6)

// The last step of a ragged batch is not the last row. An item that has ended gives zeros there.
let forward = outputs[.all, .all, ..<8]
let atEnd = stack(lengths.enumerated().map { item, length in forward[length - 1, item] })
claim("row -1 of the short items holds zeros", abs(forward[-1, 1...]).max().scalar == 0)
claim("the returned state is the one at each item's end", last[0].forward == atEnd)

// A sequence reversed as a whole begins with its padding. scan(reverse:lengths:) begins at each item's end.
let cell = tagger.network.layers[0].backward!
func backward(_ lengths: [Int]?) -> Tensor<Float> {
  scan(noise, from: cell.initialState(batch: batch), reverse: true, lengths: lengths) {
    cell($0, $1)
  }
  .outputs
}
let (whole, within) = (backward(nil), backward(lengths))
let apart = abs(whole - within)[2, 1].max().scalar
claim(
  "reversed with its padding, item 1 differs by \(short(apart)) at its last step", apart > 0.001)
claim("within its length it is what the network gave", within == outputs[.all, .all, 8...])

// Pooling over time needs the mask as well: the mean is over an item's own steps, and attention gives the others
// no weight at all. With equal scores, attention is that mean.
let inside = isInside.expandingAxis(at: 2).converted(to: Float.self)
let mean = (outputs * inside).sum(0) / inside.sum(0)
let tooSmall = outputs.mean(0)[1].norm().scalar / mean[1].norm().scalar
claim(
  "the mean over all rows shrinks item 1 to \(short(tooSmall)) of its length",
  abs(tooSmall - 3 / 7) < 1e-5
)
func attentive(_ scores: Tensor<Float>) -> (pooled: Tensor<Float>, weights: Tensor<Float>) {
  let weights = softmax(`where`(isInside, scores, Tensor(-Float.infinity)), axis: 0)
  return ((weights.expandingAxis(at: 2) * outputs).sum(0), weights)
}
let uniform = abs(attentive(.zeros([time, batch])).pooled - mean).max().scalar
claim("attention with equal scores is the mean: \(short(uniform)) apart", uniform < 1e-6)
let (_, weights) = attentive(.normal([time, batch], key: keys[5]))
let outside = `where`(isInside, 0, weights).max().scalar
claim(
  "weights sum to 1, and padding has \(outside)",
  abs(weights.sum(0) - 1).max().scalar < 1e-6 && outside == 0)
