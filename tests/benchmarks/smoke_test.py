#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The benchmark program from outside: every row runs, the report has its shape, the page shows the same rows."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import unittest

PROGRAM = os.environ["TIDEMARK_BENCH"]
PAGE = pathlib.Path(os.environ["TIDEMARK_BENCH_PAGE"])
# Whether rows run does not depend on the disk; syncs of a busy one would take half a minute.
MEMORY = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


def run(*arguments, status=0):
    done = subprocess.run([PROGRAM, *map(str, arguments)], capture_output=True, text=True, timeout=110, check=False)
    if done.returncode != status:
        raise AssertionError(f"{arguments}: ended with {done.returncode}, not {status}\n{done.stdout}\n{done.stderr}")
    return done


def table(text):
    """The cells of each line of the table of figures; the page has another, which explains rows in three columns."""
    lines = (line for line in text.splitlines() if line.startswith(("| E", "| S")))
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells for cells in rows if len(cells) > 3]


class Bench(unittest.TestCase):
    def setUp(self):
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="tidemark-bench-test-", dir=MEMORY))
        self.addCleanup(shutil.rmtree, self.scratch, ignore_errors=True)

    def check_spread(self, spread):
        self.assertEqual(set(spread), {"median", "q1", "q3"})
        self.assertGreater(spread["q1"], 0)
        self.assertLessEqual(spread["q1"], spread["median"])
        self.assertLessEqual(spread["median"], spread["q3"])

    def check_leg(self, leg, rounds):
        self.assertEqual(set(leg), {"leg", "what", "note", "rates", "rate", "perUnit"})
        self.assertTrue(leg["what"])
        self.assertEqual(len(leg["rates"]), rounds)
        self.check_spread(leg["rate"])
        self.assertEqual(set(leg["perUnit"]), {"cpuUs", "writtenBytes", "writeCalls", "readCalls", "syncs", "pageFaults", "switches"})

    def check_row(self, row, rounds):
        self.assertIsNone(row["error"])
        roles = [leg["leg"] for leg in row["legs"]]
        self.assertEqual(roles[:3], ["limit", "ours", "copy"])
        self.assertEqual(row["straight"] is not None, "straight" in roles)
        for name in ("figure", "copy"):
            self.check_spread(row[name])
        for name in ("met", "void", "steady"):
            self.assertIsInstance(row[name], bool)
        self.assertGreater((row["target"]["ratioMin"] or 0) + (row["target"]["secondsMax"] or 0), 0)
        for leg in row["legs"]:
            self.check_leg(leg, rounds)

    def test_every_row_runs_and_the_report_has_its_shape(self):
        report_file = self.scratch / "report.json"
        ran = run("--smoke", "--directory", self.scratch, "--json", report_file)
        report = json.loads(report_file.read_text())
        listed = [line.split()[0] for line in run("--list").stdout.splitlines()]
        self.assertGreater(len(listed), 20)
        self.assertEqual([row["row"] for row in report["rows"]], listed)
        self.assertEqual([cells[0] for cells in table(ran.stdout)], listed)
        self.assertEqual((report["format"], report["mode"], report["rounds"]), (1, "smoke", 1))
        self.assertEqual(set(report["machine"]), {"cpu", "cores", "kernel", "fileSystem", "load"})
        for row in report["rows"]:
            with self.subTest(row=row["row"]):
                self.check_row(row, report["rounds"])
        # What durable appends cost is known, not guessed: each of one producer is a sync.
        alone = next(row for row in report["rows"] if row["row"] == "E3/1")
        for leg in alone["legs"]:
            self.assertGreaterEqual(leg["perUnit"]["syncs"], 1, leg["leg"])
        self.assertEqual([entry.name for entry in self.scratch.iterdir()], ["report.json"], "the stores are gone")

    def test_rows_are_chosen_by_name(self):
        def listed(*names):
            arguments = [word for name in names for word in ("--row", name)]
            return [line.split()[0] for line in run("--list", *arguments).stdout.splitlines()]

        self.assertEqual(listed("E1"), ["E1"])
        self.assertEqual(listed("S4", "E3/16"), ["E3/16", "S4/1000", "S4/50000"])
        self.assertEqual(len(listed("E3")), 6)
        run("--row", "E3/7", status=2)
        run("--row", "E", status=2)

    def test_wrong_usage_ends_with_2(self):
        run("--row", status=2)
        run("--nonsense", status=2)
        run("--smoke", "--directory", self.scratch / "missing", status=2)
        run("--smoke", "--row", "E1", "--directory", self.scratch, "--json", self.scratch / "missing/report", status=1)

    def test_who_is_told_to_end_leaves_nothing(self):
        with subprocess.Popen([PROGRAM, "--row", "E1", "--directory", self.scratch, "--quick"], stdout=subprocess.DEVNULL) as child:
            while not any(self.scratch.iterdir()):
                self.assertIsNone(child.poll(), "it ended before it began")
            child.terminate()
        self.assertEqual(child.returncode, 128 + signal.SIGTERM)
        self.assertEqual(list(self.scratch.iterdir()), [])

    def test_the_page_shows_the_rows_that_there_are(self):
        unfilled = table(run("--list", "--markdown").stdout)
        page = table(PAGE.read_text())
        for column in (0, 1):
            self.assertEqual([cells[column] for cells in page], [cells[column] for cells in unfilled])
        for shown, unrun in zip(page, unfilled):
            self.assertEqual(shown[5].split(",")[0], unrun[5], "the target")
            self.assertEqual(len(shown), len(unrun))


if __name__ == "__main__":
    unittest.main()
