"""Writes a network of two layers without neurons, and small integers for it."""

import sys
from pathlib import Path

import numpy as np

folder = Path(sys.argv[1])
(folder / "net.mlir").write_text("""
func.func @net(%x: tensor<?x?x64xf32>, %w: tensor<40x64xf32> {snn.param = "w"},
               %b: tensor<40xf32> {snn.param = "b"}, %v: tensor<36x40xf32> {snn.param = "v"})
    -> tensor<?x?x36xf32> {
  %u = snn.linear %x, %w, %b : tensor<?x?x64xf32>, tensor<40x64xf32>, tensor<40xf32>
  %y = snn.linear %u, %v : tensor<?x?x40xf32>, tensor<36x40xf32>
  return %y : tensor<?x?x36xf32>
}
""")
random = np.random.default_rng(7)


def draw(*shape: int) -> np.ndarray:
    return random.integers(-4, 5, shape).astype(np.float32)


np.savez(folder / "net.npz", w=draw(40, 64), b=draw(40), v=draw(36, 40))
np.save(folder / "x.npy", draw(7, 3, 64))
