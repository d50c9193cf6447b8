# SPDX-License-Identifier: Apache-2.0
"""A view: what somebody sees in a store directory, as lines of JSON of the kinds store, record, blank, queue, unit,
key and end (tests/corpora/README.md). Java's comes from StoreDump, ours from `tidemark store dump --json`.

Two views of one directory agree when they hold the same lines, order aside. After a crash the lines of the kinds
key and end are looked at more closely: Java's index then lacks some entries ("missing"). Ours has to find what
Java's finds, and may find what Java's misses, but nothing else.
"""

import collections
import concurrent.futures
import json
import os
import pathlib
import signal
import subprocess

INTEROP = pathlib.Path(__file__).resolve().parent.parent / "interop"
DIFFERENCES_MAX = 8
CORE = ("store", "record", "blank", "queue", "unit")


class Failed(Exception):
    """A test did not hold; the message says how."""


def parse(text):
    """The lines of a view. Refuses one that does not end with its end line: the program died half-way."""
    lines = [json.loads(line) for line in text.splitlines() if line.strip()]
    if not lines or lines[-1].get("kind") != "end" or lines[0].get("kind") != "store":
        raise Failed(f"not a whole view: {len(lines)} lines, from {text[:100]!r} to {text[-100:]!r}")
    return lines


def of_kind(lines, *kinds):
    return [line for line in lines if line["kind"] in kinds]


def canonical(line):
    """Tells 1, 1.0, "1" and true apart, the order of members not."""
    return json.dumps(line, sort_keys=True, ensure_ascii=True)


def differences(expected, actual, crashed=False):
    """What is wrong with `actual` when `expected` is Java's view: a list of sentences, empty when they agree."""
    kinds = CORE if crashed else (*CORE, "key", "end")
    known = {*CORE, "key", "end"}
    found = [f"a line of unknown kind: {canonical(line)}" for line in actual if line["kind"] not in known]
    wanted = collections.Counter(map(canonical, of_kind(expected, *kinds)))
    got = collections.Counter(map(canonical, of_kind(actual, *kinds)))
    found += [f"lacks: {line}" for line in (wanted - got).elements()]
    found += [f"has besides: {line}" for line in (got - wanted).elements()]
    if crashed:
        found += key_differences(expected, actual)
    return found


def key_differences(expected, actual):
    theirs, ours = ({(line["topic"], line["key"]): line for line in of_kind(lines, "key")} for lines in (expected, actual))
    found = [f"looks up {key}, which Java does not" for key in ours.keys() - theirs.keys()]
    if len(of_kind(actual, "key")) != len(ours):
        found.append("has two lines for one key")
    for key, line in theirs.items():
        if key not in ours:
            found.append(f"has no line for the key {key}")
            continue
        hers, mine = set(line["found"]), ours[key]["found"]
        real = hers | set(line["missing"])
        if len(mine) != len(set(mine)):
            found.append(f"{key}: finds a record twice: {mine}")
        if lost := hers - set(mine):
            found.append(f"{key}: does not find {sorted(lost)}, which Java finds")
        if strange := set(mine) - real:
            found.append(f"{key}: finds {sorted(strange)}, which do not carry the key")
        if set(ours[key]["missing"]) != real - set(mine):
            found.append(f"{key}: says it misses {ours[key]['missing']}, not {sorted(real - set(mine))}")
    ends = of_kind(actual, "end")
    total = sum(len(line["missing"]) for line in ours.values())
    if [end["missing"] for end in ends] != [total]:
        found.append(f"the end line says {[end['missing'] for end in ends]} are missing, the key lines {total}")
    return found


def require_agreement(what, expected, actual, crashed=False):
    found = differences(expected, actual, crashed)
    if found:
        more = f"\n  ... and {len(found) - DIFFERENCES_MAX} more" if len(found) > DIFFERENCES_MAX else ""
        raise Failed(f"{what}:\n  " + "\n  ".join(sentence[:400] for sentence in found[:DIFFERENCES_MAX]) + more)


def run(command, statuses=(0,), timeout=300, environment=None):
    """The standard output of a program that has to end with one of the statuses."""
    done = subprocess.run([*map(str, command)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=timeout, env={**os.environ, **(environment or {})})
    if done.returncode not in statuses:
        raise Failed(f"{' '.join(map(str, command))}\n  ended with {done.returncode}, not {statuses}\n"
                     f"{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return done.stdout + (done.stderr if done.returncode else "")


class Tidemark:
    """Our command line."""

    def __init__(self, program):
        self.program = pathlib.Path(program).resolve()

    def store(self, verb, directory, *arguments, config=None, statuses=(0,)):
        return run(self._command(verb, directory, *arguments, config=config), statuses)

    def view(self, directory, *arguments, config=None, statuses=(0,)):
        return parse(self.store("dump", directory, "--json", *arguments, config=config, statuses=statuses))

    def load(self, directory, *arguments, config=None, kill_after=None):
        """Acknowledged appends. With `kill_after` the process is killed after so many, which it must live to see."""
        child = subprocess.Popen([*map(str, self._command("load", directory, "--print-acks", "--json", *arguments, config=config))],
                                 stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        acks = []
        for line in child.stdout:
            if not line.endswith("\n"):
                break  # torn by the kill
            entry = json.loads(line)
            if entry["kind"] == "ack":
                acks.append(entry)
            if len(acks) == kill_after:
                child.send_signal(signal.SIGKILL)
        error = child.stderr.read()
        status = child.wait()
        if status != (-signal.SIGKILL if kill_after else 0):
            raise Failed(f"store load ended with {status} after {len(acks)} acknowledgements: {error[-1500:]}")
        return acks

    def _command(self, verb, directory, *arguments, config):
        return [self.program, "store", verb, directory, *arguments, *(["--config", config] if config else [])]


class Java:
    """RocketMQ's own store code."""

    def __init__(self, version="5.3.3"):
        self.run_java = [INTEROP / "run-java", version]

    def view(self, directory, config=None):
        """Of a copy. Status 1 only says that keys are missing, which the view says as well."""
        return parse(run([*self.run_java, "StoreDump", "--store", directory, *self._config(config)], (0, 1)))

    def write(self, directory, script, scratch, config=None):
        """Appends to the directory itself; one line for each message."""
        file = pathlib.Path(scratch) / "script.txt"
        file.write_text(script)
        output = run([*self.run_java, "StoreWrite", "--store", directory, "--script", file, *self._config(config)])
        return [json.loads(line) for line in output.splitlines() if line.startswith("{")]

    @staticmethod
    def _config(config):
        return ["--config", config] if config else []


def run_cases(cases, at_once=1):
    """Runs (name, function) pairs, prints a line for each and the closing line; returns the exit status.

    Java mostly waits, so cases with Java in them run well next to each other.
    """
    def outcome(case):
        try:
            case()
        except (Failed, subprocess.SubprocessError, json.JSONDecodeError, KeyError, OSError) as failure:
            return failure

    failed = 0
    with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
        for (name, _), failure in zip(cases, pool.map(lambda named: outcome(named[1]), cases)):
            failed += failure is not None
            print(f"FAILED  {name}: {type(failure).__name__}: {failure}" if failure else f"ok      {name}", flush=True)
    print(f"{len(cases) - failed} passed, {failed} failed")
    return 1 if failed else 0
