import Spool
import SpoolNN

/// An end-to-end memory network (Sukhbaatar, Szlam, Weston & Fergus, 2015): a question goes over the sentences of a
/// story several times, each time a hop further:
///
///     p = softmax(uᵏ · mᵢᵏ)    uᵏ⁺¹ = uᵏ + Σᵢ pᵢ cᵢᵏ    answer = softmax(uᴷ⁺¹ Wᵀ)
///
/// Nothing tells it which sentences an answer follows from, as the memory networks of Weston, Chopra & Bordes (2014) are
/// told. Adjacent tying: the sentences are read by the table by which the hop before wrote, m¹ and the question by the
/// first one, and the answer by the last.
struct MemoryNetwork<Scalar: RealScalar>: Module, Sendable {
  /// The words as vectors, `[vocabulary, width]`: for reading at each hop, then for writing at the last one.
  let tables: [Parameter<Scalar>]
  /// When a sentence was told, `[sentences, width]` for each table: row 0 stands for the last one.
  let times: [Parameter<Scalar>]

  init(vocabulary: Int, width: Int, hops: Int, sentences: Int, key: RandomKey) {
    let draw = Initializer<Scalar>.normal(standardDeviation: 0.1)
    let keys = key.split(2 * (hops + 1))
    tables = keys.prefix(hops + 1).map {
      Parameter(wrappedValue: draw([vocabulary, width], key: $0))
    }
    times = keys.suffix(hops + 1).map {
      Parameter(wrappedValue: draw([sentences, width], key: $0))
    }
  }

  /// The features of a sentence.
  var width: Int { tables[0].value.shape[1] }
  /// The most sentences of a story that can be told apart by their age.
  var sentenceLimit: Int { times[0].value.shape[0] }

  /// What a question is answered with, and where each hop looked.
  struct Answers {
    /// `[batch, vocabulary]`.
    let logits: Tensor<Scalar>
    /// `[batch, sentences]` for each hop.
    let attention: [Tensor<Scalar>]
  }

  /// Answers each question of a batch.
  ///
  /// - Parameter isLinear: leaves the softmax over the sentences out, as at the beginning of training
  ///   (section 4.1, "linear start").
  func callAsFunction(_ stories: StoryBatch, isLinear: Bool = false) -> Answers {
    let isTold = stories.isTold  // [batch, sentences]
    let places = positionEncoding(of: stories.sentences, width: width, as: Scalar.self)
    let memories = zip(tables, times).map { table, time in
      let words = (places * embedding(stories.sentences, table: table.value)).sum(-2)
      let ages = embedding(stories.ages, table: time.value)
      return `where`(isTold.expandingAxis(at: 2), words + ages, 0)
    }
    let asked = positionEncoding(of: stories.questions, width: width, as: Scalar.self)
    var u = (asked * embedding(stories.questions, table: tables[0].value)).sum(-2)
    var attention: [Tensor<Scalar>] = []
    for hop in 0..<(tables.count - 1) {
      let match = matmul(memories[hop], u.expandingAxis(at: 2)).squeezingAxis(at: 2)
      let p = isLinear ? match : softmax(`where`(isTold, match, Tensor(-Scalar.infinity)))
      attention.append(p)
      u = u + matmul(p.expandingAxis(at: 1), memories[hop + 1]).squeezingAxis(at: 1)
    }
    return Answers(logits: matmul(u, tables.last!.value.transposed()), attention: attention)
  }
}

/// How much each feature of a word counts in its sentence, which tells the words' order (Sukhbaatar et al., 2015, section
/// 4.1): for feature k of d of word j of J
///
///     l(k, j) = (1 − j/J) − (k/d) (1 − 2j/J)
///
/// and 0 where there is no word. `[…, words]` to `[…, words, width]`.
func positionEncoding<S: RealScalar>(
  of words: Tensor<Int32>, width: Int, as _: S.Type = S.self
) -> Tensor<S> {
  let isWord = words .!= 0
  let count = max(isWord.converted(to: S.self).sum(-1, keepDims: true), 1)
  let j = (Tensor<S>.range(words.shape.last!, from: 1) / count).expandingAxis(at: -1)
  let k = Tensor<S>.range(width, from: 1) / S(width)
  return `where`(isWord.expandingAxis(at: -1), (1 - j) - k * (1 - 2 * j), 0)
}
