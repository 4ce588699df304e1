"""The boundary of a model: shapes, several inputs and outputs, embedded weights.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model, expect_failure

f32 = np.float32


def test_static_shapes() -> None:
    """Sizes that the model fixes: these run, and others are an error."""
    text = """func.func @fixed(%x: tensor<6x2x4xf32>) -> (tensor<6x2x4xi1>,
        tensor<6x2x4xf32>, tensor<2x4xf32> {snn.static}) {
      %s, %v = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<6x2x4xf32>
      %d, %h = snn.delay %x by [2] : tensor<6x2x4xf32>
      %l, %last = snn.li %x {decay = 1.0} : tensor<6x2x4xf32>
      return %s, %d, %last : tensor<6x2x4xi1>, tensor<6x2x4xf32>, tensor<2x4xf32>
    }"""
    model = Model(text, name="fixed")
    x = np.arange(48, dtype=f32).reshape(6, 2, 4) / f32(32)
    v, s = np.zeros((2, 4), f32), np.zeros(x.shape, bool)
    for t in range(6):
        u = f32(0.5) * v + x[t]
        s[t] = u >= 1
        v = np.where(s[t], f32(0), u)
    delayed = np.concatenate([np.zeros((2, 2, 4), f32), x[:4]])
    model.check({"x": x}, [s, delayed, x.sum(axis=0)])
    expect_failure("6", lambda: model.run({"x": x[:5]}))
    expect_failure("2", lambda: model.run({"x": x[:, :1]}))
    expect_failure("4", lambda: model.run({"x": x[..., :3]}))


def test_wrong_inputs() -> None:
    model = Model("lif.mlir")
    x = np.ones((3, 2, 5), f32)
    expect_failure("f32", lambda: model.run({"x": x.astype(np.float64)}))
    expect_failure("shape", lambda: model.run({"x": x[0]}))
    expect_failure("--input", lambda: model.run({}))


def test_several() -> None:
    """Inputs of one time and batch; an output that is an input; one given twice."""
    text = """func.func @several(%a: tensor<?x?x3xf32>, %b: tensor<?x?x3xf32>,
        %c: tensor<?x?x2x2xi1>) -> (tensor<?x?x3xf32>, tensor<?x?x3xf32>,
            tensor<?x?x2x2xi1>, tensor<?x?x3xf32>, tensor<?x?x2x2xi1>) {
      %sum = arith.addf %a, %b : tensor<?x?x3xf32>
      return %sum, %a, %c, %sum, %c : tensor<?x?x3xf32>, tensor<?x?x3xf32>,
          tensor<?x?x2x2xi1>, tensor<?x?x3xf32>, tensor<?x?x2x2xi1>
    }"""
    model = Model(text, name="several")
    random = np.random.default_rng(0)
    for steps, batch in ((5, 5), (1, 1), (0, 3)):
        a, b = random.normal(size=(2, steps, batch, 3)).astype(f32)
        c = random.random((steps, batch, 2, 2)) < 0.5
        model.check({"a": a, "b": b, "c": c}, [a + b, a, c, a + b, c])
    a = np.ones((3, 2, 3), f32)
    c = np.ones((3, 2, 2, 2), bool)
    expect_failure("b", lambda: model.run({"a": a, "b": a[:2], "c": c}))
    expect_failure("c", lambda: model.run({"a": a, "b": a, "c": c[:, :1]}))
    model.run({"a": a, "b": a[:2], "c": c}, {}, "--steps", 2)


def test_statics() -> None:
    """A mean over time: logits that are valid after any number of steps, 0 too."""
    text = """#each = affine_map<(b, n) -> (b, n)>
    func.func @mean(%x: tensor<?x?x3xf32>, %w: tensor<2x3xf32> {snn.param = "w"},
        %b: tensor<2xf32> {snn.param = "b"}) -> (tensor<?x2xf32> {snn.static}) {
      %sum, %count = snn.neuron ins(%x : tensor<?x?x3xf32>) {
      ^bb0(%xt: f32, %sum0: f32, %count0: f32):
        %one = arith.constant 1.0 : f32
        %sum1 = arith.addf %sum0, %xt : f32
        %count1 = arith.addf %count0, %one : f32
        snn.yield state(%sum1, %count1 : f32, f32)
      } state(tensor<?x3xf32>, tensor<?x3xf32>)
      %mean = linalg.generic {indexing_maps = [#each, #each, #each],
          iterator_types = ["parallel", "parallel"]}
          ins(%sum, %count : tensor<?x3xf32>, tensor<?x3xf32>)
          outs(%sum : tensor<?x3xf32>) {
      ^bb0(%s: f32, %n: f32, %out: f32):
        %one = arith.constant 1.0 : f32
        %divisor = arith.maximumf %n, %one : f32
        %ratio = arith.divf %s, %divisor : f32
        linalg.yield %ratio : f32
      } -> tensor<?x3xf32>
      %y = snn.linear %mean, %w, %b : tensor<?x3xf32>, tensor<2x3xf32>, tensor<2xf32>
      return %y : tensor<?x2xf32>
    }"""
    w, b = np.float32([[1, 2, 4], [0, 0, 1]]), np.float32([0.5, -1])
    model = Model(text, {"w": w, "b": b}, name="mean")
    x = np.float32([[[1, 2, 3]], [[3, 2, 1]], [[2, 2, 5]], [[2, 2, 3]]])
    model.check({"x": x}, np.float32([[2 + 4 + 12 + 0.5, 2]]))
    model.check({"x": x[:0]}, b[None])
    model.check({"x": x[:1].repeat(5, axis=1)}, np.float32([[17.5, 2]]).repeat(5, axis=0))


if __name__ == "__main__":
    test_static_shapes()
    test_wrong_inputs()
    test_several()
    test_statics()
