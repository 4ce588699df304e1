"""What a user's program may be."""

import pathlib

import numpy as np
import snnc

print(pathlib.Path(snnc.__file__).parent.parent)
text = """func.func @lif(%x: tensor<?x?x2xf32>) -> tensor<?x?x2xi1> {
  %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0,
      reset = #snn.reset<subtract>} : tensor<?x?x2xf32>
  return %s : tensor<?x?x2xi1>
}
"""
pathlib.Path("lif.mlir").write_text(text)
model = snnc.compile("lif.mlir")
print(model(np.full((4, 1, 2), 0.75, np.float32))[:, 0, 0].tolist())
