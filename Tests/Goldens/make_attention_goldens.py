"""Writes Attention/*.safetensors: weights and contexts of attention by four scores over masked memories, and one
step of a decoder that attends before its cell and after it, in float64, with all their gradients.

Made with torch 2.13.0+cpu, safetensors 0.8.0, Python 3.11.7; each file's `__metadata__` records the
versions that it was made with.
Usage: `python make_attention_goldens.py [FOLDER]`.
"""

import math

import torch
from golden import Draw, differentiated, folder_from_arguments, write

MASK = torch.tensor([[True, True, False, True], [True, False, False, False]])


def attended(scores, keys, mask):
    """The softmax of the scores where the mask holds, and the sum of the keys by it."""
    weights = torch.softmax(scores.masked_fill(~mask, -math.inf), dim=-1)
    return {"weights": weights, "context": torch.einsum("bs,bsf->bf", weights, keys)}


def dot(query, keys, mask):
    return attended(torch.einsum("bf,bsf->bs", query, keys), keys, mask)


def scaled_dot(query, keys, mask):
    return attended(torch.einsum("bf,bsf->bs", query, keys) / math.sqrt(3), keys, mask)


def general(query, keys, mask, weight):
    return attended(torch.einsum("bq,kq,bsk->bs", query, weight, keys), keys, mask)


def additive(query, keys, mask, query_weights, key_weights, vector):
    hidden = torch.tanh((query @ query_weights).unsqueeze(1) + keys @ key_weights)
    return attended(hidden @ vector, keys, mask)


def cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.gru_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)


def step_before(x, h, keys, mask, score, readout, readout_bias, **gru):
    """Bahdanau, Cho & Bengio (2015): the state before the step attends, and the cell reads the context."""
    context = general(h, keys, mask, score)["context"]
    h = cell(torch.cat([x, context], 1), h, **gru)
    return {"h1": h, "r1": torch.tanh(torch.cat([h, context, x], 1) @ readout + readout_bias)}


def step_after(x, h, fed, keys, mask, score, readout, readout_bias, **gru):
    """Luong, Pham & Manning (2015): the cell reads the last readout, and the state after the step attends."""
    h = cell(torch.cat([x, fed], 1), h, **gru)
    context = general(h, keys, mask, score)["context"]
    return {"h1": h, "r1": torch.tanh(torch.cat([h, context], 1) @ readout + readout_bias)}


def scores():
    """Queries of 3 features against memories of 4 positions; of 2 features where the score allows it."""
    for name, function, size, weights in [
        ("dot", dot, 3, {}),
        ("scaled_dot", scaled_dot, 3, {}),
        ("general", general, 2, {"weight": (2, 3)}),
        ("additive", additive, 2,
         {"query_weights": (3, 5), "key_weights": (2, 5), "vector": (5,)}),
    ]:
        draw = Draw(name)
        inputs = {"query": draw.normal(2, 3), "keys": draw.normal(2, 4, size), "mask": MASK}
        inputs |= {label: draw.normal(*shape) for label, shape in weights.items()}
        yield name, differentiated(Draw(f"{name} cotangent"), inputs, lambda **x: function(**x)), {}


def steps():
    """A decoder of 4 units that reads words of 3 features, with a memory of 4 features."""
    for name, function, cell_inputs, readout_inputs in [
        ("step_before", step_before, 3 + 4, 4 + 4 + 3),
        ("step_after", step_after, 3 + 3, 4 + 4),
    ]:
        draw = Draw(name)
        inputs = {"x": draw.normal(2, 3), "h": draw.normal(2, 4)}
        if function is step_after:
            inputs["fed"] = draw.normal(2, 3)
        inputs |= {
            "keys": draw.normal(2, 4, 4), "mask": MASK, "score": draw.normal(4, 4),
            "readout": draw.normal(readout_inputs, 3), "readout_bias": draw.normal(3),
            "weight_ih": draw.normal(12, cell_inputs), "weight_hh": draw.normal(12, 4),
            "bias_ih": draw.normal(12), "bias_hh": draw.normal(12),
        }
        yield name, differentiated(Draw(f"{name} cotangent"), inputs, lambda **x: function(**x)), {}


if __name__ == "__main__":
    write(folder_from_arguments("Attention"), [*scores(), *steps()])
