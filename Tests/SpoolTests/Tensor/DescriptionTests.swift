import Spool
import Testing

/// Expects the text that NumPy 2.4 prints for the same elements (but `True`, which is `true` here).
private func expectPrints<S: TensorScalar>(
  _ tensor: Tensor<S>, _ text: String, sourceLocation: SourceLocation = #_sourceLocation
) {
  #expect(tensor.description == text, sourceLocation: sourceLocation)
}

struct DescriptionTests {
  @Test func realNumbersShowTheDecimalsTheyNeed() {
    expectPrints(Tensor<Float>([0, 1, 2, 3, 4]), "[0. 1. 2. 3. 4.]")
    expectPrints(Tensor<Float>([-1.5, 0.25, 3]), "[-1.5   0.25  3.  ]")
    expectPrints(Tensor<Float>([0.1, 0.2, 0.33333334]), "[0.1        0.2        0.33333334]")
    expectPrints(Tensor<Double>([1.0 / 3, 2.0 / 3, 0.1]), "[0.33333333 0.66666667 0.1       ]")
    expectPrints(Tensor<Double>([-0.0, 0, 1]), "[-0.  0.  1.]")
    expectPrints(Tensor<Double>([0.5, 500]), "[  0.5 500. ]")
    expectPrints(Tensor<Double>([12_345_678, 99_999_999]), "[12345678. 99999999.]")
  }

  @Test func decimalsAreRoundedFromTheValueNotFromItsText() {
    expectPrints(
      Tensor<Double>([0.001953125, 0.005859375, 1.000000015, 1.000000025]),
      "[0.00195312 0.00585938 1.00000001 1.00000003]")
  }

  @Test func numbersLargeSmallOrFarApartShowPowersOfTen() {
    expectPrints(Tensor<Double>([0.001, 1, 1000.5]), "[1.0000e-03 1.0000e+00 1.0005e+03]")
    expectPrints(Tensor<Double>([0.00001, 0.00002]), "[1.e-05 2.e-05]")
    expectPrints(Tensor<Float>([1_000_000, 2_500_000]), "[1.0e+06 2.5e+06]")
    expectPrints(
      Tensor<Double>([100_000_000, -123_456_789.125]),
      "[ 1.00000000e+08 -1.23456789e+08]")
    expectPrints(
      Tensor<Float>([0.1, 9.999999e-6, 16_777_216]),
      "[1.0000000e-01 9.9999988e-06 1.6777216e+07]")
    expectPrints(Tensor<Double>([1e-300, -2.5e100, 0]), "[ 1.0e-300 -2.5e+100  0.0e+000]")
    expectPrints(
      Tensor<Double>([.leastNonzeroMagnitude, .greatestFiniteMagnitude]),
      "[4.94065646e-324 1.79769313e+308]")
  }

  @Test func notANumberAndInfinitiesAreAlignedWithNumbers() {
    expectPrints(Tensor<Float>([.nan, .infinity, -.infinity, 1.5]), "[ nan  inf -inf  1.5]")
    expectPrints(Tensor<Double>([.nan, -.infinity]), "[ nan -inf]")
    expectPrints(Tensor<Double>([.nan, 1e-10, 1]), "[   nan 1.e-10 1.e+00]")
  }

  @Test func axesAreNestedBrackets() {
    expectPrints(
      Tensor<Float>(shape: [2, 3], [1, 2.5, -3, 10, 0, 100.125]),
      """
      [[  1.      2.5    -3.   ]
       [ 10.      0.    100.125]]
      """)
    expectPrints(
      Tensor<Int32>.range(12).reshaped(to: [2, 3, 2]),
      """
      [[[ 0  1]
        [ 2  3]
        [ 4  5]]

       [[ 6  7]
        [ 8  9]
        [10 11]]]
      """)
    expectPrints(
      Tensor<Int32>.range(8).reshaped(to: [2, 1, 2, 2]),
      """
      [[[[0 1]
         [2 3]]]


       [[[4 5]
         [6 7]]]]
      """)
    expectPrints(
      Tensor<Int32>.range(6).reshaped(to: [2, 3]).transposed(),
      """
      [[0 3]
       [1 4]
       [2 5]]
      """)
  }

  @Test func integersAndTruthValuesAreAligned() {
    expectPrints(Tensor<Int32>([-100, 5, 2_147_483_647]), "[      -100          5 2147483647]")
    expectPrints(
      Tensor<Bool>(shape: [2, 2], [true, false, true, true]),
      """
      [[ true false]
       [ true  true]]
      """)
    expectPrints(Tensor<Bool>([true, true]), "[ true  true]")
  }

  @Test func longRowsAreBrokenAt75Columns() {
    expectPrints(
      Tensor<Int32>.range(40),
      """
      [ 0  1  2  3  4  5  6  7  8  9 10 11 12 13 14 15 16 17 18 19 20 21 22 23
       24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39]
      """)
    expectPrints(
      Tensor<Double>.linspace(from: 0, to: 1, count: 24).reshaped(to: [2, 12]),
      """
      [[0.         0.04347826 0.08695652 0.13043478 0.17391304 0.2173913
        0.26086957 0.30434783 0.34782609 0.39130435 0.43478261 0.47826087]
       [0.52173913 0.56521739 0.60869565 0.65217391 0.69565217 0.73913043
        0.7826087  0.82608696 0.86956522 0.91304348 0.95652174 1.        ]]
      """)
    expectPrints(
      Tensor<Int32>.zeros([40]),
      """
      [0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
       0 0 0]
      """)
    expectPrints(
      Tensor<Int32>.zeros([1, 40]),
      """
      [[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
        0 0 0 0]]
      """)
  }

  @Test func ofManyElementsTheEdgesShow() {
    expectPrints(Tensor<Float>.range(1001), "[   0.    1.    2. ...  998.  999. 1000.]")
    expectPrints(
      Tensor<Int32>.range(1200).reshaped(to: [30, 40]),
      """
      [[   0    1    2 ...   37   38   39]
       [  40   41   42 ...   77   78   79]
       [  80   81   82 ...  117  118  119]
       ...
       [1080 1081 1082 ... 1117 1118 1119]
       [1120 1121 1122 ... 1157 1158 1159]
       [1160 1161 1162 ... 1197 1198 1199]]
      """)
    expectPrints(
      Tensor<Int32>.range(1200).reshaped(to: [2, 3, 200]),
      """
      [[[   0    1    2 ...  197  198  199]
        [ 200  201  202 ...  397  398  399]
        [ 400  401  402 ...  597  598  599]]

       [[ 600  601  602 ...  797  798  799]
        [ 800  801  802 ...  997  998  999]
        [1000 1001 1002 ... 1197 1198 1199]]]
      """)
    expectPrints(
      Tensor<Double>.linspace(from: -1, to: 1, count: 1100).reshaped(to: [2, 550]),
      """
      [[-1.00000000e+00 -9.98180164e-01 -9.96360328e-01 ... -4.54959054e-03
        -2.72975432e-03 -9.09918107e-04]
       [ 9.09918107e-04  2.72975432e-03  4.54959054e-03 ...  9.96360328e-01
         9.98180164e-01  1.00000000e+00]]
      """)
  }

  @Test func scalarsShowAllTheirDigits() {
    expectPrints(Tensor<Float>(0.1), "0.1")
    expectPrints(Tensor<Double>(1.0 / 3), "0.3333333333333333")
    expectPrints(Tensor<Float>(100_000_000), "1e+08")
    expectPrints(Tensor<Float>(1_234_567), "1.234567e+06")
    expectPrints(Tensor<Double>(0.00001234), "1.234e-05")
    expectPrints(Tensor<Float>(0.0001), "1e-04")
    expectPrints(Tensor<Double>(1e16), "1e+16")
  }

  @Test func aThousandElementsShowInFull() {
    let text = Tensor<Int32>.range(1000).description
    #expect(!text.contains("..."))
    #expect(text.split { $0 == " " || $0 == "\n" || $0 == "[" || $0 == "]" }.count == 1000)
  }

  @Test func emptyTensorsShowTheirShape() {
    #expect(Tensor<Float>([]).description == "[]")
    #expect(Tensor<Float>.zeros([2, 0]).description == "[] of shape [2, 0]")
    #expect(Tensor<Bool>(shape: [0, 3], []).description == "[] of shape [0, 3]")
  }

  @Test func debuggingShowsTypeAndShape() {
    let x = Tensor<Double>(shape: [1, 2], [1, 2])
    #expect(x.debugDescription == "Tensor<Double> of shape [1, 2]\n[[1. 2.]]")
    #expect("\(x)" == "[[1. 2.]]")
  }

  @Test func printingInsideAGradientScopeRecordsNothing() {
    let slope = gradient(at: Tensor<Double>.range(1200)) { x in
      #expect(x.description == "[0.000e+00 1.000e+00 2.000e+00 ... 1.197e+03 1.198e+03 1.199e+03]")
      return x.sum()
    }
    #expect(slope == .ones([1200]))
  }
}
