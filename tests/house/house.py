# SPDX-License-Identifier: Apache-2.0
"""What the house tests share: the files of the tree, a frame that first proves that a rule can fail.

A house test is a program with a function `problems(root)`, which lists what is wrong in a tree, one
sentence each, and `CASES`: small trees of its own, each with a part of the sentence that must come
(None: nothing must come). `main` runs the cases and then the real tree.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.M)


def files(root, *patterns):
    """The files of the tree that match one of the patterns, without what Git ignores; sorted."""
    if (root / ".git").exists():
        listing = subprocess.run(["git", "-C", str(root), "ls-files", "-co", "--exclude-standard", "-z"],
                                 stdout=subprocess.PIPE, check=True)
        paths = [pathlib.Path(name) for name in listing.stdout.decode().split("\0") if name]
    else:  # an unpacked archive or a scratch tree
        paths = [path for path in (path.relative_to(root) for path in root.rglob("*"))
                 if path.parts[0] != "build" and "__pycache__" not in path.parts]
    return sorted(path for path in paths if (root / path).is_file()
                  and (not patterns or any(path.match(pattern) for pattern in patterns)))


def is_data(path):
    """Bytes that a test compares with, kept as somebody else wrote them: tests/ROOM/data/."""
    return path.parts[0] == "tests" and "data" in path.parts[2:3]


def sources(root, *rooms):
    """C++ files below one of the top-level folders (all when none is given)."""
    return [path for path in files(root, "*.h", "*.cc") if not rooms or path.parts[0] in rooms]


def includes(root, path):
    """(line, quoted, name) of each #include in a file."""
    text = (root / path).read_text()
    return [(text.count("\n", 0, match.start(2)) + 1, match[1] == '"', match[2]) for match in INCLUDE.finditer(text)]


def without_comments(text):
    """C++ text with comments blanked and strings emptied; the lines stay where they are."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)

    def blank(match):
        return '""' if match[0][0] in "\"'" else "\n" * match[0].count("\n")
    return pattern.sub(blank, text)


def allowed(name):
    """An allow list beside the tests: lines of `word  reason`; a word without a reason ends the test."""
    words = {}
    for line in (pathlib.Path(__file__).parent / name).read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            word, _, reason = line.strip().partition(" ")
            if not reason.strip():
                sys.exit(f"{name}: {word} is allowed without a reason")
            words[word] = reason.strip()
    return words


def _case_holds(problems, tree, wanted):
    with tempfile.TemporaryDirectory(prefix="tidemark-house-") as scratch:
        root = pathlib.Path(scratch)
        for name, text in tree.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text)
        found = problems(root)
    if wanted is None:
        return not found, found
    return any(wanted in problem for problem in found), found


def main(problems, cases):
    if len(sys.argv) > 1:
        print(sys.modules["__main__"].__doc__)
        sys.exit(0 if sys.argv[1] in ("-h", "--help") else 2)
    failed = 0
    for number, (tree, wanted) in enumerate(cases, 1):
        holds, found = _case_holds(problems, tree, wanted)
        if not holds:
            failed += 1
            print(f"FAILED  self-test {number}: wanted {wanted!r}, got {found}")
    found = problems(ROOT)
    for problem in found:
        print(problem)
    failed += bool(found)
    print(f"{len(cases) + 1 - failed} passed, {failed} failed")
    sys.exit(1 if failed else 0)
