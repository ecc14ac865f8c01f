/// The time step that a loop over time (`unroll`, `scan`) is running, for messages.
package enum TimeStep {
  /// The step, counted from 0; nil outside of such a loop.
  @TaskLocal package static var current: Int?
}
