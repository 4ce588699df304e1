"""Runs a command and checks its exit code.

Usage: exits.py CODE COMMAND...
"""

import subprocess
import sys


def main(expected, command):
    code = subprocess.run(command).returncode
    if code == int(expected):
        return 0
    print(f"expected exit code {expected}, but got {code}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2:]))
