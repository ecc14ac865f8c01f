"""Writes Convolutional/*.safetensors: two steps of each recurrent cell over maps, in float64, with all their
gradients, and Metrics/ssim.safetensors: the structural similarity of images by NumPy, window by window.

Made with torch 2.13.0+cpu, numpy 2.4.6, safetensors 0.8.0, Python 3.11.7.
Usage: `python make_convolutional_goldens.py [FOLDER]`.
"""

import numpy as np
import torch
import torch.nn.functional as F
from golden import Draw, differentiated, folder_from_arguments, write

INPUTS, HIDDEN, HEIGHT, WIDTH = 2, 3, 4, 5
sigmoid, tanh = torch.sigmoid, torch.tanh


def conv(x, w, b=None):
    return F.conv2d(x, w, b, padding="same")


def conv_lstm(x, h, c, W, U, b, V=None):
    """Shi et al., 2015, equation 3; V holds the peepholes of the input, forget and output gate."""
    i, f, g, o = (conv(x, W, b) + conv(h, U)).chunk(4, 1)
    vi, vf, vo = (0, 0, 0) if V is None else V.chunk(3, 0)
    new = sigmoid(f + vf * c) * c + sigmoid(i + vi * c) * tanh(g)
    return sigmoid(o + vo * new) * tanh(new), new


def st_lstm(x, h, c, m, W, U, W2, V, R, b):
    """Wang et al., 2017, equation 3: W of i, f, g, o and i', f', g'."""
    xi, xf, xg, xo, xi2, xf2, xg2 = conv(x, W, b).chunk(7, 1)
    hi, hf, hg, ho = conv(h, U).chunk(4, 1)
    mi, mf, mg = conv(m, W2).chunk(3, 1)
    new = sigmoid(xf + hf) * c + sigmoid(xi + hi) * tanh(xg + hg)
    memory = sigmoid(xf2 + mf) * m + sigmoid(xi2 + mi) * tanh(xg2 + mg)
    both = torch.cat([new, memory], 1)
    return sigmoid(xo + ho + conv(both, V)) * tanh(conv(both, R)), new, memory


def causal_lstm(x, h, c, m, W, U, W2, T, V, R, b):
    """Wang et al., 2018, equation 1: W of i, f, g, of i', f', g', and of o."""
    xi, xf, xg, xi2, xf2, xg2, xo = conv(x, W, b).chunk(7, 1)
    i, f, g = conv(torch.cat([h, c], 1), U).chunk(3, 1)
    new = sigmoid(xf + f) * c + sigmoid(xi + i) * tanh(xg + g)
    i2, f2, g2 = conv(torch.cat([new, m], 1), W2).chunk(3, 1)
    memory = sigmoid(xf2 + f2) * tanh(conv(m, T)) + sigmoid(xi2 + i2) * tanh(xg2 + g2)
    both = torch.cat([new, memory], 1)
    return tanh(xo + conv(both, V)) * tanh(conv(both, R)), new, memory


def highway(x, z, W, U, b):
    """Wang et al., 2018, equation 2."""
    p, s = (conv(x, W, b) + conv(z, U)).chunk(2, 1)
    return (sigmoid(s) * tanh(p) + (1 - sigmoid(s)) * z,)


def cells():
    """Two steps of each cell: outputs `y0`, `y1`, …, the tensors that the second step returns."""
    maps, square = (HEIGHT, WIDTH), (3, 3)
    H = HIDDEN
    table = {
        "conv_lstm": (conv_lstm, 2, {"W": (4 * H, INPUTS, *square), "U": (4 * H, H, *square)}, 4),
        "conv_lstm_peepholes": (conv_lstm, 2, {
            "W": (4 * H, INPUTS, *square), "U": (4 * H, H, *square), "V": (3 * H, *maps)}, 4),
        "st_lstm": (st_lstm, 3, {
            "W": (7 * H, INPUTS, *square), "U": (4 * H, H, *square), "W2": (3 * H, H, *square),
            "V": (H, 2 * H, *square), "R": (H, 2 * H, 1, 1)}, 7),
        "causal_lstm": (causal_lstm, 3, {
            "W": (7 * H, INPUTS, *square), "U": (3 * H, 2 * H, *square),
            "W2": (3 * H, 2 * H, *square), "T": (H, H, *square), "V": (H, 2 * H, *square),
            "R": (H, 2 * H, 1, 1)}, 7),
        "highway": (highway, 1, {"W": (2 * H, INPUTS, *square), "U": (2 * H, H, *square)}, 2),
    }
    for name, (cell, states, shapes, gates) in table.items():
        draw = Draw(name)
        inputs = {"x": draw.normal(2, 2, INPUTS, *maps)}
        names = ["z"] if cell is highway else ["h", "c", "m"][:states]
        inputs |= {state: draw.normal(2, H, *maps) for state in names}
        inputs |= {label: 0.3 * draw.normal(*shape) for label, shape in shapes.items()}
        inputs["b"] = 0.3 * draw.normal(gates * H)

        def two_steps(x, **rest):
            parameters = {key: value for key, value in rest.items() if key not in names}
            state = [rest[key] for key in names]
            for t in range(2):
                state = cell(x[t], *state, **parameters)
            return {f"y{i}": y for i, y in enumerate(state)}

        tensors = differentiated(Draw(f"{name} cotangent"), inputs, two_steps)
        yield name, tensors, {"time": 2}


def similarity():
    """SSIM of images of 13 × 16 (Wang et al., 2004), one window after another."""
    places = np.arange(11) - 5
    weights = np.exp(-(places[:, None] ** 2 + places[None, :] ** 2) / (2 * 1.5**2))
    weights /= weights.sum()
    c1, c2 = 0.01**2, 0.03**2

    def of_windows(x, y):
        mx, my = (weights * x).sum(), (weights * y).sum()
        vx, vy = (weights * (x - mx) ** 2).sum(), (weights * (y - my) ** 2).sum()
        covariance = (weights * (x - mx) * (y - my)).sum()
        return ((2 * mx * my + c1) * (2 * covariance + c2)
                / ((mx**2 + my**2 + c1) * (vx + vy + c2)))

    draw = Draw("ssim")
    x = draw.uniform(0.5, 3, 13, 16) + 0.5
    y = 0.7 * x + 0.3 * (draw.uniform(0.5, 3, 13, 16) + 0.5)
    values = [np.mean([of_windows(a[r:r + 11, c:c + 11], b[r:r + 11, c:c + 11])
                       for r in range(3) for c in range(6)])
              for a, b in zip(x.numpy(), y.numpy())]
    yield "ssim", {"x": x, "y": y, "ssim": torch.tensor(values)}, {}


if __name__ == "__main__":
    write(folder_from_arguments("Convolutional"), cells())
    write(folder_from_arguments("Metrics"), similarity())
