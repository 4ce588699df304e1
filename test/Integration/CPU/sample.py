"""snn.sample against Philox in NumPy; snn.pack and snn.unpack.

RUN: %python %s snnc %t
"""

from __future__ import annotations

import numpy as np
from harness import Model

MASK = 0xFFFFFFFF


def run_philox(counter: list[int], key: list[int]) -> list[int]:
    """Philox4x32-10 of Salmon et al., SC 2011."""
    c, k = list(counter), list(key)
    for _ in range(10):
        low, high = c[0] * 0xD2511F53, c[2] * 0xCD9E8D57
        c = [(high >> 32) ^ c[1] ^ k[0], high & MASK, (low >> 32) ^ c[3] ^ k[1], low & MASK]
        k = [(k[0] + 0x9E3779B9) & MASK, (k[1] + 0xBB67AE85) & MASK]
    return c


def run_sample(p: np.ndarray, seed: int, draw: int, offset: int = 0,
               batch: int = 0) -> np.ndarray:  # fmt: skip
    key = (seed + draw * 0x9E3779B97F4A7C15) % 2**64
    flat = p.reshape(*p.shape[:2], int(np.prod(p.shape[2:])))
    s = np.zeros(flat.shape, bool)
    for t, b, n in np.ndindex(*flat.shape):
        step = offset + t
        word = run_philox([n, step & MASK, step >> 32, (batch + b) & MASK],
                          [key & MASK, key >> 32])[0]  # fmt: skip
        s[t, b, n] = (word >> 8) * 2.0**-24 < flat[t, b, n]
    return s.reshape(p.shape)


def test_philox() -> None:
    """The test vectors that come with the authors' Random123."""
    assert run_philox([0] * 4, [0] * 2) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    assert run_philox([MASK] * 4, [MASK] * 2) == [0x408F276D, 0x41C83B0E, 0xA20BC7C6, 0x6D5451FD]


def test_sample() -> None:
    text = """func.func @draws(%p: tensor<?x?x3x4xf32>, %q: tensor<?x?x5xf64>,
        %h: tensor<?x?x5xf16>) -> (tensor<?x?x3x4xi1>, tensor<?x?x3x4xi1>,
            tensor<?x?x5xi1>, tensor<?x?x5xi1>) {
      %a = snn.sample %p {id = 0} : tensor<?x?x3x4xf32>
      %b = snn.sample %p {seed = 7, id = 3} : tensor<?x?x3x4xf32>
      %c = snn.sample %q {seed = -1, id = 123456789} : tensor<?x?x5xf64>
      %d = snn.sample %h {seed = 1, id = 1} : tensor<?x?x5xf16>
      return %a, %b, %c, %d : tensor<?x?x3x4xi1>, tensor<?x?x3x4xi1>,
          tensor<?x?x5xi1>, tensor<?x?x5xi1>
    }"""
    model = Model(text, name="draws")
    random = np.random.default_rng(0)
    for steps, batch in ((15, 5), (1, 1), (0, 2)):
        p = random.random((steps, batch, 3, 4)).astype(np.float32)
        p[..., 0, :] = [0, 1, -1, 2]
        if steps:
            p[0, 0, 1] = [np.nan, np.inf, -np.inf, 2.0**-24]
        q = random.random((steps, batch, 5))
        h = q.astype(np.float16)
        expected = [run_sample(p, 0, 0), run_sample(p, 7, 3),
                    run_sample(q, -1, 123456789), run_sample(h, 1, 1)]  # fmt: skip
        model.check({"p": p, "q": q, "h": h}, expected)


def test_rate_code() -> None:
    """A silent, a certain and a fair pixel; the fair one as counted by NumPy."""
    p = np.float32([0, 1, 0.5])[None, None] * np.ones((64, 2, 1), np.float32)
    s = run_sample(p, 1, 0)
    assert not s[..., 0].any() and s[..., 1].all() and 40 < s[..., 2].sum() < 88
    Model("sample.mlir").check({"p": p}, s)


def pack(s: np.ndarray) -> np.ndarray:
    words = np.zeros((*s.shape[:-1], -(-s.shape[-1] // 32)), np.uint32)
    for n in range(s.shape[-1]):
        words[..., n // 32] |= s[..., n].astype(np.uint32) << np.uint32(n % 32)
    return words.view(np.int32)


def test_pack() -> None:
    sizes = ["1", "31", "32", "33", "2x100"]
    arguments, lines, results, types = [], [], [], []
    for i, size in enumerate(sizes):
        *outer, last = size.split("x")
        words = "x".join([*outer, str(-(-int(last) // 32))])
        arguments += [f"%s{i}: tensor<?x?x{size}xi1>", f"%w{i}: tensor<?x?x{words}xi32>"]
        lines += [f"%p{i} = snn.pack %s{i} : tensor<?x?x{size}xi1>",
                  f"%u{i} = snn.unpack %w{i} {{neurons = {last}}} : tensor<?x?x{words}xi32>"]  # fmt: skip
        results += [f"%p{i}", f"%u{i}"]
        types += [f"tensor<?x?x{words}xi32>", f"tensor<?x?x{size}xi1>"]
    text = "\n".join([f"func.func @packs({', '.join(arguments)}) -> ({', '.join(types)}) {{",
                      *lines, f"return {', '.join(results)} : {', '.join(types)}", "}"])  # fmt: skip
    model = Model(text, name="packs")
    random = np.random.default_rng(3)
    for steps, batch in ((9, 5), (1, 1), (0, 2)):
        arrays, expected = {}, []
        for i, size in enumerate(sizes):
            shape = (steps, batch, *map(int, size.split("x")))
            s, other = random.random(shape) < 0.5, random.random(shape) < 0.5
            arrays |= {f"s{i}": s, f"w{i}": pack(other)}
            expected += [pack(s), other]
        model.check(arrays, expected)
    # By hand: neurons 0, 31 and 32 are bit 0, the sign bit, and bit 0 again.
    s = np.zeros((1, 1, 40), bool)
    s[..., [0, 31, 32]] = True
    Model("pack.mlir").check({"s": s}, [np.int32([[[-(2**31) + 1, 1]]]), s])


if __name__ == "__main__":
    test_philox()
    test_sample()
    test_rate_code()
    test_pack()
