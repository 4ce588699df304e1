"""snn.temporal_conv and snn.delay: every form of kernel and of delay.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model, fma


def run_conv(x: np.ndarray, w: np.ndarray, reverse: bool = False,
             per_step: bool = False) -> np.ndarray:  # fmt: skip
    """One accumulator from +0, k from K-1 down to 0, one fused multiply-add each."""
    state = np.float64 if x.dtype == np.float64 else np.float32
    taps = w.shape[1] if per_step else w.shape[0]
    out = np.zeros(x.shape, state)
    for t in range(len(x)):
        for k in reversed(range(taps)):
            at = t + k if reverse else t - k
            past = x[at] if 0 <= at < len(x) else np.zeros_like(x[t])
            weight = np.broadcast_to(w[t, k] if per_step else w[k], past.shape)
            out[t] = fma(weight.astype(state), past.astype(state), out[t])
    return out.astype(x.dtype)


def run_delay(x: np.ndarray, d: int, reverse: bool = False) -> np.ndarray:
    """y[t] = x[t - d], zero before the start."""
    y, d = np.zeros_like(x), min(d, len(x))
    if reverse:
        y[: len(x) - d] = x[d:]
    else:
        y[d:] = x[: len(x) - d]
    return y


def make(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def test_by_hand() -> None:
    """Weights 1, 2, 4 of now, one step ago and two steps ago."""
    x = np.float32([1, 0, 0, 10, 0, 1])[:, None, None] * np.float32([1, -1, 3])
    y = np.float32([1, 2, 4, 10, 20, 41])[:, None, None] * np.float32([1, -1, 3])
    Model("sliding_psn.mlir").check({"x": x}, y >= 4, {"w": np.float32([1, 2, 4])})
    s = np.zeros((5, 1, 3), bool)
    s[0] = True  # one volley: source 0 arrives at 0 and 2, ...
    w = np.float32([[[1, 2, 4], [8, 16, 32]]])
    Model("grouped_delays.mlir").check(
        {"s": s}, np.float32([7, 0, 56, 0, 0])[:, None, None], {"w": w})  # fmt: skip


def test_kernels() -> None:
    seq, half, wide = "tensor<?x?x5xf32>", "tensor<?x?x5xf16>", "tensor<?x?x5xf64>"
    text = f"""func.func @kernels(%x: {seq}, %h: {half}, %d: {wide},
        %w: tensor<4xf32> {{snn.param = "w"}}, %one: tensor<1xf32> {{snn.param = "one"}},
        %n: tensor<3x5xf32> {{snn.param = "n"}}, %b: tensor<25x6xf32> {{snn.param = "b"}},
        %wh: tensor<4xf16> {{snn.param = "wh"}}, %wd: tensor<3xf64> {{snn.param = "wd"}},
        %l: tensor<40xf32> {{snn.param = "l"}})
        -> ({seq}, {seq}, {seq}, {seq}, {seq}, {seq}, {seq}, {half}, {wide}) {{
      %y0, %s0 = snn.temporal_conv %x, %w : {seq}, tensor<4xf32>
      %y1, %s1 = snn.temporal_conv %x, %one : {seq}, tensor<1xf32>
      %y2, %s2 = snn.temporal_conv %x, %n : {seq}, tensor<3x5xf32>
      %y3, %s3 = snn.temporal_conv %x, %b {{per_step}} : {seq}, tensor<25x6xf32>
      %y4, %s4 = snn.temporal_conv %x, %l : {seq}, tensor<40xf32>
      %y5, %s5 = snn.temporal_conv reverse %x, %w : {seq}, tensor<4xf32>
      %y6, %s6 = snn.temporal_conv reverse %x, %n : {seq}, tensor<3x5xf32>
      %y7, %s7 = snn.temporal_conv %h, %wh : {half}, tensor<4xf16>
      %y8, %s8 = snn.temporal_conv %d, %wd : {wide}, tensor<3xf64>
      return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %y8
          : {seq}, {seq}, {seq}, {seq}, {seq}, {seq}, {seq}, {half}, {wide}
    }}"""
    model = Model(text, name="kernels")
    params = {"w": make(4), "one": make(1), "n": make(3, 5), "b": make(25, 6),
              "wh": make(4).astype(np.float16), "wd": make(3).astype(np.float64) / 3,
              "l": make(40)}  # fmt: skip
    w, one, n, b, wh, wd, long = params.values()
    for steps, batch in ((25, 5), (1, 1), (0, 2)):
        x = make(steps, batch, 5, seed=1)
        h, d = x.astype(np.float16), x.astype(np.float64) / 3
        expected = [run_conv(x, w), run_conv(x, one), run_conv(x, n),
                    run_conv(x, b, per_step=True), run_conv(x, long),
                    run_conv(x, w, True), run_conv(x, n, True), run_conv(h, wh),
                    run_conv(d, wd)]  # fmt: skip
        model.check({"x": x, "h": h, "d": d}, expected, params)


def test_delays() -> None:
    seq, spikes = "tensor<?x?x3xf32>", "tensor<?x?x3xi1>"
    text = f"""func.func @delays(%x: {seq}, %s: {spikes}, %c: tensor<?x?x2x3xi8>)
        -> ({seq}, {seq}, {spikes}, {spikes}, tensor<?x?x4x3xi1>, {seq}, {spikes},
            tensor<?x?x2x3xi8>, tensor<?x?x3x2x3xi8>) {{
      %y0, %h0 = snn.delay %x by [3] : {seq}
      %y1 = snn.delay %x by [0] : {seq}
      %y2, %h2 = snn.delay %s by [100] : {spikes}
      %y3, %h3 = snn.delay %s by [2, 0, 5] per_source : {spikes}
      %y4, %h4 = snn.delay %s by [1, 0, 4, 1] groups : {spikes}
      %y5, %h5 = snn.delay reverse %x by [2] : {seq}
      %y6, %h6 = snn.delay reverse %s by [2, 0, 5] per_source : {spikes}
      %y7, %h7 = snn.delay %c by [1] : tensor<?x?x2x3xi8>
      %y8, %h8 = snn.delay %c by [0, 2, 3] groups : tensor<?x?x2x3xi8>
      return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %y8 : {seq}, {seq}, {spikes},
          {spikes}, tensor<?x?x4x3xi1>, {seq}, {spikes}, tensor<?x?x2x3xi8>,
          tensor<?x?x3x2x3xi8>
    }}"""
    model = Model(text, name="delays")
    for steps, batch in ((20, 5), (1, 1), (0, 2)):
        x = make(steps, batch, 3)
        s = make(steps, batch, 3, seed=1) > 0
        c = (make(steps, batch, 2, 3, seed=2) * 50).astype(np.int8)

        def per_source(reverse: bool, s: np.ndarray = s) -> np.ndarray:
            columns = [run_delay(s[..., n], d, reverse) for n, d in enumerate((2, 0, 5))]
            return np.stack(columns, axis=-1)

        expected = [run_delay(x, 3), x, np.zeros_like(s), per_source(False),
                    np.stack([run_delay(s, d) for d in (1, 0, 4, 1)], axis=2),
                    run_delay(x, 2, True), per_source(True), run_delay(c, 1),
                    np.stack([run_delay(c, d) for d in (0, 2, 3)], axis=2)]  # fmt: skip
        model.check({"x": x, "s": s, "c": c}, expected)


if __name__ == "__main__":
    test_by_hand()
    test_kernels()
    test_delays()
