"""ASRC-SNN with the shapes of arXiv 2505.11455, as it is evaluated, bit for bit.

The span of a layer is an operand, 1 + argmax(p). The runs of GSC and SSC have it
embedded: it is then known to the compiler.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from f32 import f32
from recurrent import (
    add_twins_to_network,
    check_recurrent,
    make,
    make_counts,
    make_network,
    make_pixels,
    run_network,
)


def check_asrc(name: str, x: np.ndarray, params: dict[str, np.ndarray], spans: Sequence[int],
               longest: int, embed: bool = False) -> None:  # fmt: skip
    """Logits whose largest, or the first of two such, is that of the layer's span."""
    for i, span in enumerate(spans, 1):
        p = make(longest, seed=900 + i)
        p[span - 1] = p.max() + f32(0.5)
        p[-1] = p.max()
        params[f"layer{i}.p"] = p
    add_twins_to_network(x, params)
    expected = run_network(x, params, spans)
    check_recurrent(f"{name}.mlir", {"x": x}, params, expected, embed=embed, short=(72, 2))


def test_smnist() -> None:
    x, params = make_pixels(4, 1), make_network(1, [64, 128, 128], 10, [0.5, 0.25, 0.2], 100)
    check_asrc("asrc_smnist", x, params, [9, 25, 41], 41)


def test_psmnist() -> None:
    x, params = make_pixels(3, 2), make_network(1, [64, 212, 212], 10, [0.5, 0.25, 0.15], 200)
    check_asrc("asrc_psmnist", x, params, [31, 1, 11], 31)


def test_ssc() -> None:
    x, params = make_counts(6, 3), make_network(140, [256] * 3, 35, [0.15, 0.1, 0.1], 300)
    check_asrc("asrc_ssc", x, params, [2, 6, 3], 6, embed=True)


def test_gsc() -> None:
    x, params = make(101, 26, 40, seed=4), make_network(40, [128] * 3, 12, [0.12, 0.15, 0.15], 400)
    check_asrc("asrc_gsc", x, params, [5, 1, 21], 21, embed=True)


if __name__ == "__main__":
    test_smnist()
    test_psmnist()
    test_ssc()
    test_gsc()
