"""Checks that a pass has one name in four spellings.

A record XPass of a Passes.td has a file X.cpp, a flag snn-x (or, for a
conversion ConvertSNNToY, convert-snn-to-y) and a test x.mlir.

RUN: %python %s %src_root
"""

import pathlib
import re
import sys

RECORD = re.compile(r'^def (\w+)\s*:\s*(?:\w*Pass)<"([\w-]+)"', flags=re.M)


def to_kebab(name):
    name = name.replace("SNN", "Snn").replace("LLVM", "Llvm").replace("GPU", "Gpu")
    name = name.replace("SCF", "Scf")
    return re.sub(r"(?<!^)(?=[A-Z])", "-", name).lower()


def check(root, record, flag):
    if not record.endswith("Pass"):
        yield f"expected record '{record}' to end with 'Pass'"
        return
    name = record[: -len("Pass")]
    test = to_kebab(name)
    is_conversion = name.startswith("ConvertSNN")
    expected = test if is_conversion else f"snn-{test}"
    if flag != expected:
        yield f"expected flag '{expected}' for '{record}', but got '{flag}'"
    if not any((root / "lib").rglob(f"{name}.cpp")):
        yield f"expected a file '{name}.cpp' for '{record}'"
    if not any((root / "test").rglob(f"{test}.mlir")):
        yield f"expected a test '{test}.mlir' for '{record}'"


def main(root):
    failed = False
    for page in sorted((root / "include").rglob("Passes.td")):
        for record, flag in RECORD.findall(page.read_text()):
            for message in check(root, record, flag):
                print(f"{page.relative_to(root)}: {message}")
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
