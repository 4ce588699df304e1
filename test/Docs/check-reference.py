"""Checks that the interpreter shares no code with what it is compared with.

What lib/Reference and include/snn/Reference include of ours is the dialect and
themselves, also by way of other headers; they do not build the steps of named
neurons as the compiler does, and link nothing of it.

RUN: %python %s %src_root
"""

import pathlib
import re
import sys

INCLUDE = re.compile(r'^\s*#\s*include\s*["<]([^">]+)[">]', flags=re.M)
ALLOWED = ("IR", "Reference")
WORD = re.compile(r"\bbuildStep\b")
LIBRARY = re.compile(r"\bSNN\w+")
LINKED = {"SNNReference", "SNNIR"}


def check_include(root, path, name):
    """Yields what is wrong with an include of a file."""
    parts = pathlib.PurePosixPath(name).parts
    if ".." in parts or parts[0] == "lib":
        yield f"expected no path out of the folder, but got '{name}'"
    elif parts[0] == "snn" and parts[1] not in ALLOWED:
        yield f"expected headers of {' and '.join(ALLOWED)}, but got '{name}'"
    elif parts[0] != "snn" and len(parts) == 1 and "." in name:
        if not (path.parent / name).exists():
            yield f"expected a header of this folder, but got '{name}'"


def check(root, path):
    text = path.read_text()
    if path.name == "CMakeLists.txt":
        for library in sorted(set(LIBRARY.findall(text)) - LINKED):
            yield f"expected to link {' and '.join(sorted(LINKED))}, but got {library}"
        return
    for name in INCLUDE.findall(text):
        yield from check_include(root, path, name)
    if WORD.search(text):
        yield "expected no use of buildStep"


def main(root):
    folders = [root / "lib" / "Reference", root / "include" / "snn" / "Reference"]
    # The dialect's headers must not lead elsewhere, either.
    files = [path for folder in folders for path in sorted(folder.rglob("*.*"))]
    headers = [path for path in sorted((root / "include" / "snn" / "IR").glob("*.h"))]
    failed = not files
    for path in files:
        for message in check(root, path):
            print(f"{path.relative_to(root)}: {message}")
            failed = True
    for path in headers:
        for name in INCLUDE.findall(path.read_text()):
            for message in check_include(root, path, name):
                print(f"{path.relative_to(root)}: {message}")
                failed = True
    return int(failed)


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
