#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs a build and uses it as strangers would: pkg-config, CMake, Meson subproject; then uninstalls it.

  outside_projects.py BUILD     a configured and built directory whose prefix may be written to

The prefix has to be empty before; after it must be empty again. Prints a line for each case and ends
with "N passed, N failed".
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent


class Failed(Exception):
    pass


def run(*command, cwd=None, **environment):
    done = subprocess.run([*map(str, command)], cwd=cwd, env={**os.environ, **environment}, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if done.returncode != 0:
        raise Failed(f"{' '.join(map(str, command))} ended with {done.returncode}\n{done.stdout[-3000:]}")
    return done.stdout


def build_option(build, name):
    options = json.loads(run("meson", "introspect", "--buildoptions", build))
    return next(option["value"] for option in options if option["name"] == name)


class Installed:
    """The installed library, and what strangers do with it in a scratch directory."""

    def __init__(self, build, scratch):
        self.build, self.scratch = build, scratch
        self.prefix = pathlib.Path(build_option(build, "prefix"))
        self.libraries = self.prefix / build_option(build, "libdir")

    def leftovers(self):
        return sorted(str(path) for path in self.prefix.rglob("*")) if self.prefix.exists() else []

    def install(self):
        if self.leftovers():
            raise Failed(f"{self.prefix} is not empty: {self.leftovers()[0]}")
        run("meson", "install", "-C", self.build, "--no-rebuild", "--quiet")

    def headers(self):
        wanted = sorted(path.name for path in (ROOT / "include/tidemark").iterdir())
        found = sorted(path.name for path in (self.prefix / "include/tidemark").iterdir())
        if wanted != found:
            raise Failed(f"headers installed: {found}, in the tree: {wanted}")

    def symbols(self):
        """Everything exported is ours: a host program may hold another Abseil or fmt."""
        table = run("nm", "-DC", "--defined-only", self.libraries / "libtidemark.so")
        names = [line.split(None, 2)[2] for line in table.splitlines()]
        starts = ("tidemark::", "typeinfo for tidemark::", "typeinfo name for tidemark::", "vtable for tidemark::")
        strangers = [name for name in names if not name.startswith(starts)]
        if strangers or not names:
            raise Failed(f"{len(names)} exported symbols, not ours: {strangers[:5]}")

    def pkg_config(self, *words):
        return run("pkg-config", *words, "tidemark", PKG_CONFIG_PATH=str(self.libraries / "pkgconfig")).split()

    def compile(self, name, *flags):
        program = self.scratch / name
        run("g++", "-std=c++20", HERE / "outside.cc", "-o", program, *flags)
        return program

    def pkg_config_shared(self):
        program = self.compile("shared", *self.pkg_config("--cflags", "--libs"))
        run(program, LD_LIBRARY_PATH=str(self.libraries))
        if "libtidemark.so.0" not in run("ldd", program, LD_LIBRARY_PATH=str(self.libraries)):
            raise Failed("the program does not use the shared library")

    def pkg_config_static(self):
        flags = self.pkg_config("--static", "--cflags", "--libs")
        program = self.compile("archive", *("-l:libtidemark.a" if flag == "-ltidemark" else flag for flag in flags))
        if "tidemark" in run("ldd", program):
            raise Failed("the program uses the shared library")
        run(program)
        run(self.compile("wholly-static", "-static", *flags))

    def cmake(self):
        build = self.scratch / "cmake"
        run("cmake", "-S", HERE / "cmake", "-B", build, f"-DCMAKE_PREFIX_PATH={self.prefix}")
        run("cmake", "--build", build)
        run(build / "shared")
        run(build / "static")
        if "tidemark" in run("ldd", build / "static"):
            raise Failed("tidemark::static uses the shared library")

    def cmake_versions(self):
        """A version that we are not is refused when CMake configures."""
        for wanted in ("0.0", "99.0"):
            source = self.scratch / f"wants-{wanted}"
            source.mkdir()
            (source / "CMakeLists.txt").write_text("cmake_minimum_required(VERSION 3.16)\nproject(wants CXX)\n"
                                                   f"find_package(tidemark {wanted} REQUIRED)\n")
            try:
                run("cmake", "-S", source, "-B", source / "build", f"-DCMAKE_PREFIX_PATH={self.prefix}")
            except Failed as refusal:
                if "compatible" in str(refusal):
                    continue
                raise
            raise Failed(f"find_package(tidemark {wanted}) succeeded")

    def subproject(self):
        """Sources as a Meson subproject, without what only our own developers need."""
        project = self.scratch / "subproject"
        shutil.copytree(HERE / "subproject", project)
        shutil.copy(HERE / "outside.cc", project)
        (project / "subprojects").mkdir()
        (project / "subprojects/tidemark").symlink_to(ROOT)
        run("meson", "setup", "build", "--fatal-meson-warnings", cwd=project, CXX=os.environ.get("CXX", "g++"))
        run("meson", "test", "-C", "build", cwd=project)

    def uninstall(self):
        run("ninja", "-C", self.build, "uninstall")
        if self.leftovers():
            raise Failed(f"uninstalling left {self.leftovers()}")


CASES = ("install", "headers", "symbols", "pkg_config_shared", "pkg_config_static", "cmake", "cmake_versions",
         "subproject", "uninstall")


def main(arguments):
    if len(arguments) != 1 or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 2 if len(arguments) != 1 else 0
    failed = 0
    with tempfile.TemporaryDirectory(prefix="tidemark-package-") as scratch:
        installed = Installed(pathlib.Path(arguments[0]).resolve(), pathlib.Path(scratch))
        for case in CASES:
            try:
                getattr(installed, case)()
                print(f"ok      {case}")
            except Failed as failure:
                failed += 1
                print(f"FAILED  {case}: {failure}")
    print(f"{len(CASES) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
