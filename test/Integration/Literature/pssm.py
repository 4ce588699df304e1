"""SpikingPssm: a memory that a parallel spiking neuron reads (arXiv 2504.17751).

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from literature import Spikes, check_literature, make
from ssm import BATCH, CHANNELS, STEPS, make_memory, run_memory


def test_pssm() -> None:
    inputs, taps = make(STEPS, BATCH, 16, seed=11), 0.8 ** np.arange(8) * 0.5
    params = make_memory("real")
    v = run_memory("real", params, inputs)
    u = np.zeros_like(v)
    for index in np.ndindex(BATCH, CHANNELS):
        u[(slice(None), *index)] = np.convolve(v[(slice(None), *index)], taps)[:STEPS]
    check_literature("pssm_real.mlir", {"in": inputs}, params | {"taps": taps},
                     [Spikes(u >= 1, u - 1), u])  # fmt: skip

    params, time = make_memory("complex"), make(STEPS, STEPS, seed=12, scale=0.06)
    v = run_memory("complex", params, inputs)
    u = np.tensordot(time, v, axes=1)
    check_literature("pssm_complex.mlir", {"in": inputs}, params | {"time": time},
                     [Spikes(u >= 1, u - 1), u], causal=False)  # fmt: skip


if __name__ == "__main__":
    test_pssm()
