"""Standard input and output as streams: a step is answered before the next one is
written, memory does not grow, and whoever goes away is noticed.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import io
import os
import select
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import IO

import numpy as np
from harness import FEW, Failure, Model, check_equal

STEPS, BATCH, NEURONS = 30, 2, 3
STREAMED = """
func.func @cell(%x: tensor<?x?x3xf32>)
    -> (tensor<?x?x3xi1>, tensor<?x?x3xf32>, tensor<?x3xf32> {snn.static}) {
  %s, %v, %c = snn.lif %x {decay = 0.9, threshold = 1.0, reset = #snn.reset<subtract>,
                           refractory = 2 : i64} : tensor<?x?x3xf32>
  %u, %uT = snn.li %x {decay = 0.5} : tensor<?x?x3xf32>
  return %s, %u, %uT : tensor<?x?x3xi1>, tensor<?x?x3xf32>, tensor<?x3xf32>
}"""
TIMEOUT = 60.0


def make_input(steps: int, batch: int) -> np.ndarray:
    random = np.random.default_rng(3)
    return random.normal(0.4, 0.6, (steps, batch, NEURONS)).astype(np.float32)


def start(model: Model, *flags: object) -> subprocess.Popen[bytes]:
    command = [str(word) for word in (model.binary, "--input", "-", *flags)]
    return subprocess.Popen(command, bufsize=0, stdin=subprocess.PIPE,
                            stdout=subprocess.PIPE, stderr=subprocess.PIPE)  # fmt: skip


def take(stream: IO[bytes] | None, count: int) -> bytes:
    """So many bytes, or a Failure if they do not come by themselves."""
    assert stream
    data = b""
    while len(data) < count:
        if not select.select([stream], [], [], TIMEOUT)[0]:
            raise Failure(f"expected {count} bytes, but only {len(data)} came in time")
        more = os.read(stream.fileno(), count - len(data))
        if not more:
            raise Failure(f"expected {count} bytes, but got {len(data)} and the end")
        data += more
    return data


def take_line(stream: IO[bytes] | None) -> str:
    line = b""
    while not line.endswith(b"\n"):
        line += take(stream, 1)
    return line.decode()


def give(process: subprocess.Popen[bytes], data: bytes) -> None:
    assert process.stdin
    process.stdin.write(data)


def finish(process: subprocess.Popen[bytes], code: int = 0) -> tuple[bytes, str]:
    """What is left of its output, and its messages."""
    out, err = process.communicate(timeout=TIMEOUT)
    if process.returncode != code:
        raise Failure(f"expected exit {code}, but got {process.returncode}: {err!r}")
    return out, err.decode()


def test_raw(model: Model, x: np.ndarray, expected: Sequence[np.ndarray]) -> None:
    spikes, currents, static = model.outputs
    process = start(model, "--format=raw", f"--batch={BATCH}", "--output", f"{currents}=-")
    for t in range(STEPS):
        give(process, x[t].tobytes()[:5])  # a step may come in parts
        give(process, x[t].tobytes()[5:])
        got = np.frombuffer(take(process.stdout, x[t].nbytes), np.float32)
        check_equal(got.reshape(x[t].shape), expected[1][t], f"raw, step {t}")
    assert finish(process) == (b"", "")
    # Several steps at once, and what is known only at the end.
    process = start(model, "--format=raw", f"--batch={BATCH}", "--output", f"{static}=-")
    give(process, x.tobytes())
    got = np.frombuffer(finish(process)[0], np.float32).reshape(BATCH, NEURONS)
    check_equal(got, expected[2], "raw, static")
    # A file beside the stream.
    path = model.folder / "currents.npy"
    process = start(model, "--format=raw", f"--batch={BATCH}", "--output", f"{spikes}=-",
                    "--output", f"{currents}={path}", "--steps", STEPS)  # fmt: skip
    give(process, x.tobytes())
    got = np.frombuffer(finish(process)[0], np.bool_).reshape(x.shape)
    check_equal(got, expected[0], "raw, spikes")
    check_equal(np.load(path), expected[1], "raw, file")


def test_npy(model: Model, x: np.ndarray, expected: Sequence[np.ndarray]) -> None:
    for array in (x, x.astype(">f4"), x.astype(np.float16)):
        want = expected[0]
        if array.dtype == np.float16:
            want = model.run({"x": array})[0]
        file = io.BytesIO()
        np.save(file, array)
        header = len(file.getvalue()) - array.nbytes
        process = start(model, "--output", f"{model.outputs[0]}=-")
        give(process, file.getvalue()[: header - 7])
        give(process, file.getvalue()[header - 7 : header])
        answer = take(process.stdout, 128)
        for t in range(STEPS):
            give(process, array[t].tobytes())
            answer += take(process.stdout, BATCH * NEURONS)
        assert finish(process) == (b"", "")
        check_equal(np.load(io.BytesIO(answer)), want, f"npy, {array.dtype}")


def test_csv(model: Model, x: np.ndarray, expected: Sequence[np.ndarray]) -> None:
    name = model.outputs[1]
    process = start(model, "--format=csv", f"--batch={BATCH}", "--output", f"{name}=-")
    give(process, b"step,batch,x[0],x[1],x[2]\n")
    header = take_line(process.stdout)
    assert header == f"step,batch,{name}[0],{name}[1],{name}[2]\n", header
    for t in range(STEPS):
        for b in range(BATCH):
            values = ",".join(repr(float(v)) for v in x[t, b])
            give(process, f"{t},{b},{values}\n".encode())
        for b in range(BATCH):
            step, batch, *values = take_line(process.stdout).split(",")
            assert (int(step), int(batch)) == (t, b)
            check_equal(np.array(values, np.float32), expected[1][t, b], f"csv, step {t}")
    assert finish(process) == (b"", "")


def test_chain(model: Model, x: np.ndarray, expected: Sequence[np.ndarray]) -> None:
    """The output of a program is the input of another, with the state of both."""
    name = model.outputs[1]
    flags = [str(model.binary), "--format=raw", f"--batch={BATCH}", "--input", "-"]
    first = subprocess.Popen([*flags, "--output", f"{name}=-"], bufsize=0,
                             stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # fmt: skip
    second = subprocess.Popen([*flags, "--output", f"{name}=-"], bufsize=0,
                              stdin=first.stdout, stdout=subprocess.PIPE)  # fmt: skip
    assert first.stdin and first.stdout
    first.stdout.close()
    want = model.run({"x": expected[1]})[1]
    for t in range(STEPS):
        first.stdin.write(x[t].tobytes())
        got = np.frombuffer(take(second.stdout, x[t].nbytes), np.float32)
        check_equal(got.reshape(x[t].shape), want[t], f"chain, step {t}")
    first.stdin.close()
    assert first.wait(TIMEOUT) == 0 and second.wait(TIMEOUT) == 0


def test_ends(model: Model, x: np.ndarray) -> None:
    """An input that ends in a step, and an output that nobody reads."""
    flags = ("--format=raw", f"--batch={BATCH}", "--output", f"{model.outputs[0]}=-")
    process = start(model, *flags)
    give(process, x[:7].tobytes() + b"123")
    out, err = finish(process, 1)
    assert len(out) == 7 * BATCH * NEURONS, "what was complete is answered"
    assert "expected 24 bytes for step 7, but it ends after 3 of them" in err, err
    process = start(model, *flags)
    give(process, x[0].tobytes())
    assert process.stdout
    take(process.stdout, BATCH * NEURONS)
    process.stdout.close()
    try:
        for t in range(1, STEPS):
            give(process, x[t].tobytes())
    except BrokenPipeError:
        pass
    assert process.stdin and process.stderr
    try:
        process.stdin.close()
    except BrokenPipeError:
        pass
    err = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(TIMEOUT) == 3, f"exit {process.returncode}: {err}"
    assert "cannot write to the standard output: Broken pipe" in err and err.count("\n") == 1


def find_peak(process: subprocess.Popen[bytes]) -> int:
    """Peak memory in KiB; that of a child which has ended has its parent in it."""
    text = Path(f"/proc/{process.pid}/status").read_text()
    return int(text.partition("VmHWM:")[2].split()[0])


def test_memory(model: Model) -> None:
    """A million steps need what a thousand need."""
    texts = "".join(f"{t / 256},-1,0.5\n" for t in range(1_000)).encode()
    name = model.outputs[0]
    for form, block in (("raw", make_input(1_000, 1).tobytes()), ("csv", texts)):
        process = start(model, f"--format={form}", "--output", f"{name}=-")
        if form == "csv":
            give(process, b"x[0],x[1],x[2]\n")
            take_line(process.stdout)
        few = 0
        for part in range(1_000):
            give(process, block)
            if form == "raw":
                take(process.stdout, 1_000 * NEURONS)
            else:  # "999000,0,1,0,0" and the end of the line
                digits = sum(len(str(1_000 * part + i)) for i in range(1_000))
                take(process.stdout, digits + 1_000 * len(",0,1,0,0\n"))
            few = few or find_peak(process)
        many = find_peak(process)
        finish(process)
        if many > few + 512:
            raise Failure(f"{form}: {few} KiB for 1,000 steps, {many} for a million")


if __name__ == "__main__":
    cell = Model(STREAMED, name="cell", targets=FEW)
    drive = make_input(STEPS, BATCH)
    wanted = cell.run({"x": drive})
    test_raw(cell, drive, wanted)
    test_npy(cell, drive, wanted)
    test_csv(cell, drive, wanted)
    test_chain(cell, drive, wanted)
    test_ends(cell, drive)
    test_memory(cell)
