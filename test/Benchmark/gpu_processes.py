# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Peers of the benchmarks on a GPU, each in a process of its own (gpu_peers.py)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from pathlib import Path

# NAME=PATH, separated by commas: sources of peers that are run in processes.
PEERS = [word.partition("=")[::2] for word in
         os.environ.get("SNN_BENCH_PEERS", "").split(",") if word]  # fmt: skip
PATIENCE = 150.0  # seconds for an answer of a peer, which may compile first


class Other:
    """Contestants of another process, which answers line by line, as long as it
    lives."""

    def __init__(self, name: str, path: str) -> None:
        self.name, self.cost = name, 0.0
        environment = os.environ | {"PYTHONPATH": path, "PEER_NAME": name}
        self.child = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("gpu_peers.py"))], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)

    def ask(self, request: dict) -> dict:
        timer = threading.Timer(PATIENCE, self.child.kill)
        timer.start()
        try:
            return self._ask(request)
        finally:
            timer.cancel()

    def _ask(self, request: dict) -> dict:
        try:
            self.child.stdin.write(json.dumps(request) + "\n")
            self.child.stdin.flush()
        except OSError:
            pass  # what it has said of its end is read below
        while line := self.child.stdout.readline():
            if line.startswith("{"):
                return json.loads(line)
            print(f"{self.name}: {line.rstrip()}", flush=True)
        raise RuntimeError(f"{self.name} ended with {self.child.wait()}")

    def prepare(self, request: dict) -> None:
        self.cost = self.ask(request)["cost"]

    def measure(self, count: int) -> dict[str, list[float]]:
        return self.ask({"count": count})["times"]


_open: dict[str, Other] = {}


def start_peer(name: str, path: str) -> Other:
    return _open.get(name) or Other(name, path)


def start_peers(prefix: str) -> None:
    """Peers that compile something do that while others are measured."""
    for name, path in PEERS:
        if name.startswith(prefix):
            _open[name] = start_peer(name, path)


def open_peers(request: dict) -> list[Other]:
    """The peers that were named, each in a process; one that fails is said."""
    others = []
    for name, path in PEERS:
        if not name.startswith(request["peer"]):
            continue
        try:
            other = _open[name] = start_peer(name, path)
            other.prepare(request)
            others.append(other)
        except RuntimeError as error:
            _open.pop(name, None)
            print(f"note: {error}", flush=True)
    return others
