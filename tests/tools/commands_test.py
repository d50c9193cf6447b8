#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every subcommand of the command line program: what it prints, its exit codes, what it must not touch."""

import hashlib
import json
import subprocess
import time
import unittest

from command import PROGRAM, StoreTest, contents, run, skip_without_io_uring


def load_body(seed, seq, size):
    """The body that `load` appends, by the rule in its manual."""
    mask = (1 << 64) - 1
    state = ((seed << 32) + seq) & mask
    body = bytearray()
    while len(body) < size:
        state = (state + 0x9E3779B97F4A7C15) & mask
        bits = state
        bits = ((bits ^ (bits >> 30)) * 0xBF58476D1CE4E5B9) & mask
        bits = ((bits ^ (bits >> 27)) * 0x94D049BB133111EB) & mask
        body += (bits ^ (bits >> 31)).to_bytes(8, "little")
    return bytes(body[:size])


class Usage(StoreTest):
    def test_version_and_help(self):
        self.assertRegex(run("--version").out, r"^tidemark \d+\.\d+\.\d+\n$")
        self.assertIn("verify", run("store", "--help").out)

    def test_starts_fast(self):
        best = min(self.seconds_of("--version") for _ in range(20))
        self.assertLess(best, 0.05, "10 ms on an idle machine; this one may be busy")

    @staticmethod
    def seconds_of(*arguments):
        began = time.monotonic()
        subprocess.run([PROGRAM, *arguments], stdout=subprocess.DEVNULL, check=True)
        return time.monotonic() - began

    def test_wrong_usage_ends_with_2(self):
        for arguments in ((), ("store",), ("store", "nonsense"), ("store", "dump"), ("store", "info", self.store, "--nonsense"),
                          ("store", "load", self.store, "--producers", "0"), ("store", "load", self.store, "--durability", "paper"),
                          ("store", "load", self.store, "--size", "-1"), ("store", "dump", self.store, "--from", "yesterday"),
                          ("store", "repair", self.store, "--as-java", "--salvage")):
            with self.subTest(arguments=arguments):
                self.assertNotEqual(run(*arguments, status=2).err, "")
        self.assertFalse(self.store.exists())

    def test_no_store_ends_with_2_and_stays_none(self):
        for there in (False, True):
            if there:
                self.store.mkdir()
                (self.store / "letter.txt").write_text("not a store")
            for verb in ("info", "ls", "recover", "dump", "verify", "repair", "export"):
                with self.subTest(verb=verb, there=there):
                    ran = self.verb(verb, "--json", status=2)
                    self.assertIn(str(self.store), json.loads(ran.err)["message"])
            if there:
                self.load(status=2)
                self.assertEqual(list(contents(self.store)), ["letter.txt"])

    def test_broken_config_ends_with_2(self):
        self.verb("info", "--config", self.scratch / "absent", status=2)
        self.config.write_text("mappedFileSizeCommitLog=1g\n")
        self.assertIn("1g", self.load(status=2).err)

    def test_sizes_that_do_not_fit_end_with_2(self):
        self.load("--messages", 300)
        self.config.write_text("mappedFileSizeCommitLog=131072\n")
        self.assertIn("65536", self.verb("info", "--config", self.config, status=2).err)

    def test_a_store_that_is_open_is_said_to_be(self):
        self.load("--messages", 10)
        child = subprocess.Popen([PROGRAM, "store", "load", self.store, "--seconds", "60", "--print-acks"], stdout=subprocess.PIPE)
        try:
            child.stdout.readline()
            for verb in ("info", "ls", "recover", "dump", "verify", "repair", "export", "import", "load"):
                with self.subTest(verb=verb):
                    self.assertIn("has the store open", self.verb(verb, status=2).err)
        finally:
            child.terminate()
            child.stdout.read()
            child.stdout.close()
        self.assertEqual(child.wait(), 0, "it stops in good order when it is asked to")
        self.assertFalse(self.dump().lines[0]["aborted"])

    def test_no_progress_bar_without_a_terminal(self):
        self.load("--messages", 2000)
        self.assertEqual(self.verb("verify").err, "")


class Load(StoreTest):
    def test_summary(self):
        summary, = self.load("--messages", 1000, "--producers", 3).lines
        self.assertEqual(list(summary), ["kind", "messages", "seconds", "messagesPerSecond", "p50Us", "p99Us", "p999Us"])
        self.assertEqual(summary["messages"], 1000)
        self.assertLessEqual(summary["p50Us"], summary["p99Us"])
        self.assertLessEqual(summary["p99Us"], summary["p999Us"])

    def test_acks_are_what_is_in_the_store(self):
        for batch in (1, 7):
            with self.subTest(batch=batch):
                store = self.scratch / f"store-{batch}"
                ran = self.load("--messages", 500, "--producers", 3, "--topics", 2, "--queues", 3, "--seed", 9, "--batch", batch,
                                "--print-acks", "--print-tries", store=store)
                acks, tries = ran.of_kind("ack"), ran.of_kind("try")
                self.assertEqual(list(acks[0]), ["kind", "seq", "topic", "queueId", "queueOffset", "physicalOffset", "bodySha256"])
                self.assertEqual(sorted(line["seq"] for line in acks), list(range(500)))
                self.assertEqual({(line["seq"], line["bodySha256"]) for line in tries}, {(line["seq"], line["bodySha256"]) for line in acks})
                records = {line["physicalOffset"]: line for line in self.dump(store=store).of_kind("record")}
                self.assertEqual(len(records), 500)
                for ack in acks:
                    record = records[ack["physicalOffset"]]
                    self.assertEqual({name: record[name] for name in ack if name not in ("kind", "seq")},
                                     {name: ack[name] for name in ack if name not in ("kind", "seq")})
                    self.assertEqual(ack["bodySha256"], hashlib.sha256(load_body(9, ack["seq"], 200)).hexdigest())
                    self.assertEqual(ack["topic"], f"tidemark-load-{ack['seq'] % 2}")
                    self.assertEqual(ack["queueId"], ack["seq"] // 2 % 3)

    def test_goes_on_with_a_store(self):
        for durability in ("memory", "kernel", "device"):
            self.load("--messages", 100, "--durability", durability)
        self.assertEqual(len(self.dump().of_kind("record")), 300)

    def test_stops_in_time(self):
        began = time.monotonic()
        self.load("--seconds", 0.3)
        self.assertLess(time.monotonic() - began, 20)

    def test_segment_bytes(self):
        self.load("--messages", 10, "--segment-bytes", 16384)
        self.assertEqual(self.dump().lines[0]["mappedFileSizeCommitLog"], 16384)

    def test_what_was_acknowledged_survives_a_kill(self):
        for durability, batch in (("kernel", 1), ("device", 4)):
            with self.subTest(durability=durability):
                acks = [line for line in self.killed_load("--durability", durability, "--batch", batch, "--producers", 3, after=400)
                        if line["kind"] == "ack"]
                view = self.dump()
                self.assertTrue(view.lines[0]["aborted"])
                there = {(line["physicalOffset"], line["topic"], line["queueId"], line["queueOffset"], line["bodySha256"])
                         for line in view.of_kind("record")}
                lost = [ack for ack in acks if (ack["physicalOffset"], ack["topic"], ack["queueId"], ack["queueOffset"],
                                                ack["bodySha256"]) not in there]
                self.assertEqual(lost, [])
                self.verb("verify")
                before = view.lines[1:]
                self.verb("recover")
                self.assertEqual(self.dump().lines[1:], before)
                self.verb("verify")


class Look(StoreTest):
    def setUp(self):
        super().setUp()
        self.load("--messages", 600, "--topics", 2, "--queues", 3)

    def test_info(self):
        info, = self.verb("info", "--json").lines
        self.assertEqual((info["aborted"], info["queues"], info["messagesInQueues"], info["damage"]), (False, 6, 600, ""))
        self.assertIn("closed properly", self.verb("info").out)

    def test_ls(self):
        queues = self.verb("ls", "--json").lines
        self.assertEqual(queues, [{"kind": "queue", "topic": f"tidemark-load-{topic}", "queueId": queue, "min": 0, "max": 100}
                                  for topic in range(2) for queue in range(3)])
        self.assertEqual(len(self.verb("ls").out.splitlines()), 7)

    def test_recover(self):
        report, = self.verb("recover", "--json").lines
        self.assertTrue(report["clean"] and report["usedSidecar"])
        self.assertEqual(report["scannedRecords"], 0)
        self.assertIn("closed properly", self.verb("recover").out)

    def test_looking_changes_nothing(self):
        before = contents(self.store)
        for verb in ("info", "ls", "dump", "verify", "repair", "export"):
            self.verb(verb)
            self.verb(verb, "--json")
        self.assertEqual(contents(self.store), before)

    def test_dump_filters(self):
        records = self.dump().of_kind("record")
        one = records[77]
        middle = sorted(line["storeTimestamp"] for line in records)[300]
        for arguments, wanted in (
                (["--topic", "tidemark-load-1"], lambda line: line["topic"] == "tidemark-load-1"),
                (["--topic", "tidemark-load-1", "--queue", 2], lambda line: (line["topic"], line["queueId"]) == ("tidemark-load-1", 2)),
                (["--key", one["properties"]["KEYS"]], lambda line: line == one),
                (["--from", middle], lambda line: line["storeTimestamp"] >= middle),
                (["--to", middle], lambda line: line["storeTimestamp"] <= middle),
                (["--from", "2001-01-01", "--to", "2001-01-02T00:00Z"], lambda line: False),
                (["--topic", "absent"], lambda line: False)):
            with self.subTest(arguments=arguments):
                view = self.dump(*arguments)
                self.assertEqual(view.of_kind("record"), [line for line in records if wanted(line)])
                self.assertEqual([line["kind"] for line in (view.lines[0], view.lines[-1])], ["store", "end"])
                self.assertEqual(view.of_kind("blank"), [])
        queue = self.dump("--topic", "tidemark-load-1", "--queue", 2)
        self.assertEqual(len(queue.of_kind("queue")), 1)
        self.assertEqual(len(queue.of_kind("unit")), 100)
        self.assertEqual(len(queue.of_kind("key")), 100)
        self.assertEqual(self.dump("--no-units", "--no-keys").of_kind("unit"), [])

    def test_dump_for_people(self):
        table = self.verb("dump", "--topic", "tidemark-load-0", "--queue", 1).out.splitlines()
        self.assertEqual(len(table), 101)
        self.assertIn("log offset", table[0])

    def test_export_and_import_give_the_same_messages(self):
        wanted = self.dump().of_kind("record")
        lines = self.verb("export").out
        self.assertEqual(self.verb("export", "--json").out, lines)
        copy = self.scratch / "copy"
        self.verb("import", "--config", self.config, store=copy, stdin=lines)
        self.assertEqual(self.told(self.dump(store=copy).of_kind("record")), self.told(wanted))
        self.verb("verify", store=copy)
        file = self.scratch / "lines"
        file.write_text(self.verb("export", "--topic", "tidemark-load-1", "--queue", 0).out)
        told, = self.verb("import", "--json", "--file", file, store=copy).lines
        self.assertEqual(told["messages"], 100)

    @staticmethod
    def told(records):
        """What import keeps of a message; its order in the queue shows in the offsets."""
        names = ("topic", "queueId", "queueOffset", "flag", "sysFlag", "bornTimestamp", "bornHost", "reconsumeTimes",
                 "preparedTransactionOffset", "bodyLength", "bodySha256", "properties")
        by_us = 0x20  # whether the address of the store that holds it is IPv6
        return [{name: line[name] for name in names} | {"sysFlag": line["sysFlag"] & ~by_us} for line in records]

    def test_every_kind_of_message_of_java_survives_export_and_import(self):
        for name in ("clean", "compressed", "addresses-and-versions"):
            with self.subTest(corpus=name):
                self.verb("info")
                subprocess.run(["rm", "-rf", self.store], check=True)
                store = self.corpus(name)
                config = ["--config", store / "broker.conf"]
                wanted = self.dump(*config).of_kind("record")
                copy = self.scratch / f"copy-{name}"
                self.verb("import", *config, store=copy, stdin=self.verb("export", *config).out)
                # Prepared and rolled back messages have no place in a queue of their own.
                self.assertEqual(self.told(self.dump(*config, store=copy).of_kind("record")), self.told(wanted))

    def test_import_of_nonsense_tells_the_line(self):
        copy = self.scratch / "copy"
        good = '{"topic":"T","body":"hello","properties":{"KEYS":"k"}}\n'
        for bad in ("nonsense", "{}", '{"topic":"T","bodyBase64":"*"}', '{"topic":"white space"}', '{"topic":"T","bornHost":"x"}'):
            with self.subTest(bad=bad):
                ran = self.verb("import", store=copy, stdin=good + bad + "\n" + good, status=1)
                self.assertIn("line 2", ran.err)
        self.assertEqual({line["kind"] for line in self.dump(store=copy).of_kind("record")}, {"record"})
        self.assertEqual(len(self.dump(store=copy).of_kind("record")), 5)
        self.verb("import", "--file", self.scratch / "absent", store=copy, status=2)


if __name__ == "__main__":
    skip_without_io_uring()
    unittest.main()
