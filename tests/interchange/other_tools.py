"""Runs a NIR file in another tool and compares its output spikes.

    other_tools.py TOOL FILE RUN

TOOL is nir (the package reads the file with its default checks), snntorch or norse. RUN holds the
numbers of steps, inputs and outputs, then the input spikes in NIR's order, then the output spikes.
Exit code 0: no spike differs, 1: some do, 77: the tool is not installed.
"""
import contextlib
import io
import sys

import numpy as np


def load(tool):
    try:
        if tool == "nir":
            import nir
            return nir
        import torch
        torch.set_grad_enabled(False)
        if tool == "snntorch":
            import snntorch.import_nir
            return snntorch.import_nir
        import norse.torch
        return norse.torch
    except ImportError as error:
        print(f"other_tools: {tool} is not installed: {error}")
        sys.exit(77)


def outputs(tool, module, graph, given, shape):
    import torch
    with contextlib.redirect_stdout(io.StringIO()):
        net = (module.import_from_nir(graph) if tool == "snntorch"
               else module.from_nir(graph, dt=1e-4))
    state, rows = None, []
    flattens = any(type(node).__name__ == "Flatten" for node in graph.nodes.values())
    for row in given:
        x = torch.tensor(row.reshape(shape), dtype=torch.float32)
        if not flattens:  # whose Flatten(0, -1) would take the batch axis for one of the map
            x = x[None]
        y, state = net(x, state)
        y = y[0] if isinstance(y, tuple) else y
        rows.append(y.detach().numpy().ravel())
    return np.array(rows)


def main():
    tool, file, run = sys.argv[1:]
    module = load(tool)
    import nir
    graph = nir.read(file)
    if tool == "nir":
        return
    numbers = np.loadtxt(run).ravel()
    steps, inputs, count = numbers[:3].astype(int)
    given = numbers[3:3 + steps * inputs].reshape(steps, inputs)
    expected = numbers[3 + steps * inputs:].reshape(steps, count)
    shape = next(node.input_type["input"] for node in graph.nodes.values()
                 if type(node).__name__ == "Input")
    found = outputs(tool, module, graph, given, tuple(int(side) for side in shape))
    differing = int((found != expected).sum())
    print(f"{tool}: {differing} differing of {int(expected.sum())} spikes over {steps} steps")
    sys.exit(1 if differing else 0)


main()
