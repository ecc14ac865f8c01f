import Testing

@testable import SpoolPlot

@Suite struct NumberTextTests {
  @Test(arguments: [
    (0, 0, "0"), (0, 2, "0.00"), (1.005, 1, "1.0"), (2.5, 0, "3"), (-2.5, 0, "−3"),
    (0.05, 1, "0.1"), (-0.04, 1, "0.0"), (1234.5678, 2, "1234.57"), (0.007, 2, "0.01"),
    (1e16, 2, "1e+16"), (-0.5, 3, "−0.500"),
  ])
  func fixed(_ value: Double, _ decimals: Int, _ text: String) {
    #expect(NumberText.fixed(value, decimals: decimals) == text)
  }

  @Test(arguments: [
    (0, "0"), (1.48213, "1.482"), (-1.48213, "−1.482"), (123.456, "123.5"), (0.012345, "0.01235"),
    (9999.6, "10000"), (12_345, "12.35k"), (389_100, "389.1k"), (1_234_567, "1.235M"),
    (1.5e9, "1.500×10⁹"), (-3.14159e-5, "−3.142×10⁻⁵"), (1e-200, "1.000×10⁻²⁰⁰"),
  ])
  func significant(_ value: Double, _ text: String) {
    #expect(NumberText.significant(value, digits: 4) == text)
  }

  @Test func labelsOfOneAxisShareTheirUnit() {
    #expect(NumberText.labels([0, 0.5, 1, 1.5], step: 0.5) == ["0", "0.5", "1.0", "1.5"])
    #expect(NumberText.labels([-0.2, 0, 0.2], step: 0.2) == ["−0.2", "0", "0.2"])
    #expect(NumberText.labels([0, 5000, 10_000], step: 5000) == ["0", "5k", "10k"])
    #expect(NumberText.labels([0, 250_000, 500_000], step: 250_000) == ["0", "250k", "500k"])
    #expect(NumberText.labels([0, 5e5, 1e6], step: 5e5) == ["0", "0.5M", "1.0M"])
    #expect(NumberText.labels([2e-5, 4e-5], step: 2e-5) == ["2×10⁻⁵", "4×10⁻⁵"])
    #expect(NumberText.labels([5e8, 1e9], step: 5e8) == ["0.5×10⁹", "1.0×10⁹"])
    #expect(NumberText.labels(powersOfTen: [0.01, 0.1, 1]) == ["0.01", "0.1", "1"])
    #expect(NumberText.labels(powersOfTen: [1e-6, 1e-3, 1]) == ["10⁻⁶", "10⁻³", "1"])
  }
}
