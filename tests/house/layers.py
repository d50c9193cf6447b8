#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The order of the rooms: who may include whom. src/layers.txt states the order inside src/.

- A file of a room includes from its own room and from rooms on earlier lines, by the full path
  "src/room/x.h", and public headers.
- Public headers include public headers only.
- Programs (tools, examples, benchmarks) see the library as strangers do: public headers, and their own.
- The machine is reached through src/io: system headers stand there and where SYSTEM says why.
"""

import house

PROGRAMS = ("tools", "examples", "benchmarks")
SYSTEM_HEADERS = ("unistd.h", "fcntl.h", "liburing.h", "poll.h", "dirent.h", "sys/", "linux/")
SYSTEM = {
    "src/base/futex.cc": "waits on a word of memory; no file is involved",
    "src/engine/waiters.cc": "the eventfd that Store::EventFd hands out; no file is involved",
    "src/recovery/abort_file.cc": "the process id that Java writes into the abort file",
}


def layers(root):
    """room -> line number in src/layers.txt."""
    order = {}
    for number, line in enumerate((root / "src/layers.txt").read_text().splitlines()):
        if not line.startswith("#"):
            order.update((room, number) for room in line.split())
    return order


def room_of(path, order):
    """The longest room name that the path below src/ starts with, or None."""
    parts = path.split("/")[1:-1]
    return next((name for n in range(len(parts), 0, -1) if (name := "/".join(parts[:n])) in order), None)


def problems(root):
    order = layers(root)
    found = []
    for path in house.sources(root):
        top, name = path.parts[0], path.as_posix()
        room = room_of(name, order) if top == "src" else None
        if top == "src" and room is None:
            found.append(f"{name}: lies in no room of src/layers.txt")
            continue
        for line, quoted, target in house.includes(root, path):
            reason = verdict(root, top, room, order, name, quoted, target)
            if reason:
                found.append(f"{name}:{line}: includes {target}: {reason}")
    return found


def verdict(root, top, room, order, name, quoted, target):
    """Why the include is wrong, or None."""
    head = target.split("/")[0]
    if not quoted:
        if top == "src" and room != "io" and target.startswith(SYSTEM_HEADERS) and name not in SYSTEM:
            return "the machine is reached through src/io"
        ours = head in ("src", "tidemark") and not name.startswith("tests/package/")  # those play strangers
        return "our own headers are written in quotes" if ours else None
    if head == "tidemark":
        return None if (root / "include" / target).is_file() else "no such public header"
    if not (root / target).is_file():
        return 'not found; written from the top of the tree, as in "src/base/check.h"?'
    if top == "include":
        return "public headers include public headers only"
    if top in PROGRAMS:
        # The offline tool reads broker.conf and JSON with the code that the store does.
        own = head == top or (top == "tools" and target.startswith("src/config/"))
        return None if own else "programs include public headers and their own only"
    if top == "src":
        other = room_of(target, order) if head == "src" else None
        if other is None:
            return "product code includes product code only"
        if other != room and order[other] >= order[room]:
            return f"src/layers.txt puts {other} not below {room}"
    return None


ORDER = "base\nio format\nserver/admin\n"
CASES = [
    ({"src/layers.txt": ORDER, "src/base/a.h": "", "src/io/b.cc": '#include "src/base/a.h"\n#include <fcntl.h>\n'}, None),
    ({"src/layers.txt": ORDER, "src/format/a.h": "", "src/base/b.h": '#include "src/format/a.h"'}, "not below base"),
    ({"src/layers.txt": ORDER, "src/format/a.h": "", "src/io/b.h": '#include "src/format/a.h"'}, "not below io"),
    ({"src/layers.txt": ORDER, "src/server/admin/a.h": "", "src/io/b.h": '#include "src/server/admin/a.h"'}, "not below io"),
    ({"src/layers.txt": ORDER, "src/base/a.h": "", "src/base/b.h": '#include "a.h"'}, "not found"),
    ({"src/layers.txt": ORDER, "src/base/a.h": "#include <tidemark/x.h>"}, "in quotes"),
    ({"src/layers.txt": ORDER, "src/base/a.h": "#include <unistd.h>"}, "through src/io"),
    ({"src/layers.txt": ORDER, "src/base/a.h": '#include "tests/x.h"', "tests/x.h": ""}, "product code only"),
    ({"src/layers.txt": ORDER, "src/cellar/a.h": ""}, "in no room"),
    ({"src/layers.txt": ORDER, "src/base/a.h": "", "include/tidemark/b.h": '#include "src/base/a.h"'}, "public headers only"),
    ({"src/layers.txt": ORDER, "src/base/a.h": "", "tools/b.cc": '#include "src/base/a.h"'}, "and their own only"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
