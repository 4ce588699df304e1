"""SRC-SNN with the shapes and spans of arXiv 2505.11455, bit for bit.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from recurrent import (
    add_twins_to_network,
    check_recurrent,
    make,
    make_counts,
    make_network,
    make_pixels,
    run_network,
)


def check_src(name: str, x: np.ndarray, params: dict[str, np.ndarray],
              spans: Sequence[int]) -> None:  # fmt: skip
    add_twins_to_network(x, params)
    check_recurrent(f"{name}.mlir", {"x": x}, params, run_network(x, params, spans))


def test_smnist() -> None:
    x, params = make_pixels(4, 1), make_network(1, [64, 128, 128], 10, [0.5, 0.25, 0.2], 100)
    check_src("src_smnist", x, params, [16] * 3)


def test_psmnist() -> None:
    x, params = make_pixels(3, 2), make_network(1, [64, 212, 212], 10, [0.5, 0.25, 0.15], 200)
    check_src("src_psmnist", x, params, [16] * 3)


def test_ssc() -> None:
    x, params = make_counts(6, 3), make_network(140, [256] * 3, 35, [0.15, 0.1, 0.1], 300)
    check_src("src_ssc", x, params, [3] * 3)


def test_gsc() -> None:
    x, params = make(101, 26, 40, seed=4), make_network(40, [128] * 3, 12, [0.12, 0.15, 0.15], 400)
    check_src("src_gsc", x, params, [4] * 3)


if __name__ == "__main__":
    test_smnist()
    test_psmnist()
    test_ssc()
    test_gsc()
