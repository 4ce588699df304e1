# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Completions for bash and zsh: the committed files are what snnc prints, and
bash completes options, values, verbs and files.

RUN: %python %s snnc %t %src_root
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from environment import FOLDER, OK, SNNC, Cases, skip

cases = Cases()
COMMITTED = Path(sys.argv[3]) / "tools/snnc/completion"

for shell, name in (("bash", "snnc.bash"), ("zsh", "_snnc")):
    text = cases.expect(shell, [SNNC, f"--completion={shell}"], OK)
    (FOLDER / name).write_text(text)
    cases.check(f"{shell}: committed", (COMMITTED / name).read_text() == text,
                f"write it with: snnc --completion={shell} > tools/snnc/completion/{name}")  # fmt: skip
    if shutil.which(shell):
        cases.expect(f"{shell}: syntax", [shell, "-n", FOLDER / name], OK)
    else:
        skip(f"{shell}: not there")

# What bash itself sets: words are cut at = and :, too.
SCRIPT = """
source "$1"
COMP_LINE=$2 COMP_POINT=${#2}
words=${2//[=:]/ & }
read -ra COMP_WORDS <<< "$words"
[[ $words == *' ' ]] && COMP_WORDS+=('')
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
compopt() { :; }
_snnc snnc "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD-1]}"
printf '%s\\n' "${COMPREPLY[@]}"
"""
(FOLDER / "a model.mlir").touch()
(FOLDER / "b.mlir").touch()
(FOLDER / "weights").mkdir()


def complete(line: str) -> list[str]:
    process = subprocess.run(["bash", "-uc", SCRIPT, "bash", FOLDER / "snnc.bash", line],
                             capture_output=True, text=True, cwd=FOLDER)  # fmt: skip
    cases.check(f"'{line}': no error", process.returncode == 0 and not process.stderr, process.stderr)
    return sorted(word for word in process.stdout.splitlines() if word)


for line, words in {
    "snnc --num": ["--numerics="], "snnc --allow": ["--allow-bytecode", "--allow="],
    "snnc b.mlir --st": ["--stop-after=", "--strategy="], "snnc --max-": ["--max-depth=", "--max-file-bytes=",
                                                          "--max-ops=", "--max-param-bytes="],
    "snnc r": ["run"], "snnc ch": ["check"], "snnc b": ["b.mlir"], "snnc a": ["a model.mlir"],
    "snnc --emit=s": ["shared", "static"], "snnc --numerics=": ["bounded", "exact", "fast"],
    "snnc --numerics=ex": ["exact"], "snnc --target=x86-64-v4": ["x86-64-v4"],
    "snnc --record=": ["all", "spikes"], "snnc --completion=": ["bash", "zsh"],
    "snnc --strategy=s": ["scan", "speculate"],
    "snnc --stop-after=u": ["upstream"], "snnc --weights=e": ["embed:", "external:"],
    "snnc b.mlir -o b": ["b.mlir"], "snnc --weights=embed:w": ["weights"],
    "snnc run b": ["b.mlir"], "snnc check b": ["b.mlir"], "snnc --frob": [],
}.items():  # fmt: skip
    found = complete(line)
    cases.check(f"'{line}'", found == sorted(words), found)
everything = complete("snnc b.mlir -")
page = cases.expect("help", [SNNC, "--help-hidden"], OK)
own = page.partition("\nOptions:\n")[2]
flags = {line.split()[0].split("=<")[0] for line in own.splitlines() if line.startswith("  -")}
cases.check("every option", {word.rstrip("=") for word in everything} == flags, flags)
cases.end()
