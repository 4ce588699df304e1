"""share.py ENVIRONMENT MODULE...: lets an environment import these modules of ours."""

import importlib.util
import pathlib
import sys

folder = next(pathlib.Path(sys.argv[1]).glob("lib/python3*/site-packages"))
for name in sys.argv[2:]:
    source = pathlib.Path(importlib.util.find_spec(name).origin).parent
    # Its libraries and its name and version are beside it.
    for path in source.parent.glob(f"{name}*"):
        if not (folder / path.name).exists():
            (folder / path.name).symlink_to(path)
