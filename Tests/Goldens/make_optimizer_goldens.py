"""Writes Optimizers/*.safetensors: ten steps of PyTorch's optimisers; clipping by global norm.

Made with torch 2.13.0+cpu, safetensors 0.8.0, Python 3.11.7; each file's `__metadata__` records the
versions that it was made with, and the hyperparameters.
Usage: `python make_optimizer_goldens.py [FOLDER]`.
"""

import torch
from golden import Draw, folder_from_arguments, write
from torch.nn import Parameter
from torch.nn.utils import clip_grad_norm_
from torch.optim import SGD, Adam, AdamW

STEPS = 10

# name -> (optimiser, hyperparameters)
OPTIMIZERS = {
    "sgd": (SGD, {"lr": 0.1}),
    "sgd_momentum": (SGD, {"lr": 0.1, "momentum": 0.9}),
    "sgd_nesterov": (SGD, {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    "sgd_weight_decay": (SGD, {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.05}),
    "adam": (Adam, {"lr": 0.02, "betas": (0.9, 0.999), "eps": 1e-8}),
    "adam_weight_decay": (
        Adam, {"lr": 0.02, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}),
    "adamw": (AdamW, {"lr": 0.02, "betas": (0.9, 0.999), "eps": 1e-8, "weight_decay": 0.05}),
}

# name -> greatest norm
CLIPPINGS = {"clip_grad_norm": 1.0, "clip_grad_norm_below": 1000.0}


def optimised(name, optimizer, hyperparameters):
    """Parameters before the first step and after each, under gradients drawn beforehand.

    The last element of `bias` has gradients of about 1e-8, so that its steps depend on Adam's
    epsilon and on whether that stands inside or outside the square root.
    """
    draw = Draw(name)
    start = {"weight": draw.normal(3, 2), "bias": draw.normal(2)}
    gradients = {label: draw.normal(STEPS, *value.shape) for label, value in start.items()}
    gradients["bias"][:, -1] *= 1e-8
    trained = {label: Parameter(value.clone()) for label, value in start.items()}
    rule = optimizer(trained.values(), **hyperparameters)
    history = {label: [] for label in start}
    for step in range(STEPS):
        for label, parameter in trained.items():
            parameter.grad = gradients[label][step].clone()
        rule.step()
        for label, parameter in trained.items():
            history[label].append(parameter.detach().clone())
    return (
        {f"{label}.start": value for label, value in start.items()}
        | {f"{label}.gradients": value for label, value in gradients.items()}
        | {f"{label}.steps": torch.stack(values) for label, values in history.items()}
    )


def clipped(name, max_norm):
    """Two parameters' gradients clipped by their common norm: first [3], second [2, 2]."""
    first = torch.tensor([100, 200, 50], dtype=torch.float64)
    second = 10 * Draw(name).normal(2, 2)
    holders = {"first": Parameter(first), "second": Parameter(second)}
    for holder in holders.values():
        holder.grad = holder.detach().clone()
    before = clip_grad_norm_(holders.values(), max_norm)
    after = torch.cat([holder.grad.flatten() for holder in holders.values()]).norm()
    return (
        {f"{label}.gradient": holder.detach() for label, holder in holders.items()}
        | {f"{label}.clipped": holder.grad for label, holder in holders.items()}
        | {"norm.before": before, "norm.after": after}
    )


def goldens():
    """Every golden as (name, tensors, attributes)."""
    for name, (optimizer, hyperparameters) in OPTIMIZERS.items():
        yield name, optimised(name, optimizer, hyperparameters), hyperparameters
    for name, max_norm in CLIPPINGS.items():
        yield name, clipped(name, max_norm), {"max_norm": max_norm}


if __name__ == "__main__":
    write(folder_from_arguments("Optimizers"), goldens())
