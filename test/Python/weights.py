# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Weights: embedded, given at run time, and swapped without compiling again.

RUN: %python %s %t
"""

from __future__ import annotations

import json
from pathlib import Path

import common
import numpy as np
import snnc
from common import FOLDER, LAYERS, LIF, check_equal, expect, make

x = make(20, 2, 3)
A, B = make(4, 3), make(4, 3)


def write(path: Path, header: object, data: bytes) -> Path:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    path.write_bytes(len(text).to_bytes(8, "little") + text + data)
    return path


def describe(
    data: bytes, dtype: str = "F32", shape: tuple[int, ...] = (4, 3), start: int = 0
) -> object:
    return {
        "fc.weight": {"dtype": dtype, "shape": shape, "data_offsets": [start, start + len(data)]}
    }


def test_swap() -> None:
    """A model with arguments gives the bits of models with embedded values."""
    model = snnc.compile(LAYERS)
    path = write(FOLDER / "a.safetensors", describe(A.tobytes()), A.tobytes())
    np.savez(FOLDER / "b.npz", **{"fc.weight": B})
    embedded = {
        "A": snnc.compile(LAYERS, weights=path)(x),
        "B": snnc.compile(LAYERS, weights=FOLDER / "b.npz")(x),
    }
    check_equal(snnc.compile(LAYERS, weights={"fc.weight": A})(x).i, embedded["A"].i)
    assert not np.array_equal(embedded["A"].i, embedded["B"].i)

    assert dict(model.weights) == {}
    model.set_weights(path)
    check_equal(model.weights["fc.weight"], A)
    check_equal(model(x).i, embedded["A"].i)
    check_equal(model(x, weights=FOLDER / "b.npz").i, embedded["B"].i)
    check_equal(model(x).i, embedded["A"].i)
    mine = B.copy()
    model.set_weights({"fc.weight": mine, "unused": x})
    assert list(model.weights) == ["fc.weight"] and model.weights["fc.weight"] is mine
    check_equal(model(x).i, embedded["B"].i)
    mine[...] = A  # seen once it is set again
    check_equal(model(x).i, embedded["B"].i)
    model.set_weights({"fc.weight": mine})
    check_equal(model(x).i, embedded["A"].i)

    state = model.initial_state(2)
    model.step(x[0], state)
    model.set_weights({"fc.weight": B})
    check_equal(model.step(x[1], state).i, embedded["B"].i[1])


def test_layouts() -> None:
    """A matrix is transposed once, or not where another op than a synapse reads it;
    its shape stays that of the file, and what is recorded is the same."""
    text = """func.func @mixed(%x: tensor<?x?x3xf64>, %w: tensor<4x3xf64> {snn.param = "w"},
        %v: tensor<3x4xf64> {snn.param = "v"}, %b: tensor<4xf64> {snn.param = "b"})
        -> (tensor<?x?x4xi1>, tensor<4x3xf64> {snn.static}) {
      %i = snn.linear %x, %w, %b : tensor<?x?x3xf64>, tensor<4x3xf64>, tensor<4xf64>
      %s, %u = snn.lif %i {decay = 0.5, threshold = 1.0, snn.layer = "hidden"}
          : tensor<?x?x4xf64>
      %f = arith.uitofp %s : tensor<?x?x4xi1> to tensor<?x?x4xf64>
      %j = snn.linear %f, %v : tensor<?x?x4xf64>, tensor<3x4xf64>
      %k = snn.linear %j, %w : tensor<?x?x3xf64>, tensor<4x3xf64>
      %z, %q = snn.lif %k {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf64>
      return %z, %w : tensor<?x?x4xi1>, tensor<4x3xf64>
    }"""
    values = {"w": A.astype(float), "v": B.T.astype(float).copy(), "b": np.full(4, 0.5)}
    inputs = x.astype(float)
    model = snnc.compile(text, record="spikes")
    assert {p.name: p.is_transposed for p in model.params} == {"w": False, "v": True, "b": False}
    assert [p.shape for p in model.params] == [(4, 3), (3, 4), (4,)]
    model.set_weights(values)
    embedded = snnc.compile(text, record="spikes", weights=values)
    expected = embedded(inputs)
    for got, want in zip(model(inputs), expected):
        check_equal(got, want)
    for name, spikes in model.record(inputs).items():
        check_equal(spikes, embedded.record(inputs)[name])
    state = model.initial_state(2)
    for t in range(len(inputs)):
        check_equal(model.step(inputs[t], state)[0], expected[0][t])


def test_places() -> None:
    """Tensors of a file may begin anywhere."""
    model = snnc.compile(LAYERS)
    model.set_weights({"fc.weight": A})
    expected = model(x).i
    model.set_weights(
        write(FOLDER / "odd.safetensors", describe(A.tobytes(), start=3), b"..." + A.tobytes())
    )
    check_equal(model(x).i, expected)
    padded = json.dumps(describe(A.tobytes())).encode() + b"   "
    model.set_weights(write(FOLDER / "padded.safetensors", padded, A.tobytes()))
    check_equal(model(x).i, expected)


def test_external() -> None:
    """--weights=external:FILE is read when the model first runs."""
    import os
    import subprocess

    path = write(FOLDER / "external.safetensors", describe(A.tobytes()), A.tobytes())
    (FOLDER / "layers.mlir").write_text(LAYERS)
    library = FOLDER / "layers.so"
    subprocess.run(
        [
            os.environ["SNNC"],
            FOLDER / "layers.mlir",
            "-o",
            library,
            "--target=native",
            f"--weights=external:{path}",
        ],
        check=True,
    )
    check_equal(snnc.load(library)(x).i, snnc.compile(LAYERS, weights=path)(x).i)


def test_wrong_arrays() -> None:
    model = snnc.compile(LAYERS)
    wrong = snnc.ArgumentError
    expect(
        snnc.UsageError,
        "layers: expected values of the parameters fc.weight [4, 3] f32; give them with "
        "model.set_weights(...)",
        model,
        x,
    )
    expect(snnc.UsageError, "layers: expected values", model.step, x[0], model.initial_state(2))
    expect(
        wrong,
        "parameter 'fc.weight': expected an array [4, 3] f32, but got only w",
        model.set_weights,
        {"w": A},
    )
    expect(
        wrong,
        "parameter 'fc.weight': expected shape [4, 3], but got [3, 4]",
        model.set_weights,
        {"fc.weight": A.T.copy()},
    )
    expect(
        wrong,
        "expected elements of type float32, but got float64",
        model.set_weights,
        {"fc.weight": A.astype(float)},
    )
    expect(
        wrong,
        "parameter 'fc.weight': expected a dense row-major array",
        model.set_weights,
        {"fc.weight": A[:, ::-1]},
    )
    text = "the parameters of this model are embedded"
    expect(
        snnc.UsageError,
        text,
        snnc.compile(LAYERS, weights={"fc.weight": A}).set_weights,
        {"fc.weight": B},
    )
    expect(snnc.UsageError, text, snnc.compile(LIF).set_weights, {})


def test_wrong_files() -> None:
    model = snnc.compile(LAYERS)
    path, data = FOLDER / "wrong.safetensors", A.tobytes()
    cases = [
        (b"{", b"", "its header is not JSON"),
        (b"[]", b"", "expected a .safetensors file, but got something else"),
        (describe(data, "F8"), data, "tensor 'fc.weight': expected a type of BOOL"),
        (
            describe(data, "F64"),
            data,
            "expected 96 bytes for F64 [4, 3] in data of 48, but got bytes 0 to 48",
        ),
        (describe(data), data[:-1], "in data of 47"),
        (describe(data, shape=(-4, -3)), data, "expected dtype, shape and data_offsets"),
        ({"fc.weight": 3}, data, "expected dtype, shape and data_offsets"),
        (
            describe(data[:44], shape=(11,)),
            data,
            "parameter 'fc.weight': expected shape [4, 3], but got [11]",
        ),
        ({"w": {}}, data, "parameter 'fc.weight': expected an array"),
    ]
    for header, content, words in cases:
        kind = snnc.ArgumentError if words.startswith("parameter") else snnc.UsageError
        expect(kind, words, model.set_weights, write(path, header, content))
    path.write_bytes(b"\xff" * 20)
    expect(
        snnc.UsageError,
        "its header of 18446744073709551615 bytes is longer",
        model.set_weights,
        path,
    )
    path.write_bytes(b"")
    expect(snnc.UsageError, "longer than the file of 0", model.set_weights, path)
    expect(FileNotFoundError, "absent", model.set_weights, FOLDER / "absent.safetensors")
    npz = FOLDER / "wrong.npz"
    np.savez(npz, **{"fc.weight": np.array([{}], object)})
    expect(snnc.UsageError, f"{npz}: expected arrays in an .npz file", model.set_weights, npz)
    npz.write_bytes(b"PK nothing")
    expect(snnc.UsageError, f"{npz}: expected arrays in an .npz file", model.set_weights, npz)


if __name__ == "__main__":
    common.main(globals())
