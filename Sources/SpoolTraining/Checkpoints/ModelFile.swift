import Spool
import SpoolNN

/// Saves the parameters of `model` under their names in the safetensors file at `path`, which is replaced as a whole.
public func save<M: Module>(
  _ model: M, to path: String, metadata: [String: String] = [:]
) throws(SafetensorsError) where M.Scalar: SafetensorsScalar {
  var checkpoint = Checkpoint(metadata: metadata)
  checkpoint.add(model.parameters())
  try checkpoint.write(to: path)
}

/// Gives the parameters of `model` the values saved in the file at `path`.
///
/// Throws where the file cannot be read or is damaged, or its names or shapes are not the model's (all of
/// them listed at once); then the model is as it was.
public func load<M: Module>(into model: M, from path: String) throws
where M.Scalar: SafetensorsScalar {
  try SafetensorsFile(path: path).assign(to: model.parameters())
}
