"""States of recurrent layers, which hold a ring of spikes: one of another model, of
another version of the model, of another version of the file, or cut off is refused,
by program and library, with a message that names it, and nothing is written.

RUN: %python %s snnc %t
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import snnc
from harness import MODELS, Failure, Model, check_equal, execute, expect_failure
from recurrent import SNNC, make, make_network

SOURCE = (MODELS / "Recurrent" / "src_gsc.mlir").read_text()
OTHER_SPAN = SOURCE.replace("skip 4", "skip 3").replace("tensor<4x?x128xi1>", "tensor<3x?x128xi1>")
X = make(20, 2, 40, seed=1)
PARAMS = make_network(40, [128] * 3, 12, [0.12, 0.15, 0.15], 400)


def make_models() -> dict[str, Model]:
    sources = {"model": SOURCE, "span": OTHER_SPAN,
               "decay": SOURCE.replace("decay = 0.5", "decay = 0.25")}  # fmt: skip
    return {name: Model(source, name=name, targets=["x86-64-v2"], flags=["--numerics=exact"])
            for name, source in sources.items()}  # fmt: skip


def make_wrong(models: dict[str, Model]) -> dict[str, tuple[bytes, str]]:
    """Bytes of states, and what is said of them."""
    states = {}
    for name, model in models.items():
        model.run({"x": X}, PARAMS, "--state-out", model.folder / "state")
        states[name] = (model.folder / "state").read_bytes()
    good = states["model"]
    ring = 3 * 4 * 2 * 128  # bytes of three layers
    return {"another span": (states["span"], "another"),
            "another decay": (states["decay"], "another"),
            "another version": (good[:8] + b"\x09" + good[9:], "version 1, but got 9"),
            "cut off": (good[:-1], "expected"), "without its rings": (good[:-ring], "expected"),
            "its header": (good[:40], "expected"), "nothing": (b"", "state file")}  # fmt: skip


def test_program(model: Model, wrong: dict[str, tuple[bytes, str]]) -> None:
    path, end = model.folder / "state", model.folder / "end"
    for how, (data, words) in wrong.items():
        path.write_bytes(data)
        end.write_bytes(b"as it was")
        for old in model.folder.glob("*.out.npy"):
            old.unlink()
        flags = ("--state-in", path, "--state-out", end)
        expect_failure(words, model.run, {"x": X}, PARAMS, *flags)
        expect_failure(str(path), model.run, {"x": X}, PARAMS, *flags)
        if [*model.folder.glob("*.out.npy")] or end.read_bytes() != b"as it was":
            raise Failure(f"{how}: expected that nothing is written")


def load(model: Model) -> snnc.Model:
    path = model.folder / f"{model.folder.name}.so"
    execute([SNNC, model.source, "-o", path, *model.flags, "--target=x86-64-v2"])
    library = snnc.load(path)
    library.set_weights(PARAMS)
    return library


def expect(kind: type[Exception], words: str, call: Callable[[], object]) -> None:
    try:
        call()
    except kind as error:
        if words not in str(error):
            raise Failure(f"expected '{words}', but got: {error}") from None
    else:
        raise Failure(f"expected '{words}', but there was no error")


def test_library(models: dict[str, Model], wrong: dict[str, tuple[bytes, str]]) -> None:
    """A state that was asked to load something else goes on as if it had not."""
    library, other = load(models["model"]), load(models["span"])
    whole, state = library(X), library.initial_state(2)
    first = library(X[:7], state=state)
    path = models["model"].folder / "wrong"
    for data, words in wrong.values():
        path.write_bytes(data)
        # Python says in its own words what the file does not begin like.
        expect(snnc.UsageError, words if data else "begin", lambda: state.load(path))
        expect(snnc.UsageError, str(path), lambda: state.load(path))
    out = [np.full_like(array, 1) for array in whole]
    foreign = other.initial_state(2)
    for call in (lambda: library(X, state=foreign, out=out),
                 lambda: library.step(X[0], foreign)):  # fmt: skip
        expect(snnc.ArgumentError, "another version", call)
    if foreign.position or not all((array == 1).all() for array in out):
        raise Failure("expected that nothing is written")
    last = library(X[7:], state=state)
    for a, b, both in zip(first[:3], last[:3], whole[:3]):
        check_equal(np.concatenate([a, b]), both, "continued")
    check_equal(last[3], whole[3], "continued, logits")


if __name__ == "__main__":
    compiled = make_models()
    refused = make_wrong(compiled)
    test_program(compiled["model"], refused)
    test_library(compiled, refused)
