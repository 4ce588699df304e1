"""Wide layers: rows that come from memory are visited a few steps at a time, and
pieces of the neurons run in parallel. Neither may change a bit.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model

STEPS, NEURONS = 21, 32768  # 2.6 MiB, more than the loops call cached

SOURCE = f"""
func.func @wide(%x: tensor<?x?x{NEURONS}xf32>,
                %decay: tensor<{NEURONS}xf32> {{snn.param = "decay"}})
    -> (tensor<?x?x{NEURONS // 32}xi32>, tensor<?x{NEURONS}xf32> {{snn.static}}) {{
  %s, %v = snn.lif %x decay(%decay : tensor<{NEURONS}xf32>)
      {{threshold = 1.0, reset = #snn.reset<subtract>}} : tensor<?x?x{NEURONS}xf32>
  %w = snn.pack %s : tensor<?x?x{NEURONS}xi1>
  return %w, %v : tensor<?x?x{NEURONS // 32}xi32>, tensor<?x{NEURONS}xf32>
}}
"""


def run(x: np.ndarray, decay: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    v, words = np.zeros(x.shape[1:], np.float32), []
    for row in x:
        u = decay * v + row
        spikes = u >= 1
        v = np.where(spikes, u - np.float32(1), u)
        words.append(np.packbits(spikes, axis=-1, bitorder="little").view(np.int32))
    return np.array(words), v


def test_wide() -> None:
    rng = np.random.default_rng(11)
    decay = rng.uniform(0.5, 1, NEURONS).astype(np.float32)
    model = Model(SOURCE, {"decay": decay}, name="wide")
    for batch in (1, 3):
        x = rng.normal(0.1, 0.6, (STEPS, batch, NEURONS)).astype(np.float32)
        words, v = run(x, decay)
        rate = np.unpackbits(words.view(np.uint8)).mean()
        assert 0.05 < rate < 0.5, rate
        model.check({"x": x}, [words, v])


if __name__ == "__main__":
    test_wide()
