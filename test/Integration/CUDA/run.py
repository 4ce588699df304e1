#!/usr/bin/env python3
# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Runs models that compile.py has compiled on a GPU and on the CPU, and compares.

    python3 run.py --artifacts DIR [--only REGEX] [--report FILE] [--record FILE]

Needs NumPy and the CUDA driver. Prints PASSED n FAILED m SKIPPED k; exits with 0,
with 1 if something failed, or with 77 if there is no GPU. With --device=cpu the
CPU stands for the GPU: a test of these tests; --fault makes it compute wrongly.
A model runs in a process of its own kind: one that crashes, hangs or leaves the GPU
in an error fails, and the next gets a new process.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from queue import Empty, Queue

import numpy as np

HERE = Path(__file__).resolve().parent
SKIPPED = 77
LIVES = 4  # processes that a model may break


# --- A process that runs models ------------------------------------------------


class Worker:
    """Reads names of models from stdin and writes a line of JSON for each."""

    def __init__(self, options: argparse.Namespace) -> None:
        import checks
        import interface
        from artifact import Library
        from devices import Cpu, Cuda
        from driver import DriverError

        self.checks, self.interface, self.library_type = checks, interface, Library
        self.driver_error, self.options = DriverError, options
        self.device = Cpu(window=5, fault=options.fault) if options.device == "cpu" else Cuda(
            options.index)  # fmt: skip
        self.rates: list[float] = []

    def note(self, name: str, case: object, result: object) -> None:
        if "normal" in name or name.startswith("run"):
            self.rates += [float(x.mean()) for t, x in zip(self.library.outputs, result.outputs)
                           if t.kind == "i1" and x.size]  # fmt: skip

    def list_checks(self, entry: dict) -> list:
        folder = self.options.artifacts
        if entry["kind"] == "interface":
            return list(self.interface.list_checks(self.device, folder))
        self.library = self.library_type(folder / entry["library"])
        if self.options.device != "cpu" and not self.library.has_cuda:
            raise ValueError("the library has no code for GPUs")
        if entry["numerics"] == "bounded" and not entry.get("is_exact"):
            return [("recorded", lambda: self.record(entry))]
        return list(self.checks.list_checks(self.device, self.library, entry, folder, self.note))

    def record(self, entry: dict) -> None:
        arrays = self.checks.record(self.device, self.library, entry, self.options.artifacts)
        if self.options.record:
            path = Path(f"{self.options.record}.parts") / f"{entry['name'].replace('/', '+')}.npz"
            path.parent.mkdir(exist_ok=True)
            np.savez_compressed(path, **arrays)

    def run(self, entry: dict) -> None:
        """Writes a line before and after each check, and one at the end."""
        self.rates, is_broken = [], False
        try:
            checks = self.list_checks(entry)
        except Exception as error:  # whatever the library or its data are
            tell({"begin": "loading", "error": f"{type(error).__name__}: {error}"})
            checks = []
        for name, check in checks[entry.get("skip", 0) :]:
            tell({"begin": name})
            outcome = self.check(check)
            tell({"end": name, **outcome})
            if is_broken := outcome.get("broken", False):
                break
        tell({"rates": self.rates, "broken": is_broken})

    def check(self, check: Callable[[], None]) -> dict:
        try:
            check()
        except self.interface.Skipped:
            return {"skipped": True}
        except Exception as error:
            text = f"{type(error).__name__}: {error}"[:500]
            is_broken = isinstance(error, self.driver_error) or "status 23" in text
            return {"error": text, "broken": is_broken}
        return {}


def tell(message: dict) -> None:
    print(json.dumps(message), flush=True)


def work(options: argparse.Namespace) -> int:
    sys.path.insert(0, str(HERE))
    worker = Worker(options)
    tell({"device": worker.device.name})
    for line in sys.stdin:
        worker.run(json.loads(line))
    return 0


# --- The parent ---------------------------------------------------------------


class Process:
    """A worker, whose answers are waited for at most so long."""

    def __init__(self, options: argparse.Namespace) -> None:
        command = [sys.executable, str(Path(__file__).resolve()), "--worker", *sys.argv[1:]]
        self.errors = tempfile.TemporaryFile(mode="w+")
        self.child = subprocess.Popen(command, text=True, stdin=subprocess.PIPE,
                                      stdout=subprocess.PIPE, stderr=self.errors)  # fmt: skip
        self.lines: Queue[str] = Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.device = self._get(options.timeout).get("device", "?")

    def _read(self) -> None:
        for line in self.child.stdout:
            self.lines.put(line)
        self.lines.put("")

    def _get(self, seconds: float) -> dict:
        try:
            line = self.lines.get(timeout=seconds)
        except Empty:
            self.end()
            return {"died": f"no answer within {seconds:.0f} s"}
        if not line:
            code = self.child.wait()
            self.errors.seek(0)
            last = self.errors.read().strip().splitlines()[-1:] or [""]
            return {"died": f"the process ended with {code}: {last[0][:300]}"}
        return json.loads(line)

    def run(self, entry: dict, seconds: float) -> dict:
        """What became of the checks of a model; `broken`: the process is of no use."""
        result = {"passed": 0, "failed": [], "skipped": 0, "rates": [], "begun": 0}
        name = "at its start"
        try:
            self.child.stdin.write(json.dumps(entry) + "\n")
            self.child.stdin.flush()
        except OSError:
            pass  # its end is read below
        while True:
            answer = self._get(seconds)
            if "died" in answer:
                result["failed"].append(f"{name}: {answer['died']}")
                return result | {"broken": True}
            if "rates" in answer:
                return result | answer
            name = answer.get("begin") or answer["end"]
            result["begun"] += "begin" in answer
            if "error" in answer:
                result["failed"].append(f"{name}: {answer['error']}")
            elif "end" in answer:
                result["skipped" if "skipped" in answer else "passed"] += 1

    def end(self) -> None:
        self.child.kill()
        self.child.wait()


def run_all(options: argparse.Namespace, entries: list[dict]) -> dict[str, dict]:
    """The results by name; `jobs` workers share the models."""
    todo: Queue[dict] = Queue()
    for entry in entries:
        todo.put(entry)
    results: dict[str, dict] = {}
    devices: set[str] = set()
    deadline = time.monotonic() + options.limit

    def serve() -> None:
        process = None
        while True:
            try:
                entry = todo.get_nowait()
            except Empty:
                break
            if time.monotonic() > deadline:
                results[entry["name"]] = {"passed": 0, "failed": ["not run: out of time"],
                                          "rates": [], "skipped": 0}  # fmt: skip
                continue
            result = results[entry["name"]] = {"passed": 0, "failed": [], "rates": [],
                                               "skipped": 0}  # fmt: skip
            # What comes after a check that broke a process has another one.
            for _ in range(LIVES):
                process = process or Process(options)
                devices.add(process.device)
                part = process.run(entry, options.timeout)
                for key in result:
                    result[key] += part[key]
                for text in part["failed"]:
                    print(f"FAILED {entry['name']}: {text}", flush=True)
                if not part["broken"]:
                    break
                process.end()
                process = None
                entry = entry | {"skip": entry.get("skip", 0) + part["begun"]}
                if not part["begun"]:
                    break
        if process:
            process.end()

    threads = [threading.Thread(target=serve) for _ in range(min(options.jobs, len(entries)))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("device:", "; ".join(sorted(devices)))
    return results


def pack_records(record: Path) -> None:
    parts = Path(f"{record}.parts")
    with zipfile.ZipFile(record, "w") as archive:
        for path in sorted(parts.glob("*.npz")) if parts.exists() else []:
            archive.write(path, path.name)
            path.unlink()


def summarise(entries: list[dict], results: dict[str, dict], seconds: float) -> dict:
    kinds: dict[str, list[int]] = {}
    for entry in entries:
        result = results[entry["name"]]
        counts = kinds.setdefault(f"{entry['kind']}, {entry['numerics']}", [0, 0, 0])
        counts[0] += not result["failed"]
        counts[1] += result["passed"]
        counts[2] += len(result["failed"])
    for kind, (models, passed, failed) in kinds.items():
        print(f"{kind}: {models} models without a failure, {passed} checks passed, {failed} failed")
    rates = np.array([rate for result in results.values() for rate in result["rates"]])
    if rates.size:
        print(f"spike trains among the outputs: {rates.size}, of which "
              f"{((rates >= 0.001) & (rates <= 0.6)).mean():.0%} fire at 0.1 to 60 %")  # fmt: skip
    print(f"{seconds:.0f} s")
    return kinds


def find_entries(options: argparse.Namespace) -> list[dict]:
    index = json.loads((options.artifacts / "index.json").read_text())
    wanted = re.compile(options.only)
    entries = [entry for entry in index["models"] if wanted.search(entry["name"])]
    if options.device != "cpu" and wanted.search("interface"):
        entries.insert(0, {"name": "interface", "kind": "interface", "numerics": "exact"})
    return entries


def parse_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--artifacts", type=Path, required=True)
    parser.add_argument("--only", default="", help="a regular expression of names")
    parser.add_argument("--report", type=Path, help="results as JSON")
    parser.add_argument("--record", type=Path, help="a .zip of bounded runs for verify.py")
    parser.add_argument("--device", default="cuda", help="cuda (default), cuda:1, ..., or cpu")
    parser.add_argument("--jobs", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument("--timeout", type=float, default=90, help="seconds of one check")
    parser.add_argument("--limit", type=float, default=500, help="seconds of all")
    parser.add_argument("--fault", action="store_true", help="with --device=cpu: one wrong bit")
    parser.add_argument("--worker", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.index = int(options.device.partition(":")[2] or 0)
    return options


def has_gpu(options: argparse.Namespace) -> bool:
    # In a process of its own: this one forks, which a driver does not survive.
    text = f"import sys; sys.path.insert(0, {str(HERE)!r}); from driver import Gpu; "
    return subprocess.run([sys.executable, "-c", f"{text}Gpu({options.index})"],
                          stderr=subprocess.DEVNULL).returncode == 0  # fmt: skip


def main() -> int:
    options = parse_options()
    if options.worker:
        return work(options)
    entries = find_entries(options)
    if options.device != "cpu" and not has_gpu(options):
        print(f"SKIPPED: there is no GPU here\nPASSED 0 FAILED 0 SKIPPED {len(entries)}")
        return SKIPPED
    start = time.monotonic()
    alone = [entry for entry in entries if entry["kind"] == "interface"]
    results = run_all(options, alone) if alone else {}
    results |= run_all(options, [entry for entry in entries if entry not in alone])
    if options.record:
        pack_records(options.record)
    summarise(entries, results, time.monotonic() - start)
    if options.report:
        options.report.write_text(json.dumps(results, indent=1))
    passed = sum(result["passed"] for result in results.values())
    failed = sum(len(result["failed"]) for result in results.values())
    skipped = sum(result["skipped"] for result in results.values())
    print(f"PASSED {passed} FAILED {failed} SKIPPED {skipped}")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
