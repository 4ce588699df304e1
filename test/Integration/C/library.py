# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What the tests in C share: a model as a library, and a program that calls it.

The program is written from the prototypes of the generated header. It reads its
inputs and weights as bytes, runs all steps at once, then one step at a time, and
writes the outputs of both and what `reset` gives. `check_library` compares them
with those of the executable, bit by bit.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from harness import FOLDER, LEVELS, MODELS, SNNC, Arrays, Failure, check_equal, execute

HERE = Path(__file__).parent
INPUTS = HERE / "Inputs"
INCLUDE = HERE.parents[2] / "include"
WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Werror"]
SYSTEM = ["-lpthread", "-lm"]
TYPES = {"uint8_t": "u1", "int8_t": "i1", "int16_t": "i2", "int32_t": "i4",
         "int64_t": "i8", "uint16_t": "u2", "float": "f4", "double": "f8"}  # fmt: skip
LINE = re.compile(r"^ \*   (input|output|weight) +(.+?): \[(.*?)\], (.*)$", re.M)


class Library:
    """The header of a model, and what it says."""

    def __init__(self, source: str, name: str = "model", *flags: object) -> None:
        """The text of a model, or `NAME.mlir` of test/Models."""
        if source.endswith(".mlir"):
            name, source = Path(source).stem, (MODELS / source).read_text()
        self.name, self.flags = name, flags
        self.folder = FOLDER / name
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True)
        self.text = self.folder / f"{name}.mlir"
        self.text.write_text(source)
        self.header = self.make("h").read_text()
        tensors = LINE.findall(self.header)
        self.shapes = {role: [shape for kind, _, shape, _ in tensors if kind == role]
                       for role in ("input", "output")}  # fmt: skip
        self.names = {role: [name for kind, name, *_ in tensors if kind == role]
                      for role in ("input", "output")}  # fmt: skip
        prototype = re.search(rf"int {name}_run\((.*?)\);", self.header, re.S)
        assert prototype, self.header
        arrays = [p.split() for p in prototype[1].split(",")]
        arrays = arrays[:arrays.index(["int64_t", "T"])]
        self.types = {"input": [a[1] for a in arrays if a[0] == "const"],
                      "output": [a[0] for a in arrays if a[0] != "const"]}  # fmt: skip
        fields = re.search(rf"typedef struct {name}_weights {{(.*?)}}", self.header, re.S)
        self.weights = []
        if fields:
            self.weights = re.findall(r"const (\w+) \*(\w+); /\* (\S+) ", fields[1])
        self.has_step = f"int {name}_step(" in self.header

    def make(self, suffix: str, *flags: object) -> Path:
        """Compiles the model to `NAME.suffix`."""
        path = self.folder / (f"{self.name}.{suffix}" if suffix else self.name)
        execute([SNNC, self.text, "-o", path, *self.flags, *flags])
        return path

    def resolve(self, role: str, steps: int, batch: int) -> list[tuple[int, ...]]:
        sizes = {"T": steps, "batch": batch}
        return [tuple(sizes[word] if word in sizes else int(word)
                      for word in shape.split(", ") if word)
                for shape in self.shapes[role]]  # fmt: skip

    def write_program(self, steps: int, batch: int, weights: Arrays) -> Path:
        """Writes the C program for so many steps and sequences."""

        def take(variable: str, type: str, size: int) -> str:
            return f"  {type} *{variable} = ({type} *)take({size} * (int64_t)sizeof({type}));"

        name, lines = self.name, []
        for role in ("input", "output"):
            shapes = self.resolve(role, steps, batch)
            for i, (type, shape) in enumerate(zip(self.types[role], shapes)):
                size = int(np.prod(shape, dtype=np.int64))
                # How far the array of the next step is; 0 for what has no time.
                is_sequence = self.shapes[role][i].startswith("T,")
                pitch = size // steps if is_sequence else 0
                lines += [take(f"{role}{i}", type, size),
                          f"  int64_t {role}{i}_size = {size}, {role}{i}_pitch = {pitch};"]  # fmt: skip
                if role == "input":
                    lines.append(f"  read_all({role}{i}, {size} * (int64_t)sizeof({type}));")
        if self.weights:
            lines.append(f"  {name}_weights values, *weights = &values;")
        for type, field, key in self.weights:
            size = weights[key].size
            lines += [take(f"w_{field}", type, size),
                      f"  read_all(w_{field}, {size} * (int64_t)sizeof({type}));",
                      f"  values.{field} = w_{field};"]  # fmt: skip
        counts = {role: range(len(self.types[role])) for role in ("input", "output")}
        tail = ["state", "workspace", *(["weights"] if self.weights else [])]
        whole = [f"{role}{i}" for role in counts for i in counts[role]]
        parts = [f"{role}{i} + t * {role}{i}_pitch" for role in counts for i in counts[role]]
        write = [f"  write_all(output{i}, output{i}_size * (int64_t)sizeof(*output{i}));"
                 for i in counts["output"]]  # fmt: skip
        unused = [f"  (void){role}{i}_{field};" for role in counts for i in counts[role]
                  for field in ("size", "pitch")]  # fmt: skip
        step = [
            f"  check({name}_reset(state, {batch}));",
            f"  for (int64_t t = 0; t < {steps}; ++t)",
            f"    check({name}_step({', '.join([*parts, str(batch), *tail])}));",
            *write,
        ]
        text = "\n".join([
            f'#include "{name}.h"', '#include "platform.h"', "",
            "static void check(int code) {", "  if (code)", "    quit(code);", "}", "",
            "int main(void) {", *lines,
            f"  void *state = take({name}_state_bytes({batch}));",
            f"  void *workspace = take({name}_workspace_bytes({steps}, {batch}));",
            f"  check({name}_reset(state, {batch}));",
            f"  check({name}_run({', '.join([*whole, str(steps), str(batch), *tail])}));",
            *write, *(step if self.has_step else []), *unused, "  return 0;", "}", ""])  # fmt: skip
        path = self.folder / "main.c"
        path.write_text(text)
        return path

    def run(self, program: Sequence[object], inputs: Arrays, weights: Arrays,
            steps: int, batch: int) -> list[list[np.ndarray]]:  # fmt: skip
        """The outputs of `run`, and of `step` where there is one."""
        given = [inputs[name] for name in self.names["input"]]
        types = [TYPES[type] for type in self.types["input"]]
        given += [weights[key] for _, _, key in self.weights]
        types += [TYPES[type] for type, _, _ in self.weights]
        data = b"".join(a.astype(t).tobytes() if a.dtype.itemsize != np.dtype(t).itemsize
                        else np.ascontiguousarray(a).tobytes()
                        for a, t in zip(given, types, strict=True))  # fmt: skip
        result = subprocess.run([str(word) for word in program], input=data, capture_output=True)
        if result.returncode or result.stderr:
            raise Failure(f"{self.name}: exit {result.returncode} {result.stderr!r}")
        runs, position = [], 0
        for _ in range(2 if self.has_step else 1):
            outputs = []
            for type, shape in zip(self.types["output"], self.resolve("output", steps, batch)):
                count = int(np.prod(shape, dtype=np.int64))
                array = np.frombuffer(result.stdout, TYPES[type], count, position)
                position += array.nbytes
                outputs.append(array.reshape(shape))
            runs.append(outputs)
        if position != len(result.stdout):
            raise Failure(f"{self.name}: expected {position} bytes, but got {len(result.stdout)}")
        return runs

    def run_executable(self, inputs: Arrays, weights: Arrays) -> list[np.ndarray]:
        """What the executable of the same text gives."""
        level = "x86-64-v3" if "x86-64-v3" in LEVELS else "x86-64-v2"
        command: list[object] = [self.make("", f"--target={level}")]
        for option, arrays in (("--input", inputs), ("--param", weights)):
            for key, array in arrays.items():
                np.save(self.folder / f"{key}.npy", array)
                command += [option, f"{key}={self.folder / key}.npy"]
        paths = [self.folder / f"{name}.out.npy" for name in self.names["output"]]
        for name, path in zip(self.names["output"], paths):
            command += ["--output", f"{name}={path}"]
        execute(command)
        return [np.load(path) for path in paths]

    def check_equal(self, how: str, runs: list[list[np.ndarray]],
                    expected: Sequence[np.ndarray]) -> None:  # fmt: skip
        for which, run in zip(("run", "step"), runs):
            for name, got, want in zip(self.names["output"], run, expected, strict=True):
                if want.dtype.kind == "V":
                    want = want.view(got.dtype)
                check_equal(got.view(want.dtype), want, f"{self.name}, {name}, {how}, {which}")


def compile_c(compiler: str, sources: Sequence[object], output: Path, *flags: object,
              standard: str = "-std=c99") -> Path:  # fmt: skip
    """Compiles and links, with every warning an error."""
    execute([*compiler.split(), standard, *WARNINGS, "-O1", "-D_POSIX_C_SOURCE=200809L",
             f"-I{INPUTS}", f"-I{output.parent}", *sources, *flags, "-o", output])  # fmt: skip
    return output


def compile_freestanding(compiler: str, architecture: str, sources: Sequence[object],
                         output: Path, *flags: object) -> Path:  # fmt: skip
    """Compiles and links a program for Linux that uses no library at all."""
    return compile_c(compiler, sources, output, f"--target={architecture}-linux-gnu",
                     "-ffreestanding", "-fno-builtin", "-fno-stack-protector", "-nostdlib",
                     "-nostdlibinc", "-static", "-fuse-ld=lld", "-DFREESTANDING",
                     "-DARENA_BYTES=(4<<20)", *flags)  # fmt: skip
