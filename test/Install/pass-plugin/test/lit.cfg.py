# -*- Python -*-
"""How lit runs the tests of the plug-in; CMakeLists.txt says where all is."""

import os

import lit.formats

config.name = "split-lif"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.environ["OUTPUT"]
config.substitutions.append(("%plugin", os.environ["PLUGIN"]))
config.environment["PATH"] = os.pathsep.join(
    [os.environ["SNN_TOOLS"], os.environ["LLVM_TOOLS"], os.environ["PATH"]]
)
