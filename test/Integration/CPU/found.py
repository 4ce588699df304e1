"""Models on which compiled code and the reference once differed.

RUN: %python %s snnc %t

Each is reduced from a random model that snn-smith found. The reference says what
is right; the harness compares it with every way to run.
"""

from __future__ import annotations

import numpy as np
from harness import Model

# A tile of the batch drew the numbers of the first elements.
SAMPLE_BATCH = """func.func @sample_batch(%x: tensor<?x?x17xf64>) -> tensor<?x?x17xi1> {
  %c2 = arith.constant 2 : i64
  %s = snn.sample %x batch(%c2) {id = 73 : i64} : tensor<?x?x17xf64>
  return %s : tensor<?x?x17xi1>
}"""

# The first tile's write into a static state lost the rest of it.
STATIC_STATE = """func.func @static_state(%x: tensor<4x1x63xf64>) -> (tensor<4x1x63xf64>, tensor<4x1x63xi1>) {
  %v, %v1 = snn.li %x {decay = 0.5} : tensor<4x1x63xf64>
  %s, %u = snn.lif %x {decay = 0.5, threshold = 1.0} : tensor<4x1x63xf64>
  return %v, %s : tensor<4x1x63xf64>, tensor<4x1x63xi1>
}"""

# One tap has no history, and a slice of none began at the end.
ONE_TAP = """func.func @one_tap(%x: tensor<5x?x8xf32>, %w: tensor<9x1xf32> {snn.param = "w"}) -> tensor<5x?x8xf32> {
  %y, %h = snn.temporal_conv %x, %w {per_step} : tensor<5x?x8xf32>, tensor<9x1xf32>
  return %y : tensor<5x?x8xf32>
}"""

# Sums of bf16 were not rounded before the product, and did not link; integers
# rounded to f32 and again.
NARROW = """func.func @narrow(%x: tensor<?x?x9xf32>, %n: tensor<?x?x9xi32>) -> (tensor<?x?x9xf32>, tensor<?x?x9xf32>, tensor<?x?x9xf64>) {
  %b = arith.truncf %x : tensor<?x?x9xf32> to tensor<?x?x9xbf16>
  %sum = arith.addf %b, %b : tensor<?x?x9xbf16>
  %y = arith.mulf %sum, %b : tensor<?x?x9xbf16>
  %z = arith.addf %y, %b : tensor<?x?x9xbf16>
  %i = arith.sitofp %n : tensor<?x?x9xi32> to tensor<?x?x9xbf16>
  %0 = arith.extf %z : tensor<?x?x9xbf16> to tensor<?x?x9xf32>
  %1 = arith.extf %i : tensor<?x?x9xbf16> to tensor<?x?x9xf32>
  %h = arith.truncf %x : tensor<?x?x9xf32> to tensor<?x?x9xf16>
  %q = arith.addf %h, %h : tensor<?x?x9xf16>
  %r = arith.mulf %q, %h : tensor<?x?x9xf16>
  %2 = arith.extf %r : tensor<?x?x9xf16> to tensor<?x?x9xf64>
  return %0, %1, %2 : tensor<?x?x9xf32>, tensor<?x?x9xf32>, tensor<?x?x9xf64>
}"""

# Ops in the body of a reverse recurrence run backwards as well.
REVERSE_BODY = """func.func @reverse_body(%x: tensor<?x?x6xf32>, %w: tensor<40x3xf32> {snn.param = "w"},
    %h0: tensor<2x?x6xf32> {snn.state = "h"}, %f0: tensor<3x?x6xf32> {snn.state = "f"})
    -> (tensor<?x?x6xf32>, tensor<2x?x6xf32> {snn.state = "h"}, tensor<3x?x6xf32> {snn.state = "f"}) {
  %p = arith.constant 2 : i64
  %y, %h1, %f1 = snn.recurrent reverse ins(%x : tensor<?x?x6xf32>) skip [1, 2, 3, 1, 2, 3]
      state(%h0 : tensor<2x?x6xf32>) history(%f0 : tensor<3x?x6xf32>) position(%p) {
  ^bb0(%a: tensor<?x?x6xf32>, %f: tensor<?x?x6xf32>, %h: tensor<2x?x6xf32>, %t: i64):
    %c, %c1 = snn.temporal_conv %a, %w init(%h : tensor<2x?x6xf32>) offset(%t) {per_step}
        : tensor<?x?x6xf32>, tensor<40x3xf32>
    %d = arith.subf %c, %f : tensor<?x?x6xf32>
    snn.yield %d : tensor<?x?x6xf32> feedback(%d : tensor<?x?x6xf32>) state(%c1 : tensor<2x?x6xf32>)
  } -> (tensor<?x?x6xf32>) state(tensor<2x?x6xf32>) history(tensor<3x?x6xf32>)
  return %y, %h1, %f1 : tensor<?x?x6xf32>, tensor<2x?x6xf32>, tensor<3x?x6xf32>
}"""

# A held potential forgot its late reset.
HELD = """func.func @held(%x: tensor<?x?x40xf32>) -> (tensor<?x?x40xi1>, tensor<?x?x40xf32>) {
  %s, %u, %v1, %n1 = snn.lif %x {decay = 0.75, threshold = 0.5, refractory = 3 : i64,
      reset = #snn.reset<subtract>, reset_time = #snn.reset_time<next>, hold = #snn.hold<state>,
      potential = #snn.potential<before_reset>} : tensor<?x?x40xf32>
  return %s, %u : tensor<?x?x40xi1>, tensor<?x?x40xf32>
}"""

# Zeros of both signs came out in the order of the operands; x - x folded to a
# constant of no sizes; constants were computed with the C library.
FOLDS = """func.func @folds(%x: tensor<?x?x5xf64>, %y: tensor<?x?x5xf64>, %n: tensor<?x?x5xi8>)
    -> (tensor<?x?x5xf64>, tensor<?x?x5xf64>, tensor<?x?x5xi8>, tensor<?x?x5xf64>) {
  %0 = arith.maximumf %x, %y : tensor<?x?x5xf64>
  %1 = arith.minnumf %x, %y : tensor<?x?x5xf64>
  %2 = arith.subi %n, %n : tensor<?x?x5xi8>
  %3 = arith.subi %2, %n : tensor<?x?x5xi8>
  %4 = snn.neuron ins(%x : tensor<?x?x5xf64>) {
  ^bb0(%a: f64):
    %c = arith.constant 0.7 : f64
    %d = arith.constant 2.3 : f64
    %e = math.powf %c, %d : f64
    %f = math.sin %e : f64
    %g = arith.addf %a, %f : f64
    snn.yield %g : f64
  } -> (tensor<?x?x5xf64>)
  return %0, %1, %3, %4 : tensor<?x?x5xf64>, tensor<?x?x5xf64>, tensor<?x?x5xi8>, tensor<?x?x5xf64>
}"""

# Both sums went to the first output, for they began with the same zeros.
TWO_SUMS = """func.func @two_sums(%x: tensor<?x?x3x4x4xi1>)
    -> (tensor<?x?x3x2x2xf64>, tensor<?x?x3x2x2xf64>) {
  %0 = snn.sum_pool2d %x {element_type = f64, kernel = array<i64: 3, 3>, stride = array<i64: 1, 1>}
      : tensor<?x?x3x4x4xi1>
  %1 = snn.sum_pool2d %x {element_type = f64, kernel = array<i64: 1, 1>, stride = array<i64: 2, 2>}
      : tensor<?x?x3x4x4xi1>
  return %0, %1 : tensor<?x?x3x2x2xf64>, tensor<?x?x3x2x2xf64>
}"""

# The memory of what a layer in chunks gives to a reshape had no bound.
WIDE_CHUNKS = """func.func @wide_chunks(%x: tensor<?x?x5x11xf32>, %w: tensor<2x5x11xf32> {snn.param = "w"})
    -> tensor<?x?x2xf32> {
  %v, %vT = snn.neuron ins(%x : tensor<?x?x5x11xf32>)
      attributes {schedule = #snn.schedule<speculate, 1>} {
  ^bb0(%a: f32, %b: f32):
    %half = arith.constant 0.5 : f32
    %c = arith.mulf %half, %b : f32
    %d = arith.addf %c, %a : f32
    snn.yield %d : f32 state(%d : f32)
  } -> (tensor<?x?x5x11xf32>) state(tensor<?x5x11xf32>)
  %y = snn.linear %v, %w : tensor<?x?x5x11xf32>, tensor<2x5x11xf32>
  return %y : tensor<?x?x2xf32>
}"""

# The warm-up was to be found from a factor of integers, and from an input.
INTEGER_FACTOR = """func.func @integer_factor(%x: tensor<?x?x3xi32>, %p: tensor<3xi32> {snn.param = "p"}, %y: tensor<?x?x3xf32>)
    -> (tensor<?x?x3xi32>, tensor<?x?x3xf32>) {
  %v, %vT = snn.neuron ins(%x : tensor<?x?x3xi32>) params(%p : tensor<3xi32>)
      attributes {schedule = #snn.schedule<speculate>} {
  ^bb0(%a: i32, %b: i32, %c: i32):
    %d = arith.muli %b, %c : i32
    %e = arith.addi %d, %a : i32
    snn.yield %e : i32 state(%e : i32)
  } -> (tensor<?x?x3xi32>) state(tensor<?x3xi32>)
  %u, %uT = snn.neuron ins(%y : tensor<?x?x3xf32>) attributes {schedule = #snn.schedule<speculate>} {
  ^bb0(%a: f32, %c: f32):
    %d = arith.mulf %a, %c : f32
    %e = arith.addf %d, %a : f32
    snn.yield %e : f32 state(%e : f32)
  } -> (tensor<?x?x3xf32>) state(tensor<?x3xf32>)
  return %v, %u : tensor<?x?x3xi32>, tensor<?x?x3xf32>
}"""

RANDOM = np.random.default_rng(0)


def draw(*shape: int, dtype: type = np.float32) -> np.ndarray:
    return RANDOM.standard_normal(shape).astype(dtype)


def test_cuts() -> None:
    Model(SAMPLE_BATCH).check({"x": RANDOM.random((6, 5, 17))}, None)
    Model(STATIC_STATE).check({"x": 2 * draw(4, 1, 63, dtype=np.float64)}, None)
    Model(TWO_SUMS).check({"x": RANDOM.random((3, 2, 3, 4, 4)) < 0.5}, None)
    Model(HELD).check({"x": draw(30, 2, 40)}, None)


def test_chunks() -> None:
    Model(WIDE_CHUNKS).check({"x": draw(40, 2, 5, 11)}, None, {"w": draw(2, 5, 11)})
    x = RANDOM.integers(-9, 9, (40, 2, 3)).astype(np.int32)
    p = RANDOM.integers(-2, 3, 3).astype(np.int32)
    Model(INTEGER_FACTOR).check({"x": x, "y": draw(40, 2, 3) / 2}, None, {"p": p})


def test_time() -> None:
    Model(ONE_TAP).check({"x": draw(5, 3, 8)}, None, {"w": draw(9, 1)})
    Model(REVERSE_BODY).check({"x": draw(11, 2, 6)}, None, {"w": draw(40, 3) / 3})


def test_numbers() -> None:
    numbers = RANDOM.integers(-(2**31), 2**31, (40, 3, 9)).astype(np.int32)
    Model(NARROW).check({"x": draw(40, 3, 9), "n": numbers}, None)
    zeros = np.array([0.0, -0.0, 0.0, -0.0, np.nan]).reshape(1, 1, 5)
    others = np.array([-0.0, 0.0, 0.0, -0.0, -1.0]).reshape(1, 1, 5)
    x = np.concatenate([zeros, others, draw(3, 1, 5, dtype=np.float64)])
    y = np.concatenate([others, zeros, draw(3, 1, 5, dtype=np.float64)])
    n = RANDOM.integers(-128, 128, (5, 1, 5)).astype(np.int8)
    Model(FOLDS).check({"x": x, "y": y, "n": n}, None)


if __name__ == "__main__":
    test_cuts()
    test_chunks()
    test_time()
    test_numbers()
