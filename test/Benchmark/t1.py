# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""T1: a neuron without reset, one lane, a million steps: chunks of time against
the sequential lowering of the same model (`--strategy=loop`), bits equal."""

from __future__ import annotations

from typing import Iterator

import time_models
from harness import Part


def run() -> Iterator[Part]:
    yield from time_models.compare("T1", "none")
