# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Arithmetic of f32 in NumPy that rounds where a compiled model rounds.

NumPy's `+ - * /` and `sqrt` of f32 round once, as the model's do, and Python never
contracts them. What is left is written here: the order of a synapse's sum, a fused
multiply-add, and the functions that docs/math.md spells out.
"""

from __future__ import annotations

import numpy as np

f32, f64 = np.float32, np.float64
TINY = np.finfo(f32).tiny


def fma(product: np.ndarray, c: np.ndarray) -> np.ndarray:
    """product + c, rounded once to f32; the product, of two f32, is exact in f64.

    The sum is rounded to f64, then to f32. That is rounding once, unless the f64 lies
    half-way between two f32 (its lower 29 bits say so) or is subnormal in f32: there
    it is first moved off an even last bit, towards the exact sum (rounding to odd).
    """
    total = product + c
    y = total.astype(f32)
    twice = (total.view(np.int64) & 0x1FFFFFFF) == 0x10000000
    twice |= np.abs(y) < TINY
    if twice.any():
        a, sum_, b = product[twice], total[twice], c[twice].astype(f64)
        part = sum_ - a
        error = (a - (sum_ - part)) + (b - part)
        moves = (error != 0) & ((sum_.view(np.int64) & 1) == 0)
        odd = np.nextafter(sum_, np.copysign(np.inf, error))
        y[twice] = np.where(moves, odd, sum_).astype(f32)
    return y


def linear(x: np.ndarray, weight: np.ndarray, bias: np.ndarray | None = None) -> np.ndarray:
    """snn.linear: one accumulator per output, which starts at the bias or at +0 and
    meets the inputs in ascending order. A spike adds its weight, which rounds once
    as a fused multiply-add does; where there is none, +-0 is added, which changes no
    accumulator, for none is ever -0. Other inputs: a fused multiply-add.
    """
    total = np.zeros((*x.shape[:-1], len(weight)), f32)
    if bias is not None:
        total += bias
    is_spikes = x.dtype == bool
    kind = f32 if is_spikes else f64
    columns = np.ascontiguousarray(weight.T, kind)
    rows = np.ascontiguousarray(np.moveaxis(x, -1, 0), kind)[..., None]
    product = np.empty(total.shape, kind)
    for row, column in zip(rows, columns, strict=True):
        np.multiply(row, column, out=product)
        total = np.add(total, product, out=total) if is_spikes else fma(product, total)
    return total


def poly(coefficients: list[str], x: np.ndarray) -> np.ndarray:
    first, *others = [f32(float.fromhex(c)) for c in reversed(coefficients)]
    p = np.full_like(x, first)
    for c in others:
        p = (p * x) + c
    return p


P = ["0x1.555556p-3", "0x1.555518p-5", "0x1.1110ccp-7", "0x1.6d11a2p-10", "0x1.a15232p-13"]
T = ["-0x1.555554p-2", "0x1.110ff4p-3", "-0x1.b9a2d2p-5", "0x1.5d3cdp-6", "-0x1.b1e47ep-8"]
M, LOG2E, LN2H, LN2L, LIMIT = (f32(float.fromhex(c)) for c in (
    "0x1.8p23", "0x1.715476p+0", "0x1.62e4p-1", "0x1.7f7d1cp-20", "0x1.19999ap-1"))  # fmt: skip
ONE, TWO, HALF = f32(1), f32(2), f32(0.5)


def reduce(x: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """x = n ln 2 + r, and q = e^r - 1 - r, as docs/math.md has them."""
    k = (x * LOG2E) + M - M
    a, b = x - (k * LN2H), k * LN2L
    r = a - b
    c = (a - r) - b
    c = c + (c * r)
    z = r * r
    w = (z * (r * poly(P, r))) + c
    return k.astype(np.int32), r, (HALF * z) + w


def power_of_two(n: np.ndarray) -> np.ndarray:
    return (n << 23).astype(np.int32).view(f32)


def exp(x: np.ndarray) -> np.ndarray:
    n, r, q = reduce(np.clip(x, f32(-104), f32(89)))
    h = ONE + r
    low = (ONE - h) + r
    m = n + 2 * 127
    i = m >> 1
    return ((h + (low + q)) * power_of_two(i)) * power_of_two(m - i)


def tanh(x: np.ndarray) -> np.ndarray:
    a = np.abs(x)
    top = np.minimum(a, f32(10))
    n, r, q = reduce(top + top)
    s = power_of_two(n + 127)
    u, v = s + ONE, s * r
    h = u + v
    w = ((u - h) + v) + (s * q)
    d = h + w
    e = (h - d) + w
    t = TWO / d
    g = ((HALF * t) * t) * e
    rest = ONE - t
    big = rest + (((ONE - rest) - t) + g)
    z = a * a
    small = a + ((a * z) * poly(T, z))
    return np.copysign(np.where(a < LIMIT, small, big), x)


def sigmoid(x: np.ndarray) -> np.ndarray:
    """As the models write it: 1 / (1 + exp(-x))."""
    return ONE / (ONE + exp(-x))
