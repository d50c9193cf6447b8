#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Dead code: there is nothing in src/ that the public API does not reach. Exceptions: dead_allowed.txt.

- A source file that no meson.build lists.
- A name that a header of src/ declares and nobody mentions again (types, functions, constants, macros).
- A function that the linker drops when only what the shared library exports counts as a root, and what the
  rooms of the server define: their programs stand outside src/. Everything is compiled without inlining for this.

As long as the library does not define Store::Open its rooms hang in the air, and only the first look is taken.
"""

import concurrent.futures
import os
import pathlib
import re
import shutil
import subprocess
import tempfile

import house

NAME = re.compile(r"\b(?:[A-Z][A-Za-z0-9]*[a-z][A-Za-z0-9]*|k[A-Z]\w+|TM_\w+)\b")
FLAGS = ["-std=c++20", "-O0", "-w", "-fPIC", "-ffunction-sections", "-fvisibility=hidden", "-DFMT_HEADER_ONLY", "-DXXH_INLINE_ALL"]
REMOVED = re.compile(r"removing unused section '\.text\.(_Z\w+)' in file")


def unlisted_files(root):
    for path in house.sources(root, "src"):
        if path.suffix == ".cc":
            builds = [root / parent / "meson.build" for parent in path.parents]
            if not any(build.exists() and re.search(rf"\b{re.escape(path.name)}\b", build.read_text()) for build in builds):
                yield f"{path}: no meson.build lists it"


def words_of(root, paths):
    """word -> how often it stands in the files, comments aside."""
    counts = {}
    for path in paths:
        for word in re.findall(r"\w+", re.sub(r'"[^"\n]*"', "", house.without_comments((root / path).read_text()))):
            counts[word] = counts.get(word, 0) + 1
    return counts


def unmentioned_names(root):
    product = house.sources(root, "src", "include", "tools")
    counts = words_of(root, product)
    for path in product:
        if path.parts[0] == "src" and path.suffix == ".h":
            text = house.without_comments((root / path).read_text())
            for name in sorted(set(NAME.findall(text))):
                if counts[name] == 1:
                    yield name, f"{path}: {name} is declared and never mentioned again"


def compile_all(root, scratch):
    """An object of every source file in src/."""
    compiler = (["ccache"] if shutil.which("ccache") else []) + ["g++"]

    def compile_one(path):
        target = scratch / (path.as_posix().replace("/", "_") + ".o")
        subprocess.run([*compiler, *FLAGS, "-I", ".", "-I", "include", "-c", str(path), "-o", str(target)], cwd=root, check=True)
        return target
    paths = [path for path in house.sources(root, "src") if path.suffix == ".cc"]
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(compile_one, paths))


def output(*command):
    return subprocess.run([*map(str, command)], stdout=subprocess.PIPE, check=True, text=True).stdout


def strong_functions(objects):
    """Inline functions and instantiations are weak; static ones go with their callers."""
    return {line.split()[2] for line in output("nm", "--defined-only", *objects).splitlines() if " T " in line} if objects else set()


def unreached_functions(objects, scratch, map_file):
    strong = strong_functions(objects)
    arguments = scratch / "arguments"
    server = strong_functions([path for path in objects if path.name.startswith("src_server_")])
    arguments.write_text("\n".join([*(f"-Wl,--undefined={symbol}" for symbol in sorted(server)), *map(str, objects)]))
    done = subprocess.run(["g++", "-shared", "-o", scratch / "all.so", "-Wl,--gc-sections", "-Wl,--print-gc-sections",
                           f"-Wl,--version-script={map_file}", f"@{arguments}"], text=True, stderr=subprocess.PIPE)
    if done.returncode != 0:
        raise RuntimeError(f"linking for dead.py failed:\n{done.stderr[-2000:]}")
    removed = set(REMOVED.findall(done.stderr))
    for symbol in sorted(removed & strong):
        readable = output("c++filt", symbol).strip()
        name = re.sub(r"\[abi:\w+\]", "", readable.partition("(")[0]).removeprefix("tidemark::")
        yield name, f"{readable}: nothing that is exported reaches it"


def problems(root):
    permitted = house.allowed("dead_allowed.txt") if root == house.ROOT else {}
    found = list(unlisted_files(root))
    complete = any("Store::Open(" in (root / path).read_text() for path in house.sources(root, "src"))
    if root == house.ROOT and not complete:
        print("only unlisted files are looked for: nothing defines Store::Open yet")
        return found
    named = list(unmentioned_names(root))
    if complete:
        with tempfile.TemporaryDirectory(prefix="tidemark-dead-") as directory:
            scratch = pathlib.Path(directory)
            named += unreached_functions(compile_all(root, scratch), scratch, house.ROOT / "src/tidemark.map")
    found += [sentence for name, sentence in named if name not in permitted]
    found += [f"dead_allowed.txt: {name} is not dead (any more)" for name in permitted if name not in dict(named)]
    return found


API = "namespace tidemark { struct [[gnu::visibility(\"default\")]] Store { static int Open(); }; }\n"
OPEN = '#include "include/tidemark/store.h"\nint Lift(int);\nint tidemark::Store::Open() { return Lift(1); }\n'
BUILT = {"include/tidemark/store.h": API, "src/engine/store.cc": OPEN,
         "src/engine/meson.build": "core_sources += files('store.cc', 'lift.cc')"}
CASES = [
    ({**BUILT, "src/engine/lift.cc": "int Lift(int x) { return x; }\n"}, None),
    ({**BUILT, "src/engine/lift.cc": "int Lift(int x) { return x; }\nint Sink(int x) { return Lift(x); }\n"}, "Sink(int): nothing"),
    ({**BUILT, "src/server/broker/a.cc": "int Row(int x) { return x; }\n", "src/engine/lift.cc": "int Lift(int x) { return x; }\n",
      "src/server/broker/meson.build": "files('a.cc')"}, None),
    ({"src/a.h": "int Sail();\n", "src/b.cc": "", "src/meson.build": "files('b.cc')"}, "Sail is declared"),
    ({"src/a.h": "int Sail();  // Sail\n", "src/b.cc": "int x = Sail();", "src/meson.build": "files('b.cc')"}, None),
    ({"src/a.h": "inline constexpr int kMast = 1;\n"}, "kMast is declared"),
    ({"src/a.cc": "int x;\n", "src/meson.build": "files('b.cc')"}, "no meson.build lists it"),
]

if __name__ == "__main__":
    house.main(problems, CASES)
