# -*- Python -*-
"""How lit runs the tests of this folder."""

import os
import shutil

import lit.formats
from lit.llvm import llvm_config

config.name = "snnc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test", ".py"]
# Models holds files that tests read; Benchmark is not about right or wrong.
config.excludes = ["Benchmark", "Models", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.snn_obj_root, "test")

config.substitutions += [
    ("%test_bin", os.path.join(config.snn_obj_root, "test", "bin")),
    ("%python", config.python_executable),
    ("%src_root", config.snn_src_root),
    ("%obj_root", config.snn_obj_root),
]

llvm_config.with_environment("PATH", config.llvm_tools_dir, append_path=True)
llvm_config.with_system_environment(["HOME", "LD_LIBRARY_PATH", "TMPDIR"])


def is_built(tool):
    return os.path.exists(os.path.join(config.snn_tools_dir, tool))


tools = ["snn-opt"]
tools += filter(is_built, ["snnc", "snn-interp", "snn-lsp-server", "snn-reduce",
                         "snn-verify"])
llvm_config.add_tool_substitutions(tools, [config.snn_tools_dir])
llvm_config.add_tool_substitutions(
    ["FileCheck", "not", "count"], [config.llvm_tools_dir]
)


def find_cpu_flags():
    """The vector extensions of this machine, as the kernel names them."""
    try:
        with open("/proc/cpuinfo") as info:
            flags = [line for line in info if line.startswith("flags")]
    except OSError:
        return set()
    return set(flags[0].split()) if flags else set()


# What a test may ask for with REQUIRES; what is absent is said once.
features = {
    "avx2": "avx2" in find_cpu_flags(),
    "avx512": {"avx512f", "avx512bw", "avx512vl"} <= find_cpu_flags(),
    "cmake": os.path.exists(config.cmake),
    "cuda": os.path.exists("/dev/nvidiactl"),
    "snnc": is_built("snnc"),
    "interp": is_built("snn-interp"),
    "lsp-server": is_built("snn-lsp-server"),
    "qemu-aarch64": shutil.which("qemu-aarch64") is not None,
    "reduce": is_built("snn-reduce"),
    "smith": is_built("snn-smith"),
    "verify": is_built("snn-verify"),
}
for feature, present in features.items():
    if present:
        config.available_features.add(feature)
    else:
        lit_config.note(f"tests that need '{feature}' are unsupported here")
