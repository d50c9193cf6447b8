#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The comparison of views notices what it must, on views made by hand. No store is needed."""

import copy
import sys

import views

VIEW = [
    {"kind": "store", "aborted": False, "minPhyOffset": 0, "maxPhyOffset": 300},
    {"kind": "record", "offset": 0, "topic": "T", "queueId": 0, "flag": 1, "properties": {"KEYS": "k", "TAGS": "a"}},
    {"kind": "record", "offset": 100, "topic": "T", "queueId": 0, "flag": 1, "properties": {"KEYS": "k"}},
    {"kind": "record", "offset": 200, "topic": "T", "queueId": 1, "flag": 0, "properties": {"KEYS": "l"}},
    {"kind": "queue", "topic": "T", "queueId": 0, "min": 0, "max": 2},
    {"kind": "unit", "topic": "T", "queueId": 0, "queueOffset": 0, "offset": 0, "size": 100, "tagsCode": 97},
    {"kind": "key", "topic": "T", "key": "k", "found": [0, 100], "missing": []},
    {"kind": "key", "topic": "T", "key": "l", "found": [], "missing": [200]},
    {"kind": "end", "missing": 1},
]


def changed(position, **members):
    view = copy.deepcopy(VIEW)
    view[position].update(members)
    return view


def found_more(found, missing, end):
    """VIEW with another answer for the key that Java's index misses."""
    view = changed(7, found=found, missing=missing)
    view[-1]["missing"] = end
    return view


def agrees(actual, crashed=False):
    def case():
        views.require_agreement("must agree", VIEW, actual, crashed)
    return case


def differs(actual, part, crashed=False):
    def case():
        sentences = views.differences(VIEW, actual, crashed)
        if not any(part in sentence for sentence in sentences):
            raise views.Failed(f"wanted a sentence with {part!r}, got {sentences}")
    return case


def refuses(text):
    def case():
        try:
            views.parse(text)
        except views.Failed:
            return
        raise views.Failed(f"took {text!r} for a view")
    return case


def a_program_that_fails_is_noticed():
    try:
        views.run([sys.executable, "-c", "raise SystemExit(3)"], statuses=(0, 1))
    except views.Failed:
        return
    raise views.Failed("status 3 went unnoticed")


CASES = [
    ("the same view", agrees(VIEW)),
    ("another order of lines", agrees([VIEW[0], *VIEW[-2:0:-1], VIEW[-1]])),
    ("another order of members", agrees([dict(reversed(line.items())) for line in VIEW])),
    ("a record that is not there", differs(VIEW[:1] + VIEW[2:], "lacks")),
    ("a record twice", differs(VIEW[:2] + VIEW[1:], "has besides")),
    ("another property", differs(changed(1, properties={"KEYS": "k", "TAGS": "b"}), "has besides")),
    ("a number that is text", differs(changed(1, flag="1"), "lacks")),
    ("a number that is a truth", differs(changed(1, flag=True), "lacks")),
    ("another tags code", differs(changed(5, tagsCode=98), "lacks")),
    ("a line of another kind", differs(VIEW + [{"kind": "note"}], "unknown kind")),
    ("clean: a key found that Java misses", differs(found_more([200], [], 0), "has besides")),
    ("crashed: the same view", agrees(VIEW, crashed=True)),
    ("crashed: a key found that Java misses", agrees(found_more([200], [], 0), crashed=True)),
    ("crashed: a key not found that Java finds", differs(changed(6, found=[0], missing=[100]), "which Java finds", crashed=True)),
    ("crashed: a record that lacks the key", differs(found_more([100], [200], 1), "do not carry the key", crashed=True)),
    ("crashed: a record found twice", differs(found_more([200, 200], [], 0), "twice", crashed=True)),
    ("crashed: a missing one kept quiet", differs(found_more([], [], 0), "says it misses", crashed=True)),
    ("crashed: a wrong sum", differs(found_more([200], [], 1), "the end line says", crashed=True)),
    ("crashed: no line for a key", differs(VIEW[:7] + VIEW[8:], "has no line", crashed=True)),
    ("crashed: a key of its own", differs(VIEW[:7] + [{**VIEW[7], "key": "m"}] + VIEW[7:], "which Java does not", crashed=True)),
    ("crashed: a record that is not there", differs(VIEW[:1] + VIEW[2:], "lacks", crashed=True)),
    ("no output at all", refuses("")),
    ("output that ends early", refuses('{"kind":"store"}\n{"kind":"record"}\n')),
    ("a program that fails", a_program_that_fails_is_noticed),
]

if __name__ == "__main__":
    sys.exit(views.run_cases(CASES))
