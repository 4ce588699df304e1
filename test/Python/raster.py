# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pictures of spikes: layers, axes with units, a legend.

REQUIRES: matplotlib
RUN: %python %s %t
"""

from __future__ import annotations

import sys

import common
import numpy as np
import snnc
from common import FOLDER, expect

hidden = np.zeros((10, 2, 4), bool)
hidden[3, 1, 2] = hidden[5, 1, 0] = True
out = np.zeros((10, 2, 2, 3), bool)
out[:, 1] = True
SPIKES = {"hidden": hidden, "out": out}


def test_layers() -> None:
    axes = snnc.plot.raster(SPIKES, batch=1, dt=1e-3)
    lines = [line for line in axes.get_lines() if line.get_marker() == "|"]
    assert [[*line.get_xdata()] for line in lines[:1]] == [[3, 5]] and [*lines[0].get_ydata()] == [
        2,
        0,
    ]
    assert (
        len(lines[1].get_xdata()) == 60
        and min(lines[1].get_ydata()) == 4
        and max(lines[1].get_ydata()) == 9
    )
    assert axes.get_xlabel() == "time (ms)" and "neurons" in axes.get_ylabel()
    assert [text.get_text() for text in axes.get_yticklabels()] == ["hidden", "out"]
    legend = [text.get_text() for text in axes.get_legend().get_texts()]
    assert legend == ["hidden: 4 neurons, 50 Hz", "out: 6 neurons, 1e+03 Hz"], legend
    assert axes.get_xlim() == (-0.5, 9.5) and axes.get_ylim() == (-0.5, 9.5)
    axes.figure.savefig(FOLDER / "raster.png")
    assert (FOLDER / "raster.png").stat().st_size > 5000


def test_choices() -> None:
    import matplotlib.pyplot

    _, mine = matplotlib.pyplot.subplots()
    axes = snnc.plot.raster(hidden, ax=mine, title="T")
    assert axes is mine and axes.get_title() == "T" and axes.get_xlabel() == "time (steps)"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == [
        "neurons: 4 neurons, 0 spikes/step"
    ]
    assert len(snnc.plot.raster(SPIKES, layers=["out"]).get_yticks()) == 1
    snnc.plot.raster({"none": np.zeros((0, 1, 0), bool)})


def test_errors() -> None:
    expect(
        snnc.UsageError,
        "layer 'q': expected one of hidden, out",
        snnc.plot.raster,
        SPIKES,
        layers=["q"],
    )
    expect(
        snnc.UsageError,
        "batch: expected a sequence below 2, but got 2",
        snnc.plot.raster,
        SPIKES,
        batch=2,
    )
    expect(
        snnc.ArgumentError,
        "spikes of 'neurons': expected shape [T, B, neurons...], but got [10]",
        snnc.plot.raster,
        hidden[:, 0, 0],
    )
    saved = {name: sys.modules[name] for name in [*sys.modules] if name.startswith("matplotlib")}
    sys.modules.update(dict.fromkeys(saved, None))  # type: ignore[arg-type]
    try:
        expect(snnc.UsageError, "run: pip install matplotlib", snnc.plot.raster, SPIKES)
    finally:
        sys.modules.update(saved)


if __name__ == "__main__":
    common.main(globals())
