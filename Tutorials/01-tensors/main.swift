// Tutorial 1: tensors. What they are, how they share memory, and how shapes fit each other.
import Claims
import Spool

// A tensor is a value: numbers with a shape. Literals make small ones; brackets nest as on paper.
let a: Tensor<Float> = [[1, 2, 3], [4, 5, 6]]
print("a =\n\(a)")
claim("a has shape \(a.shape): two rows, three columns", a.shape == [2, 3])

// Operations work element by element. A number among them is a scalar tensor, stretched to fit.
let b = 2 * a + 1
claim("2a + 1 ends in \(b.scalars.last!)", b.scalars == [3, 5, 7, 9, 11, 13])

// Broadcasting (NumPy's rule): shapes are aligned at the last axis, and a size of 1 stretches.
let row: Tensor<Float> = [10, 20, 30]
let column: Tensor<Float> = [[100], [200]]
claim("[2, 3] + [3] adds a row to each row", (a + row)[1].scalars == [14, 25, 36])
claim(
  "[3] + [2, 1] makes a table of shape \((row + column).shape)", (row + column).shape == [2, 3])

// Subscripts take places, ranges and steps; negative ones count from the end.
claim("a[-1] is the last row", a[-1].scalars == [4, 5, 6])
claim("a[.all, 1...] drops the first column", a[.all, 1...].scalars == [2, 3, 5, 6])
claim("a[.all, .every(-1)] runs backward", a[0, .every(-1)].scalars == [3, 2, 1])

// A part of a tensor, its transpose and most reshapes are views: the numbers are not copied.
let big = Tensor<Float>.zeros([1000, 1000])
let clock = ContinuousClock()
let viewTime = clock.measure { for _ in 0..<1000 { _ = big.transposed()[1..<999] } }
let copyTime = clock.measure { for _ in 0..<10 { _ = big + 0 } } * 100
print("1,000 transposed parts of a million numbers: \(viewTime); as many copies: \(copyTime)")
claim("views are at least a hundred times cheaper than copies", viewTime * 100 < copyTime)

// Yet each tensor is a value of its own: to change one never changes another.
var changed = a
changed[0, 0] = 99
claim("after changed[0, 0] = 99, a still starts with \(a[0, 0].scalar)", a[0, 0].scalar == 1)

// Reductions name the axes that disappear; keepDims keeps them with size 1, ready to broadcast.
claim("the column sums are \(a.sum(0).scalars)", a.sum(0).scalars == [5, 7, 9])
let centred = a - a.mean(1, keepDims: true)
claim(
  "rows minus their means sum to zero", centred.sum(1).scalars.allSatisfy { $0.magnitude < 1e-6 })

// The matrix product works over the last two axes; leading axes are a batch.
let product = matmul(a, a.transposed())
claim("a aᵀ is symmetric", product.scalars == product.transposed().scalars)
claim("a aᵀ = [[14, 32], [32, 77]]", product.scalars == [14, 32, 32, 77])

// Time is the first axis of a sequence: [time, batch, features].
let sequence = stack([a, 2 * a, 3 * a, 4 * a])
claim("four steps of [2, 3] make \(sequence.shape)", sequence.shape == [4, 2, 3])
claim("unstacked() gives the steps back", sequence.unstacked()[2].scalars == (3 * a).scalars)
