"""What the scripts beside this file share: seeded numbers, a differentiated forward pass, one
safetensors file per golden.

A golden is a set of named tensors. For an input called `x` and an output called `y` it holds

    x                the input, with the name that PyTorch gives it
    y                the output
    cotangent.y      a fixed random tensor of y's shape
    grad.x           the gradient of the sum of cotangent.y * y, over all outputs, with respect to x

Every golden draws from a generator seeded by its own name, so that adding one changes no other.
"""

import json
import platform
import sys
import zlib
from pathlib import Path

import safetensors
import torch
from safetensors.torch import save_file

VERSIONS = {
    "torch": torch.__version__,
    "safetensors": safetensors.__version__,
    "python": platform.python_version(),
}

# One thread and deterministic kernels: a second run on the same machine writes the same bytes.
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


class Draw:
    """Float64 random tensors that depend on the golden's name and the order of the calls alone."""

    def __init__(self, name):
        self.generator = torch.Generator().manual_seed(zlib.crc32(name.encode()))

    def normal(self, *shape):
        return torch.randn(shape, generator=self.generator, dtype=torch.float64)

    def uniform(self, bound, *shape):
        """Uniform on [-bound, bound)."""
        unit = torch.rand(shape, generator=self.generator, dtype=torch.float64)
        return bound * (2 * unit - 1)


def differentiated(draw, inputs, forward, dtype=torch.float64):
    """Runs `forward(**inputs)`, which returns a dictionary of outputs, and differentiates it.

    Returns the tensors of the golden. Inputs and cotangents are drawn in float64 and rounded to
    `dtype`; index and mask inputs have no gradient.
    """
    leaves = {
        name: value.to(dtype).requires_grad_() if value.is_floating_point() else value
        for name, value in inputs.items()
    }
    outputs = forward(**leaves)
    cotangents = {name: draw.normal(*y.shape).to(dtype) for name, y in outputs.items()}
    pairing = sum((cotangents[name] * y).sum() for name, y in outputs.items())
    sources = {name: leaf for name, leaf in leaves.items() if leaf.requires_grad}
    gradients = torch.autograd.grad(pairing, list(sources.values()))
    return {
        **leaves,
        **outputs,
        **{f"cotangent.{name}": value for name, value in cotangents.items()},
        **{f"grad.{name}": value for name, value in zip(sources, gradients)},
    }


def stored(tensor):
    """The tensor as it is written: detached, contiguous, indices as 32-bit integers."""
    tensor = tensor.detach().contiguous().clone()
    return tensor.to(torch.int32) if tensor.dtype == torch.int64 else tensor


def write(folder, goldens):
    """Writes (name, tensors, attributes) triples as `folder/name.safetensors`.

    `__metadata__` has one entry, `golden`: a JSON object with the versions and the attributes (such
    as stride, reduction, learning rate). One, because the library writes several in random order.
    Files of the folder that no golden names any more are removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    stale = set(folder.glob("*.safetensors"))
    for name, tensors, attributes in goldens:
        for label, tensor in tensors.items():
            if not torch.isfinite(tensor).all():
                sys.exit(f"{name}: {label} is not finite")
        path = folder / f"{name}.safetensors"
        metadata = {"golden": json.dumps({"made_with": VERSIONS, "attributes": attributes})}
        save_file({label: stored(tensor) for label, tensor in tensors.items()}, path, metadata)
        stale.discard(path)
    for path in stale:
        path.unlink()


def folder_from_arguments(topic):
    """`topic` inside the folder named as the only argument, or else beside the scripts."""
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    return root / topic
