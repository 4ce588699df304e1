# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What this package itself asks of the CUDA driver: copies, and the order of streams.

The driver is opened at the first use, so nothing here matters without a GPU.
"""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from ctypes import byref, c_int, c_size_t, c_uint, c_uint64, c_void_p
from typing import Any

from ._errors import UsageError

_NOT_READY = 600
_NON_BLOCKING = 1
_NO_TIMING = 2
# Handles up to this are default streams, which cannot be captured.
LAST_DEFAULT_STREAM = 2


class Driver:
    """The functions of libcuda.so.1. A stream is a handle, as a number."""

    def __init__(self, library: Any) -> None:
        self._library = library
        self._contexts: dict[int, c_void_p] = {}
        self._streams: dict[int, int] = {}
        self._lock = threading.Lock()
        self._call("cuInit", c_uint(0))

    def _call(self, name: str, *arguments: Any) -> None:
        status = getattr(self._library, name)(*arguments)
        if status:
            text = ctypes.c_char_p()
            self._library.cuGetErrorString(c_int(status), byref(text))
            raise UsageError(
                f"the CUDA driver reports error {status} of {name}: "
                f"{(text.value or b'unknown').decode()}"
            )

    @contextmanager
    def use(self, device: int) -> Iterator[None]:
        """Makes the primary context of a GPU the current one of this thread."""
        with self._lock:
            context = self._contexts.get(device)
            if context is None:
                handle, context = c_int(), c_void_p()
                self._call("cuDeviceGet", byref(handle), c_int(device))
                self._call("cuDevicePrimaryCtxRetain", byref(context), handle)
                self._contexts[device] = context
        self._call("cuCtxPushCurrent_v2", context)
        try:
            yield
        finally:
            self._call("cuCtxPopCurrent_v2", byref(c_void_p()))

    def find_stream(self, device: int) -> int:
        """A stream of our own, the same each time."""
        if device in self._streams:
            return self._streams[device]
        with self.use(device), self._lock:
            if device not in self._streams:
                stream = c_void_p()
                self._call("cuStreamCreate", byref(stream), c_uint(_NON_BLOCKING))
                self._streams[device] = stream.value or 0
            return self._streams[device]

    def is_capturing(self, stream: int) -> bool:
        """Whether what is queued becomes part of a CUDA graph."""
        status = c_int()
        self._call("cuStreamIsCapturing", c_void_p(stream), byref(status))
        return status.value != 0

    def copy(self, to: int, source: int, size: int, stream: int) -> None:
        """Queues a copy within or between the memories of GPU and CPU."""
        if size:
            self._call(
                "cuMemcpyAsync", c_uint64(to), c_uint64(source), c_size_t(size), c_void_p(stream)
            )

    def synchronize(self, stream: int) -> None:
        self._call("cuStreamSynchronize", c_void_p(stream))

    def record(self, stream: int) -> int:
        """An event for all that is queued on a stream by now."""
        event = c_void_p()
        self._call("cuEventCreate", byref(event), c_uint(_NO_TIMING))
        self._call("cuEventRecord", event, c_void_p(stream))
        return event.value or 0

    def is_done(self, event: int) -> bool:
        return bool(self._library.cuEventQuery(c_void_p(event)) != _NOT_READY)

    def destroy(self, event: int) -> None:
        self._call("cuEventDestroy_v2", c_void_p(event))

    def wait(self, waiting: int, stream: int) -> None:
        """Makes what is queued on `waiting` later run after what `stream` has now."""
        event = self.record(stream)
        try:
            self._call("cuStreamWaitEvent", c_void_p(waiting), c_void_p(event), c_uint(0))
        finally:
            self.destroy(event)


class Keeper:
    """Keeps objects for as long as a GPU may read their memory."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, object]] = []
        self._lock = threading.Lock()

    def keep(self, stream: int, owner: object) -> None:
        """Until the stream has done what is queued on it by now."""
        driver = open_driver()
        event = driver.record(stream)
        with self._lock:
            kept, self._kept = self._kept, [(event, owner)]
            for entry in kept:
                if driver.is_done(entry[0]):
                    driver.destroy(entry[0])
                else:
                    self._kept.append(entry)


keeper = Keeper()
_driver: Driver | None = None


def open_driver() -> Driver:
    """The driver of this machine, or a UsageError."""
    global _driver
    if _driver is None:
        try:
            library = ctypes.CDLL("libcuda.so.1")
        except OSError as error:
            raise UsageError(f"there is no CUDA driver: {error}") from None
        _driver = Driver(library)
    return _driver
