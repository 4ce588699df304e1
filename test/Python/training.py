# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The training of python/examples: windows of steps against single steps.

REQUIRES: torch, safetensors
RUN: %python %s
"""

from __future__ import annotations

import copy
import sys
from pathlib import Path

import torch
from torch import Tensor

sys.path.insert(0, str(Path(__file__).parents[2] / "python/examples"))
import train_src
from train_src import SPAN, SkipNetwork, SkipRecurrence

DEVICES = ["cpu", "cuda"] if torch.cuda.is_available() else ["cpu"]


class Fire(torch.autograd.Function):
    @staticmethod
    def forward(ctx, u: Tensor) -> Tensor:
        ctx.save_for_backward(u)
        return (u >= 1).to(u.dtype)

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        return g * torch.relu(1 - (ctx.saved_tensors[0] - 1).abs())


def run_steps(current: Tensor, lateral: Tensor) -> Tensor:
    spikes: list[Tensor] = []
    v = torch.zeros_like(current[0])
    for t, i in enumerate(current):
        heard = spikes[t - SPAN] if t >= SPAN else torch.zeros_like(i)
        u = 0.5 * v + (i + heard @ lateral.t())
        spikes.append(Fire.apply(u))
        v = u - spikes[-1]
    return torch.stack(spikes)


def check_gradients(device: str, steps: int) -> None:
    torch.manual_seed(steps)
    shape = (steps, 3, 5)
    current = 0.5 + torch.randn(shape, dtype=torch.float64)
    lateral = torch.randn(5, 5, dtype=torch.float64)
    given = torch.randn(shape, dtype=torch.float64)
    results = []
    for form, where in ((run_steps, "cpu"), (SkipRecurrence.apply, device)):
        inputs = [x.to(where).requires_grad_() for x in (current, lateral)]
        spikes = form(*inputs)
        gradients = torch.autograd.grad(spikes, inputs, given.to(where))
        results.append([x.cpu() for x in (spikes.detach(), *gradients)])
    assert 0.1 < results[0][0].mean() < 0.9
    for expected, actual in zip(*results):
        torch.testing.assert_close(actual, expected, rtol=1e-12, atol=1e-12)


def test_gradients() -> None:
    for device in DEVICES:
        for steps in (7, SPAN, 2 * SPAN, 3 * SPAN + 5):
            check_gradients(device, steps)


def test_inference() -> None:
    """What is exported computes what was trained."""
    torch.manual_seed(1)
    for device in DEVICES:
        net = SkipNetwork().to(device, torch.float64)  # no spike flips by rounding
        x = torch.rand(3 * SPAN + 5, 7, 1, dtype=torch.float64, device=device)
        logits, rates = train_src.infer(net.export(), x)
        assert min(rates) > 0.02, rates
        torch.testing.assert_close(logits, net(x).detach(), rtol=1e-12, atol=1e-12)


def test_graph() -> None:
    """A CUDA graph gives the gradients of single launches, at every replay."""
    torch.manual_seed(2)
    shape = (3 * SPAN, 4, 1)
    single = SkipNetwork(use_graph=False).to("cuda", torch.float64)
    graph = copy.deepcopy(single)
    graph.use_graph = True
    graph.prepare(torch.rand(shape, dtype=torch.float64, device="cuda"))
    for _ in range(3):
        x = torch.rand(shape, dtype=torch.float64, device="cuda")
        for net in (single, graph):
            net.zero_grad()
            net(x).square().sum().backward()
        for expected, actual in zip(single.parameters(), graph.parameters()):
            torch.testing.assert_close(actual.grad, expected.grad, rtol=1e-9, atol=1e-9)


if __name__ == "__main__":
    print(*DEVICES)
    test_gradients()
    test_inference()
    if "cuda" in DEVICES:
        test_graph()
