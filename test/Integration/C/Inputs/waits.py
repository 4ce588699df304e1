# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints of each library whether a run on a GPU waits for what the host reads."""

import ctypes
import sys
from ctypes import c_int32, c_void_p
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "CUDA"))
sys.dont_write_bytecode = True
from artifact import Library, ModelStruct  # noqa: E402


class CudaStruct(ctypes.Structure):
    _fields_ = [("num_images", c_int32), ("num_kernels", c_int32), ("images", c_void_p),
                ("kernels", c_void_p), ("run", c_void_p), ("workspace_bytes", c_void_p),
                ("waits", c_int32)]  # fmt: skip


for name in sys.argv[1:]:
    path = Path(name)
    library = Library(path)
    code = CudaStruct.from_address(ModelStruct.from_address(library.model).cuda)
    print(f"{path.stem}: {code.waits}")
