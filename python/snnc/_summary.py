# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What a model looks like, as a text."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from ._abi import Tensor
    from ._model import Model


def describe(model: Model) -> str:
    """Inputs, outputs, parameters, states, layers, variants, GPUs, hash, compiler."""
    lines = [
        f"model {model.name}" + ("" if model.is_causal else " (not causal: whole sequences only)")
    ]
    lines += _list("inputs", model.inputs)
    lines += _list("outputs", model.outputs)
    lines += _list("parameters", model.params, {True: "embedded", False: "given at run time"})
    lines += _list("states", model.states)
    if model.records:
        lines.append("layers")
        width = max(len(record.name) for record in model.records)
        for record in model.records:
            shape = [size for size in record.shape[2:] if isinstance(size, int)]
            lines.append(
                f"  {record.name:{width}}  {int(np.prod(shape, dtype=np.int64))} neurons {shape}"
            )
    lines += ["variants", f"  {_list_variants(model)}"]
    if model.gpus:
        lines += ["GPUs", f"  {', '.join(model.gpus)}"]
    most = model._library.model.max_steps
    lines += [
        f"steps     {f'at most {most}' if most >= 0 else 'any number'}",
        f"threads   {model.threads}",
        f"hash      {model.hash:016x}",
        f"compiler  {model.compiler}",
        f"file      {model.path}",
    ]
    return "\n".join(lines)


def explain(report: dict[str, Any]) -> str:
    """A row for each layer of a report, with its longer texts below."""
    layers: list[dict[str, str]] = report.get("layers", [])
    if not layers:
        return "nothing is said about the layers of this model"
    columns = ("layer", "op", "verdict", "form", "class")
    rows = [dict(zip(columns, columns)), *layers]
    widths = {key: max(len(row.get(key, "")) for row in rows) for key in columns}
    lines = []
    for row in rows:
        lines.append("  ".join(f"{row.get(key, ''):{widths[key]}}" for key in columns).rstrip())
        for key, value in row.items():
            if key not in columns and value:
                lines += textwrap.wrap(
                    value, 88, initial_indent=f"  {key:12}", subsequent_indent=" " * 14
                )
    return "\n".join(lines)


def _list(title: str, tensors: Sequence[Tensor], notes: dict[bool, str] | None = None) -> list[str]:
    if not tensors:
        return []
    total = sum(tensor.count_bytes() or 0 for tensor in tensors)
    lines = [title + (f" ({_format_bytes(total)})" if notes else "")]
    names = max(len(tensor.name) for tensor in tensors)
    shapes = max(len(tensor.describe()) for tensor in tensors)
    for tensor in tensors:
        size = tensor.count_bytes()
        parts = [
            f"  {tensor.name:{names}}  {tensor.describe():{shapes}}",
            f"  {_format_bytes(size)}" if size is not None else "",
            f"  {notes[tensor.is_embedded]}" if notes else "",
        ]
        lines.append("".join(parts).rstrip())
    return lines


def _format_bytes(count: int) -> str:
    size = float(count)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.4g} {unit}"
        size /= 1024
    return f"{size:.4g} GiB"


def _list_variants(model: Model) -> str:
    """All variants, best first; the one that runs here is marked."""
    struct, features = model._library.model, model._library.cpu_features()
    texts, found = [], False
    for i in range(struct.num_variants):
        variant = struct.variants[i]
        chosen = not found and variant.features & features == variant.features
        found = found or chosen
        texts.append(variant.name.decode() + (" (runs here)" if chosen else ""))
    return ", ".join(texts)
