import Spool

extension GradientTable {
  mutating func addArithmeticRows() {
    let positive = Domain.uniform(0.5...2)
    binary("+(_:_:)") { $0 + $1 }
    binary("-(_:_:)") { $0 - $1 }
    binary("*(_:_:)") { $0 * $1 }
    binary("/(_:_:)", in: .uniform(-2 ... -0.5, 0.5...2)) { $0 / $1 }
    unary("-(_:)") { -$0 }
    binary("+=(_:_:)") { a, b in
      var sum = a * a
      sum += b
      return sum
    }
    binary("-=(_:_:)") { a, b in
      var difference = a * a
      difference -= b
      return difference
    }
    binary("*=(_:_:)") { a, b in
      var product = a
      product *= b
      return product
    }
    binary("/=(_:_:)", in: positive) { a, b in
      var quotient = a
      quotient /= b
      return quotient
    }
    binary("pow(_:_:)", in: positive) { pow($0, $1) }
    unary("pow(_:_:)", "cubed, negative too") { pow($0, 3) }
    unary("pow(_:_:)", "to the power 0") { pow($0, 0) }
    unary("pow(_:_:)", "of a constant base") { pow(1.5, $0) }
  }
}
