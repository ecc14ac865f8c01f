import Testing
import TestSupport

@testable import SpoolPlot

@Suite struct AxisTests {
  func axis(
    _ values: [Double], scale: AxisScale = .linear, count: Int = 6, endsAtTicks: Bool = true
  ) -> Axis {
    Axis(scale: scale, values: values, count: count, endsAtTicks: endsAtTicks)
  }

  @Test func ticksAreRoundNumbers() {
    #expect(axis([1.4, 4.2]).labels == ["1.0", "1.5", "2.0", "2.5", "3.0", "3.5", "4.0", "4.5"])
    #expect(axis([0, 100]).ticks == [0, 20, 40, 60, 80, 100])
    #expect(axis([-3, 7], count: 5).ticks == [-4, -2, 0, 2, 4, 6, 8])
    #expect(axis([0.1, 0.3]).labels == ["0.10", "0.15", "0.20", "0.25", "0.30"])
    #expect(axis([1, 2, 3], endsAtTicks: false).ticks == [1, 2, 3])
  }

  @Test func anAxisThatNeedNotEndAtTicksEndsAtTheData() {
    let steps = axis([1, 3987], count: 8, endsAtTicks: false)
    #expect(steps.lower == 0 && steps.upper == 3987)
    #expect(steps.ticks == [0, 500, 1000, 1500, 2000, 2500, 3000, 3500])
    let epochs = axis([1, 12], count: 8, endsAtTicks: false)
    #expect(epochs.lower == 1 && epochs.upper == 12)
    #expect(epochs.ticks == [2, 4, 6, 8, 10, 12])
  }

  @Test func oneValueGetsRoom() {
    for value in [3.25, -3.25, 0, 1e-12, 7e200] {
      let position = axis([value]).position(value)
      #expect(position > 0.2 && position < 0.8)
    }
  }

  @Test func aLogarithmicAxisHasPowersOfTen() {
    #expect(axis([3e-5, 0.2], scale: .logarithmic).ticks.first == 1e-5)
    #expect(
      axis([3e-5, 0.2], scale: .logarithmic).labels == [
        "10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "10⁻¹", "1",
      ])
    #expect(
      axis([0.02, 1], scale: .logarithmic).labels == ["0.02", "0.05", "0.1", "0.2", "0.5", "1"])
    #expect(axis([1e-30, 1], scale: .logarithmic).ticks.count <= 8)
    #expect(axis([1, 100], scale: .logarithmic).position(10) == 0.5)
  }

  @Test func aShortLogarithmicAxisHasEvenTicks() {
    #expect(axis([1.4, 4.2], scale: .logarithmic, count: 5).ticks == [1, 2, 3, 4, 5])
    #expect(axis([0.2, 1.1], scale: .logarithmic, count: 5).ticks.allSatisfy { $0 > 0 })
  }

  @Test func everyIntervalHasAFewTicksAndAllValuesInside() {
    var random = SeededGenerator(seed: 1)
    for scale in [AxisScale.linear, .logarithmic] {
      for endsAtTicks in [false, true] {
        for _ in 0..<2000 {
          let size = Double.random(in: -280...280, using: &random)
          let spread = Double.random(in: -12...2, using: &random)
          let base = pow10(size)
          var values = [base, base * (1 + pow10(spread))]
          if scale == .linear, Bool.random(using: &random) { values = [-values[1], -values[0]] }
          if scale == .linear, Bool.random(using: &random) { values[0] = -values[0] }
          values.sort()
          let axis = axis(values, scale: scale, endsAtTicks: endsAtTicks)
          let about = "\(scale) \(values) \(axis.ticks) \(axis.lower)...\(axis.upper)"
          #expect((1...15).contains(axis.ticks.count), "\(about)")
          #expect(axis.labels.count == axis.ticks.count)
          for value in values + axis.ticks {
            #expect((-1e-6...1 + 1e-6).contains(axis.position(value)), "\(about) \(value)")
          }
          #expect(zip(axis.ticks, axis.ticks.dropFirst()).allSatisfy { $0 < $1 }, "\(about)")
        }
      }
    }
  }

  private func pow10(_ exponent: Double) -> Double {
    NumberText.powerOfTen(Int(exponent)) * (1 + exponent.truncatingRemainder(dividingBy: 1))
  }
}
