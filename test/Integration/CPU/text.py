"""Tables as text: every number is read back as it was, and is as short as it can be.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path

import numpy as np
from harness import FEW, Failure, Model, check_equal, execute, to_bfloat, to_bits

TYPES = {"f16": np.float16, "f32": np.float32, "f64": np.float64, "i8": np.int8,
         "i16": np.int16, "i32": np.int32, "i64": np.int64, "i1": np.bool_}  # fmt: skip


def make_copy(kind: str, shape: str = "?x?x2x3") -> Model:
    """A model whose output is its input."""
    text = f"""func.func @copy(%x: tensor<{shape}x{kind}>) -> tensor<{shape}x{kind}> {{
      %y = snn.delay %x by [0] : tensor<{shape}x{kind}>
      return %y : tensor<{shape}x{kind}>
    }}"""
    return Model(text, name=f"copy-{kind}", targets=FEW[:1])


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    with path.open(newline="") as file:
        header, *lines = csv.reader(file)
    return header, lines


def make_values(kind: type) -> np.ndarray:
    """Random bits: every exponent, subnormals, both zeros, infinities, no NaN."""
    random = np.random.default_rng(5)
    size = np.dtype(kind).itemsize
    if kind is np.bool_:
        return random.random((50, 4, 2, 3)) < 0.5
    values = random.bytes(50 * 4 * 6 * size)
    array = np.frombuffer(values, kind).copy()
    if np.dtype(kind).kind == "f":
        array[:4] = [0.0, -0.0, np.inf, -np.inf]
        array[4:6] = [np.finfo(kind).max, np.finfo(kind).smallest_subnormal]
        array[np.isnan(array)] = 1 / 3
    return array.reshape(50, 4, 2, 3)


def check_type(kind: str) -> None:
    model, values = make_copy(kind), make_values(TYPES[kind])
    source, table = model.folder / "x.npy", model.folder / "y.csv"
    np.save(source, values)
    locale = {"LC_ALL": "de_DE.UTF-8"}  # a comma in numbers, where it is installed
    execute([model.binary, "--input", source, "--output", table], locale)
    header, lines = read(table)
    name = model.outputs[0]
    columns = [f"{name}[{i}][{j}]" for i in range(2) for j in range(3)]
    assert header == ["step", "batch", *columns], header
    assert [line[:2] for line in lines] == [[str(t), str(b)] for t in range(50) for b in range(4)]
    texts = np.array([line[2:] for line in lines])
    wide = np.float32 if kind == "f16" else TYPES[kind]
    if values.dtype.kind == "f":
        back = texts.astype(wide).astype(values.dtype).reshape(values.shape)
        check_equal(back, values, f"{kind}, as NumPy reads it")
        for text, value in zip(texts.flat, values.astype(wide).flat, strict=True):
            best = np.format_float_scientific(value, unique=True, trim="-")
            if len(text) > len(best):
                raise Failure(f"{kind}: {text} for {best}")
    # The table, read as an input, is the array.
    text = table.read_text().replace(f"{name}[", "x[")
    table = model.folder / "x.csv"
    table.write_text(text)
    result = model.folder / "y.npy"
    execute([model.binary, "--input", table, "--output", result])
    check_equal(np.load(result), values, f"{kind}, read back")


def check_rounding(kind: str, round_to: Callable[[np.ndarray], np.ndarray]) -> None:
    """Decimals that are no number of the type become the nearest one."""
    random = np.random.default_rng(6)
    values = (random.normal(0, 1, 3000) * 2.0 ** random.integers(-28, 18, 3000)).astype(np.float32)
    ties = np.arange(2048, 2348, dtype=np.float32) * np.float32(1 + 2**-11)
    values = np.concatenate([values, ties, -ties, np.float32([65519.9, 65520, 2.0**-25])])
    model = make_copy(kind, "?x?x1")
    table, result = model.folder / "x.csv", model.folder / "y.npy"
    table.write_text("x[0]\n" + "".join(f"{float(v)!r}\n" for v in values))
    execute([model.binary, "--input", table, "--output", result])
    with np.errstate(over="ignore"):
        expected = round_to(values)
    got = np.load(result)[:, 0, 0]
    got = got.view(np.uint16)
    check_equal(got, expected, f"{kind}, rounded")


def test_shapes() -> None:
    """No batch, no time, and a state of steps before."""
    text = """func.func @shapes(%x: tensor<?xf32>, %s: tensor<?x?x2xf32>)
        -> (tensor<?xf32>, tensor<?x?x2xf32>, tensor<?x2xf32> {snn.static}) {
      %u, %uT = snn.li %s {decay = 1.0} : tensor<?x?x2xf32>
      %y = arith.addf %x, %x : tensor<?xf32>
      return %y, %u, %uT : tensor<?xf32>, tensor<?x?x2xf32>, tensor<?x2xf32>
    }"""
    model = Model(text, name="shapes", targets=FEW[:1])
    folder, (y, u, last) = model.folder, model.outputs
    (folder / "x.csv").write_text("step,x\n7,0.5\n8,1.5\n")
    (folder / "s.csv").write_text("step,batch,s[0],s[1]\n0,0,1,2\n0,1,3,4\n1,0,5,6\n1,1,7,8\n")
    flags = ["--input", f"x={folder}/x.csv", "--input", f"s={folder}/s.csv"]
    for name in model.outputs:
        flags += ["--output", f"{name}={folder}/{name}.csv"]
    execute([model.binary, *flags, "--state-out", folder / "state"])
    assert (folder / f"{y}.csv").read_text() == f"step,{y}\n0,1\n1,3\n"
    table = (folder / f"{u}.csv").read_text()
    assert table == f"step,batch,{u}[0],{u}[1]\n0,0,1,2\n0,1,3,4\n1,0,6,8\n1,1,10,12\n", table
    assert (folder / f"{last}.csv").read_text() == f"batch,{last}[0],{last}[1]\n0,6,8\n1,10,12\n"
    # Steps count from the initial state.
    execute([model.binary, *flags, "--state-in", folder / "state"])
    assert (folder / f"{y}.csv").read_text() == f"step,{y}\n2,1\n3,3\n"


if __name__ == "__main__":
    for kind_ in TYPES:
        check_type(kind_)
    check_rounding("f16", lambda values: values.astype(np.float16).view(np.uint16))
    check_rounding("bf16", lambda values: (to_bits(to_bfloat(values)) >> 16).astype(np.uint16))
    test_shapes()
