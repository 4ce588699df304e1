# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests of the recurrent models share.

A test writes the equations of `test/Models/Recurrent/NAME.mlir` once more, in NumPy,
with the arithmetic of `f32.py`, one step after the other, and gives every output:

    s = run_layer(linear(x, w, b), lateral, 16, Lif())
    check_recurrent("rsnn.mlir", {"x": x}, params, [s])

The model is compiled with `--numerics=exact`. The rules, in `check_recurrent`:

- the whole run, of a library, gives the bits of NumPy: every spike of every layer,
  every analog value, no margin and no tolerance; exp and tanh are those of docs/math.md;
- a first part of it gives them in all variants of the program, and not optimized;
  the interpreter gives the same (`Model.check`);
- the run that is cut at random, each piece in one call or step by step, with a state
  that is carried and may go through a file, gives the bits of the whole run. Cuts
  are new in every run: a test prints its seed, SNN_SEED=SEED repeats it;
- at least 1,000,000 neuron-steps in all layers together, and 1 to 60 % of them fire
  in each layer. Weights are random, but for those of twins: see `add_twins`.

Models are causal, and no element of a batch reads another.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import snnc
from f32 import f32, linear
from harness import FEW, SNNC, Arrays, Failure, Model, check_equal, execute

NEURON_STEPS = 1_000_000
FIRING = (0.01, 0.60)
LARGE = f32(32000.3)  # a weight that leaves a sum nine bits behind the point
ROUNDS = 3
SEED = int(os.environ.get("SNN_SEED") or secrets.randbits(32))

Neuron = Callable[[np.ndarray], np.ndarray]


def make(*shape: int, seed: int, mean: float = 0.0, scale: float = 1.0) -> np.ndarray:
    """Numbers of a normal distribution, rounded to f32."""
    return np.random.default_rng(seed).normal(mean, scale, shape).astype(f32)


def make_orthogonal(n: int, seed: int, gain: float = 1.0) -> np.ndarray:
    matrix = np.random.default_rng(seed).normal(size=(n, n))
    return (gain * np.linalg.qr(matrix)[0]).astype(f32)


class Lif:
    """u = decay v + i; a spike takes the threshold, 1, away."""

    def __init__(self, decay: np.ndarray | float = 0.5) -> None:
        self.decay, self.v = np.asarray(decay, f32), f32(0)

    def __call__(self, i: np.ndarray) -> np.ndarray:
        u = self.decay * self.v + i
        s = u >= 1
        self.v = np.where(s, u - f32(1), u)
        return s


def run_neuron(current: np.ndarray, neuron: Neuron) -> np.ndarray:
    return np.array([neuron(i) for i in current])


def run_layer(current: np.ndarray, lateral: np.ndarray, spans: int | Sequence[int],
              neuron: Neuron) -> np.ndarray:  # fmt: skip
    """A layer that hears its own spikes of `spans` steps ago: one number, or one for
    each source."""
    steps, batch, n = current.shape
    each = np.broadcast_to(np.asarray(spans), n)
    longest, source = int(each.max()), np.arange(n)
    past = np.zeros((longest + steps, batch, n), bool)  # silent before step 0
    for t in range(steps):
        heard = past[longest + t - each, :, source].T
        past[longest + t] = neuron(current[t] + linear(heard, lateral))
    return past[longest:]


def sum_over_time(y: np.ndarray) -> np.ndarray:
    total = np.zeros(y.shape[1:], f32)
    for row in y:
        total = total + row
    return total


def make_network(inputs: int, sizes: Sequence[int], classes: int, scales: Sequence[float],
                 seed: int, gain: float = 1.0) -> dict[str, np.ndarray]:  # fmt: skip
    """Parameters of an SRC-SNN; lateral matrices are orthogonal, as in the paper."""
    params, sources = {}, [inputs, *sizes]
    for i, (n, m, scale) in enumerate(zip(sizes, sources, scales), 1):
        params |= {f"layer{i}.weight": make(n, m, seed=seed + 10 * i, scale=scale),
                   f"layer{i}.bias": make(n, seed=seed + 10 * i + 1, mean=0.1, scale=0.1),
                   f"layer{i}.lateral": make_orthogonal(n, seed + 10 * i + 2, gain)}  # fmt: skip
    return params | {"readout.weight": make(classes, sizes[-1], seed=seed + 1, scale=0.1),
                     "readout.bias": make(classes, seed=seed + 2)}  # fmt: skip


def add_twins(own: dict[str, np.ndarray], n: int, twin: int, source: int) -> None:
    """Makes the spikes of a layer of n neurons depend on the order of sums.

    Neuron `twin` is made equal to neuron 0, so that both fire at once, and source
    `source` of the layer is said to be such a twin of source 0. Everyone hears one of
    two twins with a large weight, and the other with its negative: together they are
    nothing, but for the bits that the sum has lost in between. So a sum in another
    order makes another spike train; without twins, few runs would show it. (Between
    the first and the last source, all would be rounded alike, in any order.)
    """
    for value in own.values():
        if value.shape[:1] == (n,):
            value[twin] = value[0]
        elif value.shape[1:] == (n,):
            value[:, twin] = value[:, 0]
    if "bias" in own:
        own["bias"][[0, twin]] = 1  # twins fire often
    for key, other in (("weight", source), ("lateral", twin)):
        if own[key].shape[1] > 1:
            own[key][:, 0], own[key][:, other] = LARGE, -LARGE


def add_twins_to_network(x: np.ndarray, params: dict[str, np.ndarray],
                         twins: Sequence[int] = ()) -> None:  # fmt: skip
    """The same for each layer of a network, and for its input; a twin of 0 is the
    neuron in the middle, if nothing else is said."""
    source = x.shape[-1] // 2
    x[..., source] = x[..., 0]
    for i in range(1, 1 + sum(key.endswith(".lateral") for key in params)):
        own = get_layer(params, i)
        n = len(own["bias"])
        twin = twins[i - 1] if twins else n // 2
        add_twins(own, n, twin, source)
        source = twin


def get_layer(params: Arrays, i: int) -> dict[str, np.ndarray]:
    prefix = f"layer{i}."
    return {key.removeprefix(prefix): value for key, value in params.items()
            if key.startswith(prefix)}  # fmt: skip


def run_network(x: np.ndarray, params: Arrays, spans: Sequence[int],
                make_neuron: Callable[[Arrays], Neuron] = lambda _: Lif(),
                normalise: Callable[[np.ndarray, Arrays], np.ndarray] = lambda i, _: i,
                ) -> list[np.ndarray]:  # fmt: skip
    """The spikes of the layers of an SRC-SNN, and its readout summed over time.

    The neurons and the normalisation of a layer get its parameters.
    """
    layers = []
    for i, span in enumerate(spans, 1):
        own = get_layer(params, i)
        current = normalise(linear(x, own["weight"], own["bias"]), own)
        x = run_layer(current, own["lateral"], span, make_neuron(own))
        layers.append(x)
    readout = linear(x, params["readout.weight"], params["readout.bias"])
    return [*layers, sum_over_time(readout)]


def make_pixels(batch: int, seed: int) -> np.ndarray:
    """Grey values of 784 pixels, one after the other."""
    return np.random.default_rng(seed).random((784, batch, 1)).astype(f32)


def make_counts(batch: int, seed: int) -> np.ndarray:
    """Spikes of 700 channels in 250 steps, counted over five channels each."""
    return np.random.default_rng(seed).binomial(5, 0.03, (250, batch, 140)).astype(f32)


def check_recurrent(name: str, inputs: Arrays, params: Arrays,
                    expected: Sequence[np.ndarray], *, embed: bool = False,
                    short: tuple[int, int] = (64, 2)) -> None:  # fmt: skip
    """Compiles and runs a model in every way and holds it to the rules above.

    `expected` is in the order of the outputs. With `embed`, the parameters are part
    of what is compiled. `short` is the part (steps, batch) for all variants.
    """
    what = name.removesuffix(".mlir")
    check_size(what, [e for e in expected if e.ndim > 2])
    model = Model(f"Recurrent/{name}", params if embed else None, targets=FEW,
                  flags=["--numerics=exact"])  # fmt: skip
    check_part(model, inputs, {} if embed else params, expected, *short)
    # A name of its own: a process loads what has the same path only once.
    path = model.folder / f"{what}-{'embedded' if embed else 'args'}.so"
    execute([SNNC, model.source, "-o", path, *model.flags, "--target=native"])
    library = snnc.load(path)
    if not embed:
        library.set_weights(params)
    outputs = run(library, inputs)
    for tensor, actual, wanted in zip(library.outputs, outputs, expected, strict=True):
        check_equal(actual, wanted, f"{what}, {tensor.name}")
    check_cuts(library, inputs, expected)


def check_size(what: str, layers: Sequence[np.ndarray]) -> None:
    """The run is large enough, and every layer fires, but not all of it.

    Layers are sequences of spikes or, in a model that has none, of analog values.
    """
    spiking = [layer for layer in layers if layer.dtype == bool]
    total = sum(layer.size for layer in spiking or layers[:1])
    if total < NEURON_STEPS:
        raise Failure(f"{what}: expected {NEURON_STEPS} neuron-steps, but got {total}")
    shares = [layer.mean() for layer in spiking]
    print(f"{what}: {total} neuron-steps, firing {[f'{share:.1%}' for share in shares]}")
    if not all(FIRING[0] <= share <= FIRING[1] for share in shares):
        raise Failure(f"{what}: expected 1 to 60 % of each layer to fire, but got {shares}")


def check_part(model: Model, inputs: Arrays, params: Arrays,
               expected: Sequence[np.ndarray], steps: int, batch: int) -> None:  # fmt: skip
    part = {name: array[:steps, :batch] for name, array in inputs.items()}
    outputs = model.check(part, None, params)
    for name, actual, wanted in zip(model.outputs, outputs, expected, strict=True):
        if wanted.ndim > 2:  # what is not a sequence belongs to the last step
            check_equal(actual, wanted[:steps, :batch], f"{model.folder.name}, {name}, a part")


def run(library: snnc.Model, inputs: Arrays, state: snnc.State | None = None) -> list[np.ndarray]:
    outputs = library(**inputs, state=state)
    return list(outputs) if len(library.outputs) > 1 else [outputs]


def run_steps(library: snnc.Model, inputs: Arrays, state: snnc.State) -> list[np.ndarray]:
    rows = [dict(zip(inputs, step)) for step in zip(*inputs.values(), strict=True)]
    parts = [library.step(**row, state=state) for row in rows]
    if len(library.outputs) == 1:
        return [np.stack(parts)]
    return [np.stack(part) if tensor.is_sequence else part[-1]
            for tensor, part in zip(library.outputs, zip(*parts))]  # fmt: skip


def check_cuts(library: snnc.Model, inputs: Arrays, expected: Sequence[np.ndarray],
               batch: int = 2) -> None:  # fmt: skip
    """Runs that are cut at random are the whole run."""
    inputs = {name: np.ascontiguousarray(array[:, :batch]) for name, array in inputs.items()}
    steps = len(next(iter(inputs.values())))
    random = np.random.default_rng(SEED)
    for number in range(ROUNDS):
        cuts = sorted(random.integers(0, steps + 1, random.integers(2, 9)).tolist())
        by_step = random.random(len(cuts) + 1) < 0.5
        by_step[number % len(by_step)] = number > 0  # both kinds occur
        how = f"cuts {cuts}, by steps {by_step.astype(int)}, SNN_SEED={SEED}"
        print(f"{library.name}: {how}")
        state, path = library.initial_state(batch), library.path.with_suffix(".state")
        parts = []
        for i, (begin, end) in enumerate(pairwise([0, *cuts, steps])):
            if begin == end:
                continue
            piece = {name: array[begin:end] for name, array in inputs.items()}
            parts.append((run_steps if by_step[i] else run)(library, piece, state))
            if i == number:
                state.save(path)
                state = library.load_state(path)
        for i, (tensor, wanted) in enumerate(zip(library.outputs, expected, strict=True)):
            is_sequence = tensor.is_sequence
            joined = np.concatenate([part[i] for part in parts]) if is_sequence else parts[-1][i]
            wanted = wanted[:, :batch] if is_sequence else wanted[:batch]
            check_equal(joined, wanted, f"{library.name}, {tensor.name}, {how}")
