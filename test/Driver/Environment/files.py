# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Where the model is and the output goes: links, pipes, devices, directories,
and names that nobody would choose. What cannot be read or written ends in exit
code 3, an output that is an input in 2, and either way nothing has changed.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import os
import stat
import subprocess
import threading
from pathlib import Path

from environment import (FAST, FOLDER, IO, KINDS, MODEL, OK, SNNC, TEXT, USAGE, USER,
                         Cases, skip)  # fmt: skip

cases = Cases()


def compile_to(name: str, output: str | Path, code: int, *messages: str,
               model: str | Path = MODEL, flags: tuple[str, ...] = (FAST,)) -> None:  # fmt: skip
    cases.expect(name, [SNNC, model, "-o", output, *flags], code, *messages)


# An output that is an input.
compile_to("input", MODEL, USAGE, "would overwrite an input")
(FOLDER / "soft.o").symlink_to(MODEL)
os.link(MODEL, FOLDER / "hard.o")
(FOLDER / "dir").symlink_to(FOLDER)
for path in ("soft.o", "hard.o", "./model.mlir", "dir/model.mlir"):
    compile_to(f"input {path}", path, USAGE, f"the output '{path}' would overwrite an input")
kept = FOLDER / "m.space.mlir"
kept.write_text(TEXT)
compile_to("input and kept", "m", USAGE, "'m.space.mlir' would overwrite an input",
           model=kept, flags=("--save-temps",))  # fmt: skip
weights = FOLDER / "w.safetensors"
weights.write_bytes(b"weights")
compile_to("weights", weights, USAGE, "would overwrite an input",
           flags=(f"--weights=embed:{weights}",))  # fmt: skip
cases.check("inputs stay", MODEL.read_text() == TEXT and weights.read_bytes() == b"weights"
            and kept.read_text() == TEXT)  # fmt: skip

# Outputs that are no files, or have no place.
(FOLDER / "folder").mkdir()
os.mkfifo(FOLDER / "pipe")
(FOLDER / "loop").symlink_to("loop")
(FOLDER / "to-pipe").symlink_to("pipe")
(FOLDER / "dangling").symlink_to("missing/out")
before = sorted(os.listdir(FOLDER))
for kind in KINDS:
    emit = (FAST, f"--emit={kind}")
    compile_to(f"{kind} no folder", "no/such/out", IO,
               "cannot write no/such/out: No such file or directory", flags=emit)  # fmt: skip
    compile_to(f"{kind} folder", "folder", IO, "folder: expected a file, but got a directory", flags=emit)  # fmt: skip
    compile_to(f"{kind} pipe", "pipe", IO, "pipe: expected a file, but got a pipe", flags=emit)
compile_to("slash", "folder/", IO, "folder/: expected a file, but got a directory")
compile_to("new slash", "new/", IO, "cannot write new/: ")
compile_to("file as folder", "model.mlir/out", IO, "model.mlir/out: Not a directory")
compile_to("device", "/dev/null", IO, "/dev/null: expected a file, but got a device")
compile_to("full", "/dev/full", IO, "/dev/full: expected a file, but got a device")
compile_to("loop", "loop", IO, "loop: Too many levels of symbolic links")
compile_to("to a pipe", "to-pipe", IO, "to-pipe: expected a file, but got a pipe")
compile_to("dangling", "dangling", IO, "dangling: No such file or directory")
compile_to("long name", "x" * 300, IO, ": File name too long")
compile_to("proc", "/proc/self/out", IO, "cannot write /proc/self/out: ")
cases.check("nothing new", sorted(os.listdir(FOLDER)) == before, os.listdir(FOLDER))

# Directories and files that may not be written. Root may, but for /sys.
closed = FOLDER / "closed"
closed.mkdir()
(closed / "old").write_text("old")
if os.geteuid():
    os.chmod(closed, 0o555)
    compile_to("closed", closed / "out", IO, "closed/out: Permission denied")
    os.chmod(closed, 0o755)
    os.chmod(closed / "old", 0o444)
    compile_to("read-only", closed / "old", IO, "closed/old: Permission denied")
else:
    os.chmod(FOLDER, 0o755)
    who = 65534
    drop = lambda: (os.setgroups([]), os.setgid(who), os.setuid(who)) and None  # noqa: E731
    reads = subprocess.run(["test", "-x", SNNC, "-a", "-r", MODEL], preexec_fn=drop)
    if reads.returncode:
        skip("read-only directories: another user cannot reach the files of this test")
    else:
        for name in ("out", "old"):
            cases.expect(f"closed {name}", [SNNC, MODEL, "-o", closed / name, FAST], IO,
                         f"closed/{name}: Permission denied", before=drop)  # fmt: skip
cases.check("old stays", (closed / "old").read_text() == "old")
cases.check("nothing in it", os.listdir(closed) == ["old"])

# A symbolic link is followed, and stays one; permissions are those of the umask.
for kind, name in KINDS.items():
    real, link = FOLDER / "folder" / name, FOLDER / f"link-{name}"
    link.symlink_to(Path("folder") / name)
    real.write_text("old")
    cases.expect(f"{kind} link", [SNNC, MODEL, "-o", link, FAST, f"--emit={kind}"], OK,
                 before=lambda: os.umask(0o027) and None)  # fmt: skip
    mode = stat.S_IMODE(real.stat().st_mode)
    wanted = 0o750 if kind in ("exe", "shared") else 0o640
    cases.check(f"{kind} through a link", link.is_symlink() and len(real.read_bytes()) > 10)
    cases.check(f"{kind} mode", mode == wanted, oct(mode))

# Names.
for index, name in enumerate([
        b"with space", b"quote'\"`$(id)", b"new\nline", b"tab\tstar*?[a]", b"\xff\xfe\x80",
        "наука 𝛼".encode(), b"semi;colon&", b"%s%n", b"@file", b"x" * 240, b"a,b=c:d"]):  # fmt: skip
    folder = os.fsencode(FOLDER) + b"/d%d " % index + name[:200]
    os.mkdir(folder)
    model = folder + b"/" + name + b".mlir"
    with open(model, "w") as file:
        file.write(TEXT)
    env = {"TMPDIR": os.fsdecode(folder)}
    for suffix in (b"", b".so", b".o"):
        cases.expect(f"{name!r}{suffix!r}", [SNNC, model, b"-o", folder + b"/" + name + suffix, FAST],
                     OK, env=env)  # fmt: skip
    cases.expect(f"run {name!r}", [folder + b"/" + name, b"--version"], OK, "snnc")
    cases.check(f"files of {name!r}", len(os.listdir(folder)) == 4, os.listdir(folder))
dash = FOLDER / "-dash.mlir"
dash.write_text(TEXT)
compile_to("dash", "./-out", OK, model="./-dash.mlir")
deep = FOLDER / "/".join(["d" * 200] * 15)
deep.mkdir(parents=True)
(deep / "m.mlir").write_text(TEXT)
compile_to("deep", deep / "out", OK, model=deep / "m.mlir")
compile_to("deeper", f"{deep}/" + "x" * 2000, IO, "File name too long")
compile_to("dots", "folder/../folder/./dots", OK, model="folder/../model.mlir")

# Models that are no files.
compile_to("missing", "x", IO, "cannot read 'missing.mlir': No such file", model="missing.mlir")
compile_to("a folder", "x", IO, "cannot read 'folder': Is a directory", model="folder")
compile_to("empty name", "x", USAGE, "expected a model", model="")
compile_to("empty", "x", USER, "/dev/null:1:1: error: expected one public function", model="/dev/null", flags=())
cases.expect("stdin", [SNNC, "-", "-o", "x", FAST], OK, stdin=TEXT.encode())
cases.expect("stdin error", [SNNC, "-", "-o", "x"], USER, "<stdin>:1:7: error:", stdin=b"module {")
compile_to("weights missing", "x", IO, "cannot read missing.npz: No such file",
           flags=("--weights=embed:missing.npz",))  # fmt: skip
compile_to("weights folder", "x", IO, "expected a file, but got a directory",
           flags=("--weights=embed:folder",))  # fmt: skip
compile_to("weights pipe", "x", IO, "expected a file, but got a pipe",
           flags=("--weights=external:pipe",))  # fmt: skip
bad = FOLDER / "bad.mlir"
bad.write_text("module {")
compile_to("weights first", "x", IO, "cannot read missing.npz", model=bad,
           flags=("--weights=embed:missing.npz",))  # fmt: skip


def change(stop: threading.Event) -> None:
    """Lets a file shrink and grow, in place."""
    while not stop.is_set():
        for text in (TEXT, TEXT[:40], TEXT + "// long\n" * 20000, ""):
            with open(FOLDER / "changing.mlir", "r+") as file:
                file.truncate(0)
                file.write(text)


(FOLDER / "changing.mlir").write_text(TEXT)
stop = threading.Event()
changer = threading.Thread(target=change, args=(stop,))
changer.start()
codes = {subprocess.run([SNNC, "check", FOLDER / "changing.mlir"], capture_output=True).returncode
         for _ in range(40)}  # fmt: skip
stop.set()
changer.join()
cases.check("input that changes", codes <= {OK, USER}, codes)
cases.end()
