# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Mutated models: whatever a text says, snnc ends with an exit code for users,
and writes nothing where it fails. A mutant that it does not is kept, and named.

RUN: %python %s snnc %t

By hand, for longer: python mutate.py SNNC FOLDER [RUNS [SEED]]
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
from pathlib import Path

SNNC, FOLDER = sys.argv[1], Path(sys.argv[2])
RUNS, SEED = (int(word) for word in [*sys.argv[3:], "60", "5"][:2])
MODELS = Path(__file__).parents[2] / "Models"
STAGES = ["verify", "space", "lower"]
ALLOWED = {0: "ok", 1: "user error", 5: "limit"}
# Memory that a run may take, and seconds. A mutant may ask for large tables.
MEMORY, SECONDS = 4 << 30, 60

TOKEN = re.compile(r'"[^"\n]*"|//[^\n]*|->|[%@#!^]?[\w.$]+|\s+|.')
NUMBERS = ["0", "-1", "1", "2147483648", "9223372036854775807", "18446744073709551616",
           "1.0e300", "-0.0", "1.0e-60", "0x7FC00000", "4294967296"]  # fmt: skip
TYPES = ["f16", "bf16", "f32", "f64", "i1", "i8", "i32", "i64"]
WORDS = ["f16", "bf16", "f32", "f64", "i1", "i8", "i32", "i64", "index", "tensor<*xf32>",
         "memref<4xf32>", "dense<1.0>", "?", "true", "[]", "{", "}", "(", ")", "<", ">", ",",
         ":", "=", "loc(unknown)", "unit", "none", "tuple<>", "affine_map<(d0) -> (d0)>"]  # fmt: skip


def mutate(random_: random.Random, texts: list[str]) -> bytes:
    """A text with one to four changes of its tokens, or of its bytes."""
    tokens = TOKEN.findall(random_.choice(texts))
    for _ in range(random_.choice([1, 1, 1, 2, 4])):
        at = random_.randrange(len(tokens))
        kind = random_.randrange(14)
        if kind == 0:
            del tokens[at]
        elif kind == 1:
            tokens[at] = random_.choice(tokens)
        elif kind == 2:
            tokens.insert(at, random_.choice(tokens))
        elif kind == 3:
            numbers = [i for i, token in enumerate(tokens) if token[0].isdigit()]
            if numbers:
                at = random_.choice(numbers)
                number = random_.choice(NUMBERS)
                tokens[at] = re.sub(r"^[\d.]+", lambda _: number, tokens[at])
        elif kind == 4:
            tokens[at] = random_.choice(WORDS)
        elif kind == 5:
            other = TOKEN.findall(random_.choice(texts))
            begin = random_.randrange(len(other))
            tokens[at:at] = other[begin : begin + random_.randint(1, 20)]
        elif kind == 6:
            del tokens[at : at + random_.randint(1, 20)]
        elif kind == 7:
            numbers = [token for token in tokens if token[0].isdigit()]
            if numbers:  # everywhere, so that types still fit
                old, new = random_.choice(numbers), random_.choice(NUMBERS)
                new = re.sub(r"^[\d.]+", lambda _: new, old)
                tokens = [new if token == old else token for token in tokens]
        elif kind == 8:
            old, new = random_.sample(TYPES, 2)
            tokens = [re.sub(rf"\b(x?){old}\b", rf"\g<1>{new}", token) for token in tokens]
            tokens = [re.sub(rf"x{old}$", f"x{new}", token) for token in tokens]
        elif kind == 9:
            sizes = re.findall(r"(?<=x)\d+(?=x)", "".join(tokens))
            if sizes:
                old, new = random_.choice(sizes), random_.choice([*NUMBERS, "?", "3"])
                tokens = TOKEN.findall(re.sub(rf"\b(\?x|x|<){old}x", rf"\g<1>{new}x", "".join(tokens)))
        elif kind == 10:
            values = [i for i, token in enumerate(tokens) if re.match(r"%\w", token)]
            if values:
                tokens[random_.choice(values)] = tokens[random_.choice(values)]
        elif kind == 11:
            text = "".join(tokens)
            attributes = re.findall(r"\w+ = [^,{}]+", text)
            if attributes:
                old, new = random_.choice(attributes), random_.choice(attributes)
                name = old.partition(" = ")[0]
                value = random_.choice([new.partition(" = ")[2], *NUMBERS])
                tokens = TOKEN.findall(text.replace(old, f"{name} = {value}", 1))
        else:
            other = [t for t in tokens if t[0] in "%@#!" or t.startswith("snn")]
            tokens[at] = random_.choice(other or tokens)
        tokens = tokens or [" "]
    data = bytearray("".join(tokens).encode())
    if random_.random() < 0.1 and data:
        data[random_.randrange(len(data))] = random_.randrange(256)
    return bytes(data)


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    random_ = random.Random(SEED)
    texts = [path.read_text() for path in sorted(MODELS.rglob("*.mlir"))]
    counts: dict[int, int] = {}
    failures = 0
    for run in range(RUNS):
        path = FOLDER / f"{run}.mlir"
        path.write_bytes(mutate(random_, texts))
        stage = random_.choice(STAGES)
        limits = f"ulimit -v {MEMORY >> 10}; ulimit -c 0; exec \"$0\" \"$@\""
        try:
            process = subprocess.run(
                ["bash", "-c", limits, SNNC, str(path), f"--stop-after={stage}",
                 "--target=x86-64-v3"],
                capture_output=True, timeout=SECONDS, stdin=subprocess.DEVNULL)  # fmt: skip
            code, stderr = process.returncode, process.stderr.decode(errors="replace")
        except subprocess.TimeoutExpired:
            code, stderr = 124, "no end"
        counts[code] = counts.get(code, 0) + 1
        says = bool(stderr) or code == 0
        if code in ALLOWED and says and "Stack dump" not in stderr:
            os.remove(path)
            continue
        failures += 1
        print(f"{path} --stop-after={stage}: exit code {code}\n{stderr[-600:]}", flush=True)
    print(f"{RUNS} mutants, exit codes {dict(sorted(counts.items()))}, {failures} failures")
    sys.exit(min(failures, 1))


if __name__ == "__main__":
    main()
