# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""R2: a vanilla recurrent layer of 512 on one core, T = 784, against torch."""

from __future__ import annotations

from typing import Iterator

import torch_peers
from c2 import RSNN, recurrent
from harness import Part


def run() -> Iterator[Part]:
    torch_peers.use_threads(1)
    for batch in (1, 64):
        yield recurrent(f"R2.b{batch}", batch, *RSNN)
