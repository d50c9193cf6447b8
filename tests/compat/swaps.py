#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Both ways with Java: one directory, written in turn by us and by RocketMQ's own store code, three times each.

  swaps.py TIDEMARK [--seed S] [--swaps N] [NAME...]

TIDEMARK is the command line program. In each swap we append (small segments, many queues, keys, batches), Java lists
what we list, Java appends, and both list the same again; nothing that was ever acknowledged goes missing, and `store
verify` finds nothing. The runs differ in how each side lets go of the directory: closed, or killed. Ends with
"N passed, N failed".
"""

import argparse
import functools
import hashlib
import pathlib
import random
import sys
import tempfile

import views

SIZES = {"mappedFileSizeCommitLog": 131072, "mappedFileSizeConsumeQueue": 2000, "maxHashSlotNum": 200, "maxIndexNum": 600,
         "maxMessageSize": 65536}
# name -> (our arguments, we are killed, Java halts)
RUNS = {
    "closed by both": (["--durability", "kernel", "--batch", "1"], False, False),
    "batches": (["--durability", "device", "--batch", "7"], False, False),
    "we are killed": (["--durability", "kernel", "--batch", "1"], True, False),
    "batches, we are killed": (["--durability", "device", "--batch", "5"], True, False),
    "Java is halted": (["--durability", "kernel", "--batch", "1"], False, True),
    "both are killed": (["--durability", "kernel", "--batch", "3"], True, True),
}
MESSAGES = 500
ACK_FIELDS = ("topic", "queueId", "queueOffset", "physicalOffset", "bodySha256")


class Directory:
    """The directory under test, and every record that somebody was told is in it."""

    def __init__(self, program, scratch, seed):
        self.program, self.java, self.scratch = program, views.Java(), pathlib.Path(scratch)
        self.path, self.config = self.scratch / "store", self.scratch / "broker.conf"
        self.config.write_text("".join(f"{key}={value}\n" for key, value in SIZES.items()))
        self.random = random.Random(seed)
        self.promised = set()
        self.ever_crashed = False
        self.records = {}  # log offset -> line, as last seen

    def we_append(self, arguments, killed, seed):
        arguments = ["--producers", "3", "--topics", "3", "--queues", "5", "--size", "300", "--seed", seed, *arguments]
        limit = ["--seconds", "60"] if killed else ["--messages", MESSAGES]
        acks = self.program.load(self.path, *arguments, *limit, config=self.config, kill_after=MESSAGES if killed else None)
        if len(acks) < MESSAGES:
            raise views.Failed(f"asked for {MESSAGES} messages, {len(acks)} were acknowledged")
        self.promised.update(tuple(ack[field] for field in ACK_FIELDS) for ack in acks)

    def java_appends(self, halted, swap):
        """No key stands in more than 64 records: Java's look-up answers no more, whatever it is asked for."""
        bodies = [f"swap {swap} message {i} {self.random.getrandbits(64):x}" * self.random.randrange(1, 40) for i in range(120)]
        script = [f'put topic=Both queue={i % 4} tags=t{i % 3} keys="swap{swap}-{i % 3} k{i}" uniq=J{swap}-{i}- body="text:{body}"'
                  for i, body in enumerate(bodies)]
        script += [f"put topic=tidemark-load-0 queue={i % 5} keys=java{swap} body=size:40000:random" for i in range(5)]
        script.append("sleep 500" if not halted else "halt")
        answers = self.java.write(self.path, "\n".join(script) + "\n", self.scratch, config=self.config)
        if len(answers) != 125 or any(answer["status"] != "PUT_OK" for answer in answers):
            raise views.Failed(f"Java refuses: {[answer for answer in answers if answer['status'] != 'PUT_OK'][:3]}")
        self.promised.update(("Both", i % 4, answer["queueOffset"], answer["offset"], hashlib.sha256(body.encode()).hexdigest())
                             for i, (body, answer) in enumerate(zip(bodies, answers)))

    def both_look(self, when, crashed):
        """Java's view and ours agree, hold every promise, and everything that the last look showed.

        Once a side was killed Java's index may lack entries for good; before that both have to find every key.
        """
        self.ever_crashed |= crashed
        theirs, ours = self.java.view(self.path, self.config), self.program.view(self.path, config=self.config)
        if theirs[0]["aborted"] != crashed:
            raise views.Failed(f"{when}: abort is {'there' if theirs[0]['aborted'] else 'not there'}")
        views.require_agreement(when, theirs, ours, self.ever_crashed)
        if not self.ever_crashed and theirs[-1]["missing"]:
            raise views.Failed(f"{when}: Java does not find {theirs[-1]['missing']} of the keys although all was closed")
        now = {line["offset"]: line for line in views.of_kind(theirs, "record")}
        lost = self.promised - {tuple(line[field] for field in ACK_FIELDS) for line in now.values()}
        if lost:
            raise views.Failed(f"{when}: {len(lost)} acknowledged messages are not there, such as {sorted(lost)[:3]}")
        changed = [offset for offset, line in self.records.items() if now.get(offset) != line]
        if changed:
            raise views.Failed(f"{when}: records changed or vanished at {sorted(changed)[:5]}")
        self.records = now
        return theirs

    def require_breadth(self, lines):
        """The run was worth something: segments rolled, many queues, keys."""
        blanks, queues, keys = (len(views.of_kind(lines, kind)) for kind in ("blank", "queue", "key"))
        if blanks < 2 or queues < 10 or keys < 100:
            raise views.Failed(f"too small to tell: {blanks} blanks, {queues} queues, {keys} keys")


def swap_run(program, name, swaps, seed):
    arguments, killed, halted = RUNS[name]
    with tempfile.TemporaryDirectory(prefix="tidemark-swaps-") as scratch:
        directory = Directory(program, scratch, seed)
        lines = []
        for swap in range(1, swaps + 1):
            directory.we_append(arguments, killed, seed + swap)
            directory.both_look(f"swap {swap}, after us", crashed=killed)
            directory.java_appends(halted, swap)
            lines = directory.both_look(f"swap {swap}, after Java", crashed=halted)
        directory.require_breadth(lines)
        program.store("recover", directory.path, config=directory.config)
        directory.both_look("after the last recovery", crashed=False)
        program.store("verify", directory.path, config=directory.config)


def main():
    parser = argparse.ArgumentParser(usage=__doc__)
    parser.add_argument("tidemark")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--swaps", type=int, default=3)
    parser.add_argument("names", nargs="*")
    options = parser.parse_args()
    if set(options.names) - set(RUNS):
        parser.error(f"wanted some of: {', '.join(RUNS)}")
    program = views.Tidemark(options.tidemark)
    print(f"seed {options.seed}")
    return views.run_cases([(name, functools.partial(swap_run, program, name, options.swaps, options.seed))
                            for name in RUNS if not options.names or name in options.names], at_once=4)


if __name__ == "__main__":
    sys.exit(main())
