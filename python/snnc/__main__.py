# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""`python -m snnc`, and the command of the wheel: the compiler itself."""

from __future__ import annotations

import os
import sys

from ._compiler import find_compiler
from ._errors import Error


def main() -> None:
    try:
        compiler = str(find_compiler())
        os.execv(compiler, [compiler, *sys.argv[1:]])
    except (Error, OSError) as error:
        sys.exit(f"snnc: error: {error}")


if __name__ == "__main__":
    main()
