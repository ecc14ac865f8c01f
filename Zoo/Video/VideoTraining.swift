import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

extension Video {
  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let side = settings[Self.size] ?? 16
    return [
      .states(
        (settings[Self.seen] ?? 1, "frames"), (settings[Self.batch], "videos"), (side, "rows"),
        (side, "columns"), loweredBy: ["seen", "batch", "size"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let data = try VideoData(settings)
    let model = try VideoModel(
      settings, key: RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0))
    try train(model, model.network, on: data, session)
  }

  private func train(
    _ model: VideoModel, _ network: some FramePredictor<Float>, on data: VideoData,
    _ session: TrainingSession
  ) throws {
    let settings = session.settings
    let training = VideoTraining(network, patch: model.patch, on: data, settings)
    if session.isResuming { try training.trainer.restore(from: session.folder.training) }
    let plan = TrainingPlan(
      steps: settings[Self.steps], unit: "videos", lossUnit: "squared error of a pixel",
      title: "video, \(settings[Self.cell].rawValue)")
    let test = data.testBatches(Self.testVideos)
    let isComplete = try session.train(network, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      let scores = VideoScores(of: model, on: test, seen: data.seen)
      return Measurement(
        ["frame_error": scores.meanSquaredError, "ssim": scores.meanSimilarity],
        summary: scores.summary)
    }
    if isComplete {
      let copied = VideoScores(on: test, seen: data.seen) { lastFrame(of: $0, ahead: data.ahead) }
      session.note("the last frame copied: \(copied.summary)")
    }
  }

  /// The same videos for every model and every seed.
  static let testVideos = 200

  /// - Parameter data: where the digits are now, if not where they were in training.
  private func trained(
    _ session: RunSession, data: String? = nil
  ) throws -> (data: VideoData, model: VideoModel) {
    let data = try VideoData(session.trainingSettings, in: data)
    let model = try VideoModel(session.trainingSettings, key: RandomKey(seed: 0))
    try load(into: model.network, from: session.folder.model)
    return (data, model)
  }

  func evaluate(_ session: RunSession) throws {
    let (data, model) = try trained(session, data: session.settings[Self.newData])
    let test = data.testBatches(session.settings[Self.videos])
    let scores = VideoScores(
      of: model, on: test, seen: data.seen, progress: session.progress("predicting"))
    let copied = VideoScores(on: test, seen: data.seen) { lastFrame(of: $0, ahead: data.ahead) }
    session.console.print(scores.table(beside: copied))
    session.console.print("\(model.network.parameterCount) parameters: \(scores.summary)")
    session.console.print("the last frame copied: \(copied.summary)")
  }

  func sample(_ session: RunSession) throws {
    let (data, model) = try trained(session, data: session.settings[Self.newData])
    let video = data.test.videos(
      time: data.seen + data.ahead, batch: 1,
      key: RandomKey(seed: session.settings[CommonOptions.seed]))
    let strip = model.strip(
      of: video, seen: data.seen,
      title: "\(session.trainingSettings[Self.cell].rawValue), \(data.seen) frames seen")
    let path = session.settings[Self.output] ?? session.folder.file("frames.svg")
    try AtomicFile.write(strip.svg(), to: path)
    session.console.print("true and predicted frames: \(path.escapedForDisplay)")
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let (data, model) = try trained(session)
    let videos = data.testBatches(20)
    let scores = VideoScores(of: model, on: videos, seen: data.seen)
    let copied = VideoScores(on: videos, seen: data.seen) { lastFrame(of: $0, ahead: data.ahead) }
    let strips = (0..<3).map { i in
      model.strip(of: videos[0][.all, i..<(i + 1)], seen: data.seen, title: "video \(i + 1)")
    }
    return [.heading("Predictions")] + strips.map { .figure(svg: $0.svg()) }
      + [
        .figure(svg: scores.chart("squared error", \.squaredError, beside: copied).svg()),
        .figure(svg: scores.chart("SSIM", \.similarity, beside: copied).svg()),
      ]
  }
}

/// Training on videos that are made as they are needed: Adam with a cosine decay of the learning rate, gradients
/// clipped to norm 1.
final class VideoTraining<Network: FramePredictor> where Network.Scalar == Float {
  let network: Network
  let trainer: Trainer<Float>
  private let patch: Int
  private let data: VideoData
  private let batch: Int

  init(_ network: Network, patch: Int, on data: VideoData, _ settings: Settings) {
    self.network = network
    self.patch = patch
    self.data = data
    batch = settings[Video.batch]
    let steps = settings[Video.steps]
    trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(
        from: settings[Video.learningRate], warmUp: min(50, steps / 10), total: steps),
      clippingTo: 1)
  }

  /// One step, on the videos that belong to it.
  func takeStep() throws -> TrainedItems {
    let videos = patches(of: data.batch(batch, step: trainer.step), size: patch)
    let report = try trainer.takeStep { network.loss(of: videos, seen: data.seen) }
    return TrainedItems(report, count: batch)
  }
}
