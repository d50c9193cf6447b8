#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Damaged stores: verify finds what is wrong, repair mends it, and nothing is written without --apply."""

import hashlib
import shutil
import unittest

from command import StoreTest, contents, skip_without_io_uring


def flip(path, position, bits=0xFF):
    data = bytearray(path.read_bytes())
    data[position] ^= bits
    path.write_bytes(bytes(data))


class Flipped(StoreTest):
    """One byte of a sound store is changed; a clean close and a crash before it are both tried."""

    def setUp(self):
        super().setUp()
        self.load("--messages", 900, "--topics", 2, "--queues", 3)
        (self.store / "config" / "consumerOffset.json").write_text('{"offsetTable":{"T@g":{0:12,1:7}}}')
        self.sound = contents(self.store)
        self.verb("verify")

    def find(self, name, position, bits=0xFF, severities=("damage", "derived"), file=None):
        path = self.store / name
        original = path.read_bytes()
        flip(path, position, bits)
        damaged = contents(self.store)
        ran = self.verb("verify", "--json", status=1)
        self.assertEqual(contents(self.store), damaged, "verify wrote something")
        findings = [line for line in ran.of_kind("finding") if line["severity"] != "note"]
        self.assertTrue(findings)
        self.assertTrue(any(line["file"].startswith(file or name) for line in findings), findings)
        self.assertTrue({line["severity"] for line in findings} <= set(severities), findings)
        counted = ran.of_kind("summary")[0]["findings"]
        if any("counted but not shown" in line["text"] for line in findings):
            self.assertGreater(counted, len(findings) - 1)
        else:
            self.assertEqual(counted, len(findings))
        path.write_bytes(original)
        self.verb("verify")

    def segments(self):
        return sorted(path.name for path in (self.store / "commitlog").iterdir())

    def test_log(self):
        first, second = self.segments()[:2]
        record = self.dump().of_kind("record")[40]
        for where, at in (("size", 0), ("magic", 4), ("crc", 8), ("queue", 15), ("flag", 16), ("queue offset", 27),
                          ("log offset", 35), ("born host", 48), ("body", 100), ("properties", record["size"] - 3)):
            with self.subTest(field=where):
                self.find(f"commitlog/{first}", record["offset"] + at)
        for position in (0, 30000):
            with self.subTest(segment=second, position=position):
                self.find(f"commitlog/{second}", position)

    def test_log_damage_names_the_messages_that_are_lost(self):
        record = self.dump().of_kind("record")[40]
        flip(self.store / "commitlog" / self.segments()[0], record["offset"] + 100)
        texts = [line["text"] for line in self.verb("verify", "--json", status=1).of_kind("finding")]
        lost = f"message {record['queueOffset']} of queue {record['topic']}/{record['queueId']} is lost"
        self.assertTrue(any(lost in text for text in texts), texts)

    def test_queues(self):
        name = "consumequeue/tidemark-load-1/2/00000000000000000000"
        for field, at in (("log offset", 7), ("size", 11), ("tags code", 19)):
            with self.subTest(field=field):
                self.find(name, 20 * 30 + at, bits=1, severities=("derived",))

    def test_index(self):
        name = "index/" + sorted(path.name for path in (self.store / "index").iterdir())[0]
        entries = 40 + 4 * 100
        for where, at in (("begin time", 7), ("end record", 31), ("a slot", 40 + 4 * 17 + 3), ("hash", entries + 20 * 9 + 3),
                          ("record", entries + 20 * 9 + 11), ("far record", entries + 20 * 9 + 6), ("time", entries + 20 * 9 + 14),
                          ("previous", entries + 20 * 399 + 19)):
            with self.subTest(field=where):
                self.find(name, at, bits=1, severities=("derived",))

    def test_config(self):
        number = (self.store / "config/topics.json").read_text().index('"counter":') + 10
        for name, position, bits in (("config/topics.json", 0, 8), ("config/consumerOffset.json", 14, 8), ("config/topics.json", number, 1)):
            with self.subTest(name=name, position=position):
                self.find(name, position, bits=bits, severities=("damage",))

    def test_checkpoint(self):
        self.find("checkpoint", 1, bits=1, severities=("derived",))

    def test_sidecar(self):
        for name in ("state-0", "state-1"):
            with self.subTest(name=name):
                self.find(f"tidemark/{name}", 100, severities=("derived",), file="tidemark")
        checksums = sorted(path.name for path in (self.store / "tidemark" / "checksums").iterdir())
        for field, at in (("checksum", 3), ("its seal", 11)):
            with self.subTest(field=field):
                self.find(f"tidemark/checksums/{checksums[0]}", at, severities=("derived",))

    def test_index_that_is_gone_is_worth_a_note_only(self):
        shutil.rmtree(self.store / "index")
        ran = self.verb("verify", "--json")
        self.assertTrue(any("lacks keys" in line["text"] for line in ran.of_kind("finding")))
        self.verb("recover", "--config", self.config)
        self.assertEqual(self.dump().lines[-1]["missing"], 0)

    def test_missing_files_are_found(self):
        queue = self.store / "consumequeue/tidemark-load-0/1/00000000000000000000"
        kept = queue.read_bytes()
        queue.unlink()
        self.assertTrue(self.verb("verify", "--json", status=1).of_kind("finding"))
        queue.write_bytes(kept)
        (self.store / "commitlog" / self.segments()[1]).unlink()
        finding, = self.verb("verify", "--json", status=1).of_kind("finding")
        self.assertIn("is missing before it", finding["text"])

    def test_rebuild_mends_derived_data(self):
        before = self.dump().lines
        flip(self.store / "consumequeue/tidemark-load-1/2/00000000000000000000", 20 * 30 + 7, 1)
        flip(self.store / "index" / sorted(path.name for path in (self.store / "index").iterdir())[0], 40 + 400 + 20 * 9 + 11, 1)
        self.verb("verify", status=1)
        damaged = contents(self.store)
        self.assertIn("--apply", self.verb("repair", "--rebuild", "--config", self.config).out)
        self.assertEqual(contents(self.store), damaged)
        self.verb("repair", "--rebuild", "--apply", "--config", self.config)
        self.verb("verify")
        self.assertEqual(self.dump().lines, before)


class Torn(StoreTest):
    """A hole before whole records."""

    def setUp(self):
        super().setUp()
        self.corpus("torn-middle")
        self.config = self.store / "broker.conf"
        self.before = contents(self.store)

    def repair(self, *arguments, status=0):
        report, = self.verb("repair", "--json", "--config", self.config, *arguments, status=status).lines
        return report

    def records(self):
        return self.dump("--config", self.config, status=None).of_kind("record")

    def test_dump_shows_the_hole_and_what_lies_behind(self):
        view = self.dump("--config", self.config, status=1)
        hole, = view.of_kind("hole")
        self.assertEqual(hole, {"kind": "hole", "offset": 218623, "size": 629, "why": "zeroes"})
        self.assertEqual([line["offset"] for line in view.of_kind("record")][-2:], [219252, 219881])
        java = self.dump("--config", self.config, "--as-java")
        self.assertEqual(java.of_kind("record"), view.of_kind("record")[:-2])
        self.assertIn("DAMAGED", self.verb("dump", "--config", self.config, status=1).out)
        for verb in ("info", "ls", "export", "verify"):
            self.assertIn("219881", "".join(vars(self.verb(verb, "--config", self.config, status=1))[part] for part in ("out", "err")))
        self.assertEqual(contents(self.store), self.before)

    def test_nothing_is_written_without_apply(self):
        for mode in ("--as-java", "--salvage", "--rebuild"):
            report = self.repair(mode, status=1)
            self.assertEqual((report["applied"], report["recordsBehind"], report["maxPhyOffset"]), (False, 2, 218623))
            self.assertTrue(report["steps"])
        self.assertIn("--apply", self.verb("repair", "--config", self.config, status=1).out)
        self.assertEqual(contents(self.store), self.before)

    def test_as_java_cuts_and_keeps_a_copy(self):
        segment = (self.store / "commitlog/00000000000000196608").read_bytes()
        report = self.repair("--as-java", "--apply")
        copy = self.store / "tidemark/quarantine" / report["quarantined"].rsplit("/", 1)[1]
        cut = 218623 - 196608
        self.assertEqual(copy.read_bytes(), segment[cut:cut + report["cutBytes"]])
        self.assertEqual(len(self.records()), 347)
        self.verb("verify", "--config", self.config)
        self.assertEqual(self.repair()["steps"], [])

    def test_salvage_appends_what_lies_behind_again(self):
        wanted = [(line["topic"], line["queueId"], line["bodySha256"], line["properties"]) for line in self.records()]
        report = self.repair("--salvage", "--apply")
        self.assertEqual(report["salvaged"], 2)
        self.assertEqual([(line["topic"], line["queueId"], line["bodySha256"], line["properties"]) for line in self.records()], wanted)
        self.verb("verify", "--config", self.config)
        self.load("--messages", 10)
        self.verb("verify", "--config", self.config)


if __name__ == "__main__":
    skip_without_io_uring()
    unittest.main()
