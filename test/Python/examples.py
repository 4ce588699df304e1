# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs the examples of README and of the package's docstrings.

The first mlir block of README is layer.mlir; what its python blocks print must not
be an error.

REQUIRES: matplotlib
RUN: %python %s %t %src_root
"""

from __future__ import annotations

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import snnc
from common import FOLDER, Failure, main


def find_blocks(kind: str) -> list[str]:
    text = Path(sys.argv[2], "README.md").read_text()
    blocks = re.findall(rf"^```{kind}\n(.*?)^```", text, flags=re.M | re.S)
    if not blocks:
        raise Failure(f"expected a block of {kind} in README.md")
    return blocks


def test_readme() -> None:
    os.chdir(FOLDER)
    Path("layer.mlir").write_text(find_blocks("mlir")[0])
    np.savez("fc.npz", **{"fc.weight": np.random.rand(128, 64).astype(np.float32) / 16})
    from snnc._weights import write_safetensors

    write_safetensors(Path("fc.safetensors"), dict(np.load("fc.npz")))
    for block in find_blocks("python"):
        names: dict[str, object] = {}
        exec(compile(block, "README.md", "exec"), names)
    spikes, spikes_t = names["spikes"], names["spikes_t"]
    assert isinstance(spikes, np.ndarray) and isinstance(spikes_t, np.ndarray)
    assert spikes.shape == (100, 1, 128) and spikes.any()
    assert (spikes[-1] == spikes_t).all()
    assert Path("spikes.png").stat().st_size > 5000
    # And the two lines that are text.
    subprocess.run([os.environ["SNNC"], "layer.mlir", "-o", "layer.so"], check=True)
    assert snnc.load("layer.so").params[0].shape == (128, 64)
    subprocess.run(
        [os.environ["SNNC"], "layer.mlir", "--weights=embed:fc.safetensors", "-o", "layer"],
        check=True,
    )
    np.save("x.npy", np.ones((3, 1, 64), np.float32))
    subprocess.run(
        ["./layer", "--input", "x.npy", "--output", "s.csv", "--state-in", "state"], check=True
    )


def test_docstrings() -> None:
    result = doctest.testmod(snnc)
    if result.failed or result.attempted < 5:
        raise Failure(f"docstrings: {result}")


if __name__ == "__main__":
    main(globals())
