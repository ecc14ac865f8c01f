"""The cells of `zoo benchmark` for PyTorch and JAX: the same formulas, on the same numbers.

Each cell is a function of `ops`, a namespace of array functions (see peer_torch.py and peer_jax.py), the input of
a step, the state and the parameters, and returns the output and the next state.
"""

import re
from dataclasses import dataclass

import numpy

# Batch, time, inputs, hidden, layers.
SIZES = {
    "tiny": (16, 64, 64, 64, 1),
    "small": (20, 35, 200, 200, 2),
    "mid": (32, 64, 256, 256, 1),
    "medium": (20, 35, 650, 650, 2),
    "wide": (64, 50, 512, 512, 1),
}
# Channels, hidden channels, side of the image; batch 8, 10 steps.
IMAGES = {"convlstm-small": (16, 32, 16), "convlstm-large": (32, 64, 32)}
IMAGE_BATCH, IMAGE_TIME = 8, 10
LANGUAGES = {
    "ptb-small": {"vocabulary": 10_000, "hidden": 200, "layers": 2, "batch": 20, "time": 35},
    "char-lm": {"vocabulary": 65, "hidden": 256, "layers": 2, "batch": 64, "time": 128},
}
NTM = {"batch": 16, "time": 41, "inputs": 9, "outputs": 8, "hidden": 100, "slots": 128, "width": 20}
STREAM_SIZE = 128


def lstm(ops, x, state, p):
    h, c = state
    w, u, b = p
    i, f, g, o = ops.chunk(x @ w + h @ u + b, 4, -1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)
    return h, (h, c)


def pergate_lstm(ops, x, state, p):
    h, c = state
    i, f, g, o = (x @ p[k] + h @ p[k + 1] + p[k + 2] for k in (0, 3, 6, 9))
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)
    return h, (h, c)


def layer_norm_lstm(ops, x, state, p):
    h, c = state
    i, f, g, o = (
        ops.layer_norm(gate, p[2 + 2 * k], p[3 + 2 * k])
        for k, gate in enumerate(ops.chunk(x @ p[0] + h @ p[1], 4, -1))
    )
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(ops.layer_norm(c, p[10], p[11]))
    return h, (h, c)


def gru(ops, x, state, p):
    (h,) = state
    w, u, b, d = p
    xr, xz, xn = ops.chunk(x @ w + b, 3, -1)
    hr, hz, hn = ops.chunk(h @ u + d, 3, -1)
    r = ops.sigmoid(xr + hr)
    z = ops.sigmoid(xz + hz)
    h = (1 - z) * ops.tanh(xn + r * hn) + z * h
    return h, (h,)


def rnn(ops, x, state, p):
    (h,) = state
    w, u, b = p
    h = ops.tanh(x @ w + h @ u + b)
    return h, (h,)


def convolutional_lstm(ops, x, state, p):
    h, c = state
    w, u, b = p
    i, f, g, o = ops.chunk(ops.conv3x3(x, w) + ops.conv3x3(h, u) + b[:, None, None], 4, 1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)
    return h, (h, c)


def ntm(ops, x, state, p):
    """A neural Turing machine; state as in NeuralTuringMachine.swift, a matrix for each input of the controller."""
    memory, read_weights, write_weights, read, h, c = state
    w, wr, u, b, heads, head_bias, out, out_read, out_bias = p
    width = NTM["width"]
    i, f, g, o = ops.chunk(x @ w + read @ wr + h @ u + b, 4, -1)
    c = ops.sigmoid(f) * c + ops.sigmoid(i) * ops.tanh(g)
    h = ops.sigmoid(o) * ops.tanh(c)

    control = h @ heads + head_bias
    first, second = control[:, : width + 6], control[:, width + 6 : 2 * width + 12]
    lengths = ops.rsqrt((memory * memory).sum(1) + 1e-6)
    read_weights = _address(ops, memory, lengths, first, read_weights)
    write_weights = _address(ops, memory, lengths, second, write_weights)
    erase = ops.sigmoid(control[:, 2 * width + 12 : 3 * width + 12])[:, :, None]
    add = ops.tanh(control[:, 3 * width + 12 :])[:, :, None]

    read = (memory @ read_weights[:, :, None])[:, :, 0]
    written = write_weights[:, None, :]
    memory = memory * (1 - erase * written) + add * written
    y = h @ out + read @ out_read + out_bias
    return y, (memory, read_weights, write_weights, read, h, c)


def _address(ops, memory, lengths, control, previous):
    width = NTM["width"]
    key = ops.tanh(control[:, :width])
    strength = ops.softplus(control[:, width : width + 1])
    gate = ops.sigmoid(control[:, width + 1 : width + 2])
    shifts = ops.softmax(control[:, width + 2 : width + 5])
    sharpness = 1 + ops.softplus(control[:, width + 5 :])

    key = key * (strength * ops.rsqrt((key * key).sum(1) + 1e-6)[:, None])
    similarity = (key[:, None, :] @ memory)[:, 0, :] * lengths
    gated = gate * ops.softmax(similarity) + (1 - gate) * previous
    shifted = (
        shifts[:, 0:1] * ops.roll(gated, -1)
        + shifts[:, 1:2] * gated
        + shifts[:, 2:3] * ops.roll(gated, 1)
    )
    return ops.softmax(sharpness * ops.log(shifted + 1e-6))


def _draw(shapes, scale, gains=()):
    generator = numpy.random.default_rng(1)
    return [
        generator.normal(1.0 if place in gains else 0.0, scale, shape).astype(numpy.float32)
        for place, shape in enumerate(shapes)
    ]


def _recurrent_shapes(kind, inputs, hidden):
    gates = {"gru": 3, "rnn": 1}.get(kind, 4)
    if kind == "lstm-pergate":
        return [(inputs, hidden), (hidden, hidden), (hidden,)] * 4
    weights = [(inputs, gates * hidden), (hidden, gates * hidden)]
    if kind == "lnlstm":
        return weights + [(hidden,)] * 10
    return weights + [(gates * hidden,)] * (2 if kind == "gru" else 1)


@dataclass
class Network:
    """A network whose outputs over time are summed: cell, inputs, states of zeros and parameters."""

    kind: str
    cell: object
    inputs: numpy.ndarray
    # For each layer.
    states: list
    parameters: list


CELLS = {
    "lstm": lstm,
    "lstm-pergate": pergate_lstm,
    "lnlstm": layer_norm_lstm,
    "gru": gru,
    "rnn": rnn,
}


def network(name):
    """The network of a workload, or None if the workload is something else."""
    generator = numpy.random.default_rng(2)

    def normal(*shape):
        return generator.normal(size=shape).astype(numpy.float32)

    if name in IMAGES:
        channels, hidden, side = IMAGES[name]
        shapes = [(4 * hidden, channels, 3, 3), (4 * hidden, hidden, 3, 3), (4 * hidden,)]
        zeros = numpy.zeros((IMAGE_BATCH, hidden, side, side), numpy.float32)
        return Network(
            "convlstm",
            convolutional_lstm,
            normal(IMAGE_TIME, IMAGE_BATCH, channels, side, side),
            [(zeros, zeros)],
            [_draw(shapes, (9 * hidden) ** -0.5)],
        )
    if name == "ntm":
        return _ntm_network(normal(NTM["time"], NTM["batch"], NTM["inputs"]))
    match = re.fullmatch(rf"({'|'.join(CELLS)})-({'|'.join(SIZES)})", name)
    if not match:
        return None
    kind = match[1]
    batch, time, inputs, hidden, layers = SIZES[match[2]]
    gains = (2, 4, 6, 8, 10) if kind == "lnlstm" else ()
    parameters = [
        _draw(_recurrent_shapes(kind, hidden if layer else inputs, hidden), hidden**-0.5, gains)
        for layer in range(layers)
    ]
    zeros = numpy.zeros((batch, hidden), numpy.float32)
    state = (zeros,) if kind in ("gru", "rnn") else (zeros, zeros)
    return Network(kind, CELLS[kind], normal(time, batch, inputs), [state] * layers, parameters)


def _ntm_network(inputs):
    batch, hidden, slots, width = (NTM[key] for key in ("batch", "hidden", "slots", "width"))
    outputs, controls = NTM["outputs"], 2 * (width + 6) + 2 * width
    gates = 4 * hidden
    shapes = [(NTM["inputs"], gates), (width, gates), (hidden, gates), (gates,)]
    shapes += [(hidden, controls), (controls,), (hidden, outputs), (width, outputs), (outputs,)]
    first = numpy.zeros((batch, slots), numpy.float32)
    first[:, 0] = 1
    zeros = numpy.zeros((batch, hidden), numpy.float32)
    memory = numpy.full((batch, width, slots), 1e-6, numpy.float32)
    state = (memory, first, first, numpy.zeros((batch, width), numpy.float32), zeros, zeros)
    return Network("ntm", ntm, inputs, [state], [_draw(shapes, hidden**-0.5)])


def symbols(name):
    """Inputs and labels, and the parameters, of a model of words or characters: embeddings, layers, output."""
    sizes = LANGUAGES[name]
    generator = numpy.random.default_rng(2)
    shape = (sizes["time"], sizes["batch"])
    vocabulary, hidden = sizes["vocabulary"], sizes["hidden"]
    inputs, labels = (generator.integers(0, vocabulary, shape) for _ in range(2))
    scale = hidden**-0.5
    embeddings, weights, bias = _draw([(vocabulary, hidden), (hidden, vocabulary), (vocabulary,)], scale)
    layers = [_draw(_recurrent_shapes("lstm", hidden, hidden), scale) for _ in range(sizes["layers"])]
    return inputs, labels, embeddings, layers, weights, bias


def stream():
    """Input, state and parameters of a single step."""
    size = STREAM_SIZE
    x = numpy.random.default_rng(2).normal(size=(1, size)).astype(numpy.float32)
    zeros = numpy.zeros((1, size), numpy.float32)
    return x, (zeros, zeros), _draw(_recurrent_shapes("lstm", size, size), size**-0.5)


def product(name):
    """The operands of a matrix product, either perhaps stored transposed, or None."""
    match = re.fullmatch(r"gemm-(\d+)x(\d+)x(\d+)(-transposed)?(-by-transposed)?-(float|double)", name)
    if not match:
        return None
    m, k, n = (int(match[place]) for place in (1, 2, 3))
    scalar = numpy.float32 if match[6] == "float" else numpy.float64
    generator = numpy.random.default_rng(1)
    a = generator.random((k, m) if match[4] else (m, k)).astype(scalar)
    b = generator.random((n, k) if match[5] else (k, n)).astype(scalar)
    return (a.T if match[4] else a), (b.T if match[5] else b)
