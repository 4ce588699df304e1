"""Every wrong argument of a call has its code and text, and nothing is written.

RUN: %python %s snnc %t %cc %include
"""

from __future__ import annotations

import sys

from harness import execute
from library import INPUTS, SYSTEM, Library, compile_c

CC, INCLUDE = sys.argv[3:5]

# Two inputs of different shapes, a weight, and an output without time.
LAYER = """
func.func @layer(%x: tensor<?x?x3xf32>, %bias: tensor<?x?x4xf32>,
                 %w: tensor<4x3xf32> {snn.param = "fc.weight"})
    -> (tensor<?x?x4xi1>, tensor<?x4xf32> {snn.static}) {
  %i = snn.linear %x, %w : tensor<?x?x3xf32>, tensor<4x3xf32>
  %j = arith.addf %i, %bias : tensor<?x?x4xf32>
  %s, %v = snn.lif %j {decay = 0.5, threshold = 1.0} : tensor<?x?x4xf32>
  return %s, %v : tensor<?x?x4xi1>, tensor<?x4xf32>
}"""
# The same with another decay is another model.
OTHER = LAYER.replace("@layer", "@other").replace("0.5", "0.25")
# More states than the runtime keeps pointers to on its stack.
MANY = "\n".join(["func.func @many(%x0: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {",
                  *(f"%x{i + 1}, %v{i} = snn.li %x{i} {{decay = 0.5}} : tensor<?x?x3xf32>"
                    for i in range(20)),
                  "return %x20 : tensor<?x?x3xf32>", "}"])  # fmt: skip
FIXED = """
func.func @fixed(%x: tensor<?x2x3xf32>) -> tensor<?x2x3xf32> {
  %u, %v = snn.li %x {decay = 0.5} : tensor<?x2x3xf32>
  return %u : tensor<?x2x3xf32>
}"""


def main() -> None:
    libraries = [Library(LAYER, "layer"), Library(OTHER, "other"), Library(FIXED, "fixed"),
                 Library(MANY, "many"), Library("few_spikes.mlir")]  # fmt: skip
    files: list[object] = [library.make("a") for library in libraries]
    files += [f"-I{library.folder}" for library in libraries]
    program = compile_c(CC, [INPUTS / "errors.c", *files], libraries[0].folder / "errors",
                        f"-I{INCLUDE}", *SYSTEM)  # fmt: skip
    print(execute([program]), end="")


if __name__ == "__main__":
    main()
