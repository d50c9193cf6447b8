# SPDX-License-Identifier: Apache-2.0
"""Runs the command line program in tests, with the standard library only."""

import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

PROGRAM = os.environ.get("TIDEMARK", "tidemark")
CORPORA = pathlib.Path(__file__).resolve().parent.parent / "corpora"
SMALL = "mappedFileSizeCommitLog=65536\nmappedFileSizeConsumeQueue=2000\nmaxHashSlotNum=100\nmaxIndexNum=400\n"


def skip_without_io_uring():
    """Ends the test, as skipped, where TIDEMARK_IO asks for what this kernel refuses."""
    if os.environ.get("TIDEMARK_IO") != "io_uring":
        return
    with tempfile.TemporaryDirectory(prefix="tidemark-tools-") as scratch:
        done = subprocess.run([PROGRAM, "store", "load", f"{scratch}/store", "--messages", "1"], capture_output=True, text=True, timeout=120, check=False)
    if "io_uring_setup" in done.stderr:
        print(done.stderr)
        sys.exit(77)


class Ran:
    """What a run of the program left."""

    def __init__(self, done):
        self.status, self.out, self.err = done.returncode, done.stdout, done.stderr

    @property
    def lines(self):
        return [json.loads(line) for line in self.out.splitlines()]

    def of_kind(self, kind):
        return [line for line in self.lines if line["kind"] == kind]


def run(*arguments, stdin="", status=0):
    """`status` is the one that the program has to end with; None: any."""
    done = subprocess.run([PROGRAM, *map(str, arguments)], input=stdin, capture_output=True, text=True, timeout=120, check=False)
    if status is not None and done.returncode != status:
        raise AssertionError(f"{' '.join(map(str, arguments))}: ended with {done.returncode}, not {status}\n"
                             f"{done.stdout[-2000:]}\n{done.stderr[-2000:]}")
    return Ran(done)


def contents(directory):
    """name -> digest of every file, and every folder."""
    return {str(path.relative_to(directory)): hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else "folder"
            for path in sorted(directory.rglob("*"))}


class StoreTest(unittest.TestCase):
    """A scratch directory, with small files so that few messages fill several."""

    def setUp(self):
        scratch = tempfile.mkdtemp(prefix="tidemark-tools-")
        self.addCleanup(shutil.rmtree, scratch, ignore_errors=True)
        self.scratch = pathlib.Path(scratch)
        self.store = self.scratch / "store"
        self.config = self.scratch / "broker.conf"
        self.config.write_text(SMALL)

    def verb(self, verb, *arguments, store=None, **more):
        return run("store", verb, store or self.store, *arguments, **more)

    def load(self, *arguments, store=None, **more):
        return self.verb("load", "--json", "--config", self.config, "--size", 200, *arguments, store=store, **more)

    def dump(self, *arguments, **more):
        return self.verb("dump", "--json", *arguments, **more)

    def corpus(self, name):
        subprocess.run(["tar", "-C", self.scratch, "-xzf", CORPORA / name / "store.tar.gz"], check=True)
        return self.scratch / "store"

    def killed_load(self, *arguments, after):
        """A load that is killed once it has printed `after` acknowledgements; the lines it printed."""
        command = [PROGRAM, "store", "load", self.store, "--json", "--config", self.config, "--seconds", "60", "--print-acks", *arguments]
        with subprocess.Popen([*map(str, command)], stdout=subprocess.PIPE, text=True) as child:
            lines = []
            for line in child.stdout:
                if not line.endswith("\n"):
                    break  # torn by the kill
                lines.append(json.loads(line))
                if sum(entry["kind"] == "ack" for entry in lines) == after:
                    child.send_signal(signal.SIGKILL)
        self.assertEqual(child.returncode, -signal.SIGKILL)
        return lines
