"""Any number of threads run streams of one model: with the bits of one thread,
without a race (ThreadSanitizer sees the runtime), without an allocation.

RUN: %python %s snnc %t %cc %cxx %src_root
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from harness import Failure, execute
from library import INCLUDE, INPUTS, SYSTEM, Library, compile_c

CC, CXX, ROOT = *sys.argv[3:5], Path(sys.argv[5])
SANITIZE = ["-fsanitize=thread", "-g"]

# Two layers, one with a feedback: several states, and a workspace that is used.
NET = """
func.func @net(%x: tensor<?x?x16xf32>) -> tensor<?x?x16xi1> {
  %a, %u = snn.lif %x {decay = 0.9, threshold = 1.5} : tensor<?x?x16xf32>
  %old, %past = snn.delay %a by [1] : tensor<?x?x16xi1>
  %n = arith.uitofp %old : tensor<?x?x16xi1> to tensor<?x?x16xf32>
  %i = arith.addf %n, %x : tensor<?x?x16xf32>
  %s, %v = snn.lif %i {decay = 0.8, threshold = 2.0, reset = #snn.reset<subtract>}
      : tensor<?x?x16xf32>
  return %s : tensor<?x?x16xi1>
}"""


def list_code(library: Library) -> list[Path]:
    """The objects of a model, without those of the runtime."""
    folder = library.folder / "objects"
    folder.mkdir(exist_ok=True)
    subprocess.run(["ar", "x", library.folder / f"{library.name}.a"], cwd=folder, check=True)
    return [path for path in sorted(folder.glob("*.o")) if path.name.startswith("model")]


def compile_runtime(folder: Path) -> list[Path]:
    objects = []
    for source in sorted((ROOT / "lib" / "Runtime").glob("*.cpp")):
        if source.stem == "Freestanding":
            continue
        objects.append(folder / f"{source.stem}.o")
        execute([CXX, "-std=c++17", "-O1", *SANITIZE, "-fno-exceptions", "-fno-rtti",
                 "-fno-threadsafe-statics", f"-I{INCLUDE}", "-c", source,
                 "-o", objects[-1]])  # fmt: skip
    return objects


def check_output(program: list[object], *expected: str) -> None:
    result = subprocess.run([str(word) for word in program], capture_output=True, text=True)
    lines = result.stdout.splitlines()
    if result.returncode or result.stderr or lines != [*expected]:
        raise Failure(f"{program}: exit {result.returncode}\n{result.stdout}{result.stderr}")


def main() -> None:
    for threads in ("1", "4"):
        library = Library(NET, "net", f"--threads={threads}")
        archive = library.make("a")
        include = [f"-I{INCLUDE}", "-lpthread"]
        runtime = compile_runtime(library.folder)
        raced = compile_c(CC, [INPUTS / "threads.c", *list_code(library), *runtime],
                          library.folder / "threads", *SANITIZE, *include, "-lm")  # fmt: skip
        check_output([raced, threads], "0 streams of 16 differ, with spikes",
                     "shared state: 4000 steps, busy or done")  # fmt: skip
        steady = compile_c(CC, [INPUTS / "steady.c", archive], library.folder / "steady",
                           "-D_GNU_SOURCE", *include, *SYSTEM)  # fmt: skip
        check_output([steady], "0 allocations, error 0, counter works")


if __name__ == "__main__":
    main()
