# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Derives every constant of docs/math.md, prints it, and finds it on the page.

RUN: %python %s %src_root/docs/math.md

Each polynomial is the minimax one (Remez exchange on a dense grid), computed with
60 digits; its coefficients are then rounded to the format that evaluates it.
Needs mpmath.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import mpmath as mp

mp.mp.dps = 60
Real = mp.mpf


def round_to(x: Real, bits: int) -> Real:
    """x with so many bits, to nearest; the exponent is not limited."""
    mantissa, exponent = mp.frexp(x)
    return mp.ldexp(mp.nint(mp.ldexp(mantissa, bits)), int(exponent) - bits)


def find_extrema(values: list[Real]) -> list[int]:
    """Where |value| is largest between two changes of sign."""
    best: list[int] = []
    for i, value in enumerate(values):
        if best and (value > 0) == (values[best[-1]] > 0):
            if abs(value) > abs(values[best[-1]]):
                best[-1] = i
        else:
            best.append(i)
    return best


def fit(g: Callable[[Real], Real], low: str, high: str, count: int) -> list[Real]:
    """The polynomial of `count` coefficients that is closest to g on [low, high]."""
    low, high = mp.mpf(low), mp.mpf(high)
    size = 40 * count
    grid = [(low + high) / 2 - (high - low) / 2 * mp.cos(mp.pi * i / size)
            for i in range(size + 1)]  # fmt: skip
    wanted = [g(t) for t in grid]
    nodes = [round(i * size / count) for i in range(count + 1)]
    for _ in range(12):
        system = mp.matrix(count + 1, count + 1)
        for row, node in enumerate(nodes):
            for i in range(count):
                system[row, i] = grid[node] ** i
            system[row, count] = (-1) ** row
        solution = mp.lu_solve(system, mp.matrix([wanted[node] for node in nodes]))
        coefficients = list(solution)[:count]
        errors = [mp.polyval(coefficients[::-1], t) - w for t, w in zip(grid, wanted)]
        extrema = find_extrema(errors)
        if len(extrema) != count + 1 or extrema == nodes:
            break
        nodes = extrema
    return coefficients


def exp_tail(r: Real) -> Real:
    if abs(r) < 1e-12:  # where the difference would cancel
        return mp.mpf(1) / 6 + r / 24
    return (mp.expm1(r) - r - r**2 / 2) / r**3


def log_tail(z: Real) -> Real:
    s = mp.sqrt(z)
    return 2 * (mp.atanh(s) - s) / (s * z) if z else mp.mpf(2) / 3


def pow_tail(z: Real) -> Real:
    s = mp.sqrt(z)
    return (mp.atanh(s) / s - 1 - z / 3) / z**2 if z else mp.mpf(1) / 5


def tanh_tail(z: Real) -> Real:
    a = mp.sqrt(z)
    return (mp.tanh(a) - a) / (a * z) if z else -mp.mpf(1) / 3


def sin_tail(z: Real) -> Real:
    r = mp.sqrt(z)
    return (mp.sin(r) - r) / (r * z) if z else -mp.mpf(1) / 6


def cos_tail(z: Real) -> Real:
    return (mp.cos(mp.sqrt(z)) - 1 + z / 2) / z**2 if z else mp.mpf(1) / 24


# Name, function, interval, and for each use its format and number of coefficients.
POLYNOMIALS = [
    ("P", exp_tail, "-0.3470", "0.3470", [("f32", 24, 5), ("f64", 53, 10)]),
    ("L", log_tail, "0", "0.02945", [("f32", 24, 4), ("f64", 53, 7)]),
    ("T", tanh_tail, "0", "0.3026", [("f32", 24, 5), ("f64", 53, 11)]),
    ("Q", pow_tail, "0", "0.00385", [("f64", 53, 5)]),
    ("S", sin_tail, "0", "0.6171", [("f32", 53, 4), ("f64", 53, 6)]),
    ("C", cos_tail, "0", "0.6171", [("f32", 53, 4), ("f64", 53, 6)]),
]


def to_hex(x: Real) -> str:
    text = float(x).hex()
    mantissa, exponent = text.split("p")
    return mantissa.rstrip("0").rstrip(".") + "p" + exponent


def split(x: Real, *bits: int) -> list[Real]:
    """x as a sum of parts of so many bits each."""
    parts = []
    for count in bits:
        parts.append(round_to(x, count))
        x -= parts[-1]
    return parts


# A name, a format or nothing, and the number as the page writes it.
Constant = tuple[str, str, str]


def find_coefficients() -> Iterator[Constant]:
    for name, g, low, high, formats in POLYNOMIALS:
        for kind, bits, count in formats:
            for i, c in enumerate(fit(g, low, high, count)):
                yield f"{name}{i}", kind, to_hex(round_to(c, bits))


def find_constants() -> Iterator[Constant]:
    for name, bits, high in (("f32", 24, 15), ("f64", 53, 40)):
        yield "LOG2E", name, to_hex(round_to(1 / mp.log(2), bits))
        for part, value in zip("HL", split(mp.log(2), high, bits)):
            yield f"LN2{part}", name, to_hex(value)
    yield "TWOPI", "", to_hex(round_to(2 / mp.pi, 53))
    for i, value in enumerate(split(mp.pi / 2, 33, 33, 33, 53)):
        yield f"PIO2_{i + 1}", "", to_hex(value)
    yield "PIO2_2S", "", to_hex(split(mp.pi / 2, 33, 53)[1])
    for part, value in zip("HL", split(mp.pi / 2, 53, 53)):
        yield f"PIO2{part}", "", to_hex(value)
    for i, center in ((0, mp.mpf(51) / 64), (2, mp.mpf(5) / 4)):
        upper = mp.ldexp(mp.nint(mp.ldexp(mp.log(center), 40)), -40)
        yield f"LOGC{i}H", "", to_hex(upper)
        yield f"LOGC{i}L", "", to_hex(round_to(mp.log(center) - upper, 53))
    for part, value in zip("HL", split(mp.mpf(1) / 3, 53, 53)):
        yield f"THIRD{part}", "", to_hex(value)


def find_bits(words: int) -> Iterator[Constant]:
    """The first bits of 2/pi, 64 in a word."""
    with mp.workdps(500):
        value = 2 / mp.pi
        for i in range(words):
            value *= 2**64
            yield f"B{i + 1}", "", f"0x{int(value):016X}"
            value -= int(value)


def main() -> None:
    page = Path(sys.argv[1]).read_text() if len(sys.argv) > 1 else None
    for name, kind, value in [*find_coefficients(), *find_constants(), *find_bits(19)]:
        print(name, kind, value)
        row = rf"^\| {name} \|.* `{re.escape(value)}` \|"
        if page and not re.search(rf"{row}|\b{name}={value}\b", page, re.M):
            sys.exit(f"expected {name} = {value} on the page, but it is not there")


if __name__ == "__main__":
    main()
