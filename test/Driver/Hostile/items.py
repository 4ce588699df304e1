# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Every kind of wrong model has a case, or a reason why it has none.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import graph
import shapes
import text
import values

# The numbers that the names of cases begin with.
WANTED = {*range(1, 25), *range(29, 38), 41, 42, 46, 47, 50, *range(89, 100)}
ELSEWHERE = {99: "locations.py: a program is written"}


def main() -> None:
    cases = [*shapes.CASES, *values.CASES, *graph.CASES, *text.CASES]
    found = {int(case.name.partition("-")[0]) for case in cases}
    missing = WANTED - found - ELSEWHERE.keys()
    assert not missing, f"expected cases of {sorted(missing)}, but got none"


if __name__ == "__main__":
    main()
