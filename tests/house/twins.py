#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Twin code: no run of 12 or more equal lines stands at two places of the product.

Lines are compared without comments and blanks; blank lines, lone braces, includes and declarations of
namespaces do not count.
"""

import collections
import re

import house

RUN = 12
SILENT = re.compile(r"[{}();]*|#.*|namespace.*|using .*")


def lines_of(root, path):
    """(line number, text without blanks) of the lines that count."""
    text = house.without_comments((root / path).read_text())
    squeezed = ((number, re.sub(r"\s+", "", line)) for number, line in enumerate(text.splitlines(), 1))
    return [(number, line) for number, line in squeezed if not SILENT.fullmatch(line)]


def problems(root):
    seen = collections.defaultdict(list)
    texts = {}
    for path in house.sources(root, "src", "include", "tools"):
        texts[path] = lines_of(root, path)
        for start in range(len(texts[path]) - RUN + 1):
            seen[tuple(line for _, line in texts[path][start:start + RUN])].append((path, start))
    found, covered = [], set()
    for places in (places for places in seen.values() if len(places) > 1):
        (path, start), (other, other_start) = places[:2]
        if path == other and other_start - start < RUN:
            continue
        if (path, start, other) not in covered:
            found.append(f"{path}:{texts[path][start][0]} and {other}:{texts[other][other_start][0]}: "
                         f"{RUN} or more equal lines; let one call the other")
        covered.update((path, start + i, other) for i in range(RUN))
    return found


RUN_OF_CODE = "".join(f"  total += Weigh(parts[{i}], {i});\n" for i in range(RUN))
CASES = [
    ({"src/a.cc": RUN_OF_CODE, "src/b.cc": "".join(RUN_OF_CODE.splitlines(True)[1:])}, None),
    ({"src/a.cc": RUN_OF_CODE, "src/b.cc": "int F() {\n" + RUN_OF_CODE.replace("  ", "\t").replace(";", ";  // x") + "}\n"},
     "src/a.cc:1 and src/b.cc:2"),
    ({"src/a.cc": RUN_OF_CODE + "int x;\n" + RUN_OF_CODE}, "src/a.cc:1 and src/a.cc:14"),
    ({"src/a.cc": RUN_OF_CODE, "tests/b.cc": RUN_OF_CODE}, None),
]

if __name__ == "__main__":
    house.main(problems, CASES)
