# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Spiking networks as functions of arrays.

    import snnc

    model = snnc.compile("layer.mlir", weights="fc.safetensors")
    spikes = model(x)                       # x: [T, B, ...], as the model says

    state = model.initial_state(batch=1)    # or step by step
    for x_t in stream:
        spikes_t = model.step(x_t, state)

`Model` says what else there is.
"""

from ._abi import Tensor
from ._cache import cache_folder, clear_cache
from ._compiler import compile, compiler_version, find_compiler
from ._errors import ArgumentError, BusyError, CompileError, Error, UsageError
from ._model import Model, load
from ._state import State
from . import plot

__version__ = "0.1.0"

__all__ = [
    "ArgumentError",
    "BusyError",
    "CompileError",
    "Error",
    "Model",
    "State",
    "Tensor",
    "UsageError",
    "cache_folder",
    "clear_cache",
    "compile",
    "compiler_version",
    "find_compiler",
    "load",
    "plot",
]
