# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Spiking networks as functions of arrays.

    >>> import numpy as np, snnc
    >>> model = snnc.compile('''
    ... func.func @lif(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xi1> {
    ...   %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0,
    ...       reset = #snn.reset<subtract>} : tensor<?x?x2xf32>
    ...   return %s : tensor<?x?x2xi1>
    ... }''')
    >>> x = np.full((4, 1, 2), 0.75, np.float32)      # [T, B, neurons]
    >>> model(x)[:, 0, 0]
    array([False,  True, False,  True])

Step by step, with a state for each batch of streams:

    >>> state = model.initial_state(batch=1)
    >>> [bool(model.step(x_t, state)[0, 0]) for x_t in x]
    [False, True, False, True]
    >>> state.position
    4

Errors are exceptions, all of them a `snnc.Error`:

    >>> model(x.astype(np.float64))  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    snnc.ArgumentError: input 'x': expected elements of type float32, but got float64; ...

With code for GPUs, arrays that PyTorch, CuPy or JAX have there go in and come out,
on the stream that the library uses:

    model = snnc.compile("lif.mlir", target=["native", "cuda:sm_90"])
    spikes = model(x)                                 # a torch.Tensor on cuda:0
    state = model.initial_state(batch=1, device="cuda")

A machine where models only run needs neither the compiler nor LLVM nor CUDA's
toolkit, but Python with NumPy, the driver of its GPU, and two things to copy: the
shared library of each model (`Model.save`, or `snnc lif.mlir -o lif.so`), of some
hundred KiB and its weights, and this package, the files python/snnc/*.py, which
are less than 1 MiB. `PYTHONPATH` names the folder that snnc/ is in, and
`snnc.load("lif.so")` loads a model; the system is a Linux of the same architecture
with a C library that is as new as that of the machine that compiled it.

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

# Messages and pages call them by the names that users import.
for _public in (ArgumentError, BusyError, CompileError, Error, Model, State, Tensor, UsageError):
    _public.__module__ = __name__
