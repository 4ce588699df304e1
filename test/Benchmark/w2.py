# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""W2: one step of a recurrent layer of 512 neurons in Python whose weights are set at
run time, or read from a file when it starts, against one with embedded weights."""

from __future__ import annotations

import os
import sys
from typing import Any, Callable, Iterator

import numpy as np

import models
from harness import BUILD, ROOT, WORK, Part, check_call, compete, wall, write_safetensors

SIDE, STEPS = 512, 200
LIMIT = 1.2


def load_models() -> dict[str, Any]:
    """The same model with its weights from three places."""
    sys.path.insert(0, str(ROOT / "python"))
    os.environ["SNNC"] = str(BUILD / "bin" / "snnc")
    import snnc

    WORK.mkdir(parents=True, exist_ok=True)
    source, weights = WORK / "w2.mlir", WORK / "w2.safetensors"
    source.write_text(models.recurrent(SIDE, [SIDE], 1))
    write_safetensors(weights, models.recurrent_weights(SIDE, [SIDE], gain=1.0))
    check_call([BUILD / "bin" / "snnc", source, "-o", WORK / "w2.so", "--target=native",
                f"--weights=external:{weights}"])
    args = snnc.compile(source, cache=False)
    args.set_weights(weights)
    return {"args": args, "external": snnc.load(WORK / "w2.so"),
            "embedded": snnc.compile(source, weights=weights, cache=False)}


def run() -> Iterator[Part]:
    made = load_models()
    x = np.random.default_rng(3).random((STEPS, 1, SIDE), dtype=np.float32)
    spikes = {name: model(x) for name, model in made.items()}
    if any((spikes[name] != spikes["embedded"]).any() for name in spikes):
        raise RuntimeError("W2: the places of the weights differ")

    def step(model: Any) -> Callable[[], None]:
        def all_steps() -> None:
            state = model.initial_state(1)
            for row in x:
                model.step(row, state)

        return all_steps

    times = compete({name: wall(step(model)) for name, model in made.items()})
    for name in ("args", "external"):
        ratio = times[name].median / times["embedded"].median
        yield Part(f"W2.{name}", ours=f"{times[name].median / STEPS * 1e6:.1f}us",
                   peer=f"embedded:{times['embedded'].median / STEPS * 1e6:.1f}us",
                   ratio=f"{ratio:.2f}x", target=f"<={LIMIT:g}x", holds=ratio <= LIMIT)  # fmt: skip
