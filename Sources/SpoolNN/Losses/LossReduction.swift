/// How the losses of single predictions become one number.
public enum LossReduction: Sendable {
  /// Their mean over the predictions that count; 0 when none does.
  case mean
  /// Their sum.
  case sum
}
