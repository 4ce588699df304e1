# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiling: sources, options, messages, and which compiler is found.

RUN: %python %s %t
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
from contextlib import redirect_stdout
from pathlib import Path

import common
import snnc
from common import FOLDER, LAYERS, LIF, check_equal, expect, make, run_lif

SNNC = os.environ["SNNC"]
PACKAGE = Path(snnc.__file__).parent
x = make(5, 2, 3)


def test_sources() -> None:
    """Paths are arguments, never parts of a command line."""
    for name in ("lif.mlir", "-o.mlir", "a b; touch broken $(touch broken) '\".mlir"):
        folder = FOLDER / "sources"
        folder.mkdir(exist_ok=True)
        (folder / name).write_text(LIF)
        os.chdir(folder)
        for source in (name, Path(name), folder / name):
            check_equal(snnc.compile(source, cache=False)(x), run_lif(x))
        assert not (folder / "broken").exists()
    one_line = " ".join(LIF.split())
    check_equal(snnc.compile(one_line)(x), run_lif(x))


def test_options() -> None:
    model = snnc.compile(
        LIF, name="mine", threads=2, target="x86-64-v2,x86-64-v3", no_optimize=True
    )
    assert (model.name, model.threads) == ("mine", 2)
    check_equal(model(x), run_lif(x))
    model.threads = 1
    assert model.threads == 1
    expect(snnc.UsageError, "threads: expected 1 or more", setattr, model, "threads", -1)
    for numerics in ("exact", "fast"):
        check_equal(snnc.compile(LIF, numerics=numerics)(x), run_lif(x))
    spikes = snnc.compile(LAYERS, weights={"fc.weight": make(4, 3)}, record="spikes").record(x)
    assert {*spikes} == {"lif0", "lif1"}
    assert all(array.shape[:2] == (5, 2) for array in spikes.values())


def test_other_outputs() -> None:
    text = "stop_after: a model in Python is a shared library"
    expect(snnc.UsageError, text, snnc.compile, LIF, stop_after="space")


def test_messages() -> None:
    """An exception has the messages of the compiler, each with its place."""
    path = FOLDER / "bad.mlir"
    path.write_text(LIF.replace("return %s : tensor<?x?x3xi1>", "return %x : tensor<?x?x3xf32>"))
    error = expect(snnc.CompileError, f"{path}:4:", snnc.compile, path)
    assert isinstance(error, snnc.CompileError) and error.returncode == 1
    assert len(error.messages) == 1 and "error: " in error.messages[0]
    assert "return %x" in error.messages[0]
    expect(snnc.CompileError, "<stdin>:4:", snnc.compile, path.read_text())
    option = expect(snnc.CompileError, "--foo-bar=1", snnc.compile, LIF, foo_bar=1)
    assert isinstance(option, snnc.CompileError) and option.returncode == 2 and option.messages
    expect(snnc.CompileError, "bytes", snnc.compile, LAYERS, max_param_bytes=1)
    expect(FileNotFoundError, "absent.mlir", snnc.compile, FOLDER / "absent.mlir")
    expect(FileNotFoundError, "absent.npz", snnc.compile, LAYERS, weights=FOLDER / "absent.npz")


def test_scratch() -> None:
    """Without the cache nothing stays, and the model can be saved."""
    model = snnc.compile(LIF, cache=False)
    library, copy = model.path, FOLDER / "copy.so"
    model.save(copy)
    del model
    assert not library.exists()
    check_equal(snnc.load(copy)(x), run_lif(x))


def test_wrong_libraries() -> None:
    text = FOLDER / "text.so"
    text.write_text("text")
    expect(snnc.UsageError, f"{text}: expected a shared library for this machine", snnc.load, text)
    expect(
        snnc.UsageError,
        "absent.so: expected a file, but there is none",
        snnc.load,
        FOLDER / "absent.so",
    )
    other = next(Path(sys.prefix).rglob("*.so"))
    expect(snnc.UsageError, "expected a library that snnc has compiled", snnc.load, other)


def test_summary() -> None:
    out = io.StringIO()
    model = snnc.compile(LAYERS)
    with redirect_stdout(out):
        model.summary()
    for words in (
        "model layers",
        "x  [T, B, 3] f32",
        "s  [T, B, 4] i1",
        "fc.weight  [4, 3] f32  48 B  given at run time",
        "states",
        "(runs here)",
        f"{model.hash:016x}",
        model.compiler,
    ):
        assert words in out.getvalue(), (words, out.getvalue())
    assert "fc.weight" not in repr(model) and "i [T, B, 4] f32" in repr(model)


def find(**env: str) -> str:
    code = "import snnc\ntry: print(snnc.find_compiler())\nexcept snnc.Error as e: print(type(e).__name__, e)"
    base = {key: value for key, value in os.environ.items() if key != "SNNC"}
    result = subprocess.run(
        [sys.executable, "-c", code], env=base | env, text=True, capture_output=True, check=True
    )
    return result.stdout.strip()


def test_compiler() -> None:
    assert find(SNNC=SNNC) == SNNC
    assert find(PATH=str(Path(SNNC).parent)) == SNNC
    missing = find(PATH=str(FOLDER))
    assert missing.startswith("UsageError no compiler was found") and "set SNNC to" in missing, (
        missing
    )
    assert "which is not a program" in find(SNNC=str(FOLDER / "absent"))
    # Beside the package, as in an install tree, and inside of it, as in a wheel.
    tree = FOLDER / "tree"
    shutil.copytree(PACKAGE, tree / "lib" / "python3" / "snnc")
    for place in (tree / "bin", tree / "lib" / "python3" / "snnc" / "bin"):
        place.mkdir()
        (place / "snnc").write_text("#!/bin/sh\n")
        (place / "snnc").chmod(0o755)
        assert find(PYTHONPATH=str(tree / "lib" / "python3"), PATH="/nowhere") == str(
            place / "snnc"
        )


def test_module() -> None:
    """python -m snnc is the compiler."""

    def run(*arguments: str) -> str:
        return subprocess.run(
            [*arguments, "--version"], capture_output=True, text=True, check=True
        ).stdout

    assert run(sys.executable, "-m", "snnc") == run(SNNC) == snnc.compiler_version()


if __name__ == "__main__":
    common.main(globals())
