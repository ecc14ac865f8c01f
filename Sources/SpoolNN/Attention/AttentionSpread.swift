import Foundation
import Spool

/// How attention is spread over a memory: whether it chooses at all, and how far back it looks.
///
/// It can fail in two ways that a loss does not show. Where all positions have about the same weight the context is their
/// mean, whatever the query; where all weight lies on the last positions it tells no more than the last state does.
public struct AttentionSpread: Equatable, Sendable {
  /// The entropy of each query's weights as a share of that of equal ones, −Σ αⱼ ln αⱼ / ln n: 0 for one position
  /// alone, 1 for all alike.
  public let evenness: [Double]
  /// How far from the end of the memory each query looks on average: Σ αⱼ (n − 1 − j).
  public let distance: [Double]
  /// The weight of the last positions.
  public let recentShare: [Double]

  /// How many positions are the last ones.
  public let recent: Int

  /// The spread of the weights of some queries. Those that have no choice, with `recent` positions or fewer, are
  /// left out.
  ///
  /// - Parameter queries: for each query the weights of the positions that are there.
  public init(of queries: [[Double]], recent: Int = 3) {
    precondition(recent >= 1, "AttentionSpread: the last \(recent) positions; there must be some")
    let queries = queries.filter { $0.count > recent }
    self.recent = recent
    evenness = queries.map { weights in
      -weights.reduce(0) { $0 + ($1 > 0 ? $1 * log($1) : 0) } / log(Double(weights.count))
    }
    distance = queries.map { weights in
      weights.enumerated().reduce(0) { $0 + Double(weights.count - 1 - $1.offset) * $1.element }
    }
    recentShare = queries.map { $0.suffix(recent).reduce(0, +) }
  }

  /// The spread of `weights`, `[queries, positions]`, over the positions that `mask`, of the same shape, says are there;
  /// nil for all.
  public init<S: RealScalar>(
    of weights: Tensor<S>, mask: Tensor<Bool>? = nil, recent: Int = 3
  ) {
    let isThere = mask ?? Tensor(repeating: true, shape: weights.shape)
    self.init(
      of: (0..<weights.shape[0]).map { query in
        weights[query].selecting(where: isThere[query]).scalars.map(\.asDouble)
      }, recent: recent)
  }

  /// The mean of `evenness`; NaN without queries.
  public var meanEvenness: Double { Self.mean(evenness) }
  /// The mean of `distance`; NaN without queries.
  public var meanDistance: Double { Self.mean(distance) }
  /// The mean of `recentShare`; NaN without queries.
  public var meanRecentShare: Double { Self.mean(recentShare) }

  /// Whether attention does not choose: its weights are on average more than 0.95 as even as equal ones.
  public var isUniform: Bool { meanEvenness > 0.95 }
  /// Whether attention sees the end of the memory only: more than 0.95 of the weight is there.
  public var isRecentOnly: Bool { meanRecentShare > 0.95 }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }
}
