# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""SYN: the forms of a product with spikes, by the share that spike.

The same layer with events, dense and adaptive, at shares around the one from
which on rows are dense (`snn-choose-synapse`), which is where the first two cross.
"""

from __future__ import annotations

from typing import Iterator

import numpy as np

import models
from harness import Model, Part, compete

ROWS, SIZES = 1024, (128, 512)
SHARES = (0.05, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.95)
FORMS = ("event", "dense", "adaptive, 70")
ALLOWED = 1.15  # of the better of the two, for counting


def crossing(ratios: list[float]) -> str:
    """The share at which events take as long as the dense form."""
    for (s, a), (t, b) in zip(zip(SHARES, ratios), list(zip(SHARES, ratios))[1:]):
        if a < 1 <= b:
            return f"{s + (1 - a) / (b - a) * (t - s):.2f}"
    return "none"


def run() -> Iterator[Part]:
    for size in SIZES:
        random = np.random.default_rng(5)
        weight = random.standard_normal((size, size), dtype=np.float32)
        forms = {form: Model(f"syn{size}-{form[:5]}",
                             models.linear(size, size, "i1", form), {"weight": weight})
                 for form in FORMS}
        ratios, worst = [], 0.0
        for share in SHARES:
            x = random.random((ROWS, 1, size), dtype=np.float32) < share
            outs = {form: np.zeros((ROWS, 1, size), np.float32) for form in forms}
            times = compete({form: lambda f=form: forms[f].run([x], [outs[f]])
                             for form in forms})
            if any((out != outs["event"]).any() for out in outs.values()):
                raise RuntimeError(f"SYN: the forms differ at {share}")
            event, dense, adaptive = (times[form].median for form in FORMS)
            ratios.append(event / dense)
            worst = max(worst, adaptive / min(event, dense))
            print(f"SYN.{size} {share:.2f}: " + " ".join(
                f"{form.split(',')[0]}={times[form]}" for form in FORMS), flush=True)
        yield Part(f"SYN.{size}", ours=f"crossing@{crossing(ratios)}",
                   ratio=f"{worst:.2f}", target=f"<={ALLOWED} of the better",
                   holds=worst <= ALLOWED)
