"""Writes Operations/*.safetensors: PyTorch's losses, layer norm, embedding, pointwise functions,
logsumexp, convolutions and pooling, in float64, with all their gradients.

Made with torch 2.13.0+cpu, safetensors 0.8.0, Python 3.11.7; each file's `__metadata__` records the
versions that it was made with, and the attributes of the operation.
Usage: `python make_operation_goldens.py [FOLDER]`.
"""

import torch
import torch.nn.functional as F
from golden import Draw, differentiated, folder_from_arguments, write

IGNORED = -100


def golden(name, attributes, inputs, operation, output="output"):
    """The golden of `operation(**inputs, **attributes)`, which returns one tensor."""
    tensors = differentiated(
        Draw(f"{name} cotangent"), inputs, lambda **x: {output: operation(**x, **attributes)})
    return name, tensors, attributes


def losses():
    """Cross-entropy over [time, batch, classes] with some labels left out; mean squared error."""

    def cross_entropy(logits, labels, reduction, label_smoothing=0.0, **_):
        return F.cross_entropy(
            logits.flatten(0, 1), labels.flatten(), ignore_index=IGNORED, reduction=reduction,
            label_smoothing=label_smoothing)

    masked = torch.tensor([[3, 0], [6, IGNORED], [IGNORED, 3], [1, 3], [IGNORED, IGNORED]])
    full = torch.tensor([[3, 0], [6, 2], [5, 3], [1, 3], [4, 4]])
    for kind, labels in {"cross_entropy": full, "cross_entropy_masked": masked}.items():
        for reduction in ("mean", "sum"):
            name = f"{kind}_{reduction}"
            inputs = {
                "logits": 3 * Draw(name).normal(5, 2, 7),
                "labels": labels,
                "mask": labels != IGNORED,
            }
            yield golden(name, {"reduction": reduction}, inputs, cross_entropy, "loss")
        name = f"{kind}_smoothed"
        inputs = {
            "logits": 3 * Draw(name).normal(5, 2, 7), "labels": labels, "mask": labels != IGNORED}
        attributes = {"reduction": "mean", "label_smoothing": 0.1}
        yield golden(name, attributes, inputs, cross_entropy, "loss")
    for reduction in ("mean", "sum"):
        name = f"mse_{reduction}"
        draw = Draw(name)
        inputs = {"input": draw.normal(5, 2, 3), "target": draw.normal(5, 2, 3)}
        yield golden(name, {"reduction": reduction}, inputs, F.mse_loss, "loss")


def normalisation():
    """Layer norm over the last axis and over the last two, with one nearly constant row."""
    for name, axes in {"layer_norm": 1, "layer_norm_2_axes": 2}.items():
        draw = Draw(name)
        x = draw.normal(2, 3, 4)
        x[0, 0] = 1.5 + 1e-3 * x[0, 0]
        shape = list(x.shape[-axes:])
        inputs = {"input": x, "weight": draw.normal(*shape), "bias": draw.normal(*shape)}
        yield golden(name, {"normalized_shape": shape, "eps": 1e-5}, inputs, F.layer_norm)


def embedding():
    """An embedding look-up in which one row is read three times, one twice and two never."""
    indices = torch.tensor([[4, 1], [4, 0], [1, 5], [4, 3]])

    def look_up(indices, weight):
        return F.embedding(indices, weight)

    inputs = {"indices": indices, "weight": Draw("embedding").normal(7, 3)}
    yield golden("embedding", {}, inputs, look_up)


def pointwise():
    """Smooth activations on a grid that reaches their flat and their linear ends."""
    magnitudes = torch.tensor([1e-9, 1e-3, 0.1, 0.5, 1, 1.5, 2, 3, 5, 8, 15, 30]).double()
    grid = torch.cat([-magnitudes.flip(0), torch.zeros(1).double(), magnitudes])
    table = {
        "gelu": (F.gelu, {"approximate": "none"}),
        "gelu_tanh": (F.gelu, {"approximate": "tanh"}),
        # The default threshold of 20 would replace log(1 + exp(x)) by x within this grid.
        "softplus": (F.softplus, {"threshold": 100}),
        "elu": (F.elu, {"alpha": 1.0}),
        "silu": (F.silu, {}),
    }
    for name, (function, attributes) in table.items():
        yield golden(name, attributes, {"input": grid}, function)


def reductions():
    """logsumexp over the last axis and over two axes, with values whose exponential overflows."""
    for name, axes in {"logsumexp": [2], "logsumexp_2_axes": [0, 2]}.items():
        x = 4 * Draw(name).normal(3, 2, 5)
        x[0, 1] += 1000
        x[1, 0] -= 1000
        yield golden(name, {"dim": axes, "keepdim": False}, {"input": x}, torch.logsumexp)


def convolutions():
    """Convolutions and their transposes: input [batch, channels, ...], PyTorch's weight layout."""
    one, two, one_transposed, two_transposed = (
        F.conv1d, F.conv2d, F.conv_transpose1d, F.conv_transpose2d)
    # name, function, input shape, weight shape, output channels, attributes
    table = [
        ("conv1d", one, (2, 3, 7), (4, 3, 3), 4, {}),
        ("conv1d_strided", one, (2, 3, 8), (4, 3, 3), 4, {"stride": 2, "padding": 1}),
        ("conv1d_dilated", one, (2, 3, 9), (2, 3, 3), 2, {"padding": 2, "dilation": 2}),
        ("conv1d_grouped", one, (2, 4, 7), (6, 2, 3), 6, {"groups": 2}),
        ("conv1d_combined", one, (2, 4, 11), (6, 2, 3), 6,
         {"stride": 2, "padding": 3, "dilation": 2, "groups": 2}),
        ("conv2d", two, (2, 2, 5, 4), (3, 2, 3, 2), 3, {}),
        ("conv2d_pointwise", two, (2, 3, 3, 2), (4, 3, 1, 1), 4, {}),
        ("conv2d_strided", two, (2, 2, 5, 4), (3, 2, 3, 2), 3,
         {"stride": (2, 1), "padding": (1, 2)}),
        ("conv2d_dilated", two, (1, 2, 5, 6), (3, 2, 2, 3), 3,
         {"padding": (1, 2), "dilation": (1, 2)}),
        ("conv2d_depthwise", two, (2, 3, 4, 3), (3, 1, 3, 3), 3, {"padding": 1, "groups": 3}),
        ("conv2d_combined", two, (2, 4, 5, 4), (6, 2, 3, 2), 6,
         {"stride": (2, 3), "padding": (2, 1), "dilation": (2, 1), "groups": 2}),
        ("conv_transpose1d", one_transposed, (2, 3, 4), (3, 2, 3), 2, {}),
        ("conv_transpose1d_strided", one_transposed, (2, 3, 4), (3, 2, 3), 2,
         {"stride": 2, "padding": 1, "output_padding": 1}),
        ("conv_transpose1d_combined", one_transposed, (2, 4, 4), (4, 3, 3), 6,
         {"stride": 3, "padding": 2, "output_padding": 1, "dilation": 2, "groups": 2}),
        ("conv_transpose2d", two_transposed, (2, 3, 3, 2), (3, 2, 2, 3), 2, {}),
        ("conv_transpose2d_strided", two_transposed, (2, 2, 3, 2), (2, 3, 3, 2), 3,
         {"stride": (2, 3), "padding": (1, 0), "output_padding": (1, 2)}),
        ("conv_transpose2d_combined", two_transposed, (2, 4, 3, 2), (4, 2, 2, 3), 4,
         {"stride": (2, 1), "padding": (0, 2), "output_padding": (1, 0), "dilation": (1, 2),
          "groups": 2}),
    ]
    for name, function, input_shape, weight_shape, channels, attributes in table:
        draw = Draw(name)
        inputs = {
            "input": draw.normal(*input_shape),
            "weight": draw.normal(*weight_shape),
            "bias": draw.normal(channels),
        }
        yield golden(name, attributes, inputs, function)


def pooling():
    """Maximum and average over windows; padding counts as a value only where the name says so."""
    # name, function, input shape, attributes
    table = [
        ("max_pool1d", F.max_pool1d, (2, 3, 8), {"kernel_size": 2}),
        ("max_pool1d_padded", F.max_pool1d, (2, 3, 7),
         {"kernel_size": 3, "stride": 2, "padding": 1}),
        ("max_pool2d", F.max_pool2d, (2, 2, 4, 6), {"kernel_size": (2, 3)}),
        ("max_pool2d_padded", F.max_pool2d, (2, 2, 5, 4),
         {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1)}),
        ("avg_pool1d", F.avg_pool1d, (2, 3, 8), {"kernel_size": 2}),
        ("avg_pool1d_padded_counted", F.avg_pool1d, (2, 3, 7),
         {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": True}),
        ("avg_pool1d_padded_uncounted", F.avg_pool1d, (2, 3, 7),
         {"kernel_size": 3, "stride": 2, "padding": 1, "count_include_pad": False}),
        ("avg_pool2d", F.avg_pool2d, (2, 2, 4, 6), {"kernel_size": (2, 3)}),
        ("avg_pool2d_padded_counted", F.avg_pool2d, (2, 2, 5, 4),
         {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1), "count_include_pad": True}),
        ("avg_pool2d_padded_uncounted", F.avg_pool2d, (2, 2, 5, 4),
         {"kernel_size": (3, 2), "stride": (2, 1), "padding": (1, 1), "count_include_pad": False}),
    ]
    for name, function, shape, attributes in table:
        yield golden(name, attributes, {"input": Draw(name).normal(*shape)}, function)


def goldens():
    """Every operation's golden as (name, tensors, attributes)."""
    for family in (
            losses, normalisation, embedding, pointwise, reductions, convolutions, pooling):
        yield from family()


if __name__ == "__main__":
    write(folder_from_arguments("Operations"), goldens())
