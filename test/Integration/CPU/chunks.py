# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Neurons in chunks of time, against the interpreter: speculated ones bit by bit,
whatever their guesses; scans on sums that are exact, and within their bound.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, FOLDER, INTERP, LEVELS, SNNC, check_equal, execute

STEPS = (0, 1, 15, 63, 64, 257, 1000, 4111)


class Case:
    """A model compiled with a strategy that is forced, so that short runs and many
    neurons have chunks, too."""

    def __init__(self, name: str, source: str, strategy: str, *flags: str) -> None:
        self.folder = FOLDER / name
        self.folder.mkdir(parents=True, exist_ok=True)
        self.text, self.binary = self.folder / "net.mlir", self.folder / "net"
        self.text.write_text(source)
        execute([SNNC, self.text, "-o", self.binary, f"--strategy={strategy}",
                 *(flags or [f"--target={','.join(FEW)}"])])  # fmt: skip

    def run(self, program: list[object], x: np.ndarray, env: dict[str, str] = {},
            *flags: object) -> np.ndarray:  # fmt: skip
        np.save(self.folder / "x.npy", x)
        out = self.folder / "out.npy"
        execute([*program, "--input", self.folder / "x.npy", "--output", out, *flags], env)
        return np.load(out)

    def check(self, x: np.ndarray) -> None:
        """All variants, windows and threads give the interpreter's bits."""
        expected = self.run([INTERP, self.text], x)
        for level in sorted(LEVELS & {*FEW}):
            for window, threads in (("", "1"), ("", "2"), ("129", "1")):
                env = {"SNN_CPU": level} | ({"SNN_WINDOW": window} if window else {})
                got = self.run([self.binary], x, env, "--threads", threads)
                check_equal(got, expected, f"{self.folder.name} {x.shape} {env} {threads}")


def neuron(neurons: int, schedule: str, step: str, states: str = "f32",
           outputs: str = "i1") -> str:  # fmt: skip
    """A neuron by hand. The step computes %out and %next from %x and %v."""
    shape = f"?x?x{neurons}x"
    return f"""
func.func @net(%in: tensor<{shape}f32>) -> tensor<{shape}{outputs}> {{
  %y, %vT = snn.neuron ins(%in : tensor<{shape}f32>)
      attributes {{schedule = #snn.schedule<{schedule}>}} {{
  ^bb0(%x: f32, %v: {states}):
{step}
    snn.yield %out : {outputs} state(%next : {states})
  }} -> (tensor<{shape}{outputs}>) state(tensor<?x{neurons}x{states}>)
  return %y : tensor<{shape}{outputs}>
}}
"""


def lif(decay: float, reset: str) -> str:
    """The step of a neuron that fires at 1."""
    after = {"hard": "%after = arith.constant 0.0 : f32",
             "soft": "%after = arith.subf %u, %one : f32",
             "none": "%after = arith.addf %u, %zero : f32"}[reset]  # fmt: skip
    return f"""
    %decay = arith.constant {decay} : f32
    %one = arith.constant 1.0 : f32
    %zero = arith.constant 0.0 : f32
    %left = arith.mulf %decay, %v : f32
    %u = arith.addf %left, %x : f32
    %out = snn.fire %u, %one : f32
    {after}
    %next = arith.select %out, %after, %u : f32"""


def make_input(steps: int, batch: int, neurons: int, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.normal(0.05, 0.4, (steps, batch, neurons)).astype(np.float32)


# What more neurons than one are tried with.
PAIRS = {3: (0.97, "soft"), 16: (1.0, "none"), 32: (0.5, "hard"), 256: (0.9, "soft")}


def test_guesses() -> None:
    """Warm-ups that are long enough, and much too short: the bits are the same.
    One neuron is lanes of chunks, few are vectors, many are tiles."""
    for reset in ("hard", "soft", "none"):
        for decay, warmup in ((0.5, 34), (0.9, 4), (0.97, 1), (1.0, 1)):
            for neurons, batch in ((1, 1), (3, 2), (16, 1), (32, 3), (256, 1)):
                if neurons > 1 and (decay, reset) != PAIRS.get(neurons):
                    continue
                name = f"guess-{reset}-{decay}-{neurons}".replace(".", "_")
                case = Case(name, neuron(neurons, f"speculate, {warmup}",
                                         lif(decay, reset)), "speculate")
                for steps in STEPS if neurons == 1 else STEPS[-3:]:
                    case.check(make_input(steps, batch, neurons))


def test_awkward_inputs() -> None:
    """Silence, where pasts never meet; thresholds hit exactly; what is no number."""
    for neurons in (1, 8):
        for reset in ("hard", "soft"):
            case = Case(f"awkward-{reset}-{neurons}",
                        neuron(neurons, "speculate, 8", lif(0.9, reset)), "speculate")
            x = make_input(2000, 1, neurons)
            silent = x.copy()
            silent[200:] = 0
            ties = np.round(x * 4) / np.float32(4)
            special = x.copy()
            special[700] = np.nan
            special[900], special[1100] = np.inf, 1e-42
            for data in (silent, ties.astype(np.float32), special):
                case.check(data)


def test_other_states() -> None:
    """A state of integers, several states, outputs that are numbers, words."""
    counter = """
    %one = arith.constant 1.0 : f32
    %c1 = arith.constant 1 : i32
    %c5 = arith.constant 5 : i32
    %up = arith.cmpf ogt, %x, %one : f32
    %more = arith.addi %v, %c1 : i32
    %wrapped = arith.remsi %more, %c5 : i32
    %next = arith.select %up, %wrapped, %v : i32
    %out = arith.sitofp %next : i32 to f32"""
    for neurons in (1, 6):
        case = Case(f"integers-{neurons}",
                    neuron(neurons, "speculate, 3", counter, "i32", "f32"), "speculate")
        case.check(make_input(3000, 1, neurons) * 4)
    for neurons, words in ((1, 1), (40, 2), (64, 2)):
        source = f"""
func.func @net(%x: tensor<?x?x{neurons}xf32>) -> tensor<?x?x{words}xi32> {{
  %s, %v, %c = snn.cuba_lif %x {{synapse_decay = 0.75, decay = 0.9, threshold = 1.0,
      reset = #snn.reset<subtract>}} : tensor<?x?x{neurons}xf32>
  %w = snn.pack %s : tensor<?x?x{neurons}xi1>
  return %w : tensor<?x?x{words}xi32>
}}
"""
        Case(f"words-{neurons}", source, "speculate").check(make_input(9000, 1, neurons))


def test_parameter() -> None:
    """A decay that is known at run time gives the warm-up; 1 gives none."""
    for neurons in (1, 5):
        source = f"""
func.func @net(%x: tensor<?x?x{neurons}xf32>,
               %d: tensor<{neurons}xf32> {{snn.param = "d"}}) -> tensor<?x?x{neurons}xi1> {{
  %s, %v = snn.lif %x decay(%d : tensor<{neurons}xf32>)
      {{threshold = 1.0, reset = #snn.reset<subtract>}} : tensor<?x?x{neurons}xf32>
  return %s : tensor<?x?x{neurons}xi1>
}}
"""
        case = Case(f"parameter-{neurons}", source, "speculate")
        for decay in (0.0, 0.5, 0.9, 1.0):
            np.save(case.folder / "d.npy", np.full(neurons, decay, np.float32))
            param = ("--param", f"d={case.folder / 'd.npy'}")
            x = make_input(5000, 1, neurons)
            expected = case.run([INTERP, case.text], x, {}, *param)
            check_equal(case.run([case.binary], x, {}, *param), expected,
                        f"parameter-{neurons} {decay}")


def li(neurons: int, attributes: str, kind: str = "f32") -> str:
    return f"""
func.func @net(%x: tensor<?x?x{neurons}x{kind}>) -> tensor<?x?x{neurons}x{kind}> {{
  %v, %vT = snn.li %x {{{attributes}}} : tensor<?x?x{neurons}x{kind}>
  return %v : tensor<?x?x{neurons}x{kind}>
}}
"""


def test_exact_sums() -> None:
    """Where no sum is rounded, a scan and a convolution give the bits of the loop:
    halves of small integers for a few steps, integers for ever."""
    random = np.random.default_rng(7)
    for strategy in ("scan", "conv"):
        for neurons, batch in ((1, 1), (4, 2), (64, 1)):
            case = Case(f"exact-{strategy}-{neurons}", li(neurons, "decay = 1.0"), strategy)
            for steps in (0, 1, 2, 100, 5000):
                case.check(random.integers(-9, 9, (steps, batch, neurons)).astype(np.float32))
    # A batch that is known to be one element.
    single = li(1, "decay = 1.0").replace("?x?x", "?x1x").replace("<?x1xf32>", "<1x1xf32>")
    Case("exact-single", single, "scan").check(
        random.integers(-9, 9, (5000, 1, 1)).astype(np.float32))
    case = Case("exact-halves", li(4, "decay = 0.5"), "scan")
    case.check(random.integers(-4, 4, (12, 1, 4)).astype(np.float32))


def test_bounds() -> None:
    """Elsewhere a state differs by rounding: at most (2 log2(T) + 4) u sum |A|^k |x|
    for a scan and (K + 4) u of that, and what is left out, for a convolution of K
    taps. A bound of which nothing is used would say nothing."""
    most = {"scan": 0.0, "conv": 0.0}
    for strategy in most:
        for neurons, batch in ((1, 1), (8, 2)):
            for decay in (0.5, 0.999, 1.0):
                name = f"bound-{strategy}-{neurons}-{decay}".replace(".", "_")
                case = Case(name, li(neurons, f"decay = {decay}"), strategy, "--target=native")
                x = make_input(6000, batch, neurons)
                expected, size = np.zeros(x.shape), np.zeros(x.shape)
                h = a = np.zeros(x.shape[1:])
                for t, xt in enumerate(x.astype(np.float64)):
                    h, a = np.float64(np.float32(decay)) * h + xt, decay * a + abs(xt)
                    expected[t], size[t] = h, a
                terms = 2 * np.log2(len(x)) + 4 if strategy == "scan" else 32 + 4
                # The steps of the loop round as well, each once or twice.
                loop = 2 * np.minimum(np.arange(len(x)) + 1, 1 / (1 - min(decay, 1 - 1e-9)))
                bound = (terms + loop[:, None, None]) * 2.0**-24 * size
                if strategy == "conv" and decay < 1:
                    bound += decay**32 / (1 - decay) * abs(x).max() * (decay <= 0.5)
                used = abs(case.run([case.binary], x) - expected) / np.maximum(bound, 1e-30)
                if used.max() > 1:
                    raise AssertionError(f"{name}: {used.max():.2f} of the bounds")
                most[strategy] = max(most[strategy], used.max())
    print("largest use of a bound:", most)
    if min(most.values()) < 0.001:
        raise AssertionError(f"expected bounds that are used, but got {most}")


def test_mixed_states() -> None:
    """The linear current of a neuron with resets as a scan of its own."""
    random = np.random.default_rng(9)
    for current in ("new", "old"):
        source = f"""
func.func @net(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xi1> {{
  %s, %v, %c = snn.cuba_lif %x {{synapse_decay = 1.0, decay = 1.0, threshold = 8.0,
      reset = #snn.reset<subtract>, current = #snn.current<{current}>}}
      : tensor<?x?x4xf32>
  return %s : tensor<?x?x4xi1>
}}
"""
        # Sums of small integers are exact, so all bits are the interpreter's.
        case = Case(f"mixed-{current}", source, "scan")
        for steps in (1, 2, 700):
            case.check(random.integers(-3, 4, (steps, 2, 4)).astype(np.float32))


if __name__ == "__main__":
    for name, function in list(globals().items()):
        if name.startswith("test_"):
            function()
