# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Running the compiler."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import weakref
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from . import _cache
from ._errors import CompileError, UsageError
from ._model import Model
from ._weights import WeightsLike, write_safetensors

# Options that make something else of a model, or something more.
_OTHER_OUTPUTS = {"completion", "emit", "o", "save_temps", "stop_after"}
_NOTHING = "no compiler was found"
_ADVICE = (
    "install the wheel that tools/wheel of the project makes, or set SNNC to the snnc of an "
    "install tree (cmake --install build --prefix DIR: DIR/bin/snnc)"
)
_PLACED = re.compile(r"^(?:\S.*?:(?:\d+:\d+: )?)?\s*(?:error|warning): ", re.M)


def find_compiler() -> Path:
    """The `snnc` to run: $SNNC, that of the package, that of the install tree
    which the package is in, or that on PATH. Raises UsageError."""
    if given := os.environ.get("SNNC"):
        found = shutil.which(given)
        if found is None:
            raise UsageError(f"SNNC is '{given}', which is not a program; {_ADVICE}")
        return Path(found)
    package = Path(__file__).resolve().parent
    for path in (package / "bin" / "snnc", package.parents[2] / "bin" / "snnc"):
        if os.access(path, os.X_OK):
            return path
    on_path = shutil.which("snnc")
    if on_path is None:
        raise UsageError(f"{_NOTHING}: there is no snnc on PATH; {_ADVICE}")
    return Path(on_path)


def compiler_version(compiler: Path | None = None) -> str:
    """What `snnc --version` prints."""
    return _run([str(compiler or find_compiler()), "--version"], None).stdout.decode(
        errors="replace"
    )


def _run(command: list[str], text: str | None) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(
            command, input=text.encode() if text is not None else b"", capture_output=True
        )
    except OSError as error:
        raise UsageError(f"cannot run {command[0]}: {error.strerror}; {_ADVICE}") from None


def split_messages(text: str) -> list[str]:
    """The messages of a compiler's output, each with the lines that belong to it."""
    starts = [match.start() for match in _PLACED.finditer(text)]
    ends = [*starts[1:], len(text)]
    return [text[start:end].rstrip() for start, end in zip(starts, ends)]


def compile(
    source: str | os.PathLike[str],
    *,
    weights: WeightsLike | None = None,
    target: str | Sequence[str] = "native",
    threads: int = 1,
    numerics: str = "bounded",
    name: str | None = None,
    cache: bool = True,
    **options: Any,
) -> Model:
    """Compiles a model to a function of arrays.

    Args:
        source: the path of a .mlir file, or the text of one (a str that has a line
            break or `func.func`).
        weights: values of the parameters, to be part of the compiled code: the path
            of a .safetensors or .npz file, or {"fc.weight": array, ...}. None:
            they are given at run time (Model.set_weights), and can be swapped
            without compiling again.
        target: the processor: "native", "x86-64-v3", or several with commas or in
            a list, of which the best is chosen when the model runs. "cuda:sm_90"
            adds code for GPUs of compute capability 9.0 and newer; next to that
            alone, the code for CPUs is for all of x86-64.
        threads: how many share one call; 0 is all processors.
        numerics: "bounded", "exact" or "fast".
        name: of the model, a C identifier; None: that of its function.
        cache: whether a model that was compiled before is loaded again from
            cache_folder(), and this one kept there.
        options: of the compiler: `no_optimize=True` is --no-optimize, and
            `max_param_bytes=100` is --max-param-bytes=100; `record="spikes"` makes
            the spikes of all layers outputs (Model.record).

    Returns:
        The model, loaded.

    Raises:
        CompileError: the model, an option or the linker; it has the messages.
        UsageError: there is no compiler, or the cache is not one's own.
        OSError: a file cannot be read.
    """
    compiler = find_compiler()
    arguments = _make_arguments(target, threads, numerics, name, options)
    request = _Request(compiler, source, weights, arguments)
    try:
        if cache:
            return Model(_compile_to_cache(request))
        return _compile_to_scratch(request)
    finally:
        request.close()


def _make_arguments(
    target: str | Sequence[str],
    threads: int,
    numerics: str,
    name: str | None,
    options: Mapping[str, Any],
) -> list[str]:
    """The options of the command line, in an order that is always the same."""
    for key in _OTHER_OUTPUTS & {*options}:
        raise UsageError(
            f"{key}: a model in Python is a shared library, so this option of snnc cannot be "
            "given; run the command snnc instead"
        )
    values: dict[str, Any] = {"target": target, "threads": threads, **options}
    if numerics != "bounded":
        values["numerics"] = numerics
    if name is not None:
        values["name"] = name
    arguments = []
    for key in sorted(values):
        value, flag = values[key], f"--{key.replace('_', '-')}"
        if value is True:
            arguments.append(flag)
        elif value is not False and value is not None:
            texts = [value] if isinstance(value, (str, int, float)) else value
            arguments.append(f"{flag}={','.join(map(str, texts))}")
    return arguments


class _Request:
    """One compilation: its sources, and the hash of all that decides its result."""

    def __init__(
        self,
        compiler: Path,
        source: str | os.PathLike[str],
        weights: WeightsLike | None,
        arguments: list[str],
    ) -> None:
        self.compiler, self.arguments = compiler, arguments
        self.scratch: tempfile.TemporaryDirectory[str] | None = None
        is_text = isinstance(source, str) and ("\n" in source or "func.func" in source)
        self.text = str(source) if is_text else None
        self.path = None if is_text else Path(source)
        self.weights: Path | None = None
        if isinstance(weights, Mapping):
            self.scratch = tempfile.TemporaryDirectory(prefix="snnc-")
            self.weights = Path(self.scratch.name, "weights.safetensors")
            write_safetensors(self.weights, weights)
        elif weights is not None:
            self.weights = Path(weights)

    def close(self) -> None:
        if self.scratch is not None:
            self.scratch.cleanup()

    def hash(self) -> str:
        """SHA-256 of model, weights, options, compiler and, for the target native,
        the processor, for GPUs the assembler that makes their code if it is there."""
        if self.path is not None:
            source = _cache.hash_file(self.path)
        else:
            source = hashlib.sha256((self.text or "").encode()).hexdigest()
        parts = [source, json.dumps(self.arguments), compiler_version(self.compiler)]
        parts.append(_cache.hash_file(self.weights) if self.weights is not None else "")
        if any("native" in argument for argument in self.arguments):
            parts.append(_find_processor())
        if any("cuda:" in argument for argument in self.arguments):
            parts.append(_find_assembler())
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()

    def compile(self, output: Path) -> None:
        """Writes the library, or raises CompileError."""
        # A name that begins with a dash would be an option.
        source = "-" if self.path is None else os.path.join(".", self.path)
        command = [str(self.compiler), source, "-o", str(output), *self.arguments]
        if self.weights is not None:
            command.append(f"--weights=embed:{self.weights}")
        result = _run(command, self.text)
        if result.returncode != 0:
            text = result.stderr.decode(errors="replace").strip()
            if result.returncode < 0:
                text = f"{text}\n{self.compiler} was ended by signal {-result.returncode}".strip()
            raise CompileError(text, split_messages(text) or [text], result.returncode)


def _compile_to_cache(request: _Request) -> Path:
    folder = _cache.open_folder()
    while True:
        key = request.hash()
        if found := _cache.find(folder, key):
            return found
        handle, temporary = tempfile.mkstemp(dir=folder, prefix="new-", suffix=".so")
        os.close(handle)
        try:
            request.compile(Path(temporary))
            # A file that has changed meanwhile must not get the key of the old one.
            if request.hash() == key:
                return _cache.store(folder, key, Path(temporary))
        finally:
            Path(temporary).unlink(missing_ok=True)


def _compile_to_scratch(request: _Request) -> Model:
    """A model whose library is gone when it is."""
    folder = tempfile.mkdtemp(prefix="snnc-")
    try:
        library = Path(folder, "model.so")
        request.compile(library)
        model = Model(library)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    weakref.finalize(model, shutil.rmtree, folder, ignore_errors=True)
    return model


def _find_assembler() -> str:
    """Which ptxas the compiler finds."""
    found = shutil.which("ptxas")
    if found is None:
        return ""
    info = os.stat(found)
    return f"{found} {info.st_size} {info.st_mtime_ns}"


def _find_processor() -> str:
    """What decides which instructions the target native has."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return ""
    wanted = ("model name", "flags", "Features", "CPU part")
    return "\n".join(sorted({line for line in lines if line.startswith(wanted)}))
