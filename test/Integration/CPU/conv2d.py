"""snn.conv2d, snn.sum_pool2d and snn.avg_pool2d, in the canonical order.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import FEW, Model, fma

Pair = tuple[int, int]


def get_windows(x: np.ndarray, kernel: Pair, stride: Pair, padding: Pair,
                dilation: Pair = (1, 1)) -> list[tuple[int, int, np.ndarray, np.ndarray]]:  # fmt: skip
    """For every kernel cell (p, q): the values it meets, and which are inside."""
    height, width = x.shape[-2:]
    reach = [(k - 1) * d + 1 for k, d in zip(kernel, dilation)]
    rows = (height + 2 * padding[0] - reach[0]) // stride[0] + 1
    columns = (width + 2 * padding[1] - reach[1]) // stride[1] + 1
    cells = []
    for p in range(kernel[0]):
        for q in range(kernel[1]):
            i = np.arange(rows) * stride[0] + p * dilation[0] - padding[0]
            j = np.arange(columns) * stride[1] + q * dilation[1] - padding[1]
            inside = ((i >= 0) & (i < height))[:, None] & ((j >= 0) & (j < width))
            values = x[..., i.clip(0, height - 1), :][..., j.clip(0, width - 1)]
            cells.append((p, q, values, inside))
    return cells


def run_conv(x: np.ndarray, w: np.ndarray, bias: np.ndarray | None = None,
             stride: Pair = (1, 1), padding: Pair = (0, 0), dilation: Pair = (1, 1),
             groups: int = 1) -> np.ndarray:  # fmt: skip
    outputs, channels = w.shape[:2]
    cells = get_windows(x, w.shape[2:], stride, padding, dilation)
    maps = []
    for o in range(outputs):
        first = o // (outputs // groups) * channels
        start = np.float32(0 if bias is None else bias[o]) + np.float32(0)
        total = np.full(cells[0][2][:, :, 0].shape, start, np.float32)
        for c in range(channels):
            for p, q, values, inside in cells:
                value = values[:, :, first + c]
                added = fma(value.astype(np.float32), w[o, c, p, q], total)
                total = np.where(inside & (value != 0 if x.dtype == bool else True),
                                 added, total)  # fmt: skip
        maps.append(total)
    return np.stack(maps, axis=2)


def run_pool(x: np.ndarray, kernel: Pair, stride: Pair | None = None,
             padding: Pair = (0, 0), kind: type = np.float32,
             is_mean: bool = False) -> np.ndarray:  # fmt: skip
    state = np.float32 if kind == np.float16 else kind
    cells = get_windows(x, kernel, stride or kernel, padding)
    total = np.zeros(cells[0][2].shape, state)
    for _, _, values, inside in cells:
        total = np.where(inside, total + values.astype(state), total)
    if is_mean:
        total = total / state(kernel[0] * kernel[1])
    return total.astype(kind)


def make(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, 1, shape).astype(np.float32)


def test_by_hand() -> None:
    """An edge detector on one spike, and counts of 2 x 2 blocks of its output."""
    s = np.zeros((1, 1, 1, 4, 4), bool)
    s[0, 0, 0, 1, 1] = True
    w = np.float32([[[[0, 1, 0], [1, -4, 1], [0, 1, 0]]]])
    y = np.float32([[[[[-4, 1], [1, 0]]]]])
    z = np.float32([[[[[-0.5]]]]])
    Model("conv2d.mlir").check({"s": s}, [y, z], {"w": w})


def test_convolutions() -> None:
    forms = [  # output size, weight, attributes in MLIR, the same for NumPy
        ("6x5x4", "6x4x3x3", "", {}),
        ("6x4x2", "6x4x3x3", "stride = array<i64: 2, 3>, padding = array<i64: 1, 1>",
         {"stride": (2, 3), "padding": (1, 1)}),
        ("6x5x2", "6x4x2x3", "dilation = array<i64: 2, 2>", {"dilation": (2, 2)}),
        ("6x9x8", "6x2x3x3", "groups = 2 : i64, padding = array<i64: 2, 2>",
         {"groups": 2, "padding": (2, 2)}),
        ("8x7x6", "8x1x1x1", "groups = 4 : i64", {"groups": 4}),
        ("1x1x1", "1x4x7x6", "", {}),
    ]  # fmt: skip
    arguments = ["%x: tensor<?x?x4x7x6xf32>", "%s: tensor<?x?x4x7x6xi1>",
                 '%b: tensor<6xf32> {snn.param = "b"}']  # fmt: skip
    lines, results, types = [], [], []
    for i, (size, weight, attributes, _) in enumerate(forms):
        arguments.append(f'%w{i}: tensor<{weight}xf32> {{snn.param = "w{i}"}}')
        with_bias = size.startswith("6x")
        for name, element in (("x", "f32"), ("s", "i1"))[: 1 + i % 2]:
            lines.append(f"%y{i}{name} = snn.conv2d %{name}, %w{i}{', %b' * with_bias} "
                         f"{{{attributes}}} : tensor<?x?x4x7x6x{element}>, "
                         f"tensor<{weight}xf32>{', tensor<6xf32>' * with_bias}")  # fmt: skip
            results.append(f"%y{i}{name}")
            types.append(f"tensor<?x?x{size}xf32>")
    text = "\n".join([f"func.func @forms({', '.join(arguments)}) -> ({', '.join(types)}) {{",
                      *lines, f"return {', '.join(results)} : {', '.join(types)}", "}"])  # fmt: skip
    model = Model(text, name="forms", targets=FEW)
    weights = [make(*map(int, form[1].split("x")), seed=i) for i, form in enumerate(forms)]
    b = make(6, seed=9)
    params = {"b": b} | {f"w{i}": w for i, w in enumerate(weights)}
    for steps, batch in ((4, 3), (1, 1), (0, 2)):
        x = make(steps, batch, 4, 7, 6, seed=10)
        s = x > 0.6
        expected = []
        for i, (w, (size, _, _, options)) in enumerate(zip(weights, forms)):
            bias = b if size.startswith("6x") else None
            expected += [run_conv(v, w, bias, **options) for v in (x, s)[: 1 + i % 2]]
        model.check({"x": x, "s": s}, expected, params)


def test_pools() -> None:
    text = """func.func @pools(%x: tensor<?x?x3x5x6xf32>, %s: tensor<?x?x3x5x6xi1>,
        %h: tensor<?x?x3x5x6xf16>)
        -> (tensor<?x?x3x2x3xf32>, tensor<?x?x3x2x3xf32>, tensor<?x?x3x6x3xf32>,
            tensor<?x?x3x6x3xf32>, tensor<?x?x3x5x2xi32>, tensor<?x?x3x5x2xf16>,
            tensor<?x?x3x2x3xf16>, tensor<?x?x3x2x3xf16>) {
      %y0 = snn.sum_pool2d %x {kernel = array<i64: 2, 2>} : tensor<?x?x3x5x6xf32>
      %y1 = snn.avg_pool2d %s {kernel = array<i64: 2, 2>} : tensor<?x?x3x5x6xi1>
      %y2 = snn.sum_pool2d %s {kernel = array<i64: 2, 3>, stride = array<i64: 1, 2>,
          padding = array<i64: 1, 1>} : tensor<?x?x3x5x6xi1>
      %y3 = snn.avg_pool2d %x {kernel = array<i64: 2, 3>, stride = array<i64: 1, 2>,
          padding = array<i64: 1, 1>} : tensor<?x?x3x5x6xf32>
      %y4 = snn.sum_pool2d %s {kernel = array<i64: 1, 3>, element_type = i32}
          : tensor<?x?x3x5x6xi1>
      %y5 = snn.avg_pool2d %s {kernel = array<i64: 1, 3>, element_type = f16}
          : tensor<?x?x3x5x6xi1>
      %y6 = snn.sum_pool2d %h {kernel = array<i64: 2, 2>} : tensor<?x?x3x5x6xf16>
      %y7 = snn.avg_pool2d %h {kernel = array<i64: 2, 2>} : tensor<?x?x3x5x6xf16>
      return %y0, %y1, %y2, %y3, %y4, %y5, %y6, %y7
          : tensor<?x?x3x2x3xf32>, tensor<?x?x3x2x3xf32>, tensor<?x?x3x6x3xf32>,
            tensor<?x?x3x6x3xf32>, tensor<?x?x3x5x2xi32>, tensor<?x?x3x5x2xf16>,
            tensor<?x?x3x2x3xf16>, tensor<?x?x3x2x3xf16>
    }"""
    model = Model(text, name="pools")
    for steps, batch in ((4, 3), (0, 1)):
        x = make(steps, batch, 3, 5, 6)
        s, h = x > 0, x.astype(np.float16)
        wide = {"stride": (1, 2), "padding": (1, 1)}
        expected = [run_pool(x, (2, 2)), run_pool(s, (2, 2), is_mean=True),
                    run_pool(s, (2, 3), **wide), run_pool(x, (2, 3), is_mean=True, **wide),
                    run_pool(s, (1, 3), kind=np.int32),
                    run_pool(s, (1, 3), kind=np.float16, is_mean=True),
                    run_pool(h, (2, 2), kind=np.float16),
                    run_pool(h, (2, 2), kind=np.float16, is_mean=True)]  # fmt: skip
        model.check({"x": x, "s": s, "h": h}, expected)


if __name__ == "__main__":
    test_by_hand()
    test_convolutions()
    test_pools()
