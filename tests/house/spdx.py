#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every file that can carry a comment names its licence in one of its first three lines."""

import house

# What cannot carry one, or is data: everything else must.
WITHOUT = ("LICENSE", ".clang-format", ".gitignore", ".gitattributes", "layers.txt", "*.sum", "*.json", "*.jsonl", "*.gz",
           "*.bin", "*.seed", "*.svg", "*.png", "*.csv")
TAG = "SPDX-License-Identifier: " + "Apache-2.0"


def problems(root):
    found = []
    for path in house.files(root):
        if house.is_data(path) or any(path.match(pattern) for pattern in WITHOUT):
            continue
        head = (root / path).read_bytes()[:500].split(b"\n")[:3]
        if not any(TAG.encode() in line for line in head):
            found.append(f"{path}: has no line '{TAG}' on top")
    return found


CASES = [
    ({"a.cc": f"// {TAG}\n", "check": f"#!/bin/sh\n# {TAG}\n", "go.sum": "x", "tests/index/data/puts.txt": "x"}, None),
    ({"a.cc": "int a;\n"}, "has no line"),
    ({"a.py": "\n\n\n# " + TAG}, "has no line"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
