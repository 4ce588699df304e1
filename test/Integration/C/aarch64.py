"""Objects for aarch64 give the bits of the executable for x86-64: run with QEMU,
without a library.

REQUIRES: qemu-aarch64
RUN: %python %s snnc %t %cc
"""

from __future__ import annotations

import re
import sys

import numpy as np
from harness import MODELS
from library import Library, compile_freestanding
from models import Case, make, make_cases, spikes

CC = sys.argv[3]
STEPS, BATCH = 12, 2
LITERATURE = ["alif", "plif", "glif", "tc_lif", "delrec", "rsnn", "dcls", "elm", "prf",
              "sma", "src_snn", "stc_lif"]  # fmt: skip
TYPES = {"f32": np.float32, "f64": np.float64}


def make_literature(name: str) -> Case:
    """Random arrays of the types and shapes in the text of a model."""
    text = (MODELS / f"Literature/{name}.mlir").read_text()
    signature = re.search(rf"func\.func @{name}\((.*?)\)\s*->", text, re.S)
    assert signature, name
    case = Case(f"Literature/{name}.mlir", {})
    found = re.findall(r'%(\w+): tensor<([\w?]*?)(i1|f32|f64)>(?: \{snn.param = "([^"]+)"\})?',
                       signature[1])  # fmt: skip
    for i, (argument, sizes, element, param) in enumerate(found):
        free = iter((STEPS, BATCH))
        shape = [next(free) if size == "?" else int(size) for size in sizes.split("x")[:-1]]
        if element == "i1":
            array = spikes(*shape, seed=i)
        else:
            array = make(*shape, seed=i, scale=0.4, dtype=TYPES[element])
        (case.weights if param else case.inputs)[param or argument] = array
    return case


def main() -> None:
    fired = 0
    for case in [*make_cases(STEPS, BATCH), *map(make_literature, LITERATURE)]:
        library = Library(case.source, case.name)
        expected = library.run_executable(case.inputs, case.weights)
        binary = library.make("o", "--target=aarch64")
        main = library.write_program(STEPS, BATCH, case.weights)
        program = compile_freestanding(CC, "aarch64", [main, binary], library.folder / "main")
        runs = library.run(["qemu-aarch64", program], case.inputs, case.weights, STEPS, BATCH)
        library.check_equal("aarch64", runs, expected)
        fired += any(array.any() and array.std() > 0 for array in expected)
        print(f"{library.name}: same bits")
    print(f"{fired} models with outputs that differ from one another")


if __name__ == "__main__":
    main()
