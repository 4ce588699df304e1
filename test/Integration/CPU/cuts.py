"""Programs that must not be cut: in time, where a step needs more than the steps
before it, or in the batch, where elements are mixed. Each once was.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Failure, Model

# A sum over all steps is read by each step.
SUM_BACK = """
func.func @m(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %z = arith.constant 0.0 : f32
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %s0 = tensor.empty(%B) : tensor<?x4xf32>
  %f = linalg.fill ins(%z : f32) outs(%s0 : tensor<?x4xf32>) -> tensor<?x4xf32>
  %sum = linalg.reduce { arith.addf } ins(%x : tensor<?x?x4xf32>) outs(%f : tensor<?x4xf32>) dimensions = [0]
  %e = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %y = linalg.generic {indexing_maps=[affine_map<(t,b,n)->(t,b,n)>, affine_map<(t,b,n)->(b,n)>, affine_map<(t,b,n)->(t,b,n)>], iterator_types=["parallel","parallel","parallel"]} ins(%x, %sum : tensor<?x?x4xf32>, tensor<?x4xf32>) outs(%e : tensor<?x?x4xf32>) {
  ^bb0(%a: f32, %b: f32, %o: f32):
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}
"""

# Two neurons start from one state, and one of them ends it.
SHARED_STATE = """
func.func @m(%x: tensor<?x?x4xf32>, %v0: tensor<?x4xf32> {snn.state="v"}) -> (tensor<?x?x4xf32>, tensor<?x4xf32> {snn.state="v"}) {
  %a, %v1 = snn.li %x init(%v0 : tensor<?x4xf32>) {decay = 0.5} : tensor<?x?x4xf32>
  %b, %v2 = snn.li %x init(%v0 : tensor<?x4xf32>) {decay = 0.25} : tensor<?x?x4xf32>
  %y = arith.addf %a, %b : tensor<?x?x4xf32>
  return %y, %v1 : tensor<?x?x4xf32>, tensor<?x4xf32>
}
"""

# Every element reads the first one.
EXTRACT = """
func.func @m(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %T = tensor.dim %x, %c0 : tensor<?x?x4xf32>
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %e = tensor.empty(%T, %B) : tensor<?x?x4xf32>
  %y = linalg.generic {indexing_maps=[affine_map<(t,b,n)->(t,b,n)>, affine_map<(t,b,n)->(t,b,n)>], iterator_types=["parallel","parallel","parallel"]} ins(%x : tensor<?x?x4xf32>) outs(%e : tensor<?x?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %b = tensor.extract %x[%c0, %c0, %c0] : tensor<?x?x4xf32>
    %s = arith.subf %a, %b : f32
    linalg.yield %s : f32
  } -> tensor<?x?x4xf32>
  return %y : tensor<?x?x4xf32>
}
"""

# The result depends on the size of the batch.
BATCH_SIZE = """
func.func @m(%x: tensor<?x?x4xf32>) -> (tensor<?x4xf32> {snn.static}) {
  %v, %vT = snn.li %x {decay = 0.5} : tensor<?x?x4xf32>
  %c0 = arith.constant 0 : index
  %B = tensor.dim %vT, %c0 : tensor<?x4xf32>
  %i = arith.index_cast %B : index to i64
  %f = arith.sitofp %i : i64 to f32
  %e = tensor.empty(%B) : tensor<?x4xf32>
  %y = linalg.generic {indexing_maps=[affine_map<(b,n)->(b,n)>, affine_map<(b,n)->(b,n)>], iterator_types=["parallel","parallel"]} ins(%vT : tensor<?x4xf32>) outs(%e : tensor<?x4xf32>) {
  ^bb0(%a: f32, %o: f32):
    %s = arith.mulf %a, %f : f32
    linalg.yield %s : f32
  } -> tensor<?x4xf32>
  return %y : tensor<?x4xf32>
}
"""

# The table has eight rows, and the run starts at the fifth.
OFFSET = """
func.func @m(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %t = arith.constant dense<[1.,2.,3.,4.,5.,6.,7.,8.]> : tensor<8xf32>
  %c = arith.constant 4 : i64
  %y = snn.neuron ins(%x : tensor<?x?x4xf32>) tables(%t : tensor<8xf32>) offset(%c) {
  ^bb0(%a: f32, %b: f32):
    %s = arith.addf %a, %b : f32
    snn.yield %s : f32
  } -> (tensor<?x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}
"""

# A sum over dimension 0 of a parameter is no sum over time.
PARAM_SUM = """
func.func @m(%x: tensor<?x?x8xf32>, %w: tensor<3x4x8xf32> {snn.param="w"}) -> tensor<?x?x4xf32> {
  %z = arith.constant 0.0 : f32
  %e = tensor.empty() : tensor<4x8xf32>
  %f = linalg.fill ins(%z : f32) outs(%e : tensor<4x8xf32>) -> tensor<4x8xf32>
  %s = linalg.reduce { arith.addf } ins(%w : tensor<3x4x8xf32>) outs(%f : tensor<4x8xf32>) dimensions = [0]
  %y = snn.linear %x, %s : tensor<?x?x8xf32>, tensor<4x8xf32>
  return %y : tensor<?x?x4xf32>
}
"""

# In reverse, the nearest steps of a history are its first.
REVERSE_SPAN = """
func.func @m(%x: tensor<?x?x4xf32>) -> tensor<?x?x4xf32> {
  %c0 = arith.constant 0 : index
  %c1 = arith.constant 1 : index
  %c = arith.constant 2 : i64
  %B = tensor.dim %x, %c1 : tensor<?x?x4xf32>
  %e = tensor.empty(%B) : tensor<4x?x4xf32>
  %h0 = linalg.generic {indexing_maps=[affine_map<(t,b,n)->(t,b,n)>], iterator_types=["parallel","parallel","parallel"]} outs(%e : tensor<4x?x4xf32>) {
  ^bb0(%o: f32):
    %i = linalg.index 0 : index
    %j = arith.index_cast %i : index to i64
    %k = arith.sitofp %j : i64 to f32
    linalg.yield %k : f32
  } -> tensor<4x?x4xf32>
  %y, %h = snn.recurrent reverse ins(%x : tensor<?x?x4xf32>) skip upto 4 (%c : i64) history(%h0 : tensor<4x?x4xf32>) {
  ^bb0(%xw: tensor<?x?x4xf32>, %fb: tensor<?x?x4xf32>):
    %z = arith.addf %xw, %fb : tensor<?x?x4xf32>
    snn.yield %z : tensor<?x?x4xf32> feedback(%z : tensor<?x?x4xf32>)
  } -> (tensor<?x?x4xf32>) history(tensor<4x?x4xf32>)
  return %y : tensor<?x?x4xf32>
}
"""


def make_input(steps: int, batch: int, neurons: int = 4) -> np.ndarray:
    rng = np.random.default_rng(3)
    return rng.normal(0, 1, (steps, batch, neurons)).astype(np.float32)


def integrate(x: np.ndarray, decay: float) -> np.ndarray:
    v, out = np.zeros(x.shape[1:], np.float32), []
    for row in x:
        v = np.float32(decay) * v + row
        out.append(v)
    return np.array(out)


def test_time() -> None:
    x = make_input(8, 5)
    Model(SUM_BACK, name="sum_back").check({"x": x}, x - integrate(x, 1.0)[-1])
    Model(SHARED_STATE, name="shared").check({"x": x}, integrate(x, 0.5) + integrate(x, 0.25))
    Model(EXTRACT, name="extract").check({"x": x}, x - x[0, 0, 0])


def test_batch() -> None:
    x = make_input(8, 40)
    Model(EXTRACT, name="extract").check({"x": x}, x - x[0, 0, 0])
    Model(BATCH_SIZE, name="size").check({"x": x}, integrate(x, 0.5)[-1] * np.float32(40))


def test_offset() -> None:
    x, model = make_input(4, 2), Model(OFFSET, name="offset")
    model.check({"x": x}, x + np.arange(5, 9, dtype=np.float32)[:, None, None])
    try:
        model.run({"x": make_input(5, 2)})
    except Failure as error:
        assert "at most 4 steps" in str(error), error
    else:
        raise Failure("expected a run past the end of the table to be refused")


def test_rewrites() -> None:
    x, w = make_input(6, 3, 8), make_input(3, 4, 8)
    total = (np.float32(0) + w[0] + w[1]) + w[2]
    expected = np.zeros((6, 3, 4), np.float64)
    for k in range(8):
        product = x[..., k : k + 1].astype(np.float64) * total[:, k]
        expected = (product + expected).astype(np.float32).astype(np.float64)
    model = Model(PARAM_SUM, name="param_sum")
    got = model.check({"x": x}, None, {"w": w})[0]
    assert np.allclose(got, expected, rtol=1e-6, atol=1e-6)
    zeros = np.zeros((2, 3, 4), np.float32)
    spans = np.broadcast_to(np.float32([0, 1])[:, None, None], zeros.shape)
    Model(REVERSE_SPAN, name="reverse_span").check({"x": zeros}, spans)


if __name__ == "__main__":
    test_time()
    test_batch()
    test_offset()
    test_rewrites()
