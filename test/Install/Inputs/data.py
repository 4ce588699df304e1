# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Writes to a folder what layer.mlir is run on: x.npy and weight.npy."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
random = np.random.default_rng(seed=1)
np.save(folder / "x.npy", random.random((20, 2, 3), np.float32))
np.save(folder / "weight.npy", random.random((4, 3), np.float32) / 2)
