// swift-tools-version: 6.2
import PackageDescription

/// The tutorials, each a program of its own, `swift run tutorial-01-tensors`: the libraries that it uses beside
/// `Spool`, and the figures of its page.
let tutorials: [Target] = [
  ("01-tensors", [], []),
  ("02-tape", [], []),
  ("03-your-own-cell", ["SpoolNN", "SpoolTraining"], []),
  (
    "04-character-model", ["SpoolNN", "SpoolData", "SpoolTraining", "SpoolPlot"], ["loss.svg"]
  ),
  ("05-vanishing-gradients", ["SpoolNN", "SpoolPlot"], ["gradients.svg"]),
  ("06-truncated-backpropagation", ["SpoolNN", "SpoolTraining"], []),
  ("07-attention", ["SpoolNN", "SpoolTraining", "SpoolPlot"], ["attention.svg"]),
  ("08-turing-machine", ["SpoolNN", "SpoolData", "SpoolTraining", "SpoolPlot"], ["heads.svg"]),
  ("09-convlstm", ["SpoolNN", "SpoolData", "SpoolTraining", "SpoolPlot"], ["frames.svg"]),
  ("10-ragged-batches", ["SpoolNN"], []),
  ("11-second-derivatives", ["SpoolPlot"], ["rates.svg"]),
  ("12-reading-a-network", ["SpoolNN", "SpoolTraining", "SpoolPlot"], ["attributions.svg"]),
  ("13-initial-weights", ["SpoolNN", "SpoolTraining"], []),
  ("14-gated-units", ["SpoolNN", "SpoolData", "SpoolTraining"], []),
  (
    "15-encoder-and-decoder", ["SpoolNN", "SpoolTraining", "SpoolPlot"], ["reversed.svg"]
  ),
  ("16-beam-search", ["SpoolNN", "SpoolTraining"], []),
].map { (name: String, libraries: [Target.Dependency], figures: [String]) in
  .executableTarget(
    name: "tutorial-\(name)", dependencies: ["Spool", "Claims"] + libraries,
    path: "Tutorials/\(name)", exclude: ["README.md"] + figures)
}

/// The tests of the libraries and of the zoo. `SPOOL_TESTS=SpoolTests,CKernelsTests swift test` builds these alone.
let tests: [Target] = [
  // Optimised in debug builds too: it compares millions of elements.
  .testTarget(
    name: "CKernelsTests", dependencies: ["CKernels"], swiftSettings: [.unsafeFlags(["-O"])]),
  .testTarget(name: "SpoolTests", dependencies: ["Spool", "CKernels", "TestSupport"]),
  .testTarget(name: "SpoolNNTests", dependencies: ["SpoolNN", "TestSupport"]),
  .testTarget(name: "SpoolDataTests", dependencies: ["SpoolData", "TestSupport"]),
  .testTarget(name: "SpoolTrainingTests", dependencies: ["SpoolTraining", "TestSupport"]),
  .testTarget(name: "SpoolPlotTests", dependencies: ["SpoolPlot", "TestSupport"]),
  .testTarget(name: "ReadmeTests", dependencies: ["SpoolTraining", "TestSupport"]),
  .testTarget(name: "ZooTests", dependencies: ["SpoolZoo", "zoo", "TestSupport"]),
].filter { target in
  guard let chosen = Context.environment["SPOOL_TESTS"] else { return true }
  return chosen.split(separator: ",").contains { $0 == target.name }
}

let package = Package(
  name: "spool",
  platforms: [.macOS("26.0")],
  products: [
    .library(name: "Spool", targets: ["Spool"]),
    .library(name: "SpoolNN", targets: ["SpoolNN"]),
    .library(name: "SpoolData", targets: ["SpoolData"]),
    .library(name: "SpoolTraining", targets: ["SpoolTraining"]),
    .library(name: "SpoolPlot", targets: ["SpoolPlot"]),
    .executable(name: "zoo", targets: ["zoo"]),
  ],
  targets: [
    // Kernels are useless unoptimised, so they are built with -O3 in debug builds too.
    .target(name: "CKernels", cSettings: [.unsafeFlags(["-O3"])]),
    .target(name: "Spool", dependencies: ["CKernels"]),
    .target(name: "SpoolNN", dependencies: ["Spool"]),
    .target(name: "SpoolData", dependencies: ["Spool"]),
    .target(name: "SpoolTraining", dependencies: ["CKernels", "SpoolNN", "SpoolData"]),
    .target(name: "SpoolPlot"),
    // The zoo is a library, so that its tests can call it; the command is one line on top.
    .target(
      name: "SpoolZoo",
      dependencies: ["CKernels", "Spool", "SpoolNN", "SpoolData", "SpoolTraining", "SpoolPlot"],
      path: "Zoo",
      exclude: [
        "Benchmark/README.md", "Benchmark/BOUNDS.md", "Benchmark/compare.py",
        "Benchmark/compare_products.py", "Benchmark/peer_cells.py", "Benchmark/peer_golden.py",
        "Benchmark/peer_jax.py", "Benchmark/peer_torch.py", "Benchmark/peers.py", "Command",
        "Language/CharLM/README.md",
        "Language/WordLM/README.md", "Language/WordLM/perplexity.svg", "Deep/README.md",
        "Deep/errors.svg", "LongMemory/README.md", "LongMemory/adding.svg", "Memory/NTM/README.md",
        "Memory/NTM/reading.svg", "Memory/NTM/writing.svg", "Memory/DNC/README.md",
        "Memory/DNC/reading.svg", "Memory/DNC/writing.svg", "Memory/MemN2N/README.md",
        "Memory/MemN2N/hops.svg",
        "Translation/Translate/README.md", "Translation/Translate/attention.svg",
        "Video/README.md", "Video/bouncing-shapes.svg", "Video/moving-mnist.svg",
      ]),
    .executableTarget(name: "zoo", dependencies: ["SpoolZoo"], path: "Zoo/Command"),
    .target(name: "Claims", path: "Tutorials/Claims"),
    // What several test targets share.
    .target(name: "TestSupport", dependencies: ["Spool"], path: "Tests/TestSupport"),
  ] + tutorials + tests,
  swiftLanguageModes: [.v6]
)
