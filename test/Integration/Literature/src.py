"""SRC-SNN and ASRC-SNN, against the equations of arXiv 2505.11455.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import ALL, Model
from literature import Spikes, check_literature, count_differences, make

STEPS, BATCH, K = 101, 8, 21


def make_params(layers: int) -> dict[str, np.ndarray]:
    """Lateral matrices are orthogonal, as in the paper."""
    params = {"readout.weight": make(12, 64, seed=1), "readout.bias": make(12, seed=2)}
    sources = [40, 64, 64]
    for i in range(1, layers + 1):
        shape, scale = (64, sources[i - 1]), [0.12, 0.25, 0.25][i - 1]
        params |= {
            f"layer{i}.weight": make(*shape, seed=10 * i, mean=0.02, scale=scale),
            f"layer{i}.bias": make(64, seed=10 * i + 1, mean=0.1, scale=0.1),
            f"layer{i}.lateral": np.linalg.qr(make(64, 64, seed=10 * i + 2))[0],
        }
    return params


def run_layer(current: np.ndarray, lateral: np.ndarray, mix: np.ndarray) -> Spikes:
    """mix[k - 1] is the share of the spikes of k steps ago, up to a largest k."""
    steps, batch, n = current.shape
    past = np.zeros((len(mix) + steps, batch, n))  # silent before step 0
    v, u = np.zeros((batch, n)), np.empty_like(current)
    for t in range(steps):
        heard = np.tensordot(mix[::-1], past[t : t + len(mix)], axes=1)
        u[t] = v / 2 + (current[t] + heard @ lateral.T)
        past[t + len(mix)] = u[t] >= 1
        v = u[t] - past[t + len(mix)]
    return Spikes(u >= 1, u - 1)


def run_network(x: np.ndarray, params: dict[str, np.ndarray],
                mixes: list[np.ndarray]) -> list[Spikes | np.ndarray]:  # fmt: skip
    layers: list[Spikes | np.ndarray] = []
    for i, mix in enumerate(mixes, 1):
        current = x @ params[f"layer{i}.weight"].T + params[f"layer{i}.bias"]
        layers.append(run_layer(current, params[f"layer{i}.lateral"], mix))
        x = layers[-1].train.astype(float)
    counts = x.sum(axis=0)  # the sum over time of the readout, which is linear
    return [*layers, counts @ params["readout.weight"].T + len(x) * params["readout.bias"]]


def select(span: int) -> np.ndarray:
    return np.eye(span)[span - 1]


def test_src() -> None:
    x, params = make(STEPS, BATCH, 40, seed=3), make_params(3)
    wanted = run_network(x, params, [select(9), select(25), select(11)])
    check_literature("src_snn.mlir", {"x": x}, params, wanted)


def test_asrc() -> None:
    """Spans are learned: by argmax in evaluation, by a softmax in training."""
    x, params = make(STEPS, BATCH, 40, seed=4), make_params(2)
    p = [make(K, seed=5), make(K, seed=6)]
    logits = {"layer1.p": p[0], "layer2.p": p[1]}
    spans = [1 + int(np.argmax(each)) for each in p]
    assert len({1, *spans}) == 3, "two spans, none of them 1"
    wanted = run_network(x, params, [select(span) for span in spans])
    evaluated = check_literature("asrc_snn.mlir", {"x": x}, params | logits, wanted)

    model = Model("Literature/asrc_snn_taps.mlir", targets=ALL)
    for tau in (1.0, 2.8e-4):  # before the first epoch, and after 200
        with np.errstate(under="ignore"):
            mixes = [np.exp(each / tau - np.logaddexp.reduce(each / tau)) for each in p]
        given = params | logits | {"tau": np.array(tau)}
        wanted = run_network(x, params, mixes)
        trained = check_literature(model, {"x": x}, given, wanted)
        if tau == 1:
            count_differences(trained[1], evaluated[1])
    for a, b in zip(trained, evaluated, strict=True):
        assert np.array_equal(a, b), "expected one span at a low temperature"


if __name__ == "__main__":
    test_src()
    test_asrc()
