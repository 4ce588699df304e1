"""Runs every mlir block of the generated pages through the tool.

The pages are all .md files of the build's docs folder. A block that does not
parse and verify fails.

RUN: %python %s snn-opt %obj_root/docs
"""

import pathlib
import re
import subprocess
import sys

BLOCK = re.compile(r"^ *```mlir\n(.*?)^ *```", flags=re.M | re.S)


def main(tool, folder):
    pages = sorted(pathlib.Path(folder).rglob("*.md"))
    blocks = 0
    failed = 0
    for page in pages:
        text = page.read_text()
        for match in BLOCK.finditer(text):
            blocks += 1
            result = subprocess.run(
                [tool, "-"],
                input=match.group(1),
                text=True,
                capture_output=True,
            )
            if result.returncode != 0:
                line = text.count("\n", 0, match.start()) + 1
                print(f"{page.name}:{line}: {result.stderr}")
                failed += 1
    print(f"{blocks} examples on {len(pages)} pages, {failed} fail")
    return 1 if failed or not blocks else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
