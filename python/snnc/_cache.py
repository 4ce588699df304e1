# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Compiled models on disk, one folder per user.

An entry is KEY.so and, in KEY.sha256, the hash of its bytes: a damaged entry is
compiled again. Both are written under other names and renamed, so any number of
processes may use the folder.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import tempfile
from pathlib import Path

from ._errors import UsageError


# Entries, and what a killed process has left.
_NAMES = re.compile(r"([0-9a-f]{64}|new-\w+)\.(so|sha256)")


def cache_folder() -> Path:
    """Where compiled models are kept: $SNNC_CACHE, $XDG_CACHE_HOME/snnc, or
    ~/.cache/snnc."""
    if own := os.environ.get("SNNC_CACHE"):
        return Path(own)
    if base := os.environ.get("XDG_CACHE_HOME"):
        return Path(base, "snnc")
    return Path.home() / ".cache" / "snnc"


def clear_cache() -> int:
    """Removes the compiled models of this package; returns how many files.

    Models that are loaded go on working. Files of other names stay.
    """
    files = [path for path in cache_folder().glob("*") if _NAMES.fullmatch(path.name)]
    for path in files:
        path.unlink(missing_ok=True)
    return len(files)


def open_folder() -> Path:
    """The folder, made where it is missing; what is in it gets executed, so
    nobody else may write there."""
    folder = cache_folder()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        info = folder.stat()
    except OSError as error:
        raise UsageError(
            f"cannot use the cache {folder}: {error.strerror}; set SNNC_CACHE to "
            "another folder, or give cache=False"
        ) from None
    if info.st_uid != os.geteuid() or info.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise UsageError(
            f"cannot use the cache {folder}: expected a folder that only you can "
            "write to (chmod 700); set SNNC_CACHE to another one, or give "
            "cache=False"
        )
    return folder


def hash_file(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def find(folder: Path, key: str) -> Path | None:
    """The library of an entry that is there and whole."""
    library = folder / f"{key}.so"
    try:
        expected = (folder / f"{key}.sha256").read_text()
        return library if hash_file(library) == expected else None
    except (OSError, UnicodeDecodeError):
        return None


def store(folder: Path, key: str, compiled: Path) -> Path:
    """Moves a library, which is in the folder already, to its entry."""
    with tempfile.NamedTemporaryFile(
        "w", dir=folder, prefix="new-", suffix=".sha256", delete=False
    ) as file:
        file.write(hash_file(compiled))
    library = folder / f"{key}.so"
    os.replace(compiled, library)
    os.replace(file.name, folder / f"{key}.sha256")
    return library
