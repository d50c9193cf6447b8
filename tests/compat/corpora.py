#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every store directory in tests/corpora, written by Java: what we see in it equals what Java recovers from it.

  corpora.py TIDEMARK [--java] [--corpora DIR] [NAME...]

TIDEMARK is the command line program. For each corpus:
  view      `store dump --json` equals expected.jsonl (after a crash by the rules of views.py) and changes no byte
  recover   a copy that `store recover` opened and closed shows the same, now cleanly closed
  java      with --java: Java sees that copy as it saw the original
A corpus with a hole before whole records is refused for writing instead, by a report that names what lies behind the
hole, and is left as it was; `--as-java` shows Java's view. Ends with "N passed, N failed".
"""

import argparse
import functools
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

import views

# Corpora with a hole: log offsets of the whole records behind it (the corpus's README says where the hole is).
BEHIND_THE_HOLE = {"torn-middle": (219252, 219881)}


def unpack(corpus, scratch):
    subprocess.run(["tar", "-C", scratch, "-xzf", corpus / "store.tar.gz"], check=True)
    return pathlib.Path(scratch) / "store"


def expected_of(corpus):
    return views.parse((corpus / "expected.jsonl").read_text())


def fingerprint(directory):
    """name -> digest of every file, and every folder."""
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(directory.rglob("*"))}


def require_untouched(directory, before):
    after = fingerprint(directory)
    touched = sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name))
    if touched:
        raise views.Failed(f"a look changed {touched}")


def in_scratch(case):
    @functools.wraps(case)
    def with_directory(program, corpus):
        with tempfile.TemporaryDirectory(prefix="tidemark-corpora-") as scratch:
            case(program, corpus, unpack(corpus, scratch))
    return with_directory


@in_scratch
def view(program, corpus, store):
    expected, before = expected_of(corpus), fingerprint(store)
    actual = program.view(store, config=store / "broker.conf")
    views.require_agreement("dump", expected, actual, crashed=expected[0]["aborted"])
    require_untouched(store, before)


def closed_cleanly(expected):
    """Java's view of the directory once somebody has recovered and closed it."""
    return [{**expected[0], "aborted": False}, *expected[1:]]


def recovered(program, store):
    program.store("recover", store, config=store / "broker.conf")


@in_scratch
def recover(program, corpus, store):
    expected = expected_of(corpus)
    recovered(program, store)
    actual = program.view(store, config=store / "broker.conf")
    views.require_agreement("after recover", closed_cleanly(expected), actual, crashed=expected[0]["aborted"])


@in_scratch
def java(program, corpus, store):
    expected = expected_of(corpus)
    recovered(program, store)
    actual = views.Java("4.9.8" if corpus.name.endswith("4.9") else "5.3.3").view(store)
    views.require_agreement("Java after recover", closed_cleanly(expected), actual, crashed=expected[0]["aborted"])


@in_scratch
def as_java(program, corpus, store):
    expected, before = expected_of(corpus), fingerprint(store)
    actual = program.view(store, "--as-java", config=store / "broker.conf")
    views.require_agreement("dump --as-java", expected, actual, crashed=expected[0]["aborted"])
    require_untouched(store, before)


@in_scratch
def refuses(program, corpus, store):
    before = fingerprint(store)
    for verb in ("recover", "load"):
        arguments = ["--messages", "1"] if verb == "load" else []
        report = program.store(verb, store, *arguments, config=store / "broker.conf", statuses=(1, 2))
        unnamed = [offset for offset in BEHIND_THE_HOLE[corpus.name] if str(offset) not in report]
        if unnamed:
            raise views.Failed(f"store {verb} does not name the whole records at {unnamed}: {report[-800:]}")
        require_untouched(store, before)


@in_scratch
def salvage(program, corpus, store):
    """Without --as-java the whole records behind the hole are shown as well."""
    before = fingerprint(store)
    lines = [json.loads(line) for line in program.store("dump", store, "--json", config=store / "broker.conf",
                                                        statuses=(0, 1)).splitlines() if line.startswith("{")]
    shown = {line["offset"] for line in views.of_kind(lines, "record")}
    wanted = {line["offset"] for line in views.of_kind(expected_of(corpus), "record")} | set(BEHIND_THE_HOLE[corpus.name])
    if shown != wanted:
        raise views.Failed(f"shows {sorted(shown - wanted)} besides, and not {sorted(wanted - shown)}")
    require_untouched(store, before)


def cases_of(corpus, with_java):
    if corpus.name in BEHIND_THE_HOLE:
        return [as_java, refuses, salvage]
    return [view, recover, *([java] if with_java else [])]


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("tidemark")
    parser.add_argument("--java", action="store_true")
    parser.add_argument("--corpora", type=pathlib.Path, default=pathlib.Path(__file__).resolve().parent.parent / "corpora")
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    program = views.Tidemark(options.tidemark)
    corpora = [path.parent for path in sorted(options.corpora.glob("*/store.tar.gz"))]
    if not corpora or set(options.names) - {corpus.name for corpus in corpora}:
        parser.error(f"wanted some of {', '.join(corpus.name for corpus in corpora) or 'no corpora'}")
    cases = [(f"{corpus.name}: {case.__name__}", functools.partial(case, program, corpus))
             for corpus in corpora if not options.names or corpus.name in options.names
             for case in cases_of(corpus, options.java)]
    return views.run_cases(cases, at_once=4)


if __name__ == "__main__":
    sys.exit(main())
