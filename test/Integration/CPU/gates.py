"""Refractory gates on words: shifted candidates, counters as planes of bits, and
counters of i32. No bit may change, whatever the counters that a run starts from.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model

# Shifted candidates up to 8, planes up to 65535, then counters only.
PERIODS = (0, 1, 2, 3, 4, 7, 8, 9, 15, 16, 31, 32, 100, 65535, 65536)
# Rows of one word and its neighbours, of some words, and of some tiles.
SIZES = (1, 31, 32, 33, 64, 256, 520, 1024)


def pack(spikes: np.ndarray) -> np.ndarray:
    *outer, last = spikes.shape
    padded = np.zeros((*outer, -(-last // 32) * 32), bool)
    padded[..., :last] = spikes
    return np.packbits(padded, axis=-1, bitorder="little").view(np.int32)


def spoil(words: np.ndarray, neurons: int) -> np.ndarray:
    """Sets the unused bits of the last words, which nothing may read."""
    words = words.copy()
    if neurons % 32:
        words[..., -1] |= np.int32(-1) << np.int32(neurons % 32)
    return words


def run(kind: str, period: int, c: np.ndarray, counter: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The step that the documentation gives, with a counter for each neuron."""
    s, counter = np.zeros_like(c), counter.astype(np.int32)
    for t, candidates in enumerate(c):
        s[t] = candidates & (counter <= 0)
        sets = s[t] if kind == "event" else candidates
        counter = np.where(sets, np.int32(period), np.maximum(counter - 1, 0)).astype(np.int32)
    return s, counter


def make_model(name: str, shape: str, gates: list[tuple[str, int]], inits: bool) -> Model:
    """Words in; words, and for the first gate bytes, out; then the counters."""
    *outer, neurons = map(int, shape.split("x"))
    dims = "".join(f"{size}x" for size in outer)
    words = f"tensor<?x?x{dims}{-(-neurons // 32)}xi32>"
    spikes, counters = f"tensor<?x?x{shape}xi1>", f"tensor<?x{shape}xi32>"
    lines, arguments, results, types = [], [f"%w: {words}"], [], []
    init = ""
    if inits:
        arguments.append(f'%p: tensor<{shape}xi32> {{snn.param = "p"}}')
        lines += ["%one = arith.constant 1 : index", f"%B = tensor.dim %w, %one : {words}",
                  f"%empty = tensor.empty(%B) : {counters}",
                  f"%n = linalg.broadcast ins(%p : tensor<{shape}xi32>)"
                  f" outs(%empty : {counters}) dimensions = [0]"]  # fmt: skip
        init = f"init(%n : {counters})"
    lines.append(f"%c = snn.unpack %w {{neurons = {neurons} : i64}} : {words}")
    for i, (kind, period) in enumerate(gates):
        lines += [f"%s{i}, %n{i} = snn.refractory {kind} {period} %c {init} : {spikes}",
                  f"%y{i} = snn.pack %s{i} : {spikes}"]  # fmt: skip
        results += [f"%y{i}", f"%n{i}"]
        types += [words, f"{counters} {{snn.static}}"]
    results.append("%s0")
    types.append(spikes)
    plain = ", ".join(type.split(" ")[0] for type in types)
    return Model("\n".join([f"func.func @{name}({', '.join(arguments)}) -> ({', '.join(types)}) {{",
                            *lines, f"return {', '.join(results)} : {plain}", "}"]),
                 name=name)  # fmt: skip


def check(model: Model, gates: list[tuple[str, int]], c: np.ndarray,
          counter: np.ndarray | None = None) -> None:  # fmt: skip
    start = np.zeros(c.shape[1:], np.int32) if counter is None else counter
    start = np.broadcast_to(start, c.shape[1:])
    found = [run(kind, period, c, start) for kind, period in gates]
    expected = [value for s, n in found for value in (pack(s), n)] + [found[0][0]]
    words = spoil(pack(c), c.shape[-1])
    model.check({"w": words}, expected, {} if counter is None else {"p": counter})


def candidates(shape: tuple[int, ...], rate: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).random(shape) < rate


def test_periods() -> None:
    """Both kinds of every period, from a run too short for planes to a long one;
    dense and silent candidates, and one at every release."""
    for kind in ("event", "window"):
        gates = [(kind, period) for period in PERIODS]
        model = make_model(kind, "70", gates, inits=False)
        for steps, batch, rate in ((0, 2, 0.5), (1, 3, 0.5), (7, 2, 0.5), (8, 3, 0.5),
                                   (150, 2, 0.05), (64, 1, 0.5), (130, 1, 1.0),
                                   (20, 1, 0.0)):  # fmt: skip
            check(model, gates, candidates((steps, batch, 70), rate, steps))
        # Neuron n is a candidate every n steps: at the release of period n - 1.
        t, n = np.arange(120)[:, None, None], np.arange(1, 71)
        check(model, gates, t % n == 0)
        check(model, gates, t % n <= 1)


def test_sizes() -> None:
    random = np.random.default_rng(7)
    for size in SIZES:
        periods = random.integers(0, 41, 4).tolist()
        gates = list(zip(("event", "window") * 2, periods))
        model = make_model(f"size{size}", str(size), gates, inits=False)
        for steps, batch, rate in ((50, 1, 0.1), (33, 5, 0.3)):
            check(model, gates, candidates((steps, batch, size), rate, size))


def test_dimensions() -> None:
    """Several neuron dimensions, of whole words or not."""
    gates = [("event", 3), ("window", 12)]
    for shape in ("2x64", "3x40"):
        model = make_model(f"dims{shape}", shape, gates, inits=False)
        sizes = [int(size) for size in shape.split("x")]
        check(model, gates, candidates((40, 2, *sizes), 0.2, 1))


def test_counters() -> None:
    """Counters from elsewhere: in [0, R], or any that an i32 holds."""
    gates = [(kind, period) for kind in ("event", "window") for period in (0, 1, 4, 8, 9, 40)]
    model = make_model("counters", "70", gates, inits=True)
    random = np.random.default_rng(3)
    extremes = random.choice([0, 1, -1, 2, 5, 41, 100, -(2**31 - 1), 2**31 - 1], 70)
    for counter in (np.zeros(70), np.full(70, 1), random.integers(0, 2, 70),
                    random.integers(0, 5, 70), random.integers(0, 41, 70), extremes,
                    np.where(np.arange(70) == 69, -1, 0)):  # fmt: skip
        for steps in (0, 1, 8, 60):
            check(model, gates, candidates((steps, 2, 70), 0.2, steps), counter.astype(np.int32))


if __name__ == "__main__":
    test_periods()
    test_sizes()
    test_dimensions()
    test_counters()
