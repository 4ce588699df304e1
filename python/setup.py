# Part of the snnc project, under the Apache License v2.0 with LLVM Exceptions.
# See LICENSE for license information.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Builds the package: pure Python, or with the compiler where tools/wheel has put
it into snnc/bin and snnc/lib."""

import os
import platform
from pathlib import Path

from setuptools import Distribution, setup
from setuptools.command.bdist_wheel import bdist_wheel

HAS_COMPILER = (Path(__file__).parent / "snnc" / "bin" / "snnc").exists()


class Package(Distribution):
    def has_ext_modules(self):
        return HAS_COMPILER


class Wheel(bdist_wheel):
    """A wheel for any Python 3; with the compiler, for this kind of machine."""

    def get_tag(self):
        if not HAS_COMPILER:
            return super().get_tag()
        major, minor = os.confstr("CS_GNU_LIBC_VERSION").split()[1].split(".")
        return "py3", "none", f"manylinux_{major}_{minor}_{platform.machine()}"


scripts = ["snnc = snnc.__main__:main"] if HAS_COMPILER else []
setup(distclass=Package, cmdclass={"bdist_wheel": Wheel}, entry_points={"console_scripts": scripts})
