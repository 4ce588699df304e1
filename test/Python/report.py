# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model says about itself: its report, and the table of its layers.

RUN: %python %s %t
"""

from __future__ import annotations

import io
import os
from contextlib import redirect_stderr, redirect_stdout

import common
import snnc
from common import LAYERS, make

REPORT = """{snn.report = [{layer = "first", op = "lif", verdict = "feedback",
  reason = "REASON", form = "loop", class = "A"}]}"""


def show(model: snnc.Model) -> list[str]:
    with redirect_stdout(io.StringIO()) as out:
        model.explain()
    return out.getvalue().splitlines()


def test_report() -> None:
    model = snnc.compile(LAYERS, numerics="exact", strategy="loop")
    report = model.report()
    assert (report["numerics"], report["strategy"]) == ("exact", "loop")
    assert (report["level"], report["weights"], report["model"]) == ("E0", None, "layers")
    assert report["hash"] == f"{model.hash:016x}"
    weights = {"fc.weight": make(4, 3)}
    embedded = snnc.compile(LAYERS, weights=weights).report()["weights"]
    assert len(embedded) == 16
    assert snnc.compile(LAYERS, weights={"fc.weight": make(4, 3)}).report()["weights"] != embedded


def test_explain() -> None:
    text = LAYERS.replace("tensor<?x?x4xf32>) {", f"tensor<?x?x4xf32>) attributes {REPORT} {{", 1)
    lines = show(snnc.compile(text.replace("REASON", "word " * 30)))
    assert lines[0].split() == ["layer", "op", "verdict", "form", "class"]
    assert lines[1].split() == ["first", "lif", "feedback", "loop", "A"]
    assert lines[2].startswith("  reason      word word") and len(lines[2]) <= 88
    assert lines[3].startswith(" " * 14 + "word")


def test_verbose() -> None:
    model = snnc.compile(LAYERS, name="loud")
    os.environ["SNN_VERBOSE"] = "1"
    with redirect_stderr(io.StringIO()) as err:
        snnc.compile(LAYERS, name="louder")
    del os.environ["SNN_VERBOSE"]
    assert '"model":"louder"' in err.getvalue() and model.report()["model"] == "loud"


if __name__ == "__main__":
    common.main(globals())
