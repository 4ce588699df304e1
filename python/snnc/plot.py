# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pictures of spikes, with matplotlib where it is installed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ._errors import ArgumentError, UsageError


def _import_pyplot() -> Any:
    try:
        import matplotlib.pyplot
    except ImportError:
        raise UsageError(
            "expected matplotlib, which draws the picture, but it is not installed; "
            "run: pip install matplotlib"
        ) from None
    return matplotlib.pyplot


def raster(
    spikes: Mapping[str, Any] | Any,
    *,
    batch: int = 0,
    dt: float | None = None,
    layers: Sequence[str] | None = None,
    title: str | None = None,
    ax: Any = None,
) -> Any:
    """Draws when each neuron spikes; one colour for each layer.

    Args:
        spikes: what `model.record(x)` returns, {"layer": [T, B, neurons...]}, or
            one such array. Not zero is a spike.
        batch: the sequence of the batch to draw.
        dt: seconds of one time step. None: the axis counts steps.
        layers: which to draw, from below. None: all.
        title: of the picture.
        ax: axes of matplotlib to draw into. None: those of a new figure.

    Returns:
        The axes; `raster(...).figure.savefig("spikes.png")` keeps them.

    Raises:
        UsageError: matplotlib is not installed; there is no such layer.
        ArgumentError: an array of another shape.
    """
    pyplot = _import_pyplot()
    arrays = spikes if isinstance(spikes, Mapping) else {"neurons": spikes}
    names = list(arrays) if layers is None else list(layers)
    chosen = {name: _select(arrays, name, batch) for name in names}
    if ax is None:
        height = min(2.5 + 0.4 * len(chosen), 8)
        ax = pyplot.figure(figsize=(8, height), layout="constrained").add_subplot()
    scale, unit = (1.0, "steps") if dt is None else (dt * 1e3, "ms")
    ticks: list[float] = []
    first, steps = 0, 0
    size = max(1.0, min(4.0, 300 / max(1, sum(array.shape[1] for array in chosen.values()))))
    for name, array in chosen.items():
        times, neurons = np.nonzero(array)
        rate = array.mean() if array.size else 0.0
        shown = f"{rate:.2g} spikes/step" if dt is None else f"{rate / dt:.3g} Hz"
        ax.plot(
            times * scale,
            neurons + first,
            "|",
            markersize=size,
            markeredgewidth=1,
            label=f"{name}: {array.shape[1]} neurons, {shown}",
        )
        ticks.append(first + (array.shape[1] - 1) / 2)
        first, steps = first + array.shape[1], max(steps, array.shape[0])
        ax.axhline(first - 0.5, color="0.85", linewidth=0.8, zorder=0)
    ax.set_xlim(-0.5 * scale, max(steps - 0.5, 0.5) * scale)
    ax.set_ylim(-0.5, max(first - 0.5, 0.5))
    ax.set_yticks(ticks, list(chosen))
    ax.set_xlabel(f"time ({unit})")
    ax.set_ylabel("neurons, layer by layer")
    ax.set_title(f"Spikes of sequence {batch}" if title is None else title)
    ax.legend(loc="upper left", bbox_to_anchor=(1.0, 1.0), frameon=False, markerscale=6 / size)
    return ax


def _select(
    arrays: Mapping[str, Any], name: str, batch: int
) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """The spikes of one layer and sequence, [T, neurons]."""
    if name not in arrays:
        raise UsageError(f"layer '{name}': expected one of {', '.join(map(str, arrays))}")
    array = np.asarray(arrays[name])
    if array.ndim < 2:
        raise ArgumentError(
            f"spikes of '{name}'", "shape [T, B, neurons...]", str(list(array.shape))
        )
    if not -array.shape[1] <= batch < array.shape[1]:
        raise UsageError(f"batch: expected a sequence below {array.shape[1]}, but got {batch}")
    selected: np.ndarray[Any, np.dtype[np.bool_]] = array[:, batch] != 0
    return selected.reshape(len(array), -1) if array.size else selected.reshape(len(array), 0)
