# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The cache: one entry for each model, whole or compiled again, for any number of
processes and threads.

RUN: %python %s %t
"""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import common
import numpy as np
import snnc
from common import FOLDER, LAYERS, LIF, check_equal, expect, make, run_lif

CACHE = FOLDER / "cache"
x = make(5, 2, 3)


def test_key() -> None:
    """Text, weights and options decide; nothing else does."""
    model = snnc.compile(LIF)
    assert model.path.parent == CACHE and stat.S_IMODE(CACHE.stat().st_mode) == 0o700
    before = os.stat(model.path)
    (FOLDER / "a.mlir").write_text(LIF)
    assert snnc.compile(FOLDER / "a.mlir").path == model.path
    assert os.stat(model.path).st_mtime_ns == before.st_mtime_ns
    others = [
        snnc.compile(LIF + "\n"),
        snnc.compile(LIF, threads=2),
        snnc.compile(LIF, no_optimize=True),
        snnc.compile(LIF, target="x86-64-v2"),
        snnc.compile(LIF, name="other"),
        snnc.compile(LAYERS, weights={"fc.weight": np.zeros((4, 3), np.float32)}),
        snnc.compile(LAYERS, weights={"fc.weight": np.ones((4, 3), np.float32)}),
    ]
    assert len({model.path, *(other.path for other in others)}) == 8
    # The name of a file of weights is not part of it, its contents are.
    for name, value in (("a", 2.0), ("b", 2.0), ("b", 3.0)):
        np.savez(FOLDER / f"{name}.npz", **{"fc.weight": np.full((4, 3), value, np.float32)})
        os.utime(FOLDER / f"{name}.npz", (0, 0))
        y = snnc.compile(LAYERS, weights=FOLDER / f"{name}.npz")(np.ones((1, 1, 3), np.float32)).i
        check_equal(y, np.full((1, 1, 4), 3 * value, np.float32))


def test_compiler_is_part() -> None:
    """Another compiler does not get the entries of this one."""
    wrapper, snnc_path = FOLDER / "wrapper", os.environ["SNNC"]
    wrapper.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && echo other && exit\nexec {snnc_path} "$@"\n'
    )
    wrapper.chmod(0o755)
    first = snnc.compile(LIF).path
    os.environ["SNNC"] = str(wrapper)
    try:
        assert snnc.compile(LIF).path != first
    finally:
        os.environ["SNNC"] = snnc_path


def test_hit() -> None:
    """A hit does not compile."""
    broken, snnc_path = FOLDER / "broken", os.environ["SNNC"]
    broken.write_text(f'#!/bin/sh\n[ "$1" = --version ] && exec {snnc_path} "$@"\nexit 9\n')
    broken.chmod(0o755)
    snnc.compile(LIF)
    os.environ["SNNC"] = str(broken)
    try:
        check_equal(snnc.compile(LIF)(x), run_lif(x))
        assert expect(snnc.CompileError, "", snnc.compile, LIF + "\n\n").returncode == 9  # type: ignore[attr-defined]
    finally:
        os.environ["SNNC"] = snnc_path
    assert not list(CACHE.glob("new-*"))


DAMAGE = """
import sys, pathlib, snnc, numpy as np
model = snnc.compile(pathlib.Path(sys.argv[1]))
print(model.path, model(np.ones((3, 1, 3), np.float32)).sum())
"""


def run_process(text: Path) -> str:
    result = subprocess.run([sys.executable, "-c", DAMAGE, text], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_damage() -> None:
    """What is not what was written is compiled again."""
    text = FOLDER / "damage.mlir"
    text.write_text(LIF + "// damage\n")
    expected = run_process(text)
    library = Path(expected.split()[0])
    digest, good = library.with_suffix(".sha256"), library.read_bytes()

    def cut(path: Path, data: bytes) -> None:
        path.unlink()
        path.write_bytes(data)

    for damage in (
        lambda: cut(library, good[:-1]),
        lambda: cut(library, b""),
        library.unlink,
        digest.unlink,
        lambda: cut(library, good[:5000] + b"\0" * 8 + good[5008:] + b"\0"),
        lambda: cut(digest, b"\xff" * 64),
    ):
        damage()
        assert run_process(text) == expected
        assert library.read_bytes() == good


def test_processes() -> None:
    """Many compile one model at the same time, and all get it whole."""
    text = FOLDER / "race.mlir"
    text.write_text(LIF + "// race\n")
    command = [sys.executable, "-c", DAMAGE, text]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(6)]
    outputs = {process.communicate()[0] for process in running}
    assert len(outputs) == 1 and "" not in outputs, outputs
    with ThreadPoolExecutor(8) as pool:
        models = list(pool.map(lambda i: snnc.compile(LIF + "// threads\n"), range(8)))
    assert len({model.path for model in models}) == 1
    assert not list(CACHE.glob("new-*"))


def test_interrupted() -> None:
    """A process that is killed leaves no entry that another one believes."""
    text = FOLDER / "killed.mlir"
    text.write_text(LIF + "// killed\n")
    for wait in (0.3, 0.5, 0.7):
        process = subprocess.Popen([sys.executable, "-c", DAMAGE, text], stdout=subprocess.DEVNULL)
        time.sleep(wait)
        process.kill()
        process.wait()
    assert "." in run_process(text)


def test_folder() -> None:
    own = os.environ.pop("SNNC_CACHE")
    try:
        os.environ["XDG_CACHE_HOME"] = str(FOLDER / "xdg")
        assert snnc.cache_folder() == FOLDER / "xdg" / "snnc"
        del os.environ["XDG_CACHE_HOME"]
        assert snnc.cache_folder() == Path.home() / ".cache" / "snnc"
        shared = FOLDER / "shared"
        shared.mkdir()
        shared.chmod(0o777)
        os.environ["SNNC_CACHE"] = str(shared)
        expect(
            snnc.UsageError,
            f"cannot use the cache {shared}: expected a folder that only you",
            snnc.compile,
            LIF,
        )
        file = FOLDER / "file"
        file.touch()
        os.environ["SNNC_CACHE"] = str(file / "x")
        expect(
            snnc.UsageError, f"cannot use the cache {file}/x: Not a directory", snnc.compile, LIF
        )
        check_equal(snnc.compile(LIF, cache=False)(x), run_lif(x))
    finally:
        os.environ["SNNC_CACHE"] = own


def test_clear() -> None:
    model = snnc.compile(LIF)
    assert len(list(CACHE.glob("*.so"))) > 10
    other = CACHE / "other.so"
    other.touch()
    assert snnc.clear_cache() > 20 and list(CACHE.glob("*.s*")) == [other]
    check_equal(model(x), run_lif(x))


if __name__ == "__main__":
    common.main(globals())
