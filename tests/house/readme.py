#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The C++ that README.md shows compiles against the public headers, and the files that our pages link to are there."""

import re
import subprocess

import house

BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.M | re.S)
LINK = re.compile(r"\]\(([^)#:]+)(#[^)]*)?\)")
FRAME = """int Example() {
  [[maybe_unused]] auto Report = [](const tidemark::Status&) { return 1; };
  [[maybe_unused]] auto Use = [](tidemark::Bytes) {};
#line 1 "README.md, a block of C++"
%s  return 0;
}
"""
FLAGS = ("-std=c++20", "-Wall", "-Wextra", "-Werror", "-Wno-unused-variable", "-Wno-unused-but-set-variable",
         "-Wno-missing-field-initializers", "-fsyntax-only")


def problems(root):
    found = []
    for path in house.files(root, "*.md"):
        text = (root / path).read_text()
        for match in LINK.finditer(text):
            if not (root / path.parent / match[1]).exists():
                found.append(f"{path}: links to {match[1]}, which is not there")
        for block in BLOCK.findall(text) if path.as_posix() == "README.md" else []:
            includes = "".join(line for line in block.splitlines(True) if line.startswith("#include"))
            rest = "".join(line if not line.startswith("#include") else "\n" for line in block.splitlines(True))
            done = subprocess.run(["g++", *FLAGS, "-I", str(house.ROOT / "include"), "-x", "c++", "-"], text=True,
                                  input=includes + FRAME % rest, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            if done.returncode != 0:
                found.append(f"{path}: its C++ does not compile:\n{done.stdout[:1500]}")
    return found


SHOWN = "```cpp\n#include <tidemark/status.h>\n#include <tidemark/types.h>\ntidemark::Status status%s\n```\n"
CASES = [
    ({"README.md": SHOWN % ";", "docs/a.md": "[up](../README.md) [far](https://example.org/x)\n"}, None),
    ({"README.md": SHOWN % ""}, "does not compile"),
    ({"docs/a.md": "[gone](gone.md)\n"}, "links to gone.md"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
