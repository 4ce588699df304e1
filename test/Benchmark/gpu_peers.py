# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A peer in a process of its own: reads requests from stdin, a line of JSON each.

The first says what to run; the answer has the firing rate. Each other one asks for
times. PEER_NAME says who it is, and the package of that name is on the path.
"""

from __future__ import annotations

import inspect
import json
import os
import sys
from collections.abc import Callable, Iterator

import torch
from g4 import PSN_STEPS
from gpu import ON_CPU, Own, count_sets, draw

NAME = os.environ["PEER_NAME"]
SCANS: dict[str, Callable] = {}
Call = Callable[[torch.Tensor], torch.Tensor]


def takes_backend(kind: type) -> bool:
    """Whether its caller chooses the backend; 2.0.0 chooses by itself."""
    return "backend" in inspect.signature(kind.__init__).parameters


def make_node(kind: type, backend: str, **options: object) -> torch.nn.Module:
    return kind(**options, **({"backend": backend} if takes_backend(kind) else {}))


def list_lif(request: dict) -> Iterator[tuple[str, Call]]:
    """SpikingJelly's node, by the backends that it has; its state is reset first,
    which costs nothing: the next call begins with zeros."""
    from spikingjelly.activation_based import neuron, surrogate

    reset = {"hard": 0.0, "soft": None}[request["reset"]]
    backends = ("torch",) if ON_CPU else ("triton", "cupy")
    for backend in backends if takes_backend(neuron.LIFNode) else ("own",):
        node = make_node(
            neuron.LIFNode, backend, tau=1 / (1 - request["decay"]), decay_input=False,
            v_threshold=1.0, v_reset=reset, surrogate_function=surrogate.ATan(2.0),
            detach_reset=True, step_mode="m", store_v_seq=False).to(request["device"]).eval()

        def call(x: torch.Tensor, node=node, backend=backend) -> torch.Tensor:
            node.reset()
            if backend != "cupy":
                return node(x)
            import cupy  # which has a current stream of its own

            with cupy.cuda.Stream.from_external(torch.cuda.current_stream().cuda_stream):
                return node(x)

        yield backend, call


def list_psn(request: dict) -> Iterator[tuple[str, Call]]:
    """The parallel neurons with the weights of a leak: dense, and a window of 32."""
    from spikingjelly.activation_based import neuron

    steps, decay, taps = request["shape"][0], request["decay"], 32
    if steps <= PSN_STEPS:
        dense = neuron.PSN(steps).to(request["device"]).eval()
        ages = torch.arange(steps, device=request["device"], dtype=torch.float64)
        weight = decay ** (ages[:, None] - ages[None]).clamp(min=0)
        dense.weight.data = weight.tril().float()
        dense.bias.data.fill_(-1.0)
        for tf32 in (False, True):

            def call(x: torch.Tensor, tf32=tf32) -> torch.Tensor:
                torch.backends.cuda.matmul.allow_tf32 = tf32
                return dense(x)

            yield "psn.tf32" if tf32 else "psn", call
    sliding = make_node(neuron.SlidingPSN, "conv", k=taps, step_mode="m")
    sliding = sliding.to(request["device"]).eval()
    sliding.weight.data = decay ** torch.arange(taps - 1.0, -1, -1, device=request["device"])
    yield "sliding32", sliding


def build_scans() -> dict[str, Callable]:
    """The scans of accelerated-scan that its compiler, or Triton, makes here."""
    for form in ("scalar", "warp"):
        if form in SCANS or ON_CPU:
            continue
        try:
            module = __import__(f"accelerated_scan.{form}", fromlist=["scan"])
            SCANS[form] = module.scan
        except Exception as error:  # whatever its compiler says
            last = (str(error).splitlines() or [repr(error)])[-1]
            print(f"{form} does not build: {last[:120]}", flush=True)
    return SCANS


def list_scans(request: dict) -> Iterator[tuple[str, Call]]:
    """accelerated-scan; its layout, [B, C, T], is made before, and not charged."""
    steps, lanes = request["shape"][0], request["shape"][1] * request["shape"][2]
    for form, scan in SCANS.items():
        if steps & (steps - 1) or form == "warp" and steps > 65536:
            continue
        gates = torch.full((16, lanes // 16, steps), request["decay"], device=request["device"])

        def call(x: torch.Tensor, scan=scan, gates=gates) -> torch.Tensor:
            return scan(gates, x) >= 1

        yield form, call


def prepare(request: dict) -> tuple[list[Own], float]:
    shape = request["shape"]
    steps, lanes = shape[0], shape[1] * shape[2]
    inputs = [draw(shape, request["scale"], seed).view(steps, lanes)
              for seed in range(count_sets(shape))]
    lists = {"lif": list_lif, "psn": list_psn, "scan": list_scans}
    contestants, rate = [], -1.0
    if request["kind"] == "scan":
        inputs = [x.T.contiguous().view(16, lanes // 16, steps) for x in inputs]
    for form, call in lists[request["kind"]](request):
        try:
            with torch.inference_mode():
                rate_of = float(call(inputs[0]).float().mean())
                calls = [lambda x=x, call=call: call(x) for x in inputs]
                contestants.append(Own(f"{NAME}.{form}", calls))
        except Exception as error:  # whatever it cannot do here
            print(f"{form} fails: {str(error).splitlines()[0][:160]}", flush=True)
            continue
        print(f"{form}: firing rate {rate_of:.3f}", flush=True)
        rate = rate_of if rate < 0 else rate
    return contestants, rate


def main() -> None:
    if NAME.startswith("accelerated"):
        build_scans()  # before it is asked for
    contestants: list[Own] = []
    for line in sys.stdin:
        request = json.loads(line)
        if "shape" in request:
            contestants = []
            if not ON_CPU:
                torch.cuda.empty_cache()  # of what the last request took
            contestants, rate = prepare(request)
            answer = {"rate": rate, "cost": sum(c.cost for c in contestants)}
        else:
            with torch.inference_mode():
                times = [c.measure(request["count"]) for c in contestants]
            answer = {"times": {name: s for t in times for name, s in t.items()}}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
