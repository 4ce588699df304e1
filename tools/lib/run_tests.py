# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs lit over a build, lists what was skipped and why, and counts.

Usage: run_tests.py BUILD PASSED FAILED, with the counts so far.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

FAILED = {"FAIL", "XPASS", "TIMEOUT", "UNRESOLVED"}
SKIPPED = {"UNSUPPORTED", "SKIPPED", "EXCLUDED"}


def find_reason(test: dict[str, str]) -> str:
    """The first line that says why a test did not run."""
    text = test.get("output", "").strip()
    match = re.search(r"unavailable features: *(.*)|(unsupported .*)", text, re.I)
    if match:
        return f"needs {match[1]}" if match[1] else match[2]
    return text.splitlines()[0] if text else "no reason given"


def main() -> int:
    build = Path(sys.argv[1])
    passed, failed = int(sys.argv[2]), int(sys.argv[3])
    results = build / "test" / "results.json"
    results.unlink(missing_ok=True)
    lit = Path(sys.executable).with_name("lit")
    subprocess.run([lit, "-sv", "--output", results, build / "test"])
    counts: Counter[str] = Counter()
    skipped = []
    if results.exists():
        for test in json.loads(results.read_text())["tests"]:
            counts[test["code"]] += 1
            if test["code"] in SKIPPED:
                skipped.append(f"SKIPPED: {test['name']}: {find_reason(test)}")
    else:
        print("FAIL: lit did not run", file=sys.stderr)
        counts["FAIL"] = 1
    failed += sum(counts[code] for code in FAILED)
    passed += counts.total() - sum(counts[code] for code in FAILED | SKIPPED)
    print("\n".join(sorted(skipped) + [
        f"{passed} passed, {failed} failed, {len(skipped)} skipped"]))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
