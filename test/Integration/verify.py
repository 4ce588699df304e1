# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""snn-verify: programs and libraries of models, artifacts of something else, and
command lines that are wrong.

REQUIRES: verify
RUN: %python %s snnc %t
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import numpy as np
from harness import FOLDER, MODELS, SNNC, Failure, execute, write_safetensors

VERIFY = SNNC.with_name("snn-verify")
EXAMPLES = Path(__file__).parent.parent.parent / "python/examples"
f32 = np.float32
random = np.random.default_rng(3)


def verify(code: int, words: str, *arguments: object) -> str:
    """Runs the tool; its exit code and a part of what it says must be these."""
    command = [str(argument) for argument in (VERIFY, *arguments)]
    result = subprocess.run(command, capture_output=True, text=True)
    text = result.stdout + result.stderr
    if result.returncode != code or words not in text:
        raise Failure(f"{command}: expected {code} and '{words}', but got {result.returncode}: {text}")
    return text


def save(name: str, array: np.ndarray) -> Path:
    path = FOLDER / f"{name}.npy"
    np.save(path, array)
    return path


def check(model: str, x: Path, points: int, *weights: object, options: tuple[str, ...] = (),
          level: str = "E0: outputs equal the reference") -> None:  # fmt: skip
    """A program and a library of a model have a level, and so many points."""
    for suffix in ("", ".so"):
        artifact = FOLDER / f"{Path(model).stem}{suffix}"
        execute([SNNC, MODELS / model, "-o", artifact, "--target=native", *weights, *options])
        text = verify(0, level, MODELS / model, artifact, "--input", x, *weights)
        band, total = re.search(r"(\d+) of (\d+) points in the band", text).groups()
        assert int(total) == points and int(band) < points / 100, text


FOLDER.mkdir(parents=True, exist_ok=True)
lif_x = save("lif-x", random.random((50, 2, 5), f32))
check("lif.mlir", lif_x, 50 * 2 * 5)
check("lif.mlir", lif_x, 50 * 2 * 5, options=("--no-optimize", "--numerics=exact"))

src_x = save("src-x", random.random((40, 2, 8), f32) * f32(1.2))
for name in ("w", "other"):
    matrix = random.normal(0, 0.4, (8, 8)).astype(f32)
    write_safetensors(FOLDER / f"{name}.safetensors", {"w": matrix})
embed = f"--weights=embed:{FOLDER / 'w.safetensors'}"
other = f"--weights=embed:{FOLDER / 'other.safetensors'}"
check("src.mlir", src_x, 40 * 2 * 8, embed)
source = MODELS / "src.mlir"
# Parameters that are given when the program runs.
for artifact in (FOLDER / "args", FOLDER / "args.so"):
    execute([SNNC, source, "-o", artifact, "--target=native"])
    verify(0, "E0", source, artifact, "--input", src_x, embed)

# Two layers of resonators, whose candidates are only known by what a gate lets
# pass. A scan may have another order than the reference.
fashion_x = save("fashion-x", random.random((30, 2, 1), f32))
check("fashion.mlir", fashion_x, 2 * 30 * 2 * 256,
      f"--weights=embed:{EXAMPLES / 'fashion.safetensors'}", level="points")
check("fashion_src.mlir", fashion_x, 30 * 2 * 320,
      f"--weights=embed:{EXAMPLES / 'fashion_src.safetensors'}")
# Weights in fewer bits: the model that was compiled is the reference.
for rewrite in ("bf16-weights", "int8-weights"):
    check("src.mlir", src_x, 40 * 2 * 8, embed,
          options=("--numerics=fast", f"--allow={rewrite}"))

# Another weight file, and another model.
differs = "the artifact was not made from this model with these options"
verify(1, differs, source, FOLDER / "src", "--input", src_x, other)
harder = FOLDER / "harder.mlir"
harder.write_text((MODELS / "lif.mlir").read_text().replace("decay = 0.5", "decay = 0.75"))
verify(1, differs, harder, FOLDER / "lif", "--input", lif_x)
verify(1, differs, harder, FOLDER / "lif.so", "--input", lif_x)

lif = MODELS / "lif.mlir"
verify(2, "expected a model and an artifact", lif)
verify(2, "give --input x=FILE.npy", lif, FOLDER / "lif")
verify(2, "expected one file for each input", lif, FOLDER / "lif",
       "--input", f"y={lif_x}")  # fmt: skip
verify(2, "give --weights=embed:FILE", source, FOLDER / "src", "--input", src_x)
verify(2, "Unknown command line argument", lif, FOLDER / "lif", "--frobnicate")
verify(3, "there is no file", lif, FOLDER / "nothing", "--input", lif_x)
verify(3, "expected an executable or a .so", lif, lif_x, "--input", lif_x)
verify(3, "no-such", FOLDER / "no-such.mlir", FOLDER / "lif", "--input", lif_x)
verify(1, "expected tensor<?x?x5xf32>", lif, FOLDER / "lif", "--input", src_x)
verify(1, "expected an artifact with a report", lif, "/bin/echo", "--input", lif_x)
