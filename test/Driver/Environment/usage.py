# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is wrong on the command line, before any file is read: exit code 2 and
what is expected. The page of --help fits a screen.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from environment import FOLDER, MODEL, OK, SNNC, USAGE, Cases

cases = Cases()
NONE = FOLDER / "no-such-model.mlir"  # is not looked for
KINDS = "expected --emit=exe, shared, static, object, header, llvm, asm or mlir, but got"
WEIGHTS = "expected --weights=args, embed:FILE or external:FILE, but got"

for name, flags, message in [
    ("nothing", [], "expected an output file: -o OUT"),
    ("unknown", ["-o", "x", "--frobnicate"], "Unknown command line argument '--frobnicate'"),
    ("nearly", ["-o", "x", "--tagret=native"], "Did you mean '--target=native'?"),
    ("twice", ["-o", "x", "--no-optimize", "--no-optimize"], "expected --no-optimize once, but got it 2 times"),
    ("two outputs", ["-o", "x", "-o", "y"], "expected -o once, but got it 2 times"),
    ("no value", ["-o", "x", "--emit"], "for the --emit option: requires a value!"),
    ("no output", ["-o"], "for the -o option: requires a value!"),
    ("value", ["-o", "x", "--no-optimize=7"], "for the --no-optimize option: '7' is invalid"),
    ("number", ["-o", "x", "--threads=many"], "'many' value invalid for integer argument!"),
    ("negative", ["-o", "x", "--threads=-1"], "expected --threads=N with N >= 0, but got -1"),
    ("strategy", ["-o", "x", "--strategy=fft"], "expected --strategy=auto, loop, scan, conv or speculate, but got 'fft'"),
    ("kind", ["-o", "x", "--emit=dll"], f"{KINDS} 'dll'"),
    ("weights", ["-o", "x", "--weights=inline"], f"{WEIGHTS} 'inline'"),
    ("no weights", ["-o", "x", "--weights=external:"], f"{WEIGHTS} 'external:'"),
    ("target", ["-o", "x", "--target=mips"], "aarch64, or cuda:sm_N with N from 80 to 121, but got 'mips'"),
    ("targets", ["-o", "x", "--target=native,aarch64"],
     "expected targets of one architecture, but got 'native' and 'aarch64'"),
    ("one target", ["-o", "x.o", "--target=x86-64-v2,x86-64-v3"],
     "expected one --target for this kind of output, but got 2"),
    ("numerics", ["-o", "x", "--numerics=sloppy"],
     "expected --numerics=bounded, exact or fast, but got 'sloppy'"),
    ("allow alone", ["-o", "x", "--allow=fma"], "--allow: expected --numerics=fast as well"),
    ("allow", ["-o", "x", "--numerics=fast", "--allow=fma"],
     "--allow: expected bf16-weights or int8-weights, but got 'fma'"),
    ("allow two", ["-o", "x", "--numerics=fast", "--allow=bf16-weights,", "--weights=embed:w.npz"],
     "--allow: expected bf16-weights or int8-weights, but got ''"),
    ("allow without weights", ["-o", "x", "--numerics=fast", "--allow=int8-weights"],
     "--allow=int8-weights: expected --weights=embed:FILE as well"),
    ("allow other weights", ["-o", "x", "--numerics=fast", "--allow=bf16-weights",
                             "--weights=external:w.npz"],
     "--allow=bf16-weights: expected --weights=embed:FILE as well"),
    ("record", ["-o", "x", "--record=v"], "expected --record=spikes or all, but got 'v'"),
    ("stage", ["--stop-after=end"],
     "expected a stage verify, time, space, lower or upstream, but got 'end'"),
    ("stage and kind", ["--stop-after=time", "--emit=asm"],
     "--stop-after prints IR: expected --emit=mlir, but got 'asm'"),
    ("binary", ["-o", "-"], "expected a file for a binary, but got -o -"),
    ("kept", ["-o", "-", "--emit=asm", "--save-temps"], "--save-temps: expected a file"),
    ("shell", ["--completion=fish"], "expected --completion=bash or zsh, but got 'fish'"),
    ("no shell", ["--completion="], "expected --completion=bash or zsh, but got ''"),
]:  # fmt: skip
    cases.expect(name, [SNNC, NONE, *flags], USAGE, message)
cases.expect("no model", [SNNC, "-o", "x"], USAGE, "expected a model: snnc MODEL.mlir -o OUT")
cases.expect("two models", [SNNC, "a.mlir", "b.mlir", "-o", "x"], USAGE,
             "expected one model, but got 'a.mlir' and 'b.mlir'")  # fmt: skip
cases.expect("check nothing", [SNNC, "check"], USAGE, "expected a model")
cases.expect("run nothing", [SNNC, "run"], USAGE, "expected a model")
cases.expect("run output", [SNNC, "run", "-o", NONE], USAGE, "expected a model")
cases.expect("run stage", [SNNC, "run", "--stop-after=time", NONE], USAGE,
             "run: -o, --emit and --stop-after are for compiling")  # fmt: skip
cases.expect("run stdin", [SNNC, "run", "-"], USAGE, "the standard input is the program's")

page = cases.expect("help", [SNNC, "--help"], OK, "--help-hidden")
lines = page.splitlines()
cases.check("help lines", len(lines) <= 50, len(lines))
cases.check("help columns", max(map(len, lines)) <= 80, max(map(len, lines)))
cases.check("help of limits", "--max-" not in page and "--color" not in page, page)
hidden = cases.expect("hidden help", [SNNC, "--help-hidden"], OK, "--max-depth", "--color")
cases.check("more help", len(hidden) > len(page))
cases.expect("version", [SNNC, "--version"], OK, "snnc ", "LLVM 22", "targets native, x86-64-v2", "build ")  # fmt: skip
cases.expect("targets together", [SNNC, MODEL, "-o", "x", "--target=x86-64-v2", "--target=v3"], OK)
cases.check("no other file", sorted(p.name for p in FOLDER.iterdir()) == ["model.mlir", "x"],
            list(FOLDER.iterdir()))  # fmt: skip
cases.end()
