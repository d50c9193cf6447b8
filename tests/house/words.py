#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Words that do not belong: paths of one machine, reminders, unfinished work, test hooks and empty names in product code."""

import re

import house

# Written in pieces, so that this file does not match itself.
EVERYWHERE = [
    (re.compile(r"(?<![\w.}$])/(wo" r"rk|ro" r"ot|home/\w+)/"), "a path of one machine"),
    (re.compile(r"\b(TO" r"DO|FIX" r"ME)\b"), "a reminder: do it, or file it"),
]
PRODUCT = [
    (re.compile(r"\b(place" r"holder|not (yet )?imple" r"mented|st" r"ub)\b", re.I), "unfinished work"),
    (re.compile(r"friend class \w*Test\b|\bTEST_\w+|\bForTest(ing)?\b"), "a test hook in product code"),
    (re.compile(r"\b(class|struct|enum class) (\[\[\w+\]\] )?(TIDEMARK_API )?\w+(Manager|Helper|Util|Utils|Impl|Service|Processor)\b"),
     "a name that says nothing"),
    (re.compile(r"\bPROT_WRITE\b"), "a writable mapping: see docs/decisions/0001-no-writable-mapping.md"),
    (re.compile(r"\b(std::(cout|cerr)|printf\(|fmt::print)"), "the library has a logger, not a terminal"),
]
# The last words may stand in programs and where a failed check says its last.
TERMINAL = ("src/base/check.cc",)
BINARY = (".gz", ".png", ".bin", ".jsonl", ".sum")


def problems(root):
    found = []
    for path in house.files(root):
        name = path.as_posix()
        if path.suffix in BINARY or name == "LICENSE" or house.is_data(path) or name.startswith("tests/fuzz/corpora/"):
            continue
        rules = EVERYWHERE + (PRODUCT if path.parts[0] in ("src", "include", "tools") else [])
        for number, line in enumerate((root / path).read_text(errors="replace").splitlines(), 1):
            for pattern, why in rules:
                match = pattern.search(line)
                if match and not excused(name, line, why):
                    found.append(f"{name}:{number}: {match[0]!r}: {why}")
    return found


def excused(name, line, why):
    if why.startswith("the library has a logger"):
        return name in TERMINAL or name.startswith("tools/") or "default_logger" in name or "snprintf(" in line
    return False


CASES = [
    ({"src/a.cc": 'const char kTopic[] = "SCHEDULE_TOPIC_XX' 'XX";\n', "docs/a.md": "see ../work/x and D/root/y\n"}, None),
    ({"docs/a.md": "run /wo" "rk/main/check"}, "a path of one machine"),
    ({"src/a.cc": "// TO" "DO: more"}, "a reminder"),
    ({"src/a.cc": "  // a st" "ub"}, "unfinished"),
    ({"src/a.h": "  friend class StoreTest;"}, "test hook"),
    ({"src/a.h": "class QueueManager {"}, "says nothing"),
    ({"src/io/a.cc": "mmap(nullptr, n, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0)"}, "writable mapping"),
    ({"src/io/a.cc": 'std::cout << "x";'}, "not a terminal"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
