# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Exceptions. Nothing here prints, exits or returns a code."""

from __future__ import annotations

from collections.abc import Sequence


class Error(Exception):
    """What every exception of this package is."""


class UsageError(Error):
    """A call that cannot work: a missing program, option or value."""


class ArgumentError(Error):
    """An array that the model does not take.

    Attributes:
        argument: its role and name, as in "input 'x'".
        expected: what the model takes.
        got: what was given.
    """

    def __init__(self, argument: str, expected: str, got: str, hint: str = "") -> None:
        super().__init__(argument, expected, got, hint)
        self.argument, self.expected, self.got, self._hint = argument, expected, got, hint

    def __str__(self) -> str:
        hint = f"; {self._hint}" if self._hint else ""
        return f"{self.argument}: expected {self.expected}, but got {self.got}{hint}"


class BusyError(Error):
    """A state that another thread is running at this moment."""


class CompileError(Error):
    """A model that does not compile.

    Attributes:
        messages: the messages of the compiler, each with file, line and column
            (where it has a place), the line of the model and its notes.
        returncode: the exit code of the compiler: 1 the model or its data, 2 an
            option, 3 a file, 4 the target or the linker, 5 a limit, 70 a bug.
    """

    def __init__(self, text: str, messages: Sequence[str], returncode: int) -> None:
        super().__init__(text, messages, returncode)
        self._text, self.messages, self.returncode = text, tuple(messages), returncode

    def __str__(self) -> str:
        return self._text
