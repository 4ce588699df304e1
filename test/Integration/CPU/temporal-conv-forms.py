"""Forms of snn.temporal_conv: tiles of any size give the bits of the interpreter,
Fourier transforms and recurrences stay within their bounds.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import re

import numpy as np
from harness import FEW, SNNC, Failure, Model, execute

FFT = "form = #snn.conv_form<fft>"


def make(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape)


def exact_conv(x: np.ndarray, w: np.ndarray, reverse: bool = False) -> np.ndarray:
    """The sums in f64, x [T, B, N] and w [K] or [K, N]."""
    x, w = x.astype(np.float64), w.astype(np.float64)
    x = x[::-1] if reverse else x
    y = np.zeros(x.shape)
    for k in range(min(len(w), len(x))):
        y[k:] += w[k] * x[: len(x) - k]
    return y[::-1] if reverse else y


# --- Direct: bits -------------------------------------------------------------


def test_tiles() -> None:
    """Neurons that fill no register, one, or one and a part of it; kernels of
    every remainder of the unrolled loop over taps; steps of every remainder of a
    tile; neighbours in memory as lanes."""
    for neurons in (1, 2, 3, 4, 21):
        seq, half, wide = (f"tensor<?x?x{neurons}x{e}>" for e in ("f32", "f16", "f64"))
        text = f"""func.func @tiles(%x: {seq}, %h: {half}, %d: {wide},
            %w: tensor<5xf32> {{snn.param = "w"}},
            %n: tensor<7x{neurons}xf32> {{snn.param = "n"}},
            %b: tensor<99x3xf32> {{snn.param = "b"}},
            %hn: tensor<2x{neurons}xf16> {{snn.param = "hn"}},
            %dn: tensor<4x{neurons}xf64> {{snn.param = "dn"}})
            -> ({seq}, {seq}, {seq}, {seq}, {half}, {wide}, {seq}) {{
          %y0, %s0 = snn.temporal_conv %x, %w : {seq}, tensor<5xf32>
          %y1, %s1 = snn.temporal_conv %x, %n : {seq}, tensor<7x{neurons}xf32>
          %y2, %s2 = snn.temporal_conv %x, %b {{per_step}} : {seq}, tensor<99x3xf32>
          %y3, %s3 = snn.temporal_conv reverse %x, %n : {seq}, tensor<7x{neurons}xf32>
          %y4, %s4 = snn.temporal_conv reverse %h, %hn : {half}, tensor<2x{neurons}xf16>
          %y5, %s5 = snn.temporal_conv %d, %dn : {wide}, tensor<4x{neurons}xf64>
          %y6, %s6 = snn.temporal_conv reverse %x, %w : {seq}, tensor<5xf32>
          return %y0, %y1, %y2, %y3, %y4, %y5, %y6
              : {seq}, {seq}, {seq}, {seq}, {half}, {wide}, {seq}
        }}"""
        model = Model(text, name=f"tiles{neurons}")
        params = {"w": make(5).astype(np.float32), "n": make(7, neurons).astype(np.float32),
                  "b": make(99, 3).astype(np.float32), "hn": make(2, neurons).astype(np.float16),
                  "dn": make(4, neurons)}  # fmt: skip
        for steps, batch in ((37, 3), (13, 1), (1, 2), (0, 1)):
            x = make(steps, batch, neurons, seed=steps)
            model.check({"x": x.astype(np.float32), "h": x.astype(np.float16), "d": x},
                        None, params)  # fmt: skip


def test_period() -> None:
    """A phase gate: the spikes of the whole convolution, at its steps."""
    seq, spikes = "tensor<?x?x5xf32>", "tensor<?x?x5xi1>"
    text = f"""func.func @period(%x: {seq}, %w: tensor<6x5xf32> {{snn.param = "w"}})
        -> ({spikes}, {seq}, {spikes}, {spikes}) {{
      %y, %h = snn.temporal_conv %x, %w : {seq}, tensor<6x5xf32>
      %c = snn.fire %y {{threshold = 0.5}} : {seq}
      %s = snn.refractory phase 4 %c {{phase = 3}} : {spikes}
      %z, %g = snn.temporal_conv %x, %w {{period = 3, phase = 1}} : {seq}, tensor<6x5xf32>
      %n = arith.negf %x : {seq}
      %u, %f = snn.temporal_conv %n, %w : {seq}, tensor<6x5xf32>
      %d = snn.fire %u {{threshold = 0.5}} : {seq}
      %a = snn.refractory phase 4 %d {{phase = 0}} : {spikes}
      %b = snn.refractory phase 4 %d {{phase = 1}} : {spikes}
      return %s, %z, %a, %b : {spikes}, {seq}, {spikes}, {spikes}
    }}"""
    model = Model(text, name="period")
    time = execute([SNNC, model.folder / "period.mlir", "--stop-after=time", "-o", "-"])
    if "period = 4 : i64, phase = 3 : i64" not in time:
        raise Failure(f"expected a convolution with a period, but got {time}")
    w = make(6, 5).astype(np.float32)
    for steps, batch in ((61, 2), (5, 3), (1, 1)):
        x = make(steps, batch, 5, seed=2).astype(np.float32)
        t = np.arange(steps)[:, None, None]
        got, y, _, _ = model.check({"x": x}, None, {"w": w})
        exact = exact_conv(x, w)
        near = np.abs(exact - 0.5) < 1e-5
        if ((got != ((exact >= 0.5) & (t % 4 == 3))) & ~near).any():
            raise Failure("expected spikes at steps of phase 3 only")
        if not np.array_equal(y != 0, np.broadcast_to(t % 3 == 1, y.shape)):
            raise Failure("expected zeros but at steps of phase 1")


# --- Class B: bounds ----------------------------------------------------------


def get_block(taps: int) -> int:
    return max(16, 1 << (2 * taps - 1).bit_length())


def get_bound(x: np.ndarray, w: np.ndarray, reverse: bool, roundoff: float) -> np.ndarray:
    """coefficient * norm2(w) * norm2(x of the block of an output), where blocks
    begin with the run."""
    size, taps = get_block(len(w)), len(w)
    fresh = size - taps + 1
    zeros = np.zeros((taps - 1, *x.shape[1:]))
    around = np.concatenate([x, zeros] if reverse else [zeros, x]).astype(np.float64)
    norms = np.zeros(x.shape)
    for start in range(0, len(x), fresh):
        block = around[start: start + size]
        norms[start: start + fresh] = np.sqrt((block**2).sum(0))
    kernel = np.sqrt((w.astype(np.float64) ** 2).sum(0))
    return (12 + 8 * np.log2(size)) * roundoff * kernel * norms


def check_bound(what: str, got: np.ndarray, exact: np.ndarray, bound: np.ndarray,
                least: float = 0.0) -> float:  # fmt: skip
    error = np.abs(got.astype(np.float64) - exact)
    if not (error <= bound).all():
        raise Failure(f"{what}: an error of {(error / bound).max()} bounds")
    ratio = float((error / np.where(bound > 0, bound, 1)).max())
    print(f"{what}: {ratio:.4f} of the bound")
    if ratio <= least:
        raise Failure(f"{what}: expected a bound that is near, but got {ratio} of it")
    return ratio


def run_all(model: Model, x: np.ndarray, params: dict[str, np.ndarray]):
    """The outputs on each processor, in one window and in windows of odd sizes."""
    for cpu in sorted(model.levels):
        for window in ("", "50", "7"):
            env = {"SNN_CPU": cpu} | ({"SNN_WINDOW": window} if window else {})
            yield f"{cpu} {window}", window == "", model.run({"x": x}, params, env=env)


def test_fft() -> None:
    """Shared and per neuron, backwards, f16 and f64, more than one block, blocks
    that end in zeros; the state by windows."""
    for element, roundoff in (("f32", 2.0**-24), ("f64", 2.0**-53), ("f16", 2.0**-24)):
        for taps, neurons in ((70, 21), (33, 3), (3, 1), (1, 8)):
            seq = f"tensor<?x?x{neurons}x{element}>"
            shared, own = f"tensor<{taps}x{element}>", f"tensor<{taps}x{neurons}x{element}>"
            text = f"""func.func @fft(%x: {seq}, %w: {shared} {{snn.param = "w"}},
                %n: {own} {{snn.param = "n"}}) -> ({seq}, {seq}) {{
              %y, %h = snn.temporal_conv %x, %w {{{FFT}}} : {seq}, {shared}
              %z, %g = snn.temporal_conv %x, %n {{{FFT}}} : {seq}, {own}
              return %y, %z : {seq}, {seq}
            }}"""
            model = Model(text, name="fft", targets=FEW)
            kind = {"f32": np.float32, "f64": np.float64, "f16": np.float16}[element]
            params = {"w": np.abs(make(taps)).astype(kind), "n": make(taps, neurons).astype(kind)}
            # Sums of positive numbers come nearest to the bound.
            x = np.abs(make(3 * get_block(taps) + 11, 2, neurons, seed=1)).astype(kind)
            for what, isWhole, outputs in run_all(model, x, params):
                for (name, w), y in zip(params.items(), outputs):
                    exact = exact_conv(x, w)
                    bound = get_bound(x, w, False, roundoff)
                    if not isWhole:  # blocks begin elsewhere, short ones are direct
                        most = np.sqrt((x.astype(np.float64) ** 2).sum(0))
                        kernel = np.sqrt((w.astype(np.float64) ** 2).sum(0))
                        bound = bound + most * kernel * (12 + 8 * 8 + taps) * roundoff
                    if element == "f16":
                        bound = bound + np.abs(exact) * 2.0**-11 + 2.0**-24
                    near = isWhole and element != "f16" and taps > 3 and name == "w"
                    check_bound(f"{element} {taps} {what} {name}", y, exact, bound,
                                0.001 if near else 0.0)  # fmt: skip


def test_fft_reverse() -> None:
    seq = "tensor<?x?x9xf32>"
    text = f"""func.func @reverse(%x: {seq}, %n: tensor<40x9xf32> {{snn.param = "n"}})
        -> {seq} {{
      %y, %h = snn.temporal_conv reverse %x, %n {{{FFT}}} : {seq}, tensor<40x9xf32>
      return %y : {seq}
    }}"""
    model = Model(text, name="reverse", targets=FEW)
    w = make(40, 9).astype(np.float32)
    for steps in (300, 16, 15, 1):
        x = make(steps, 2, 9, seed=steps).astype(np.float32)
        for cpu in sorted(model.levels):
            y, = model.run({"x": x}, {"n": w}, env={"SNN_CPU": cpu})
            check_bound(f"reverse {steps} {cpu}", y, exact_conv(x, w, True),
                        get_bound(x, w, True, 2.0**-24) + 40 * 2.0**-24 *
                        np.abs(exact_conv(np.abs(x), np.abs(w), True)) * (steps < 16))


def test_recurrences() -> None:
    """Kernels of one, two and a pair of exponentials, with and without a tail."""
    k = np.arange(64)
    kernels = {
        "one": 0.5 * 0.9**k, "short": 2.0 * 0.99**k, "two": 0.9**k - 0.7**k,
        "pair": (np.exp(0.5j) * (0.95 * np.exp(0.4j)) ** k).real,
        "ended": (0.5 * np.exp(0.4j)) ** k, "each": np.stack([0.8**k, 3 * 0.5**k], 1),
    }  # fmt: skip
    for name, kernel in kernels.items():
        w = kernel.real.astype(np.float32)
        shape = "x".join(map(str, w.shape)) + "xf32"
        bits = w.tobytes().hex().upper()
        seq = "tensor<?x?x2xf32>"
        text = f"""func.func @{name}(%x: {seq}) -> {seq} {{
          %w = arith.constant dense<"0x{bits}"> : tensor<{shape}>
          %y, %h = snn.temporal_conv %x, %w : {seq}, tensor<{shape}>
          return %y : {seq}
        }}"""
        model = Model(text, name=name, targets=FEW)
        time = execute([SNNC, model.folder / f"{name}.mlir", "--stop-after=time", "-o", "-"])
        bound = re.search(r"snn.bound = {coefficient = (\S+) : f64, kind = \"recurrence\"}", time)
        if bound is None or "snn.temporal_conv" in time:
            raise Failure(f"expected a recurrence, but got {time}")
        # The signs of the taps make the largest sums.
        signs = np.where(w.reshape(64, -1)[::-1] >= 0, 1.0, -1.0) * np.ones((1, 2))
        x = np.concatenate([np.tile(signs, (4, 1)), np.ones((200, 2)), make(200, 2).clip(-1, 1)])
        x = x.astype(np.float32)[:, None]
        most = np.full(x.shape, float(bound[1]) * np.abs(x).max())
        for cpu in sorted(model.levels):
            for window in ("", "9"):
                env = {"SNN_CPU": cpu} | ({"SNN_WINDOW": window} if window else {})
                y, = model.run({"x": x}, env=env)
                check_bound(f"{name} {cpu} {window}", y, exact_conv(x, w), most, 0.001)


if __name__ == "__main__":
    test_tiles()
    test_period()
    test_fft()
    test_fft_reverse()
    test_recurrences()
