import Spool

extension GradientTable {
  mutating func addComparisonRows() {
    let pair: [[Operand]] = [[[2, 3], [3]], [[], []], [[0], [1]], [[2, 2], .same]]
    constant(".==(_:_:)", shapes: pair) { $0[0] .== $0[1] }
    constant(".!=(_:_:)", shapes: pair) { $0[0] .!= $0[1] }
    constant(".<(_:_:)", shapes: pair) { $0[0] .< $0[1] }
    constant(".<=(_:_:)", shapes: pair) { $0[0] .<= $0[1] }
    constant(".>(_:_:)", shapes: pair) { $0[0] .> $0[1] }
    constant(".>=(_:_:)", shapes: pair) { $0[0] .>= $0[1] }
    constant(".&(_:_:)", shapes: pair) { ($0[0] .> 0) .& ($0[1] .> 0) }
    constant(".|(_:_:)", shapes: pair) { ($0[0] .> 0) .| ($0[1] .> 0) }
    constant(".!(_:)") { .!($0[0] .> 0) }
    constant(".isNaN") { $0[0].isNaN }
    constant(".isFinite") { $0[0].isFinite }
  }
}
