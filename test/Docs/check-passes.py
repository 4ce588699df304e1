"""Runs each pass on its Before block and compares with its After block.

The blocks are those of the generated pages. Both programs are canonicalized, so
that the order of constants is no difference (unless that undoes the pass), and
compared with values numbered in order of appearance. An After block whose function has more or fewer
arguments than what the pass prints is a sketch: then the bodies must be the
same, or else the ops of the sketch must appear in the result in their order.

RUN: %python %s snn-opt %obj_root/docs
"""

import pathlib
import re
import subprocess
import sys

PASS = re.compile(r"^### `-([\w-]+)`$", flags=re.M)
BLOCK = re.compile(r"^ *```mlir\n(.*?)^ *```", flags=re.M | re.S)
NAME = re.compile(r"@(?:before|after)(?=\W|_)")
START = re.compile(r"(?:llvm\.func @(?:before|after)\b|func\.func )")
FUNCTION = re.compile(r"@\w+")
VALUE = re.compile(r"%\w+")
OP = re.compile(r"^\s*(?:%[^=]*= )?([a-z_]+\.[a-z0-9_.]+|return)\b", flags=re.M)


def find_block(text):
    match = BLOCK.search(text)
    return match[1] if match else ""


def find_examples(page):
    """Yields flag, Before and After of each pass of a page."""
    _, *parts = PASS.split(page.read_text())
    for flag, text in zip(parts[::2], parts[1::2]):
        before, _, after = text.partition("\nAfter")
        yield flag, find_block(before.partition("\nBefore:")[2]), find_block(after)


def run(tool, program, *flags):
    """What the tool prints, as signature and body with values numbered."""
    result = subprocess.run(
        [tool, "-", *flags],
        input=program,
        text=True,
        capture_output=True,
    )
    if result.returncode != 0:
        raise RuntimeError(result.stderr.partition("PLEASE submit")[0])
    lines = result.stdout.strip().splitlines()
    # From the first function of the example, whatever dialect its functions are of.
    start = next(i for i, line in enumerate(lines) if START.search(line))
    lines = [NAME.sub("@f", line) for line in lines[start:]]
    signature = FUNCTION.sub("@f", lines[0], count=1)
    return number(signature), number("\n".join(lines[1:]))


def number(text):
    names = {}
    return VALUE.sub(lambda m: names.setdefault(m[0], f"%{len(names)}"), text)


def count_arguments(signature):
    return len(VALUE.findall(signature))


def is_sketch_of(sketch, body):
    """Whether the ops of the sketch appear in the body in their order."""
    ops = iter(op for op in OP.findall(body) if op != "arith.constant")
    wanted = [op for op in OP.findall(sketch) if op != "arith.constant"]
    return bool(wanted) and all(op in ops for op in wanted)


def check(tool, flag, before, after):
    """Returns what is wrong, or nothing."""
    if not before or not after:
        return "expected a Before and an After block"
    try:
        for clean in (("--canonicalize", "--cse"), ()):
            signature, body = run(tool, before, f"--{flag}", *clean)
            expected_signature, expected_body = run(tool, after, *clean)
            if (signature, body) != run(tool, before, *clean):
                break
        else:
            return "expected the pass to change the Before block"
    except RuntimeError as error:
        return str(error)
    if body == expected_body and signature == expected_signature:
        return ""
    if count_arguments(signature) != count_arguments(expected_signature) and (
        body == expected_body or is_sketch_of(expected_body, body)
    ):
        return ""
    return (
        f"expected\n{expected_signature}\n{expected_body}\n"
        f"but got\n{signature}\n{body}"
    )


def main(tool, folder):
    count = failed = 0
    for page in sorted(pathlib.Path(folder).rglob("*.md")):
        for flag, before, after in find_examples(page):
            count += 1
            problem = check(tool, flag, before, after)
            if problem:
                print(f"{page.name}: {flag}: {problem}")
                failed += 1
    print(f"{count} passes, {failed} fail")
    return 1 if failed or not count else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
