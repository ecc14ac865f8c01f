import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct VideoTests {
  private func settings(_ arguments: [String]) throws -> Settings {
    try ArgumentParser(
      command: "zoo train video", declarations: TrainVerb.declarations(of: Video())
    ).parse(arguments)
  }

  private func scores(
    _ arguments: [String], videos: Int = 40
  ) throws -> (trained: VideoScores, copied: VideoScores) {
    let settings = try settings(arguments)
    let data = try VideoData(settings)
    let model = try VideoModel(settings, key: RandomKey(seed: 1))
    try train(model.network, model, data, settings)
    let test = data.testBatches(videos)
    return (
      VideoScores(of: model, on: test, seen: data.seen),
      VideoScores(on: test, seen: data.seen) { lastFrame(of: $0, ahead: data.ahead) }
    )
  }

  private func train(
    _ network: some FramePredictor<Float>, _ model: VideoModel, _ data: VideoData,
    _ settings: Settings
  ) throws {
    let training = VideoTraining(network, patch: model.patch, on: data, settings)
    for _ in 0..<settings[Video.steps] { _ = try training.takeStep() }
  }

  private func checkRecipe(
    of network: some FramePredictor<Float>, _ model: VideoModel, _ data: VideoData,
    _ settings: Settings
  ) throws {
    let training = VideoTraining(network, patch: model.patch, on: data, settings)
    #expect(training.trainer.clippingLimit == 1 && training.trainer.optimizer is Adam<Float>)
    expectCosineDecay(
      try (0..<20).map { _ in try training.takeStep().report.learningRate }, from: 0.03, warmUp: 2)
  }

  @Test func theRecipeIsAdamWithCosineDecayAndClipping() throws {
    let settings = try settings([
      "--seen", "2", "--ahead", "1", "--hidden", "2", "--layers", "1", "--batch", "1", "--steps",
      "20", "--learning-rate", "0.03",
    ])
    let model = try VideoModel(settings, key: RandomKey(seed: 1))
    try checkRecipe(of: model.network, model, try VideoData(settings), settings)
  }

  /// After a few seconds, clearly better than the last frame, and than a plain LSTM with as many parameters.
  @Test func learnsToMoveShapes() throws {
    let small = ["--seen", "4", "--ahead", "3", "--hidden", "16", "--batch", "8", "--steps", "180"]
    let (convolutional, copied) = try scores(small + ["--learning-rate", "0.01"])
    let (plain, _) = try scores(small + ["--cell", "lstm", "--learning-rate", "0.01"])
    #expect(convolutional.meanSquaredError < 0.6 * copied.meanSquaredError)
    #expect(convolutional.meanSquaredError < 0.85 * plain.meanSquaredError)
    #expect(convolutional.meanSimilarity > copied.meanSimilarity)
  }

  @Test(arguments: ["predrnn", "predrnn++", "cnn-lstm"])
  func everyCellLearnsSomething(cell: String) throws {
    let (trained, copied) = try scores([
      "--cell", cell, "--seen", "3", "--ahead", "2", "--hidden", "8", "--batch", "8", "--steps",
      "60", "--learning-rate", "0.02",
    ])
    #expect(trained.meanSquaredError < 0.8 * copied.meanSquaredError)
  }

  @Test func scoresAreSumsOverTheFrameAndMeansOverVideos() {
    let truth = Tensor<Float>.zeros([3, 2, 1, 12, 12])
    let scores = VideoScores(on: [truth, truth[.all, ..<1]], seen: 1) { seen in
      // Half a pixel off everywhere at first, then beyond white, which counts as white.
      let half = Tensor<Float>(repeating: 0.5, shape: seen.shape)
      return concatenated([half, half * 6])
    }
    #expect(scores.squaredError == [36, 144])
    let copied = VideoScores(on: [truth], seen: 1) { lastFrame(of: $0, ahead: 2) }
    #expect(copied.squaredError == [0, 0] && copied.meanSimilarity == 1)
    let chart = scores.chart("squared error", \.squaredError, beside: copied)
    #expect(chart.series[0].points.map(\.x) == [1, 2])
    #expect(chart.series.map { $0.points.map(\.y) } == [[36, 144], [0, 0]])
  }

  @Test func digitsOfMovingMNISTAreReadAndMadeSmaller() throws {
    let folder = try TemporaryFolder()
    func put(_ name: String, side: UInt8) throws {
      let pixels = (0..<(Int(side) * Int(side))).map { UInt8($0 % 2 * 255) }
      try folder.put(
        [0, 0, 8, 3, 0, 0, 0, 1, 0, 0, 0, side, 0, 0, 0, side] + pixels,
        in: "\(name)-images-idx3-ubyte")
      try folder.put([0, 0, 8, 1, 0, 0, 0, 1, 3], in: "\(name)-labels-idx1-ubyte")
    }
    try put("train", side: 28)
    try put("t10k", side: 28)
    let data = try VideoData(try settings(["--data", folder.path, "--size", "32"]))
    #expect(data.training.sprites.shape == [1, 14, 14])
    #expect(data.test.sprites.scalars.allSatisfy { $0 == 0.5 })
    #expect(data.batch(2, step: 0).shape == [20, 2, 1, 32, 32])
    #expect(data.batch(2, step: 0) == data.batch(2, step: 0))
    #expect(data.batch(2, step: 0) != data.batch(2, step: 1))
    try put("t10k", side: 20)
    let settings = try settings(["--data", folder.path])
    #expect(throws: (any Error).self) { try VideoData(settings) }
  }

  private let program = ProgramTests()

  @Test func trainsEvaluatesAndDraws() throws {
    let folder = try TemporaryFolder()
    let run = folder.file("run")
    let small = [
      "--cell", "predrnn", "--hidden", "4", "--layers", "1", "--seen", "3", "--ahead", "2",
      "--batch", "2", "--threads", "1", "--run", run,
    ]
    let trained = try program.run(["train", "video", "--steps", "2"] + small)
    #expect(trained.status == 0, "\(trained.errors)")
    let reported = try #require(
      trained.output.firstMatch(of: /step 2\/2: (squared error .*)/)?.output.1)
    let evaluated = try program.run(["evaluate", "--run", run, "--threads", "2"])
    #expect(evaluated.output.contains(reported), "\(evaluated.output)")
    let sampled = try program.run(["sample", "--run", run, "--seed", "4"])
    #expect(sampled.status == 0 && sampled.output.contains("frames.svg"))
    #expect(FileManager.default.fileExists(atPath: folder.file("run/frames.svg")))
    let picture = folder.file("elsewhere.svg")
    #expect(
      try program.run(["sample", "--run", run, "--seed", "4", "--output", picture]).status == 0)
    #expect(try folder.bytes(of: "elsewhere.svg") == folder.bytes(of: "run/frames.svg"))
    #expect(try program.run(["inspect", "--run", run]).status == 0)
    let page = String(decoding: try folder.bytes(of: "run/report.html"), as: UTF8.self)
    #expect(page.contains("video 3") && page.contains("SSIM by frame"))
  }

  @Test(arguments: [
    (["--size", "20"], "--size 20: frames have 16, 32 or 64"),
    (["--patch", "3"], "--patch 3 does not divide frames of 16"),
    (["--data", "/nowhere"], "cannot read /nowhere"),
    (["--cell", "gru"], "--cell"),
  ]) func badArgumentsAreOneLine(_ arguments: [String], _ message: String) throws {
    let folder = try TemporaryFolder()
    let result = try program.run(
      ["train", "video", "--steps", "1", "--run", folder.file("run")] + arguments)
    #expect(result.status == 1)
    #expect(result.errors.contains(message), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
  }
}
