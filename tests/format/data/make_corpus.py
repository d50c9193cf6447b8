#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Makes NAME.log.gz and NAME.txt.gz of a store that Java wrote and of Java's own account of it.

  make_corpus.py STORE expected.jsonl NAME [FROM TO]

NAME.log: the commit log's bytes [FROM, TO). NAME.txt: one line for each record and filler in them,
tab-separated: "record", offset, size, magic, body CRC, queue, flag, queue offset, sys flag, born time,
born host, store time, store host, reconsume times, prepared transaction offset, offset message id, body
length, topic, tags code of the queue's unit or "-", then name and value of each property, sorted; or
"blank", offset, size. Texts are in hex.
"""
import gzip
import json
import os
import sys


def main(store, expected, name, start=0, end=None):
    segments = os.path.join(store, "commitlog")
    log = bytearray()
    first = None
    for segment in sorted(os.listdir(segments)):
        first = int(segment) if first is None else first
        assert int(segment) == first + len(log), segment
        log += open(os.path.join(segments, segment), "rb").read()
    lines = [json.loads(line) for line in open(expected, encoding="utf-8")]
    start = max(int(start), first)
    end = int(end) if end else max(line["offset"] + line["size"] for line in lines if line["kind"] == "record")
    codes = {(unit["offset"], unit["topic"]): unit["tagsCode"] for unit in lines if unit["kind"] == "unit"}
    text = []
    for line in lines:
        if line["kind"] not in ("record", "blank") or not start <= line["offset"] < end:
            continue
        assert line["offset"] + line["size"] <= end, line
        if line["kind"] == "blank":
            text.append(f"blank\t{line['offset']}\t{line['size']}")
            continue
        fields = ["record", *(line[field] for field in (
            "offset", "size", "magic", "bodyCrc", "queueId", "flag", "queueOffset", "sysFlag", "bornTimestamp", "bornHost",
            "storeTimestamp", "storeHost", "reconsumeTimes", "preparedTransactionOffset", "offsetMsgId", "bodyLength"))]
        fields += [line["topic"].encode().hex(), codes.get((line["offset"], line["topic"]), "-")]
        for key, value in sorted(line["properties"].items()):
            fields += [key.encode().hex(), value.encode().hex()]
        text.append("\t".join(map(str, fields)))
    for suffix, data in (("log", bytes(log[start - first:end - first])), ("txt", ("\n".join(text) + "\n").encode())):
        with open(f"{name}.{suffix}.gz", "wb") as out:
            out.write(gzip.compress(data, 9, mtime=0))


if __name__ == "__main__":
    main(*sys.argv[1:])
