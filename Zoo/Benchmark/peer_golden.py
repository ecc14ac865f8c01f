"""Prints the losses and the lengths of gradients that PlainStepTests.swift expects: small steps in PyTorch.

    python3 Zoo/Benchmark/peer_golden.py
"""

import numpy
import torch

import peer_cells as cells
from peer_torch import Operations


def waves(shape, place, mean=0.0):
    """The numbers of parameter number `place`; -1 for the inputs."""
    angles = 1 + numpy.arange(numpy.prod(shape)) + 10 * place
    return torch.from_numpy((mean + 0.5 * numpy.sin(angles)).astype(numpy.float32).reshape(shape))


def show(cell, inputs, state, shapes, gains=()):
    parameters = [
        waves(shape, place, 1 if place in gains else 0).requires_grad_()
        for place, shape in enumerate(shapes)
    ]
    outputs = []
    for x in waves(inputs, -1):
        y, state = cell(Operations, x, state, parameters)
        outputs.append(y)
    loss = torch.stack(outputs).sum()
    loss.backward()
    lengths = [round(parameter.grad.norm().item(), 5) for parameter in parameters]
    print(f"{cell.__name__}: {loss.item():.5f}, {lengths}")


def main():
    zeros = torch.zeros
    cells.NTM.update(batch=2, time=6, inputs=3, outputs=2, hidden=5, slots=4, width=3)
    first = zeros(2, 4)
    first[:, 0] = 1
    state = (torch.full((2, 3, 4), 1e-6), first, first, zeros(2, 3), zeros(2, 5), zeros(2, 5))
    shapes = [(3, 20), (3, 20), (5, 20), (20,), (5, 24), (24,), (5, 2), (3, 2), (2,)]
    show(cells.ntm, (6, 2, 3), state, shapes)
    state = (zeros(2, 2, 5, 5), zeros(2, 2, 5, 5))
    show(cells.convolutional_lstm, (4, 2, 3, 5, 5), state, [(8, 3, 3, 3), (8, 2, 3, 3), (8,)])
    state = (zeros(3, 6), zeros(3, 6))
    shapes = [(4, 24), (6, 24)] + [(6,)] * 10
    show(cells.layer_norm_lstm, (5, 3, 4), state, shapes, (2, 4, 6, 8, 10))


if __name__ == "__main__":
    main()
