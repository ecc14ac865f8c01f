import SpoolData

/// `video`: predicts the next frames of videos.
struct Video: ZooModel {
  let name = "video"
  let family = "Video"
  let task = "predict the next frames of videos in which things move and bounce"
  let embeddedData = "bouncing shapes, drawn as they are needed"
  let reference =
    "Moving MNIST, 64 × 64, squared error per frame: ConvLSTM 103.3, PredRNN 56.8, PredRNN++ 46.5 (Wang "
    + "et al., 2018)"
  let result =
    "64 × 64, 19,200 videos: ConvLSTM 116.9, plain LSTM 140.9, the last frame copied 287.8; 32 × 32: "
    + "ConvLSTM 19.4, PredRNN 19.9, plain LSTM 24.9, the last frame copied 59.4"

  static let cell = Option.choice("cell", default: VideoCell.convlstm, help: "kind of network")
  static let peepholes = Option.flag(
    "peepholes", help: "let the gates of convlstm see the memory, as its paper has it")
  static let data = Option.optionalText(
    "data", placeholder: "FOLDER",
    help: "unpacked IDX files of MNIST, for Moving MNIST (default: bouncing shapes)",
    mayChangeOnResume: true)
  static let size = Option.optionalInteger(
    "size", in: 16...64,
    help: "height and width of a frame, 16, 32 or 64 pixels (default: 64 with --data, else 16)")
  static let patch = Option.optionalInteger(
    "patch", in: 1...16,
    help: "height and width of the patches that frames are cut into (default: 4, 2 for 16 pixels)")
  static let seen = Option.optionalInteger(
    "seen", in: 1...1000, help: "frames to see (default: 10 with --data, else 5)")
  static let ahead = Option.optionalInteger(
    "ahead", in: 1...1000, help: "frames to predict (default: as many as are seen)")
  static let hidden = Option.integer(
    "hidden", default: 32, in: 1...1024, help: "channels of each layer")
  static let layers = Option.integer("layers", default: 2, in: 1...16, help: "recurrent layers")
  static let kernel = Option.integer(
    "kernel", default: 3, in: 1...15, help: "rows and columns of a filter")
  static let steps = Option.integer(
    "steps", default: 1200, in: 1...1_000_000_000, help: "steps of training")
  static let batch = Option.integer("batch", default: 16, in: 1...65536, help: "videos of a step")
  static let learningRate = Option.number(
    "learning-rate", default: 0.01, in: .moreThan(0), help: "Adam's first learning rate")
  static let newData = Option.optionalText(
    "data", placeholder: "FOLDER", help: "where the IDX files are now (default: as in training)")
  static let output = Option.optionalText(
    "output", placeholder: "FILE",
    help: "the picture to write, as SVG (default: frames.svg in the run's folder)")
  static let videos = Option.integer(
    "videos", default: testVideos, in: 1...1_000_000, help: "videos to measure on")

  var trainingOptions: [OptionDeclaration] {
    [
      Self.cell.declaration, Self.peepholes.declaration, Self.data.declaration,
      Self.size.declaration, Self.patch.declaration, Self.seen.declaration,
      Self.ahead.declaration, Self.hidden.declaration, Self.layers.declaration,
      Self.kernel.declaration, Self.steps.declaration, Self.batch.declaration,
      Self.learningRate.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] {
    [Self.newData.declaration, Self.videos.declaration]
  }

  var samplingOptions: [OptionDeclaration] {
    [Self.newData.declaration, Self.output.declaration, CommonOptions.seed.declaration]
  }
}
