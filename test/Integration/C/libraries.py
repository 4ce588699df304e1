"""A library gives the bits of the executable, whichever kind it is, all steps at
once and one at a time, from C and from C++.

RUN: %python %s snnc %t %cc %cxx
"""

from __future__ import annotations

import subprocess
import sys

import numpy as np
from harness import FOLDER, LEVELS, Failure, check_equal, execute, expect_failure
from library import INCLUDE, INPUTS, SYSTEM, Library, compile_c
from models import BFLOAT, FIXED, FIXED_BATCH, TYPES, make, make_cases

CC, CXX = sys.argv[3:5]
ARENA = "-DARENA_BYTES=(1<<20)"
# Only a processor with fused multiply-add runs f64 without a library.
OBJECT_FLAGS = ["--target=x86-64-v3"]
NM = "llvm-nm-22"
# What opens the driver of a GPU, and keeps what it has loaded.
DRIVER = {"calloc", "dlclose", "dlopen", "dlsym", "free", "strlen", "write"}
MEMORY = {"memcpy", "memset", "memmove", "memcmp"}
HOSTED = MEMORY | {
    "__extendhfsf2", "__truncsfhf2",  # of the compiler, for f16
    "fma", "fmaf", "getenv", "strcmp", "strtoll", "sysconf", "__tls_get_addr",
    "pthread_atfork", "__register_atfork", "pthread_cond_broadcast", "pthread_cond_signal",
    "pthread_cond_wait", "pthread_create", "pthread_join", "pthread_mutex_lock",
    "pthread_mutex_trylock", "pthread_mutex_unlock", "pthread_once"}  # fmt: skip
KINDS = {"a": SYSTEM, "o": [], "so": []}


def build(library: Library, kind: str, steps: int, batch: int, weights: dict,
          compiler: str = CC, *flags: object, standard: str = "-std=c99") -> object:  # fmt: skip
    binary = library.make(kind, *OBJECT_FLAGS if kind == "o" else [])
    main = library.write_program(steps, batch, weights)
    source = [main] if compiler == CC else ["-xc++", main, "-xnone"]
    rpath = [f"-Wl,-rpath,{library.folder}"] if kind == "so" else []
    return compile_c(compiler, [*source, binary], library.folder / f"main-{kind}", ARENA,
                     *rpath, *KINDS[kind], *flags, standard=standard)  # fmt: skip


def test_bits() -> None:
    """Every model as an archive; some also as an object and as a shared library."""
    for i, case in enumerate(make_cases()):
        library = Library(case.source, case.name)
        if library.has_step != case.has_step:
            raise Failure(f"{library.name}: expected a step: {case.has_step}")
        expected = library.run_executable(case.inputs, case.weights)
        kinds = KINDS if i in (0, 4, 14) else [[*KINDS][i % 3]]
        for kind in kinds:
            program = build(library, kind, 9, 3, case.weights)
            runs = library.run([program], case.inputs, case.weights, 9, 3)
            library.check_equal(kind, runs, expected)
        if len(kinds) > 1:
            program = build(library, "a", 9, 3, case.weights, CXX, standard="-std=c++17")
            runs = library.run([program], case.inputs, case.weights, 9, 3)
            library.check_equal("C++", runs, expected)


def test_f64() -> None:
    """Which instruction an object lacks is said."""
    library = Library("""
    func.func @wide(%x: tensor<?x?x3xf64>, %w: tensor<4x3xf64> {snn.param = "w"})
        -> tensor<?x?x4xf64> {
      %y = snn.linear %x, %w : tensor<?x?x3xf64>, tensor<4x3xf64>
      return %y : tensor<?x?x4xf64>
    }""", "wide")
    expect_failure("expected a model that needs no library, but it calls 'fma'; "
                   "--emit=static has no such limit", library.make, "o")  # fmt: skip


def test_names() -> None:
    """A model whose name C does not allow is compiled under another."""
    text = """
    func.func @"my-layer.1"(%x: tensor<?x?x3xf32>) -> tensor<?x?x3xf32> {
      %u, %v = snn.li %x {decay = 0.9} : tensor<?x?x3xf32>
      return %u : tensor<?x?x3xf32>
    }"""
    expect_failure("expected a name that C allows for the functions of the library, but "
                   "the model is called 'my-layer.1'; give --name=IDENT",
                   Library, text, "names")  # fmt: skip
    library = Library(text, "names", "--name=names")
    program = build(library, "a", 3, 2, {})
    x = make(3, 2, 3)
    library.check_equal("a", library.run([program], {"x": x}, {}, 3, 2),
                        library.run_executable({"x": x}, {}))  # fmt: skip


def test_dlopen() -> None:
    """A program that knows no header loads whatever library it is given."""
    program = compile_c(CC, [INPUTS / "load.c"], FOLDER / "load", f"-I{INCLUDE}", "-ldl")
    for name in ("li.mlir", "cuba_lif.mlir", "resonator.mlir", "linear.mlir", "src.mlir"):
        case = next(case for case in make_cases(5, 2) if case.source == name)
        library = Library(case.source)
        expected = library.run_executable(case.inputs, case.weights)
        binary = library.make("so")
        runs = library.run([program, binary, 5, 2], case.inputs, case.weights, 5, 2)
        library.check_equal("dlopen", runs, expected)


def test_symbols() -> None:
    """Libraries never exit, and allocate for GPUs only; objects need four functions
    of memory."""
    for case in [case for case in make_cases() if case.source in ("src.mlir", TYPES)]:
        library = Library(case.source, case.name)
        for kind, allowed in (("a", HOSTED), ("so", HOSTED | DRIVER), ("o", MEMORY)):
            flags = OBJECT_FLAGS if kind == "o" else []
            dynamic = ["--dynamic"] if kind == "so" else []
            lines = execute([NM, *dynamic, library.make(kind, *flags)]).splitlines()
            member, words = "", []
            for line in lines:
                if line.endswith(":"):
                    member = line
                elif not member.startswith("Cuda"):  # for models with such code
                    words.append(line.split())
            defined = {w[-1] for w in words if len(w) == 3}
            needed = {w[1].split("@")[0] for w in words if len(w) == 2 and w[0] == "U"}
            if needed - defined - allowed:
                raise Failure(f"{library.name}.{kind} needs {sorted(needed - defined - allowed)}")


def test_bfloat() -> None:
    """As bits. In the files of the executable they are those as well."""
    x = make(9, 3, 7)
    bits = (x.view(np.uint32) >> 16).astype(np.uint16)
    opaque = {"k": bits.view("V2")}  # as NumPy keeps them in a file
    library = Library(BFLOAT, "bfloat")
    runs = library.run([build(library, "a", 9, 3, {})], {"k": bits}, {}, 9, 3)
    library.check_equal("a", runs, library.run_executable(opaque, {}))


def test_fixed() -> None:
    """A model of 4 steps has no step; one of 2 sequences takes no other number."""
    library, x = Library(FIXED, "fixed"), make(4, 2, 3)
    program = build(library, "a", 4, 2, {})
    library.check_equal("a", library.run([program], {"x": x}, {}, 4, 2),
                        library.run_executable({"x": x}, {}))  # fmt: skip
    library, x = Library(FIXED_BATCH, "fixed_batch"), make(5, 2, 3)
    program = build(library, "o", 5, 2, {})
    library.check_equal("o", library.run([program], {"x": x}, {}, 5, 2),
                        library.run_executable({"x": x}, {}))  # fmt: skip


def test_two() -> None:
    """Two models in one program, and as two kinds of files."""
    a, b = Library("li.mlir"), Library("cuba_lif.mlir")
    text = """
#include "li.h"
#include "cuba_lif.h"
#include "platform.h"
int main(void) {
  float x[8] = {4, 4, 4, 0, 0, 2, 2, 2}, y[3], z[3];
  uint8_t s[4];
  void *one = take(li_state_bytes(1)), *two = take(cuba_lif_state_bytes(1));
  void *workspace = take(li_workspace_bytes(1, 1) + cuba_lif_workspace_bytes(1, 1));
  int error = li_reset(one, 1) + cuba_lif_reset(two, 1);
  for (int t = 0; t < 2; ++t)
    error += li_step(x + t, y, z, 1, one, workspace) +
             cuba_lif_step(x, s, 1, two, workspace);
  error += cuba_lif_step(x, s, 1, one, workspace) != 11;
  read_all(s, 0);
  write_all(y, sizeof(y));
  return error;
}
"""
    main = a.folder / "two.c"
    main.write_text(text)
    for kinds in (("a", "a"), ("o", "o"), ("a", "o"), ("so", "so")):
        files = [library.make(kind) for library, kind in zip((a, b), kinds)]
        rpath = [f"-Wl,-rpath,{library.folder}" for library in (a, b)]
        program = compile_c(CC, [main, *files], a.folder / "two", ARENA, f"-I{b.folder}",
                            *rpath, *SYSTEM)  # fmt: skip
        result = subprocess.run([program], capture_output=True)
        if result.returncode:
            raise Failure(f"{kinds}: exit {result.returncode}")
        check_equal(np.frombuffer(result.stdout, np.float32), np.float32([1.75, 1.75, 0.75]),
                    str(kinds))  # fmt: skip


if __name__ == "__main__":
    if max(LEVELS) > "x86-64-v2":
        test_bits()
    test_f64()
    test_names()
    test_dlopen()
    if max(LEVELS) > "x86-64-v2":
        test_symbols()
    test_bfloat()
    test_fixed()
    test_two()
