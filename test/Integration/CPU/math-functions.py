"""The forms of docs/math.md: the same bits in every run, and as near to the exact
values as the page says.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path

import mpmath as mp
import numpy as np
from harness import Failure, Model, check_equal, to_bfloat

UNARY = ["exp", "expm1", "log", "log1p", "tanh", "sin", "cos"]
EXACT = ["round", "roundeven", "floor", "ceil", "trunc", "rsqrt"]
ALL = [*UNARY, "powf", "remf", *EXACT]
PAGE = Path(__file__).parents[3] / "docs" / "math.md"
SIZES = (16, 3, 40)
mp.mp.prec = 200


def make_body(kind: str, x: str, y: str) -> str:
    lines = [f"%{name} = math.{name} {x} : {kind}" for name in [*UNARY, *EXACT]]
    lines.append(f"%powf = math.powf {x}, {y} : {kind}")
    lines.append(f"%remf = arith.remf {x}, {y} : {kind}")
    return "\n".join(lines)


def make_neuron(element: str) -> str:
    """Every function, in a step: vectors of lanes."""
    sequence = f"tensor<?x?x40x{element}>"
    types = ", ".join([sequence] * len(ALL))
    values = ", ".join(f"%{name}" for name in ALL)
    results = ", ".join(f"%r#{i}" for i in range(len(ALL)))
    return f"""func.func @f(%x: {sequence}, %y: {sequence}) -> ({types}) {{
      %r:{len(ALL)} = snn.neuron ins(%x, %y : {sequence}, {sequence}) {{
      ^bb0(%a: {element}, %b: {element}):
        {make_body(element, "%a", "%b")}
        snn.yield {values} : {", ".join([element] * len(ALL))}
      }} -> ({types})
      return {results} : {types}
    }}"""


def make_elementwise(element: str) -> str:
    """Every function, on sequences: loops over scalars."""
    sequence = f"tensor<?x?x40x{element}>"
    types = ", ".join([sequence] * len(ALL))
    values = ", ".join(f"%{name}" for name in ALL)
    return f"""func.func @f(%x: {sequence}, %y: {sequence}) -> ({types}) {{
      {make_body(sequence, "%x", "%y")}
      return {values} : {types}
    }}"""


def make_points(dtype: type, seed: int) -> np.ndarray:
    """Random bits, and numbers of every size that functions care about."""
    random = np.random.default_rng(seed)
    count = int(np.prod(SIZES))
    integers = np.dtype(f"u{np.dtype(dtype).itemsize}")
    bits = random.integers(0, np.iinfo(integers).max, count, integers, endpoint=True)
    scaled = random.uniform(-1, 1, count) * np.exp2(random.integers(-20, 11, count))
    x = np.where(random.random(count) < 0.3, bits.view(dtype), scaled.astype(dtype))
    return x.astype(dtype)


def make_specials(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    """Every pair of the numbers that have cases of their own."""
    info = np.finfo(dtype)
    values = [0, 1, 2, 3, 0.5, 1.5, 2.5, np.inf, np.nan, info.tiny, info.max,
              info.smallest_subnormal, 2 / info.eps + 1, 0.5 - info.epsneg]  # fmt: skip
    both = np.array([*values, *(-v for v in values)], dtype)
    x, y = np.meshgrid(both, both)
    return x.ravel(), y.ravel()


def make_inputs(dtype: type) -> tuple[np.ndarray, np.ndarray]:
    x, y = make_points(dtype, 1), make_points(dtype, 2)
    specials = make_specials(dtype)
    for points, first in zip((x, y), specials):
        points[: first.size] = first
    return x.reshape(SIZES), y.reshape(SIZES)


def compute_exact(name: str, x: float, y: float) -> mp.mpf:
    """The exact value, of finite numbers in the domain and to 200 bits."""
    x, y = mp.mpf(x), mp.mpf(y)
    if name == "powf":
        power = y * mp.log(abs(x))
        value = mp.exp(min(max(power, -100000), 100000))
        return -value if x < 0 and y % 2 == 1 else value
    if name in ("exp", "expm1"):
        x = min(max(x, -100000), 100000)
    if name == "tanh":
        x = min(max(x, -1000), 1000)
    return getattr(mp, name)(x)


def measure(actual: float, exact: mp.mpf, info: np.finfo) -> float:
    """The error in units of the exact value's last place."""
    if not np.isfinite(actual):  # an overflow: the next number after the largest
        exact = min(max(exact, -mp.mpf(2) ** info.maxexp), mp.mpf(2) ** info.maxexp)
        finite = mp.sign(actual) * mp.mpf(2) ** info.maxexp
    else:
        finite = mp.mpf(float(actual))
    exponent = max(mp.frexp(exact)[1] - 1, info.minexp)
    return float(abs(finite - exact) / mp.mpf(2) ** (exponent - info.nmant))


def check_error(name: str, x: np.ndarray, y: np.ndarray, actual: np.ndarray,
                bound: float) -> None:  # fmt: skip
    """Results that C says exactly are those; the others are near enough."""
    function = {"powf": np.power}.get(name) or getattr(np, name)
    both = [x, y] if name == "powf" else [x]
    with np.errstate(all="ignore"):
        wanted = function(*both)
    finite = np.isfinite(both).all(axis=0)
    is_said = ~finite | np.isnan(wanted) | (x == 0) | (name == "powf") & (y == 0)
    is_said |= (name in ("log", "log1p")) & np.isinf(wanted)
    check_equal(actual[is_said], wanted[is_said], f"{name}, special values")
    info = np.finfo(x.dtype)
    for a, b, got in zip(x[~is_said], y[~is_said], actual[~is_said]):
        error = measure(got, compute_exact(name, float(a), float(b)), info)
        if not error <= bound:
            raise Failure(f"{name} of {x.dtype}({a!r}, {b!r}): expected an error of at "
                          f"most {bound} ulp, but got {error}")  # fmt: skip


def read_bounds() -> dict[tuple[str, type], float]:
    bounds = {}
    row = r"^\| (\w+) \| [\d.]+ \| ([\d.]+) \| [\d.]+ \| ([\d.]+) \|$"
    for name, *cells in re.findall(row, PAGE.read_text(), re.M):
        name = "powf" if name == "pow" else name
        bounds[name, np.float32], bounds[name, np.float64] = map(float, cells)
    return bounds


def compute_round(x: np.ndarray) -> np.ndarray:
    """Halves away from zero: what is added is exact or rounds to a neighbour."""
    whole = np.trunc(x)
    away = np.abs(x - whole) >= 0.5
    rounded = np.where(away, whole + np.copysign(1, x), whole)
    return np.copysign(rounded, x).astype(x.dtype)


REFERENCES: dict[str, Callable[..., np.ndarray]] = {
    "round": compute_round, "roundeven": np.rint, "floor": np.floor, "ceil": np.ceil,
    "trunc": np.trunc, "rsqrt": lambda x: x.dtype.type(1) / np.sqrt(x)}  # fmt: skip


def check_exact(x: np.ndarray, y: np.ndarray, actual: dict[str, np.ndarray]) -> None:
    with np.errstate(all="ignore"):
        for name in EXACT:
            check_equal(actual[name], REFERENCES[name](x), name)
        check_equal(actual["remf"], np.fmod(x, y), "remf")


def test_format(element: str, dtype: type) -> None:
    bounds = read_bounds()
    x, y = make_inputs(dtype)
    outputs = Model(make_neuron(element), name=f"neuron-{element}").check(
        {"x": x, "y": y}, None)  # fmt: skip
    Model(make_elementwise(element), name=f"elementwise-{element}").check(
        {"x": x, "y": y}, outputs)  # fmt: skip
    actual = dict(zip(ALL, outputs, strict=True))
    check_exact(x, y, actual)
    for name in [*UNARY, "powf"]:
        check_error(name, x.ravel(), y.ravel(), actual[name].ravel(), bounds[name, dtype])


def test_half(element: str, narrow: Callable[[np.ndarray], np.ndarray]) -> None:
    """f16 and bf16 are what f32 gives, rounded."""
    sequence = f"tensor<?x?x40x{element}>"
    text = f"""func.func @f(%x: {sequence}) -> ({sequence}, {sequence}) {{
      %0 = math.exp %x : {sequence}
      %1 = math.tanh %x : {sequence}
      return %0, %1 : {sequence}, {sequence}
    }}"""
    names: Sequence[str] = ("exp", "tanh")
    wide = text.replace(element, "f32")
    x = narrow(np.random.default_rng(3).normal(0, 3, SIZES).astype(np.float32))
    expected = Model(wide, name=f"wide-{element}").run({"x": x.astype(np.float32)})
    stored = to_stored(x) if element == "bf16" else x
    actual = Model(text, name=f"half-{element}").check({"x": stored}, None)
    for name, got, want in zip(names, actual, expected, strict=True):
        want = to_stored(narrow(want)) if element == "bf16" else narrow(want)
        check_equal(got, want, f"{name} of {element}")


def to_stored(x: np.ndarray) -> np.ndarray:
    """bf16 in a file: the upper halves of f32."""
    return (np.ascontiguousarray(x).view(np.uint32) >> 16).astype(np.uint16).view("V2")


if __name__ == "__main__":
    test_format("f32", np.float32)
    test_format("f64", np.float64)
    test_half("f16", lambda x: x.astype(np.float16))
    test_half("bf16", to_bfloat)
