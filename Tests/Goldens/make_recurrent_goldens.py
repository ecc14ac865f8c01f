"""Writes Recurrent/*.safetensors: PyTorch's recurrent layers and cells with all their gradients.

Made with torch 2.13.0+cpu, safetensors 0.8.0, Python 3.11.7; each file's `__metadata__` records the
versions that it was made with. Usage: `python make_recurrent_goldens.py [FOLDER]`.

Time is the first axis. Sizes: time 5, batch 2, input 3, hidden 4; the initial state is not zero.
The gated unit whose reset gate acts before the recurrent product (Cho et al. 2014, version 1) is
written out here, for PyTorch lacks it; the same code with the gate behind the product must equal
nn.GRU, or the script stops.
"""

import sys

import torch
from golden import Draw, differentiated, folder_from_arguments, write
from torch import nn
from torch.func import functional_call

TIME, BATCH, INPUT, HIDDEN = 5, 2, 3, 4

# name -> (layer, cell, extra arguments)
KINDS = {
    "lstm": (nn.LSTM, nn.LSTMCell, {}),
    "gru": (nn.GRU, nn.GRUCell, {}),
    "rnn_tanh": (nn.RNN, nn.RNNCell, {"nonlinearity": "tanh"}),
    "rnn_relu": (nn.RNN, nn.RNNCell, {"nonlinearity": "relu"}),
}

# layers, bidirectional -> how the file is called
SHAPES = {
    (1, False): "1_layer",
    (1, True): "1_layer_bidirectional",
    (2, False): "2_layers",
    (2, True): "2_layers_bidirectional",
}

# float32 follows the same code as float64, so one shape of each kind is enough.
FLOAT32_SHAPE = (1, True)

# The plainest shape and the one that holds every other.
RESET_BEFORE_SHAPES = [(1, False), (2, True)]


def parameters(draw, module):
    """The module's parameters by name, redrawn wide enough to reach the gates' curved parts."""
    return {name: draw.uniform(0.8, *value.shape) for name, value in module.named_parameters()}


def initial_state(draw, kind, *leading):
    """The non-zero `h0`, and `c0` where the kind has a memory cell."""
    names = ("h0", "c0") if kind == "lstm" else ("h0",)
    return {name: draw.uniform(0.9, *leading, BATCH, HIDDEN) for name in names}


def layer(name, kind, layers, bidirectional, dtype):
    """An nn.LSTM, nn.GRU or nn.RNN over a whole sequence."""
    make, _, arguments = KINDS[kind]
    module = make(INPUT, HIDDEN, num_layers=layers, bidirectional=bidirectional, **arguments)
    draw = Draw(name)
    weights = parameters(draw, module)

    def forward(input, h0, c0=None, **weights):
        state = h0 if c0 is None else (h0, c0)
        output, last = functional_call(module, weights, (input, state))
        h_n, *c_n = (last,) if c0 is None else last
        return {"output": output, "h_n": h_n} | ({"c_n": c_n[0]} if c_n else {})

    inputs = weights | {"input": draw.normal(TIME, BATCH, INPUT)}
    inputs |= initial_state(draw, kind, layers * (1 + bidirectional))
    return differentiated(draw, inputs, forward, dtype)


def cell(name, kind):
    """One step of an nn.LSTMCell, nn.GRUCell or nn.RNNCell."""
    _, make, arguments = KINDS[kind]
    module = make(INPUT, HIDDEN, **arguments)
    draw = Draw(name)
    weights = parameters(draw, module)

    def forward(input, h0, c0=None, **weights):
        state = h0 if c0 is None else (h0, c0)
        last = functional_call(module, weights, (input, state))
        return {"h1": last} if c0 is None else {"h1": last[0], "c1": last[1]}

    inputs = weights | {"input": draw.normal(BATCH, INPUT)} | initial_state(draw, kind)
    return differentiated(draw, inputs, forward)


def gru_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh, reset_before):
    """One step of a gated recurrent unit; rows of the weights: reset, update, candidate."""
    input_reset, input_update, input_new = (x @ weight_ih.T + bias_ih).chunk(3, dim=1)
    state_reset, state_update, state_new = (h @ weight_hh.T + bias_hh).chunk(3, dim=1)
    reset = torch.sigmoid(input_reset + state_reset)
    update = torch.sigmoid(input_update + state_update)
    if reset_before:
        new_weight, new_bias = weight_hh.chunk(3)[2], bias_hh.chunk(3)[2]
        new = torch.tanh(input_new + (reset * h) @ new_weight.T + new_bias)
    else:
        new = torch.tanh(input_new + reset * state_new)
    return (1 - update) * new + update * h


def gru_layer(name, layers, bidirectional, reset_before):
    """A stack of gated recurrent units over a sequence, with nn.GRU's parameter names and order."""
    module = nn.GRU(INPUT, HIDDEN, num_layers=layers, bidirectional=bidirectional)
    draw = Draw(name)
    suffixes = ["", "_reverse"] if bidirectional else [""]
    roles = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")

    def forward(input, h0, **weights):
        sequence, last = input, []
        for depth in range(layers):
            directions = []
            for suffix in suffixes:
                own = [weights[f"{role}_l{depth}{suffix}"] for role in roles]
                h, states = h0[len(last)], []
                for x in sequence.flip(0) if suffix else sequence:
                    h = gru_step(x, h, *own, reset_before=reset_before)
                    states.append(h)
                last.append(h)
                states = torch.stack(states)
                directions.append(states.flip(0) if suffix else states)
            sequence = torch.cat(directions, dim=2)
        return {"output": sequence, "h_n": torch.stack(last)}

    inputs = parameters(draw, module) | {"input": draw.normal(TIME, BATCH, INPUT)}
    inputs |= initial_state(draw, "gru", layers * len(suffixes))
    return differentiated(draw, inputs, forward)


def gru_cell_reset_before(name):
    """One step of the gated recurrent unit with the reset gate before the product."""
    draw = Draw(name)

    def forward(input, h0, **weights):
        return {"h1": gru_step(input, h0, **weights, reset_before=True)}

    inputs = parameters(draw, nn.GRUCell(INPUT, HIDDEN)) | {"input": draw.normal(BATCH, INPUT)}
    return differentiated(draw, inputs | initial_state(draw, "gru"), forward)


def check_gru_layer(layers, bidirectional):
    """Stops the script if our own stack, with the gate behind the product, differs from nn.GRU."""
    ours = gru_layer("check", layers, bidirectional, reset_before=False)
    theirs = layer("check", "gru", layers, bidirectional, torch.float64)
    for name in theirs:
        if not torch.allclose(ours[name], theirs[name], rtol=1e-12, atol=1e-12):
            sys.exit(f"gru_layer with {layers} layers differs from nn.GRU in {name}")


def goldens():
    """Every recurrent golden as (name, tensors, attributes)."""
    for (layers, bidirectional), shape in SHAPES.items():
        attributes = {"layers": layers, "bidirectional": bidirectional}
        for kind in KINDS:
            name = f"{kind}_{shape}"
            tensors = layer(name, kind, layers, bidirectional, torch.float64)
            yield name, tensors, attributes
            if (layers, bidirectional) == FLOAT32_SHAPE:
                tensors = layer(name, kind, layers, bidirectional, torch.float32)
                yield f"{name}_float32", tensors, attributes
        if (layers, bidirectional) in RESET_BEFORE_SHAPES:
            check_gru_layer(layers, bidirectional)
            name = f"gru_reset_before_{shape}"
            yield name, gru_layer(name, layers, bidirectional, reset_before=True), attributes
    for kind in KINDS:
        yield f"{kind}_cell", cell(f"{kind}_cell", kind), {}
    yield "gru_reset_before_cell", gru_cell_reset_before("gru_reset_before_cell"), {}


if __name__ == "__main__":
    write(folder_from_arguments("Recurrent"), goldens())
