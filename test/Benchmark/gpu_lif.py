# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What G1 and G2 share: LIF with a reset on a GPU, f32 in, bits out, against
SpikingJelly and against loops over time in torch."""

from __future__ import annotations

import torch_peers
from gpu import (DEVICE, Own, Part, Shape, Spec, compete, count_sets, draw, find_scale, judge,
                 make_ours, shrink, torch)
from gpu_processes import open_peers

EAGER_STEPS = 128  # as many steps, at most, have a loop in torch


def make_loops(inputs: list, decay: float, reset: str) -> list[Own]:
    """Loops over time in torch: eager, and a step or a block of steps compiled."""

    def step(v, x):
        u = decay * v + x
        s = u >= 1.0
        return (torch.where(s, 0.0, u) if reset == "hard" else u - s.to(u.dtype)), s

    flat = [x.flatten(1) for x in inputs]
    ways = torch_peers.forms(step, lambda: [torch.zeros_like(flat[0][0])], flat)
    return [Own(name, [lambda i=i, call=call: call(i) for i in range(len(inputs))])
            for name, call in ways.items()]


def measure(name: str, shape: Shape, decay: float, reset: str, share: float | None,
            factor: float, reported: bool = False) -> Part:
    """One line; `share` of the copy rate and `factor` times SpikingJelly are wanted."""
    shape = shrink(shape)
    steps, batch, neurons = shape
    what, scale = f"{name} {list(shape)}", find_scale(decay, reset)
    request = {"peer": "spikingjelly", "kind": "lif", "shape": shape, "decay": decay,
               "reset": reset, "scale": scale, "device": DEVICE}
    inputs = [draw(shape, scale, seed) for seed in range(count_sets(shape))]
    contestants: list = [make_ours(Spec(neurons, decay, reset), inputs, what)]
    if steps <= EAGER_STEPS and not reported:
        contestants += make_loops(inputs, decay, reset)
    if not reported:  # the peers' time does not depend on the decay
        contestants += open_peers(request)
    times = compete(contestants)
    size = steps * batch * neurons * 4.125
    wanted = {} if reported else {"spikingjelly": factor, "torch": None}
    return judge(name, times, size, share, wanted, reported)
