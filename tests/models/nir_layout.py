"""Judges a NIR file by the documented layout, without volley's code, and runs it.

    nir_layout.py FILE [RUN]

Checks types, required and unknown fields, edges and the shapes along them, then - where RUN is
given (steps, inputs, outputs; input spikes in NIR's order; expected readout) - steps the graph by
forward Euler with reset to zero and compares. Where the package `nir` is installed it must read
the file too.
"""
import sys

import h5py
import numpy as np

FIELDS = {
    "Input": {"shape"}, "Output": {"shape"}, "Affine": {"weight", "bias"}, "Linear": {"weight"},
    "Conv2d": {"input_shape", "weight", "stride", "padding", "dilation", "groups", "bias"},
    "SumPool2d": {"kernel_size", "stride", "padding"},
    "Flatten": {"input_type", "start_dim", "end_dim"},
    "I": {"r"}, "IF": {"r", "v_threshold", "v_reset"}, "LI": {"tau", "r", "v_leak"},
    "LIF": {"tau", "r", "v_leak", "v_threshold", "v_reset"}, "NIRGraph": {"nodes", "edges"},
    "CubaLI": {"tau_mem", "tau_syn", "r", "w_in", "v_leak"},
    "CubaLIF": {"tau_mem", "tau_syn", "r", "w_in", "v_leak", "v_threshold", "v_reset"},
    "Scale": {"scale"}, "Delay": {"delay"},
}


def check(condition, message):
    if not condition:
        sys.exit("nir_layout: " + message)


def text(dataset):
    kind = h5py.check_string_dtype(dataset.dtype)
    check(kind is not None, dataset.name + " is no text")
    check(kind.length is None, dataset.name + " is not vlen")
    check(kind.encoding == "utf-8", dataset.name + " is not UTF-8")
    return dataset.asstr()[()]


def conv_size(size, kernel, stride, padding, dilation=(1, 1)):
    return tuple((s + 2 * p - d * (k - 1) - 1) // t + 1
                 for s, k, t, p, d in zip(size, kernel, stride, padding, dilation))


class Node:
    def __init__(self, group):
        self.type = text(group["type"])
        check(self.type in FIELDS, group.name + " has the type " + self.type)
        names = set(group.keys()) - {"type", "metadata"}
        check(names == FIELDS[self.type], f"{group.name} has the fields {sorted(names)}")
        check(not group.attrs, group.name + " has attributes")
        check(group.id.get_create_plist().get_link_creation_order() != 0, "order not tracked")
        if self.type == "NIRGraph":
            self.nodes = {name: Node(group["nodes"][name]) for name in group["nodes"]}
            self.order = list(group["nodes"])
            rows = group["edges"].asstr()[()] if group["edges"].size else []
            self.edges = [tuple(row) for row in rows]
            for edge in self.edges:
                for end in edge:
                    check(end in self.nodes, f"{group.name} has an edge to {end}")
            self.check_shapes(group.name)
        else:
            self.fields = {name: group[name][()] for name in names}
            for name, value in self.fields.items():
                wanted = np.int64 if value.dtype.kind == "i" else np.float32
                check(value.dtype == wanted, f"{group.name}/{name} is {value.dtype}")

    def output(self, source):
        f = getattr(self, "fields", None)
        if self.type in ("Input", "Output"):
            return tuple(f["shape"])
        if self.type == "Affine":
            check(source == (f["weight"].shape[1],), f"{f['weight'].shape} meets {source}")
            return (f["weight"].shape[0],)
        if self.type == "Conv2d":
            channels = f["weight"].shape[1] * int(f["groups"])
            check(source == (channels, *f["input_shape"]), f"Conv2d meets {source}")
            check(f["weight"].shape[0] % f["groups"] == 0, "groups do not divide the outputs")
            return (f["weight"].shape[0],) + conv_size(
                source[1:], f["weight"].shape[2:], f["stride"], f["padding"], f["dilation"])
        if self.type == "SumPool2d":
            return (source[0],) + conv_size(source[1:], f["kernel_size"], f["stride"], f["padding"])
        if self.type == "Flatten":
            check(source == tuple(f["input_type"]), f"Flatten meets {source}")
            return (int(np.prod(source)),)
        if self.type == "NIRGraph":
            return self.shapes[self.order[-1]]
        if self.type in ("Scale", "Delay"):
            return f[self.type.lower()].shape
        return f["r"].shape

    def input(self):
        if self.type == "NIRGraph":
            return self.shapes[self.order[0]]
        if self.type in ("Output", "I", "IF", "LI", "LIF", "CubaLI", "CubaLIF", "Scale", "Delay"):
            return self.output(None)
        return None

    def check_shapes(self, name):
        self.shapes = {}
        check(self.nodes[self.order[0]].type == "Input", name + " does not begin with its Input")
        check(self.nodes[self.order[-1]].type == "Output", name + " does not end with its Output")
        for node in self.order:
            sources = [self.shapes[a] for a, b in self.edges if b == node and a in self.shapes]
            self.shapes[node] = self.nodes[node].output(sources[0] if sources else None)
        for a, b in self.edges:
            wanted = self.nodes[b].input()
            if wanted is not None:
                check(self.shapes[a] == wanted, f"{a} makes {self.shapes[a]}, {b} takes {wanted}")


def windows(x, kernel, stride, padding):
    x = np.pad(x, ((0, 0), (padding[0],) * 2, (padding[1],) * 2))
    view = np.lib.stride_tricks.sliding_window_view(x, tuple(kernel), axis=(1, 2))
    return view[:, ::stride[0], ::stride[1]]


def step(node, x, dt):
    f = getattr(node, "fields", None)
    if node.type == "Affine":
        return f["weight"].astype(float) @ x + f["bias"]
    if node.type == "Conv2d":
        reach = [d * (k - 1) + 1 for k, d in zip(f["weight"].shape[2:], f["dilation"])]
        view = windows(x, reach, f["stride"], f["padding"])
        view = view[..., ::f["dilation"][0], ::f["dilation"][1]]
        groups = int(f["groups"])
        parts = zip(np.split(f["weight"].astype(float), groups), np.split(view, groups))
        current = np.concatenate([np.einsum("oikl,iyxkl->oyx", w, v) for w, v in parts])
        return current + f["bias"][:, None, None]
    if node.type == "SumPool2d":
        return windows(x, f["kernel_size"], f["stride"], f["padding"]).sum((3, 4))
    if node.type == "Flatten":
        return x.reshape(-1)
    if node.type == "NIRGraph":
        node.last = getattr(node, "last", np.zeros(node.shapes["lif"]))
        node.last = step(node.nodes["lif"], x + step(node.nodes["w_rec"], node.last, dt), dt)
        return node.last
    if node.type in ("Input", "Output"):
        return x
    if node.type == "Scale":
        return f["scale"] * x
    if node.type == "Delay":
        steps = np.rint(f["delay"] / dt).astype(int)
        node.past = getattr(node, "past", []) + [x]
        late = [node.past[-1 - n].ravel()[i] if n < len(node.past) else 0.0
                for i, n in enumerate(steps.ravel())]
        return np.reshape(late, x.shape)
    v = getattr(node, "v", np.zeros(f["r"].shape))
    if node.type in ("CubaLI", "CubaLIF"):
        current = getattr(node, "current", np.zeros(v.shape))
        node.current = current + dt / f["tau_syn"].astype(float) * (f["w_in"] * x - current)
        x = node.current
        f = dict(f, tau=f["tau_mem"])
    if "tau" in f:
        v = v + dt / f["tau"].astype(float) * ((f["v_leak"] - v) + f["r"] * x)
    else:
        v = v + dt * f["r"] * x
    if node.type in ("LI", "I", "CubaLI"):
        node.v = v
        return v
    spikes = v > f["v_threshold"]
    node.v = np.where(spikes, f["v_reset"], v)
    return spikes.astype(float)


def run(graph, path, dt):
    numbers = np.loadtxt(path).ravel()
    steps, inputs, outputs = numbers[:3].astype(int)
    given = numbers[3:3 + steps * inputs].reshape(steps, inputs)
    expected = numbers[3 + steps * inputs:].reshape(steps, outputs)
    for t in range(steps):
        value = {}
        for name in graph.order:
            sources = [value[a] for a, b in graph.edges if b == name]
            x = sum(sources) if sources else given[t].reshape(graph.shapes[name])
            value[name] = step(graph.nodes[name], x, dt)
        found = value[graph.order[-1]].ravel()
        check(np.allclose(found, expected[t], rtol=1e-4, atol=1e-4),
              f"step {t}: {found} instead of {expected[t]}")


def main():
    with h5py.File(sys.argv[1]) as file:
        check(set(file.keys()) == {"version", "node"}, "root holds " + str(list(file.keys())))
        text(file["version"])
        graph = Node(file["node"])
        check(graph.type == "NIRGraph", "the top node is no graph")
        dt = file["node/metadata/dt"][()]
        check(abs(dt - 1e-4) < 1e-12, "dt is not 1e-4")
        check(file["node/metadata/step_ms"][()] > 0, "no step_ms")
    if len(sys.argv) > 2:
        run(graph, sys.argv[2], dt)
    try:
        import nir
    except ImportError:
        return
    nir.read(sys.argv[1])


main()
