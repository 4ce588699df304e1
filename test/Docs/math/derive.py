# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Derives every constant of docs/math.md and prints it.

    python test/Docs/math/derive.py

Each polynomial is the minimax one (Remez exchange on a dense grid), computed with
60 digits; its coefficients are then rounded to the format that evaluates it.
Needs mpmath.
"""

from __future__ import annotations

from collections.abc import Callable

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


def print_constants() -> None:
    for name, bits, high in (("f32", 24, 15), ("f64", 53, 40)):
        print(f"LOG2E {name} {to_hex(round_to(1 / mp.log(2), bits))}")
        for part, value in zip("HL", split(mp.log(2), high, bits)):
            print(f"LN2{part} {name} {to_hex(value)}")
    print("TWOPI", to_hex(round_to(2 / mp.pi, 53)))
    for i, value in enumerate(split(mp.pi / 2, 33, 33, 33, 53)):
        print(f"PIO2_{i + 1} {to_hex(value)}")
    print("PIO2_2S", to_hex(split(mp.pi / 2, 33, 53)[1]))
    for part, value in zip("HL", split(mp.pi / 2, 53, 53)):
        print(f"PIO2{part} {to_hex(value)}")
    for i, center in ((0, mp.mpf(51) / 64), (2, mp.mpf(5) / 4)):
        high = mp.ldexp(mp.nint(mp.ldexp(mp.log(center), 40)), -40)
        print(f"LOGC{i}H {to_hex(high)}")
        print(f"LOGC{i}L {to_hex(round_to(mp.log(center) - high, 53))}")
    for part, value in zip("HL", split(mp.mpf(1) / 3, 53, 53)):
        print(f"THIRD{part} {to_hex(value)}")


def print_bits(words: int) -> None:
    """The first bits of 2/pi, 64 in a word."""
    mp.mp.dps = 500
    value = 2 / mp.pi
    for i in range(words):
        value *= 2**64
        print(f"B{i + 1} 0x{int(value):016X}")
        value -= int(value)
    mp.mp.dps = 60


def main() -> None:
    for name, g, low, high, formats in POLYNOMIALS:
        for kind, bits, count in formats:
            for i, c in enumerate(fit(g, low, high, count)):
                print(f"{name}{i} {kind} {to_hex(round_to(c, bits))}")
    print_constants()
    print_bits(19)


if __name__ == "__main__":
    main()
