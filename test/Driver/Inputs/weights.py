"""Writes a .safetensors file, needing nothing but Python.

Usage: weights.py FILE [NAME:TYPE:SHAPE=VALUES]..., with SHAPE as 3x4 and VALUES
separated by commas, or one value for all. Types: F16, F32, F64, I32.
"""

import json
import math
import struct
import sys

FORMATS = {"F16": "e", "F32": "f", "F64": "d", "I32": "i"}


def encode(text):
    """The header entry without offsets, and the bytes."""
    described, values = text.split("=")
    name, dtype, shape = described.split(":")
    shape = [int(size) for size in shape.split("x")]
    parse = int if dtype == "I32" else float
    values = [parse(value) for value in values.split(",")]
    if len(values) == 1:
        values *= math.prod(shape)
    data = struct.pack(f"<{len(values)}{FORMATS[dtype]}", *values)
    return name, {"dtype": dtype, "shape": shape}, data


def main(path, tensors):
    header, body = {}, b""
    for name, entry, data in map(encode, tensors):
        entry["data_offsets"] = [len(body), len(body) + len(data)]
        header[name] = entry
        body += data
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
