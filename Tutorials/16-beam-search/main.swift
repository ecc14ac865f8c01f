// Tutorial 16: beam search. The likeliest sequence of a model that is asked for one word at a time.
import Claims
import Spool
import SpoolNN
import SpoolTraining

// A model with opinions, though nothing has taught it: a recurrent network with large random weights. The next word
// depends on all words before it. Word 0 ends a sentence.
let (vocabulary, longest, hidden) = (6, 5, 16)
let keys = RandomKey(seed: 3).split(4)
let embedding = Embedding<Double>(vocabularySize: vocabulary, featureSize: hidden, key: keys[0])
let cell = GRUCell<Double>(
  inputSize: hidden, hiddenSize: hidden, stateWeights: .orthogonal(gain: 2), key: keys[1])
let output = Linear<Double>(inputSize: hidden, outputSize: vocabulary, key: keys[2])
output.bias!.value = [-1, 0, 0, 0, 0, 0]
typealias State = Tensor<Double>

/// Logits of the words that come after the last ones of some sentences, `[sentences]`, and the state after them.
func step(_ last: Tensor<Int32>, _ state: State) -> (logits: Tensor<Double>, state: State) {
  let (h, next) = cell(embedding(last), state)
  return (2 * output(h), next)
}
let starts = Tensor<Double>.normal([200, hidden], key: keys[3])
func beginning(_ task: Int) -> State { starts[task..<(task + 1)] }

/// What beam search finds, and how many candidates each of its steps has.
func search(
  _ task: Int, width: Int, penalty: Double = 0
) -> (found: [Hypothesis], candidates: [Int]) {
  var candidates: [Int] = []
  let found = beamSearch(
    from: beginning(task), start: 0, end: 0, width: width, maximumLength: longest,
    lengthPenalty: penalty
  ) { last, state in
    let (logits, next) = step(last, state)
    candidates.append(logits.count)
    return (logits, next)
  }
  return (found, candidates)
}

// One reads that a beam of K "expands K paths". Each step extends each of K sentences by each of V words, and of these K · V,
// and of the sentences that have ended, it keeps K.
let (kept, candidates) = search(0, width: 4)
print("a beam of 4, candidates step by step: \(candidates), sentences at the end: \(kept.count)")
claim(
  "at most K · V = 24, of which 4 are kept",
  candidates[0] == vocabulary && candidates.max() == 4 * vocabulary && kept.count == 4)

// A beam of 1 is greedy search.
let tasks = 0..<200
let areGreedy = tasks.allSatisfy { task in
  let greedy = greedySearch(
    from: beginning(task), start: 0, end: 0, maximumLength: longest, step)
  return search(task, width: 1).found[0].tokens == greedy.tokens
}
claim("a beam of 1 writes what greedy search writes, \(tasks.count) times", areGreedy)

// To be sure of the likeliest, try all: each word after each beginning that has not ended.
func likeliest(_ sum: Double, after last: Int32, _ state: State, left: Int) -> Double {
  if left == 0 { return sum }
  let (logits, next) = step(Tensor([last]), state)
  return logSoftmax(logits)[0].scalars.enumerated().map { word, logProbability in
    word == 0
      ? sum + logProbability
      : likeliest(sum + logProbability, after: Int32(word), next, left: left - 1)
  }.max()!
}
let best = tasks.map { likeliest(0, after: 0, beginning($0), left: longest) }
/// How often a beam finds the likeliest sentence.
func hits(_ width: Int, of tasks: Range<Int>) -> Int {
  tasks.count { search($0, width: width).found[0].logProbability > best[$0] - 1e-9 }
}
let widths = [1, 2, 4, 8, 16]
let found = widths.map { hits($0, of: tasks) }
print("beams of \(widths) find the likeliest of all sentences in \(found) of \(tasks.count)")
claim("greedy search misses it often", found[0] < tasks.count / 2)
claim("a beam of 16 hardly", found[4] > tasks.count * 9 / 10)

// That no beam below V^L is safe follows from how it works; one of V^L = 6⁵ drops nothing, and is an exhaustive search.
let all = (1 + 5 + 25 + 125 + 625) + 3125  // That end with word 1, 2, … 5, and that do not.
let widest = search(0, width: 7776).found
claim("a beam of 6⁵ ends with all \(all) sentences", widest.count == all)
claim("and always finds it", hits(7776, of: 0..<20) == 20)

// Each word more makes a sentence less likely, so short ones win. A length penalty divides log P by ((5 + length) / 6)^α.
func mean(_ numbers: [Double]) -> Double { numbers.reduce(0, +) / Double(numbers.count) }
let means = [0, 1, 2].map { penalty in
  let best = tasks.map { search($0, width: 8, penalty: penalty).found[0] }
  return (length: mean(best.map { Double($0.length) }), logP: mean(best.map(\.logProbability)))
}
print("α = 0, 1, 2: length \(short(means.map(\.length))), log P \(short(means.map(\.logP)))")
claim(
  "α makes them longer, and less likely",
  means[2].length > means[0].length + 0.5 && means[2].logP < means[0].logP)
