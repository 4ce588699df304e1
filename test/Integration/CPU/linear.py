"""snn.linear: all types, ranks and sizes, in the canonical order.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model, fma, to_bfloat


def run_linear(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None,
               narrow: bool = False) -> np.ndarray:  # fmt: skip
    """One accumulator, from the bias or +0, ascending k, one fused multiply-add.

    i8 weights give i32. Narrow floats accumulate in f32: f16 is rounded here,
    bf16 by the caller (NumPy lacks the type).
    """
    if w.dtype.kind == "i":
        state = np.int32 if w.dtype == np.int8 else w.dtype
    else:
        state = np.float64 if w.dtype == np.float64 else np.float32
    lead = x.shape[: x.ndim - (w.ndim - 1)]
    matrix = w.reshape(len(w), -1)
    rows = x.reshape(*lead, matrix.shape[1])
    start = np.zeros(len(w), state) if bias is None else bias.astype(state) + state(0)
    out = np.broadcast_to(start, (*lead, len(w))).copy()
    for k in range(matrix.shape[1]):
        value, weight = rows[..., k, None], matrix[:, k].astype(state)
        if x.dtype == bool:
            with np.errstate(invalid="ignore"):
                out = np.where(value, out + weight, out)
        elif state == np.int32:
            out = out + value.astype(state) * weight
        else:
            out = fma(*np.broadcast_arrays(value.astype(state), weight, out))
    return out.astype(np.float16) if w.dtype == np.float16 else out


def make(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def test_by_hand() -> None:
    """1 + 2^-24 + 2^-24 in ascending order is 1; a NaN of a silent source is mute."""
    tiny = 2.0**-24
    w = np.float32([[1, tiny, tiny], [tiny, tiny, 1], [3, np.nan, -3], [-0.0, 0, 0]])
    bias = np.float32([0, 0, 0.5, -0.0])
    s = np.bool_([[1, 1, 1], [1, 0, 1], [0, 0, 0]])[:, None]
    y = np.float32([[1, 1 + 2 * tiny, np.nan, 0], [1, 1, 0.5, 0], [0, 0, 0.5, 0]])[:, None]
    model = Model("linear.mlir")
    model.check({"s": s}, y, {"w": w, "b": bias})
    text = """func.func @fused(%x: tensor<?x?x2xf32>, %w: tensor<1x2xf32> {snn.param = "w"})
        -> tensor<?x?x1xf32> {
      %y = snn.linear %x, %w : tensor<?x?x2xf32>, tensor<1x2xf32>
      return %y : tensor<?x?x1xf32>
    }"""
    # (1 + e)(1 - e) - 1 = -e^2 in one rounding, and 0 in two (e = 2^-12).
    x, w = np.float32([[[-1, 1 + 2**-12]]]), np.float32([[1, 1 - 2**-12]])
    Model(text, name="fused").check({"x": x}, np.float32([[[-(2**-24)]]]), {"w": w})


def test_sizes() -> None:
    """Sizes around every vector and tile."""
    cases = [(1, 1), (63, 10), (64, 33), (65, 256), (130, 10), (2, 130), (300, 17)]
    inputs, results, lines, types = [], [], [], []
    for i, (k, n) in enumerate(cases):
        weight, bias = f"tensor<{n}x{k}xf32>", f"tensor<{n}xf32>"
        inputs += [f"%s{i}: tensor<?x?x{k}xi1>", f"%x{i}: tensor<?x?x{k}xf32>",
                   f'%w{i}: {weight} {{snn.param = "w{i}"}}',
                   f'%b{i}: {bias} {{snn.param = "b{i}"}}']  # fmt: skip
        lines += [f"%y{i} = snn.linear %s{i}, %w{i}, %b{i} : tensor<?x?x{k}xi1>, {weight}, {bias}",
                  f"%z{i} = snn.linear %x{i}, %w{i} : tensor<?x?x{k}xf32>, {weight}"]  # fmt: skip
        results += [f"%y{i}", f"%z{i}"]
        types += [f"tensor<?x?x{n}xf32>"] * 2
    text = "\n".join([f"func.func @sizes({', '.join(inputs)}) -> ({', '.join(types)}) {{",
                      *lines, f"return {', '.join(results)} : {', '.join(types)}", "}"])  # fmt: skip
    model = Model(text, name="sizes")
    params: dict[str, np.ndarray] = {}
    for i, (k, n) in enumerate(cases):
        params |= {f"w{i}": make(n, k, seed=i), f"b{i}": make(n, seed=i)}
    for steps, batch in ((7, 5), (1, 1), (0, 2)):
        arrays, expected = {}, []
        for i, (k, _) in enumerate(cases):
            x = make(steps, batch, k, seed=i + 50)
            arrays |= {f"s{i}": x > 0.5, f"x{i}": x}
            expected += [run_linear(x > 0.5, params[f"w{i}"], params[f"b{i}"]),
                         run_linear(x, params[f"w{i}"])]  # fmt: skip
        model.check(arrays, expected, params)


def test_types() -> None:
    text = """func.func @types(%s: tensor<?x?x2x9xi1>, %x: tensor<?x?x2x9xf32>,
        %h: tensor<?x?x18xf16>, %g: tensor<?x?x18xbf16>, %d: tensor<?x?x18xf64>,
        %c: tensor<?x?x18xi8>, %t: tensor<?x?x18xi1>,
        %w: tensor<7x2x9xf32> {snn.param = "w"}, %wh: tensor<7x18xf16> {snn.param = "wh"},
        %wg: tensor<7x18xbf16> {snn.param = "wg"}, %wd: tensor<7x18xf64> {snn.param = "wd"},
        %wc: tensor<7x18xi8> {snn.param = "wc"}, %b: tensor<7xf32> {snn.param = "b"})
        -> (tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf16>, tensor<?x?x7xf16>,
            tensor<?x?x7xbf16>, tensor<?x?x7xbf16>, tensor<?x?x7xf64>, tensor<?x?x7xf64>,
            tensor<?x?x7xi32>, tensor<?x?x7xi32>, tensor<?x?x2x7xf32>) {
      %y0 = snn.linear %s, %w, %b : tensor<?x?x2x9xi1>, tensor<7x2x9xf32>, tensor<7xf32>
      %y1 = snn.linear %x, %w : tensor<?x?x2x9xf32>, tensor<7x2x9xf32>
      %y2 = snn.linear %t, %wh : tensor<?x?x18xi1>, tensor<7x18xf16>
      %y3 = snn.linear %h, %wh : tensor<?x?x18xf16>, tensor<7x18xf16>
      %y4 = snn.linear %t, %wg : tensor<?x?x18xi1>, tensor<7x18xbf16>
      %y5 = snn.linear %g, %wg : tensor<?x?x18xbf16>, tensor<7x18xbf16>
      %y6 = snn.linear %t, %wd : tensor<?x?x18xi1>, tensor<7x18xf64>
      %y7 = snn.linear %d, %wd : tensor<?x?x18xf64>, tensor<7x18xf64>
      %y8 = snn.linear %t, %wc : tensor<?x?x18xi1>, tensor<7x18xi8>
      %y9 = snn.linear %c, %wc : tensor<?x?x18xi8>, tensor<7x18xi8>
      %w2 = tensor.extract_slice %w[0, 0, 0] [7, 1, 9] [1, 1, 1]
          : tensor<7x2x9xf32> to tensor<7x9xf32>
      %y10 = snn.linear %x, %w2 : tensor<?x?x2x9xf32>, tensor<7x9xf32>
      return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7, %y8, %y9, %y10
          : tensor<?x?x7xf32>, tensor<?x?x7xf32>, tensor<?x?x7xf16>, tensor<?x?x7xf16>,
            tensor<?x?x7xbf16>, tensor<?x?x7xbf16>, tensor<?x?x7xf64>, tensor<?x?x7xf64>,
            tensor<?x?x7xi32>, tensor<?x?x7xi32>, tensor<?x?x2x7xf32>
    }"""
    model = Model(text, name="types")
    w, b = make(7, 2, 9), make(7, seed=1)
    wh, wg = make(7, 18, seed=2).astype(np.float16), to_bfloat(make(7, 18, seed=3))
    wd = make(7, 18, seed=4).astype(np.float64) / 3
    wc = np.random.default_rng(5).integers(-128, 128, (7, 18)).astype(np.int8)
    params = {"w": w, "wh": wh, "wg": as_bfloat(wg), "wd": wd, "wc": wc, "b": b}
    for steps, batch in ((9, 5), (1, 1), (0, 2)):
        x = make(steps, batch, 2, 9, seed=6)
        s, flat = x > 0.3, x.reshape(steps, batch, 18)
        t, h, g, d = flat > 0.3, flat.astype(np.float16), to_bfloat(flat), flat / np.float64(3)
        c = np.random.default_rng(7).integers(-128, 128, flat.shape).astype(np.int8)
        expected = [run_linear(s, w, b), run_linear(x, w), run_linear(t, wh),
                    run_linear(h, wh), as_bfloat(to_bfloat(run_linear(t, wg))),
                    as_bfloat(to_bfloat(run_linear(g, wg))), run_linear(t, wd),
                    run_linear(d, wd), run_linear(t, wc), run_linear(c, wc),
                    run_linear(x, w[:, 0])]  # fmt: skip
        model.check({"s": s, "x": x, "h": h, "g": as_bfloat(g), "d": d, "c": c, "t": t},
                    expected, params)  # fmt: skip


def test_forms() -> None:
    """By events, dense and adaptive: the same bits, at any share of spikes, also of
    weights that are not finite and of rows that are no whole block."""
    forms = ("event", "dense", "adaptive, 40", "adaptive, 100")
    types = {"f32": 70, "f64": 33, "f16": 64, "i8": 9}
    inputs, results, lines, outputs = [], [], [], []
    for t, (element, k) in enumerate(types.items()):
        inputs += [f"%s{t}: tensor<?x?x{k}xi1>",
                   f'%w{t}: tensor<37x{k}x{element}> {{snn.param = "w{t}"}}']  # fmt: skip
        for f, form in enumerate(forms):
            lines.append(f"%y{t}{f} = snn.linear %s{t}, %w{t} {{form = #snn.synapse<{form}>}}"
                         f" : tensor<?x?x{k}xi1>, tensor<37x{k}x{element}>")  # fmt: skip
            results.append(f"%y{t}{f}")
            outputs.append(f"tensor<?x?x37x{'i32' if element == 'i8' else element}>")
    model = Model("\n".join([f"func.func @forms({', '.join(inputs)}) -> ({', '.join(outputs)}) {{",
                             *lines, f"return {', '.join(results)} : {', '.join(outputs)}", "}"]),
                  name="forms")  # fmt: skip
    dtypes = {"f32": np.float32, "f64": np.float64, "f16": np.float16}
    params = {}
    for t, (element, k) in enumerate(types.items()):
        w = make(37, k, seed=t)
        params[f"w{t}"] = (np.int8(w * 40) if element == "i8" else w.astype(dtypes[element]))
    params["w0"][3, 5], params["w0"][4, 6], params["w1"][0, 1] = np.nan, np.inf, -0.0
    for steps, batch, share in ((9, 5, 0.1), (13, 3, 0.5), (11, 2, 0.95), (1, 1, 1.0), (0, 2, 0)):
        random = np.random.default_rng(steps)
        arrays, expected = {}, []
        for t, k in enumerate(types.values()):
            arrays[f"s{t}"] = random.random((steps, batch, k)) < share
            with np.errstate(invalid="ignore"):
                expected += [run_linear(arrays[f"s{t}"], params[f"w{t}"])] * len(forms)
        model.check(arrays, expected, params)


def test_wide() -> None:
    """Sums of f16 weights that are not rounded, with a bias in f32."""
    text = """func.func @wide(%s: tensor<?x?x50xi1>, %w: tensor<40x50xf16> {snn.param = "w"},
        %b: tensor<40xf32> {snn.param = "b"}) -> tensor<?x?x40xf32> {
      %y = snn.linear %s, %w, %b {wide}
          : tensor<?x?x50xi1>, tensor<40x50xf16>, tensor<40xf32>
      return %y : tensor<?x?x40xf32>
    }"""
    w, b = make(40, 50).astype(np.float16), make(40, seed=1)
    s = np.random.default_rng(2).random((6, 3, 50)) < 0.3
    Model(text, name="wide").check({"s": s}, run_linear(s, w.astype(np.float32), b),
                                   {"w": w, "b": b})  # fmt: skip


def test_large() -> None:
    """Weights of 1.2 MB: panels for many rows, none for few."""
    text = """func.func @large(%x: tensor<?x?x1030xf32>,
        %w: tensor<300x1030xf32> {snn.param = "w"}) -> tensor<?x?x300xf32> {
      %y = snn.linear %x, %w : tensor<?x?x1030xf32>, tensor<300x1030xf32>
      return %y : tensor<?x?x300xf32>
    }"""
    model, w = Model(text, name="large"), make(300, 1030)
    for steps in (55, 5):
        x = make(steps, 1, 1030, seed=steps)
        model.check({"x": x}, run_linear(x, w), {"w": w})


def as_bfloat(array: np.ndarray) -> np.ndarray:
    """The bf16 bits of f32 values, as .npy files hold them."""
    return (array.view(np.uint32) >> 16).astype(np.uint16).view("V2")


if __name__ == "__main__":
    test_by_hand()
    test_sizes()
    test_types()
    test_forms()
    test_wide()
    test_large()
