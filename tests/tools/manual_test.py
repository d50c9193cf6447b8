#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Manual page and completions name every subcommand and flag that --help knows, and no others."""

import os
import pathlib
import re
import unittest

from command import run

TOOLS = pathlib.Path(os.environ["TIDEMARK_TOOLS"])
EVERYWHERE = {"--json", "--config", "--help"}


def subcommands():
    text = run("store", "--help").out
    listed = text.split("Subcommands:")[1].split("\n\n")[0]
    return re.findall(r"^  (\w+)", listed, re.MULTILINE)


def flags(verb):
    """Those at the start of a line: descriptions name others."""
    return {flag for flag in re.findall(r"^\s+(?:-\w,)?(--[a-z-]+)", run("store", verb, "--help").out, re.MULTILINE)}


class InStep(unittest.TestCase):
    def setUp(self):
        self.verbs = subcommands()
        self.own = {verb: flags(verb) - EVERYWHERE for verb in self.verbs}

    def test_there_are_some(self):
        self.assertEqual(self.verbs, ["info", "ls", "recover", "dump", "verify", "repair", "export", "import", "load"])
        self.assertIn("--print-acks", self.own["load"])
        for verb in self.verbs:
            self.assertLessEqual(EVERYWHERE, flags(verb))

    def test_manual(self):
        text = (TOOLS / "tidemark.1").read_text().replace("\\-", "-")
        sections = dict(re.findall(r"^\.SS (\w+)\n(.*?)(?=^\.S[SH] )", text, re.MULTILINE | re.DOTALL))
        self.assertEqual(set(sections), set(self.verbs))
        for verb in self.verbs:
            heads = re.findall(r"^\.TP\n(.*)$", sections[verb], re.MULTILINE)
            self.assertEqual({flag for head in heads for flag in re.findall(r"--[a-z-]+", head)}, self.own[verb], verb)

    def test_bash(self):
        text = (TOOLS / "completions/tidemark.bash").read_text()
        self.assertIn(f'"{" ".join(self.verbs)} --help"', text)
        for verb in self.verbs:
            case = re.search(rf"^    (?:[\w |]*\b)?{verb}\b[\w |]*\)(.*?);;", text, re.MULTILINE | re.DOTALL)
            self.assertEqual(set(re.findall(r"--[a-z-]+", case.group(1))), self.own[verb], verb)

    def test_zsh(self):
        text = (TOOLS / "completions/_tidemark").read_text()
        self.assertEqual(re.findall(r"^    '([a-z]+):", text, re.MULTILINE), self.verbs)
        for verb in self.verbs:
            case = re.search(rf"^    (?:[\w |]*\b)?{verb}\b[\w |]*\)(.*?);;", text, re.MULTILINE | re.DOTALL)
            self.assertEqual(set(re.findall(r"'(--[a-z-]+)", case.group(1))), self.own[verb], verb)

    def test_fish(self):
        text = (TOOLS / "completions/tidemark.fish").read_text()
        self.assertEqual(re.findall(r"at_verb -a (\w+)", text), self.verbs)
        for verb in self.verbs:
            told = {"--" + flag for verbs, flag in re.findall(r"__tidemark_verb ([\w ]+)' -l ([a-z-]+)", text) if verb in verbs.split()}
            self.assertEqual(told, self.own[verb], verb)


if __name__ == "__main__":
    unittest.main()
