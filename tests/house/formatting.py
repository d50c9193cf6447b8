#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""C++ is laid out as clang-format-19 does with the .clang-format of the tree; files stay readable in length."""

import shutil
import subprocess

import house

LINES_MAX = 600


def problems(root):
    paths = house.sources(root)
    style = root / ".clang-format"
    if not style.exists():  # a scratch tree of the self-test
        shutil.copy(house.ROOT / ".clang-format", style)
    found = [f"{path}: more than {LINES_MAX} lines: more than one idea" for path in paths
             if path.parts[0] in ("src", "include", "tools") and (root / path).read_text().count("\n") > LINES_MAX]
    if paths:
        done = subprocess.run(["clang-format-19", "--dry-run", "-Werror", "--ferror-limit=1", *map(str, paths)], cwd=root,
                              text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        found += [line for line in done.stdout.splitlines() if "error:" in line]
        if done.returncode != 0 and not found:
            found.append(done.stdout[:1500])
    return found


CASES = [
    ({"src/base/a.cc": "int F() {\n  return 1;\n}\n"}, None),
    ({"src/base/a.cc": "int F(){return 1;}\n"}, "code should be clang-formatted"),
    ({"src/base/a.cc": "int a;\n" * 700}, "more than one idea"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
