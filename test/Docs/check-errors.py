"""Lists the errors of the dialect that no test provokes.

An error is a statement in lib/IR that emits one, or a reason for which a
program cannot be cut in time. It has a test if some `expected-error` of
test/IR holds the literal parts of its text, in order.

RUN: %python %s %src_root
"""

import pathlib
import re
import sys

SITE = re.compile(r"\b(?:emitError|emitOpError|emitAt|block\(time)\b")
STATEMENT = re.compile(r'(?:[^";{]|"(?:[^"\\]|\\.)*"|\{\})*')
LITERAL = re.compile(r'"((?:[^"\\]|\\.)*)"')
CHOICE = re.compile(r'\((?:[^()"]|\(\))*\?(?:[^()"]|"[^"]*")*\)')


def find_sites(path):
    """Yields line and text pattern of each error in a file."""
    source = re.sub(r"^\s*//.*$", "", path.read_text(), flags=re.M)
    source = re.sub(r'"\s*\n\s*"', "", source)  # a literal over two lines
    for match in SITE.finditer(source):
        statement = STATEMENT.match(source, match.end()).group()
        parts = LITERAL.findall(CHOICE.sub("", statement))
        parts = [part.replace("\\", "") for part in parts if part.strip(" '")]
        if parts:
            line = source.count("\n", 0, match.start()) + 1
            yield line, parts


def find_expectations(folder):
    texts = []
    for path in folder.rglob("*.mlir"):
        texts += re.findall(
            r"expected-error\S*\s*(?:@\S+\s*)?\{\{(.*?)\}\}\s*$",
            path.read_text(),
            flags=re.M,
        )
    return texts


def main(root):
    texts = find_expectations(root / "test" / "IR")
    missing = 0
    for path in sorted((root / "lib" / "IR").glob("*.cpp")):
        for line, parts in find_sites(path):
            # A test may leave out what was got.
            text = ".*".join(map(re.escape, parts))
            pattern = re.compile(text.split(re.escape(", but got"))[0])
            if any(pattern.search(text) for text in texts):
                continue
            print(f"{path.name}: near line {line}: no test for {parts}")
            missing += 1
    return 1 if missing or not texts else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
