#!/usr/bin/env python3
"""Writes the hand-made part of the corpus: good files and their mistakes.

Usage: make_corpus.py FOLDER, where a folder per fuzz target is made. The same
bytes every time. What fuzzing has found beside them has hashes as names.
"""

from __future__ import annotations

import json
import struct
import sys
import zlib
from dataclasses import dataclass
from pathlib import Path


def make_npy(
    descr: str = "'<f4'",
    shape: str = "(2,)",
    data: bytes = bytes(8),
    order: str = "False",
    version: int = 1,
) -> bytes:
    text = f"{{'descr': {descr}, 'fortran_order': {order}, 'shape': {shape}, }}\n"
    length = struct.pack("<H" if version == 1 else "<I", len(text))
    return b"\x93NUMPY" + bytes([version, 0]) + length + text.encode() + data


def make_npy_files() -> dict[str, bytes]:
    good = make_npy()
    files = {
        "f4": good,
        "version-2": make_npy(version=2),
        "version-3": make_npy(version=3),
        "version-4": make_npy(version=4),
        "scalar": make_npy(shape="()", data=bytes(4)),
        "empty": make_npy(shape="(0, 3)", data=b""),
        "big-endian": make_npy("'>f4'"),
        "fortran": make_npy("'<i2'", "(2, 3)", bytes(range(12)), "True"),
        "fortran-4d": make_npy("'|u1'", "(2, 1, 3, 2)", bytes(12), "True"),
        "spikes": make_npy("'|b1'", "(2,)", b"\0\1"),
        "spike-of-2": make_npy("'|b1'", "(2,)", b"\0\2"),
        "bfloat16": make_npy("'|V2'", "(4,)"),
        "double-quotes": make_npy('"<i8"', "(1,)"),
        "objects": make_npy("'|O'"),
        "structure": make_npy("[('a', '<f4')]"),
        "complex": make_npy("'<c8'"),
        "negative": make_npy(shape="(-1,)"),
        "boolean-size": make_npy(shape="(True,)"),
        "overflow": make_npy(shape="(4294967296, 4294967296, 4294967296)"),
        "bytes-overflow": make_npy(shape="(4611686018427387904,)"),
        "terabyte": make_npy(shape="(1099511627776,)"),
        "33-dimensions": make_npy(shape="(" + "1, " * 33 + ")"),
        "order-1": make_npy(order="1"),
        "zip-behind": good + b"PK\3\4",
        "cut-off": good[:-1],
        "cut-off-header": good[:40],
        "cut-off-magic": good[:7],
        "no-bytes": b"",
        "text": b"hello, this is text",
        "header-4-gib": b"\x93NUMPY\2\0\xff\xff\xff\xff" + bytes(64),
        "two-keys": good.replace(b"shape", b"descr"),
    }
    for code in ("i1", "i2", "i4", "i8", "u1", "f2", "f8"):
        width = int(code[1])
        order = "|" if width == 1 else "<"
        files[code] = make_npy(f"'{order}{code}'", "(1,)", bytes(width))
    return files


@dataclass
class Member:
    """A member of an archive. `own` replaces fields of its own header."""

    name: str = "w.npy"
    data: bytes = make_npy()
    method: int = 0
    flags: int = 0
    zip64: bool = False
    own: tuple[tuple[str, int], ...] = ()
    fields: tuple[tuple[str, int], ...] = ()
    packed: bytes | None = None
    own_name: str | None = None
    gap: bytes = b""


def deflate(data: bytes) -> bytes:
    stream = zlib.compressobj(9, zlib.DEFLATED, -15)
    return stream.compress(data) + stream.flush()


def make_zip(
    *members: Member,
    end: dict[str, int] = {},
    zip64: bool = False,
    narrow: dict[str, int] = {},
) -> bytes:
    """An archive; `end` replaces fields of the end records, `narrow` those of
    the last one beside that of zip64."""
    archive, directory = b"", b""
    for member in members:
        packed = member.packed
        if packed is None:
            packed = deflate(member.data) if member.method == 8 else member.data
        values = {
            "flags": member.flags,
            "method": member.method,
            "crc": zlib.crc32(member.data),
            "packed": len(packed),
            "size": len(member.data),
            "offset": len(archive),
        } | dict(member.fields)
        own = values | dict(member.own)
        streamed = member.flags & 8
        if streamed:
            own |= {"crc": 0, "packed": 0, "size": 0}
        extra = b""
        sizes = struct.pack("<II", own["packed"], own["size"])
        if member.zip64:
            extra = struct.pack("<HHQQ", 1, 16, own["size"], own["packed"])
            sizes = b"\xff" * 8
        name = (member.own_name or member.name).encode()
        archive += b"PK\3\4" + struct.pack(
            "<HHHII", 45, own["flags"], own["method"], 33 << 16, own["crc"]
        )
        archive += sizes + struct.pack("<HH", len(name), len(extra)) + name + extra
        archive += packed
        if streamed:
            width = "QQ" if member.zip64 else "II"
            archive += b"PK\7\10" + struct.pack(
                "<I" + width, values["crc"], values["packed"], values["size"]
            )
        archive += member.gap
        name = member.name.encode()
        directory += b"PK\1\2" + struct.pack(
            "<HHHHIIIIHHHHHII",
            45,
            45,
            values["flags"],
            values["method"],
            33 << 16,
            values["crc"],
            values["packed"],
            values["size"],
            len(name),
            0,
            0,
            0,
            0,
            0,
            values["offset"],
        )
        directory += name
    place = {
        "count": len(members),
        "size": len(directory),
        "offset": len(archive),
        "comment": 0,
        "part": 0,
    } | end
    record = b""
    if zip64:
        record = b"PK\6\6" + struct.pack(
            "<QHHIIQQQQ",
            44,
            45,
            45,
            0,
            0,
            place["count"],
            place["count"],
            place["size"],
            place["offset"],
        )
        record += b"PK\6\7" + struct.pack("<IQI", 0, len(archive + directory), 1)
        place |= {"count": 0xFFFF, "size": 0xFFFFFFFF, "offset": 0xFFFFFFFF}
        place |= narrow
    record += b"PK\5\6" + struct.pack(
        "<HHHHIIH",
        place["part"],
        0,
        place["count"],
        place["count"],
        place["size"],
        place["offset"],
        place["comment"],
    )
    return archive + directory + record


def make_npz_files() -> dict[str, bytes]:
    zeros = make_npy(shape="(64,)", data=bytes(256))
    bomb = make_npy(shape="(262144,)", data=bytes(1 << 20))
    good = make_zip(Member())
    return {
        "stored": good,
        "deflated": make_zip(Member(data=zeros, method=8)),
        "two": make_zip(Member("a.npy"), Member("b/c.npy", zeros, 8)),
        "none": make_zip(),
        "zip64": make_zip(Member(zip64=True), zip64=True),
        "zip64-count": make_zip(Member(), zip64=True, narrow={"count": 1}),
        "zip64-differs": make_zip(Member(), zip64=True, narrow={"count": 2}),
        "zip64-offset": make_zip(Member(), end={"offset": 0xFFFFFFFF}),
        "zip64-member": make_zip(Member(zip64=True)),
        "streamed": make_zip(Member(flags=8), Member("b.npy", zeros, 8, 8)),
        "streamed-zip64": make_zip(Member(flags=8, zip64=True)),
        "utf8": make_zip(Member("\u00e9.npy", flags=0x800)),
        "utf8-undeclared": make_zip(Member("\u00e9.npy")),
        "parent": make_zip(Member("../w.npy")),
        "absolute": make_zip(Member("/w.npy")),
        "backslash": make_zip(Member("..\\w.npy")),
        "nul": make_zip(Member("w\0.npy")),
        "text-member": make_zip(Member("w.txt")),
        "pickle": make_zip(Member("data.pkl", b"\x80\2.")),
        "duplicate": make_zip(Member(), Member()),
        "encrypted": make_zip(Member(flags=1)),
        "flags": make_zip(Member(flags=0x20)),
        "lzma": make_zip(Member(method=14)),
        "crc": make_zip(Member(fields=(("crc", 1),))),
        "crc-deflated": make_zip(Member(method=8, fields=(("crc", 1),))),
        "own-crc": make_zip(Member(own=(("crc", 1),))),
        "own-size": make_zip(Member(method=8, own=(("size", 1),))),
        "own-flags": make_zip(Member(own=(("flags", 2),))),
        "own-method": make_zip(Member(own=(("method", 8),))),
        "own-name": make_zip(Member(own_name="v.npy")),
        "declared-more": make_zip(Member(method=8, fields=(("size", 200),))),
        "declared-less": make_zip(Member(method=8, fields=(("size", 20),))),
        "bomb": make_zip(Member(data=bomb, method=8)),
        "bomb-4-gib": make_zip(Member(method=8, fields=(("size", 0xFFFFFFFE),))),
        "deflated-noise": make_zip(Member(method=8, packed=b"\xff" * 20)),
        "deflated-cut": make_zip(Member(method=8, packed=deflate(zeros)[:20])),
        "deflated-more": make_zip(
            Member(method=8, packed=deflate(make_npy()) + b"more")
        ),
        "overlap": make_zip(Member("a.npy"), Member("b.npy", fields=(("offset", 0),))),
        "hole": make_zip(Member("a.npy", gap=b"gap"), Member("b.npy")),
        "before": b"before" + good,
        "behind": good + b"behind",
        "comment": make_zip(Member(), end={"comment": 2}) + b"hi",
        "count": make_zip(Member(), end={"count": 2}),
        "directory-size": make_zip(Member(), end={"size": 2}),
        "directory-offset": make_zip(Member(), end={"offset": 2}),
        "parts": make_zip(Member(), end={"part": 1}),
        "long-name": make_zip(Member("w" * 4093 + ".npy")),
        "cut-off": good[:-10],
        "cut-off-member": good[:50],
        "no-bytes": b"",
        "bad-npy": make_zip(Member(data=b"hello")),
        "objects": make_zip(Member(data=make_npy("'|O'"))),
    }


def make_safe(header: object, data: bytes = bytes(4)) -> bytes:
    text = header if isinstance(header, str) else json.dumps(header)
    return struct.pack("<Q", len(text.encode())) + text.encode() + data


def make_entry(dtype: str, shape: list[int], begin: int, end: int) -> dict[str, object]:
    return {"dtype": dtype, "shape": shape, "data_offsets": [begin, end]}


def make_safetensors_files() -> dict[str, bytes]:
    entry = make_entry("F32", [1], 0, 4)
    byte, more = make_entry("I8", [2], 0, 2), make_entry("I8", [2], 2, 4)
    good = make_safe({"x": entry})
    files = {
        "f32": good,
        "none": make_safe({}, b""),
        "metadata": make_safe({"__metadata__": {"format": "pt"}, "x": entry}),
        "two": make_safe({"x": byte, "y": make_entry("U8", [1, 2], 2, 4)}),
        "escapes": make_safe({'\u00e9\U0001f600"\n': entry}),
        "utf8": make_safe(json.dumps({"\u00e9": entry}, ensure_ascii=False)),
        "spaces": make_safe(json.dumps({"x": entry}, indent=1) + "  "),
        "empty-tensor": make_safe({"x": make_entry("F32", [0, 3], 0, 0)}, b""),
        "bool-of-2": make_safe({"x": make_entry("BOOL", [4], 0, 4)}, b"\0\1\2\0"),
        "overlap": make_safe({"x": byte, "y": make_entry("I8", [3], 1, 4)}),
        "hole": make_safe({"x": byte, "y": make_entry("I8", [1], 3, 4)}),
        "past-end": make_safe({"x": make_entry("F32", [2], 0, 8)}),
        "data-behind": make_safe({"x": byte}),
        "shape-differs": make_safe({"x": make_entry("F32", [2], 0, 4)}),
        "dtype-differs": make_safe({"x": make_entry("F64", [1], 0, 4)}),
        "backwards": make_safe({"x": make_entry("F32", [1], 4, 0)}),
        "overflow": make_safe({"x": make_entry("F32", [1 << 62, 4], 0, 4)}),
        "unknown-dtype": make_safe({"x": make_entry("F8_E4M3", [4], 0, 4)}),
        "duplicate": make_safe(f'{{"x":{json.dumps(byte)},"x":{json.dumps(more)}}}'),
        "key-twice": make_safe('{"x":{"dtype":"I8","dtype":"I8"}}'),
        "deep": make_safe('{"x":{"shape":' + "[" * 500),
        "lone-surrogate": make_safe('{"\\ud800":{}}'),
        "header-beyond": struct.pack("<Q", 100) + b"{}",
        "header-2^63": struct.pack("<Q", 1 << 63) + b"{}",
        "cut-off": good[:-1],
        "cut-off-header": good[:20],
        "no-bytes": b"",
    }
    for name, width in (("BOOL", 1), ("U8", 1), ("I16", 2), ("BF16", 2), ("I64", 8)):
        entry = make_entry(name, [2], 0, 2 * width)
        files[name] = make_safe({"x": entry}, bytes(2 * width))
    return files


def make_csv_files() -> dict[str, bytes]:
    """The first byte is the type of the elements, see CsvFuzzer.cpp."""
    i1, i8, f16, f32, f64 = b"\0", b"\1", b"\5", b"\7", b"\x08"
    values, both = b"x[0][0],x[0][1]\n", b"step,batch,x[0][0],x[0][1]\n"
    return {
        "values": f32 + values + b"1,2.5\n-0,1e-7\n",
        "batch": f32 + both + b"7,0,1,2\n7,1,3,4\n8,0,5,6\n8,1,7,8\n",
        "spikes": i1 + b"step," + values + b"0,TRUE,0\n1,False,1\n",
        "integers": i8 + values + b"-128,+127\n",
        "integer-beyond": i8 + values + b"1,128\n",
        "halves": f16 + values + b"65519.9,6e-8\ninf,nan\n",
        "doubles": f64 + values + b"1.7976931348623157e308,5e-324\n",
        "double-beyond": f64 + values + b"1,1e309\n",
        "quotes": f32 + b'\xef\xbb\xbf"x[0][0]", "x[0][1]" \r\n"1", 2\r\n\r\n3,4',
        "no-number": f32 + values + b"1,0x1p3\n",
        "empty-field": f32 + values + b"1,\n",
        "value-missing": f32 + values + b"1\n",
        "value-more": f32 + values + b"1,2,3\n",
        "step-back": f32 + both + b"1,0,1,2\n0,0,1,2\n",
        "batch-grows": f32 + both + b"0,0,1,2\n1,0,1,2\n1,1,1,2\n",
        "batch-missing": f32 + both + b"0,0,1,2\n0,1,1,2\n1,0,1,2\n",
        "huge-step": f32 + both + b"9223372036854775807,0,1,2\n1,0,1,2\n",
        "no-column": f32 + b"x[0][0],y\n",
        "long-line": f32 + values + b" " * 8000 + b"1,2\n",
        "control": f32 + values + b"\x1b[2J,1\n",
        "header": f32 + values,
        "no-bytes": f32,
    }


def make_state(
    magic: bytes = b"SNNSTATE",
    version: int = 1,
    count: int = 3,
    model: int = 0x0123456789ABCDEF,
    batch: int = 1,
    position: int = 7,
    data: bytes = bytes(24),
) -> bytes:
    return magic + struct.pack("<IIQqq", version, count, model, batch, position) + data


def make_state_files() -> dict[str, bytes]:
    good = make_state()
    return {
        "batch-1": good,
        "batch-0": make_state(batch=0, data=bytes(8)),
        "batch-5": make_state(batch=5, data=bytes(88)),
        "batch-negative": make_state(batch=-1),
        "batch-2^62": make_state(batch=1 << 62),
        "position-negative": make_state(position=-1),
        "spike-of-2": make_state(data=bytes(12) + b"\2" + bytes(11)),
        "other-model": make_state(model=1),
        "other-count": make_state(count=2),
        "version-2": make_state(version=2),
        "magic": make_state(magic=b"STATESNN"),
        "cut-off": good[:-1],
        "cut-off-header": good[:20],
        "too-long": good + b"\0",
        "no-bytes": b"",
    }


def main() -> None:
    makers = {
        "csv": make_csv_files,
        "npy": make_npy_files,
        "npz": make_npz_files,
        "safetensors": make_safetensors_files,
        "state": make_state_files,
    }
    for target, make in makers.items():
        folder = Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in make().items():
            (folder / name).write_bytes(data)


if __name__ == "__main__":
    main()
