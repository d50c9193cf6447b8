#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Public headers: each compiles alone with both compilers, and includes standard headers and tidemark/ only."""

import re
import subprocess

import house

COMPILERS = ("g++", "clang++-19")
FLAGS = ("-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-fsyntax-only", "-x", "c++", "-")
# Lower case, no folder, no ".h": how the standard library's headers are called and nobody else's here.
STANDARD = re.compile(r"[a-z0-9_]+")


def problems(root):
    found = []
    for path in house.sources(root, "include"):
        if path.suffix != ".h" or path.parts[:2] != ("include", "tidemark"):
            found.append(f"{path}: only headers in include/tidemark/ are public")
            continue
        for line, quoted, target in house.includes(root, path):
            if not (target.startswith("tidemark/") if quoted else STANDARD.fullmatch(target)):
                found.append(f"{path}:{line}: includes {target}, which is neither standard nor tidemark/")
        name = path.relative_to("include").as_posix()
        for compiler in COMPILERS:
            done = subprocess.run([compiler, *FLAGS, "-I", str(root / "include")], text=True, stdout=subprocess.PIPE,
                                  input=f'#include "{name}"\n#include "{name}"\n', stderr=subprocess.STDOUT)
            if done.returncode != 0:
                found.append(f"{path}: does not compile alone with {compiler}:\n{done.stdout[:1500]}")
    return found


CASES = [
    ({"include/tidemark/a.h": "#pragma once\n#include <string>\nstruct A { std::string s; };\n"}, None),
    ({"include/tidemark/a.h": "#pragma once\nstruct A { std::string s; };\n"}, "does not compile alone with g++"),
    ({"include/tidemark/a.h": "struct A {};\n"}, "does not compile alone with clang++"),
    ({"include/tidemark/a.h": "#pragma once\n#include <absl/strings/str_cat.h>\n"}, "neither standard"),
    ({"include/tidemark/a.h": "#pragma once\n#include <unistd.h>\n"}, "neither standard"),
    ({"include/other/a.h": ""}, "are public"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
