# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What tools/demo does in Python: the data in, the verdict out. NumPy only."""

from __future__ import annotations

import argparse
import gzip
import json
from pathlib import Path

import numpy as np

CLASSES = ("T-shirt", "trouser", "pullover", "dress", "coat",
           "sandal", "shirt", "sneaker", "bag", "ankle boot")


def read_idx(path: Path) -> np.ndarray:
    """Reads a gzipped IDX file of unsigned bytes."""
    raw = gzip.decompress(path.read_bytes())
    if raw[:3] != b"\x00\x00\x08":
        raise ValueError(f"{path}: not an IDX file of unsigned bytes")
    rank = raw[3]
    shape = np.frombuffer(raw, ">i4", rank, offset=4)
    return np.frombuffer(raw, np.uint8, offset=4 + 4 * rank).reshape(shape)


def prepare(data: Path, out: Path) -> None:
    """Writes the test images as sequences [784, B, 1] in [0, 1], and the labels."""
    images = read_idx(data / "t10k-images-idx3-ubyte.gz")
    pixels = images.reshape(len(images), -1).T.astype(np.float32) / np.float32(255)
    np.save(out / "pixels.npy", np.ascontiguousarray(pixels)[:, :, None])
    np.save(out / "labels.npy", read_idx(data / "t10k-labels-idx1-ubyte.gz"))


def describe(weights: Path) -> None:
    """Prints the tensors of a safetensors file and how many numbers they hold."""
    raw = weights.read_bytes()
    header = json.loads(raw[8 : 8 + int.from_bytes(raw[:8], "little")])
    header.pop("__metadata__", None)
    shapes = {name: entry["shape"] for name, entry in header.items()}
    total = sum(int(np.prod(shape)) for shape in shapes.values())
    print(f"{len(shapes)} parameters, {total:,} numbers, {len(raw):,} bytes")


def report(out: Path, rate: float) -> None:
    """Prints the confusion of the worst class, and the accuracy."""
    logits, labels = np.load(out / "logits.npy"), np.load(out / "labels.npy")
    steps = np.load(out / "pixels.npy", mmap_mode="r").shape[0]
    if logits.shape != (len(labels), len(CLASSES)) or not np.isfinite(logits).all():
        raise SystemExit(f"unexpected logits: shape {logits.shape}")
    guesses = logits.argmax(1)
    confusion = np.zeros((len(CLASSES), len(CLASSES)), np.int64)
    np.add.at(confusion, (labels, guesses), 1)
    recall = confusion.diagonal() / confusion.sum(1)
    worst = int(recall.argmin())
    print(f"\nThe worst class is {CLASSES[worst]}: {confusion[worst, worst]} of "
          f"{confusion[worst].sum()} are recognised. It is taken for")
    for guess in np.argsort(-confusion[worst], kind="stable"):
        if guess != worst and confusion[worst, guess]:
            print(f"  {CLASSES[guess]:<12}{confusion[worst, guess]:5d}")
    print(f"\naccuracy {(guesses == labels).mean():.4f} on {len(labels)} sequences "
          f"of {steps} steps, {rate:.0f} sequences/s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("prepare", help=prepare.__doc__)
    command.add_argument("data", type=Path)
    command.add_argument("out", type=Path)
    command = commands.add_parser("describe", help=describe.__doc__)
    command.add_argument("weights", type=Path)
    command = commands.add_parser("report", help=report.__doc__)
    command.add_argument("out", type=Path)
    command.add_argument("rate", type=float)
    arguments = vars(parser.parse_args())
    globals()[arguments.pop("command")](**arguments)


if __name__ == "__main__":
    main()
