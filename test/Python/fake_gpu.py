# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A GPU whose memory is that of the CPU: its driver, its frameworks, and the
functions of a compiled model, which the package calls through ctypes as real ones.
"""

from __future__ import annotations

import contextlib
import ctypes
import sys
import types
from collections.abc import Iterator
from typing import Any

import numpy as np
from snnc import _abi, _driver
from snnc._frameworks import read_capsule

LOG: list[tuple[Any, ...]] = []
CUDA, MANAGED = 2, 13


class Cuda:
    """The functions of libcuda.so.1 that the package calls."""

    def __init__(self) -> None:
        self.capturing: set[int] = set()
        self.running: set[int] = set()  # streams whose events are not done
        self.events: dict[int, int] = {}
        self.contexts = [0]
        self.count = 1000

    def cuInit(self, flags: Any) -> int:
        return 0

    def cuGetErrorString(self, status: Any, text: Any) -> int:
        text._obj.value = b"fake error"
        return 0

    def cuDeviceGet(self, handle: Any, device: Any) -> int:
        handle._obj.value = device.value
        return 0 if device.value < 2 else 101

    def cuDevicePrimaryCtxRetain(self, context: Any, handle: Any) -> int:
        context._obj.value = 1 + handle.value
        return 0

    def cuCtxPushCurrent_v2(self, context: Any) -> int:
        self.contexts.append(context.value)
        return 0

    def cuCtxPopCurrent_v2(self, context: Any) -> int:
        self.contexts.pop()
        return 0

    def cuStreamCreate(self, stream: Any, flags: Any) -> int:
        assert self.contexts[-1] and flags.value == 1
        self.count += 1
        stream._obj.value = self.count
        return 0

    def cuStreamIsCapturing(self, stream: Any, status: Any) -> int:
        assert self.contexts[-1]
        status._obj.value = int(stream.value in self.capturing)
        return 0

    def cuMemcpyAsync(self, to: Any, source: Any, size: Any, stream: Any) -> int:
        assert self.contexts[-1], "a copy without a context"
        assert (stream.value or 0) not in self.capturing
        ctypes.memmove(to.value, source.value, size.value)
        LOG.append(("copy", size.value, stream.value or 0))
        return 0

    def cuStreamSynchronize(self, stream: Any) -> int:
        assert (stream.value or 0) not in self.capturing
        LOG.append(("synchronize", stream.value or 0))
        return 0

    def cuEventCreate(self, event: Any, flags: Any) -> int:
        self.count += 1
        event._obj.value = self.count
        return 0

    def cuEventRecord(self, event: Any, stream: Any) -> int:
        self.events[event.value] = stream.value or 0
        return 0

    def cuEventQuery(self, event: Any) -> int:
        return 600 if self.events[event.value] in self.running else 0

    def cuEventDestroy_v2(self, event: Any) -> int:
        del self.events[event.value]
        return 0

    def cuStreamWaitEvent(self, stream: Any, event: Any, flags: Any) -> int:
        LOG.append(("wait", stream.value, self.events[event.value]))
        return 0


cuda = Cuda()


def align(array: np.ndarray, offset: int = 0) -> np.ndarray:
    """A copy at a multiple of 64 bytes, and `offset` more."""
    block = np.empty(array.nbytes + 128, np.uint8)
    start = -block.ctypes.data % 64 + offset
    copy: np.ndarray = block[start : start + array.nbytes].view(array.dtype).reshape(array.shape)
    copy[...] = array
    return copy


def allocate(array: np.ndarray, device: int) -> np.ndarray:
    """A copy in the memory of a GPU; a test may replace it."""
    return align(array)


def export(array: np.ndarray, device: int, kind: int = CUDA) -> object:
    """A capsule of memory that says it is that of a GPU."""
    capsule = array.__dlpack__()
    struct = read_capsule(capsule)
    struct.device_type, struct.device_id = kind, device
    return capsule


class OnGpu:
    """An array of no framework: all that it has is DLPack."""

    kind = CUDA

    def __init__(self, array: Any, device: int = 0, offset: int = 0) -> None:
        array = np.asarray(array)
        self.array = align(array, offset) if offset else allocate(array, device)
        self.device_id = device
        self.dtype, self.shape = self.array.dtype, self.array.shape

    def __dlpack_device__(self) -> tuple[int, int]:
        return self.kind, self.device_id

    def __dlpack__(self, *, stream: int | None = None) -> object:
        assert stream != 0, "DLPack has no stream 0"
        LOG.append(("export", type(self).__name__, stream))
        return export(self.array, self.device_id, self.kind)


class Managed(OnGpu):
    kind = MANAGED


class Framework(types.ModuleType):
    """What PyTorch and CuPy have in common here: a stream, and a count of arrays."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.stream, self.made = 0, 0
        sys.modules[name] = self

    def note(self, array: Any) -> Any:
        self.made += 1
        LOG.append(("make", self.__name__, array.array.nbytes))
        return array


def make_torch() -> Framework:
    torch = Framework("torch")

    class Tensor(OnGpu):
        requires_grad = False
        is_cuda = True

        def get_device(self) -> int:
            return self.device_id

        def is_contiguous(self) -> bool:
            return bool(self.array.flags.c_contiguous)

        def data_ptr(self) -> int:
            return self.array.ctypes.data

        def detach(self) -> Tensor:
            return self

        def t(self) -> Tensor:
            view = Tensor(self.array[:0], self.device_id)
            view.array = self.array.T
            return view

        def clone(self, memory_format: object = None) -> Tensor:
            assert memory_format == "dense"
            return torch.note(Tensor(np.ascontiguousarray(self.array), self.device_id))

    def empty(shape: tuple[int, ...], dtype: Any, device: tuple[str, int]) -> Tensor:
        assert device[0] == "cuda"
        return torch.note(Tensor(np.full(shape, 77, np.uint8).astype(dtype), device[1]))

    def to_dlpack(tensor: Tensor) -> object:
        return export(tensor.array, tensor.device_id)

    names = ["int8", "int16", "int32", "int64", "float16", "float32", "float64"]
    vars(torch).update({name: np.dtype(name) for name in names})
    torch.bool, torch.bfloat16 = np.dtype(bool), np.dtype("V2")
    torch.Tensor, torch.empty, torch.contiguous_format = Tensor, empty, "dense"
    torch.device = lambda kind, index: (kind, index)
    torch.from_dlpack = lambda array: Tensor(array.array, array.device_id)
    torch.utils = types.SimpleNamespace(dlpack=types.SimpleNamespace(to_dlpack=to_dlpack))
    torch.cuda = types.SimpleNamespace(
        current_stream=lambda device: types.SimpleNamespace(cuda_stream=torch.stream)
    )
    return torch


def make_cupy() -> Framework:
    cupy = Framework("cupy")
    current: list[int] = [0]

    class ndarray(OnGpu):
        @property
        def device(self) -> Any:
            return types.SimpleNamespace(id=self.device_id)

        @property
        def flags(self) -> Any:
            return self.array.flags

        @property
        def data(self) -> Any:
            return types.SimpleNamespace(ptr=self.array.ctypes.data)

        @property
        def T(self) -> ndarray:
            view = ndarray(self.array[:0], self.device_id)
            view.array = self.array.T
            return view

        def copy(self, order: str) -> ndarray:
            return cupy.note(ndarray(np.array(self.array, order=order), self.device_id))

    @contextlib.contextmanager
    def use(device: int) -> Iterator[None]:
        current.append(device)
        yield
        current.pop()

    cupy.ndarray = ndarray
    cupy.empty = lambda shape, dtype: cupy.note(
        ndarray(np.full(shape, 77, np.uint8).astype(dtype), current[-1])
    )
    cupy.from_dlpack = lambda array: ndarray(array.array, array.device_id)
    cupy.cuda = types.SimpleNamespace(
        Device=use, get_current_stream=lambda: types.SimpleNamespace(ptr=cupy.stream)
    )
    return cupy


def make_jax() -> Framework:
    """JAX has no current stream: its own is 99, where from_dlpack makes it wait."""
    jax = Framework("jax")

    class Array(OnGpu):
        @property
        def T(self) -> Array:
            view = Array(self.array[:0], self.device_id)
            view.array = self.array.T
            return view

    def zeros(shape: tuple[int, ...], dtype: str, device: Any) -> Array:
        return jax.note(Array(np.zeros(shape, dtype), device.local_hardware_id))

    def from_dlpack(other: Any) -> Array:
        kind, device = other.__dlpack_device__()
        assert kind == CUDA
        capsule = other.__dlpack__(stream=99, max_version=(1, 0))
        struct = read_capsule(capsule)
        result = Array(np.zeros(0), device)
        result.array = view_struct(struct)
        result.dtype, result.shape, result.capsule = result.array.dtype, result.array.shape, capsule
        return result

    jax.Array = Array
    jax.local_devices = lambda backend: [types.SimpleNamespace(local_hardware_id=i) for i in (1, 0)]
    jax.numpy = types.SimpleNamespace(
        zeros=zeros, array=lambda array, copy: Array(np.ascontiguousarray(array.array), 0)
    )
    # Without x64 there are no wider types.
    narrow = {"float64": "float32", "int64": "int32"}
    jax.dtypes = types.SimpleNamespace(canonicalize_dtype=lambda name: narrow.get(name, name))
    jax.dlpack = types.SimpleNamespace(from_dlpack=from_dlpack)
    return jax


def view_struct(struct: Any) -> np.ndarray:
    """The memory of a DLTensor as an array."""
    shape = tuple(struct.shape[d] for d in range(struct.ndim))
    element = next(e for e in _abi.DTYPES if (e.code, e.bits) == (struct.code, struct.bits))
    if not struct.data:
        return np.zeros(shape, element.dtype)
    size = int(np.prod(shape)) * element.dtype.itemsize
    memory = (ctypes.c_uint8 * size).from_address(struct.data + struct.byte_offset)
    return np.frombuffer(memory, np.uint8).view(element.dtype).reshape(shape)


class FakeLibrary:
    """A library with code for GPUs: what runs there runs on the CPU, after a check
    of all that the package says about the call."""

    def __init__(self, library: _abi.Library) -> None:
        self._library, self.images = library, ["sm_90 or newer"]
        self.calls: list[tuple[int, int, int]] = []  # stream, GPU, workspace
        self.status, self.text, self.epoch = 0, b"", library.epoch
        self.workspace_size = 1000
        self.is_loaded = False
        for name, signature in _abi.SIGNATURES.items():
            if name.startswith("cuda_"):
                setattr(self, name, signature(getattr(self, f"do_{name[5:]}")))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._library, name)

    def do_device_count(self) -> int:
        return -16 if self.status == 16 else 2

    def do_load(self, model: int, device: int) -> int:
        return 0

    def do_unload(self, model: int) -> int:
        return 0

    def do_workspace_bytes(self, model: int, steps: int, batch: int) -> int:
        assert model == self.address
        return self.workspace_size * batch

    def find_states(self, batch: int) -> list[tuple[int, int]]:
        """Offset and bytes of each state."""
        places, at = [], 0
        for tensor in self.read("states"):
            size = int(np.prod(tensor.resolve(0, batch))) * tensor.dtype.itemsize
            places.append((at, size))
            at += -(-size // 256) * 256
        return [*places, (at, 0)]

    def do_state_bytes(self, model: int, batch: int) -> int:
        return self.find_states(batch)[-1][0]

    def do_reset(self, model: int, state: int, memory: int, batch: int, stream: int | None) -> int:
        size = self.do_state_bytes(model, batch)
        ctypes.memset(memory, 0, size)
        struct = _abi.CudaState.from_address(state)
        struct.magic, struct.version, struct.hash = b"SNNSTATE", 2, self.model.hash
        struct.bytes, struct.batch, struct.position, struct.memory = size, batch, 0, memory
        LOG.append(("reset", stream or 0))
        return 0

    def do_invoke(self, model: int, invocation: int, stream: int | None) -> int:
        call = _abi.Invocation.from_address(invocation)
        # As an attribute it would be a copy.
        message = ctypes.c_void_p.from_address(invocation + _abi.Invocation.message.offset).value
        if self.status:
            ctypes.memmove(message, self.text + b"\0", len(self.text) + 1)
            return self.status
        assert call.workspace_bytes >= self.workspace_size * call.batch
        ctypes.memset(call.workspace, 0xEE, call.workspace_bytes)
        devices: set[int] = set()
        lists = [
            self.copy_list(getattr(call, what), what, devices)
            for what in ("inputs", "params", "outputs", "records")
        ]
        assert len(devices) <= 1, devices
        size = self.invoke_workspace_bytes(self.address, call.steps, call.batch)
        workspace = ctypes.create_string_buffer(size)
        blob, struct = self.make_blob(call)
        copy = _abi.Invocation(
            *(ctypes.addressof(pointers) if pointers else None for pointers, _ in lists),
            call.steps,
            call.batch,
            blob.ctypes.data if blob is not None else None,
            ctypes.addressof(workspace),
            size,
            message,
            call.message_bytes,
        )
        status = int(self.invoke(self.address, ctypes.addressof(copy)))
        if blob is not None and not status:
            self.take_blob(blob, struct)
        self.calls.append((stream or 0, *devices, call.workspace))
        LOG.append(("invoke", stream or 0))
        return status

    def copy_list(self, address: int | None, what: str, devices: set[int]) -> tuple[Any, Any]:
        """The same arrays as those of the CPU."""
        if not address:
            return None, None
        count = getattr(self.model, f"num_{what}")
        pointers = (ctypes.c_void_p * max(count, 1)).from_address(address)
        kept, copies = [], (ctypes.c_void_p * max(count, 1))()
        for i, pointer in enumerate(pointers[:count]):
            if pointer:
                struct = _abi.DLTensor.from_buffer_copy(_abi.DLTensor.from_address(pointer))
                assert struct.device_type == CUDA and (struct.data or 0) % 16 == 0
                devices.add(struct.device_id)
                struct.device_type = 1
                struct.device_id = 0
                kept.append(struct)
                copies[i] = ctypes.addressof(struct)
        return copies, kept

    def make_blob(self, call: Any) -> tuple[Any, Any]:
        if not call.state:
            return None, None
        struct = _abi.CudaState.from_address(call.state)
        assert struct.magic == b"SNNSTATE" and struct.batch == call.batch
        blob = align(np.zeros(self.state_bytes(self.address, call.batch), np.uint8))
        assert not self.reset(self.address, blob.ctypes.data, call.batch)
        blob[:64].view(np.int64)[5] = struct.position
        at = 64
        for offset, size in self.find_states(call.batch)[:-1]:
            ctypes.memmove(blob.ctypes.data + at, struct.memory + offset, size)
            at += -(-size // 64) * 64
        return blob, struct

    def take_blob(self, blob: np.ndarray, struct: Any) -> None:
        words = blob[:64].view(np.int64)
        at = 64 + (len(blob) - 64) // 2 * int(words[6])
        for offset, size in self.find_states(struct.batch)[:-1]:
            ctypes.memmove(struct.memory + offset, blob.ctypes.data + at, size)
            at += -(-size // 64) * 64
        struct.position = words[5]


def give_gpu(model: Any) -> FakeLibrary:
    """Gives a model code for GPUs."""
    library = FakeLibrary(model._library)
    model._library = library
    model.gpus = tuple(library.images)
    model._launcher._library = library
    return library


_driver._driver = _driver.Driver(cuda)
