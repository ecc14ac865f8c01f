"""PyTorch's side of `compare.py`: its own layers, or the same cells written eagerly, or those compiled."""

import torch
import torch.nn.functional as functional

import peer_cells as cells


class Operations:
    chunk = staticmethod(torch.chunk)
    sigmoid = staticmethod(torch.sigmoid)
    tanh = staticmethod(torch.tanh)
    softplus = staticmethod(functional.softplus)
    log = staticmethod(torch.log)
    rsqrt = staticmethod(torch.rsqrt)

    def softmax(x):
        return torch.softmax(x, -1)

    def roll(x, shift):
        return torch.roll(x, shift, -1)

    def layer_norm(x, gain, bias):
        return functional.layer_norm(x, gain.shape, gain, bias)

    def conv3x3(x, w):
        return functional.conv2d(x, w, padding=1)


def start(threads):
    torch.set_num_threads(threads)


def layers(name):
    """The workload through `torch.nn`, as a function that does it once and returns a number; or None."""
    if name in cells.LANGUAGES:
        return _language(name)
    if name == "stream-lstm":
        return _stream()
    if operands := cells.product(name):
        a, b = (torch.from_numpy(operand) for operand in operands)
        return lambda: a @ b
    # The work of lstm-pergate is that of lstm, which is how PyTorch's user gets it done.
    network = cells.network(name.replace("lstm-pergate", "lstm"))
    kinds = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}
    if network is None or network.kind not in kinds:
        return None
    module = _module(kinds[network.kind], network.parameters)
    inputs = torch.from_numpy(network.inputs)

    def step():
        module.zero_grad()
        loss = module(inputs)[0].sum()
        loss.backward()
        return loss

    return step


def eager(name, transform=lambda cell: cell):
    """The workload with its cell as a Python function over a loop."""
    network = cells.network(name)
    if network is None:
        return None

    def cell(x, state, parameters):
        return network.cell(Operations, x, state, parameters)

    cell = transform(cell)
    inputs = torch.from_numpy(network.inputs)
    states = [tuple(torch.from_numpy(part) for part in state) for state in network.states]
    parameters = [
        [torch.from_numpy(array.copy()).requires_grad_() for array in layer]
        for layer in network.parameters
    ]

    def step():
        for layer in parameters:
            for parameter in layer:
                parameter.grad = None
        sequence = inputs.unbind()
        for state, layer in zip(states, parameters):
            outputs = []
            for x in sequence:
                y, state = cell(x, state, layer)
                outputs.append(y)
            sequence = outputs
        loss = torch.stack(sequence).sum()
        loss.backward()
        return loss

    return step


def compiled(name):
    return eager(name, torch.compile)


def _module(kind, layers):
    """A module of `torch.nn` with the given weights."""
    hidden = layers[0][1].shape[0]
    module = kind(layers[0][0].shape[0], hidden, num_layers=len(layers))
    with torch.no_grad():
        for place, (w, u, b, *d) in enumerate(layers):
            getattr(module, f"weight_ih_l{place}").copy_(torch.from_numpy(w.T))
            getattr(module, f"weight_hh_l{place}").copy_(torch.from_numpy(u.T))
            getattr(module, f"bias_ih_l{place}").copy_(torch.from_numpy(b))
            state_bias = getattr(module, f"bias_hh_l{place}")
            state_bias.copy_(torch.from_numpy(d[0])) if d else state_bias.zero_()
    return module


def _language(name):
    inputs, labels, embeddings, layers, weights, bias = cells.symbols(name)
    inputs, labels = torch.from_numpy(inputs), torch.from_numpy(labels).flatten()
    embedding = torch.nn.Embedding.from_pretrained(torch.from_numpy(embeddings), freeze=False)
    network = _module(torch.nn.LSTM, layers)
    output = torch.nn.Linear(*weights.shape)
    with torch.no_grad():
        output.weight.copy_(torch.from_numpy(weights.T))
        output.bias.copy_(torch.from_numpy(bias))
    modules = torch.nn.ModuleList([embedding, network, output])
    optimizer = torch.optim.SGD(modules.parameters(), lr=0.1)

    def step():
        optimizer.zero_grad()
        logits = output(network(embedding(inputs))[0])
        loss = functional.cross_entropy(logits.flatten(0, 1), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def _stream():
    x, state, (w, u, b) = cells.stream()
    cell = torch.nn.LSTMCell(*w.shape[:1], u.shape[0])
    with torch.no_grad():
        cell.weight_ih.copy_(torch.from_numpy(w.T))
        cell.weight_hh.copy_(torch.from_numpy(u.T))
        cell.bias_ih.copy_(torch.from_numpy(b))
        cell.bias_hh.zero_()
    x = torch.from_numpy(x)
    current = [tuple(torch.from_numpy(part) for part in state)]

    @torch.inference_mode()
    def steps(count):
        state = current[0]
        for _ in range(count):
            state = cell(x, state)
        current[0] = state

    return steps
