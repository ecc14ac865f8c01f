"""JAX's side of `compare.py`: `jit` of `lax.scan` over the same cells, with the gradients of all parameters."""

import jax
import jax.numpy as jnp
from jax import lax

import peer_cells as cells


class Operations:
    chunk = staticmethod(jnp.split)
    sigmoid = staticmethod(jax.nn.sigmoid)
    tanh = staticmethod(jnp.tanh)
    softplus = staticmethod(jax.nn.softplus)
    log = staticmethod(jnp.log)
    rsqrt = staticmethod(lax.rsqrt)
    softmax = staticmethod(jax.nn.softmax)

    def roll(x, shift):
        return jnp.roll(x, shift, -1)

    def layer_norm(x, gain, bias):
        centered = x - x.mean(-1, keepdims=True)
        variance = (centered * centered).mean(-1, keepdims=True)
        return centered * lax.rsqrt(variance + 1e-5) * gain + bias

    def conv3x3(x, w):
        return lax.conv_general_dilated(x, w, (1, 1), "SAME")


def workload(name):
    """The workload as a function that does it once and returns a number; None if it is not one of JAX's."""
    if name in cells.LANGUAGES:
        return _language(name)
    if name == "stream-lstm":
        return _stream()
    network = cells.network(name)
    if network is None:
        return None
    inputs = jnp.asarray(network.inputs)
    states = jax.tree.map(jnp.asarray, network.states)
    parameters = jax.tree.map(jnp.asarray, network.parameters)

    def loss(parameters):
        return _outputs(network.cell, inputs, states, parameters).sum()

    step = jax.jit(jax.value_and_grad(loss))
    return lambda: jax.block_until_ready(step(parameters))[0]


def _outputs(cell, sequence, states, parameters):
    for state, layer in zip(states, parameters):

        def body(state, x):
            y, state = cell(Operations, x, state, layer)
            return state, y

        _, sequence = lax.scan(body, state, sequence)
    return sequence


def _language(name):
    sizes = cells.LANGUAGES[name]
    inputs, labels, *parameters = cells.symbols(name)
    zeros = jnp.zeros((sizes["batch"], sizes["hidden"]))
    states = [(zeros, zeros)] * sizes["layers"]

    def loss(parameters):
        embeddings, layers, weights, bias = parameters
        outputs = _outputs(cells.lstm, embeddings[inputs], states, layers)
        likelihoods = jax.nn.log_softmax(outputs @ weights + bias)
        return -jnp.take_along_axis(likelihoods, labels[..., None], -1).mean()

    @jax.jit
    def update(parameters):
        value, gradients = jax.value_and_grad(loss)(parameters)
        return value, jax.tree.map(lambda p, g: p - 0.1 * g, parameters, gradients)

    current = [jax.tree.map(jnp.asarray, parameters)]

    def step():
        value, current[0] = jax.block_until_ready(update(current[0]))
        return value

    return step


def _stream():
    x, state, parameters = jax.tree.map(jnp.asarray, cells.stream())
    cell = jax.jit(lambda state: cells.lstm(Operations, x, state, parameters)[1])
    current = [state]

    def steps(count):
        state = current[0]
        for _ in range(count):
            state = cell(state)
        current[0] = jax.block_until_ready(state)

    return steps
