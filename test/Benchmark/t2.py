# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T2: a neuron with a hard reset, one lane, a million steps: speculated chunks of
time against the sequential lowering of the same model, bits equal."""

from __future__ import annotations

from typing import Iterator

import time_models
from harness import Part


def run() -> Iterator[Part]:
    yield from time_models.compare("T2", "value, 0.0")
