#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Asks a NameServer a list of questions and prints them with its answers, a line of JSON each.

  record_answers.py HOST:PORT >tests/server/nameserver/data/answers.jsonl

The server has to be fresh, a stock one from `tests/interop/reference-cluster start --no-broker`. Lines:
  {"on": connection, "request": hex of the frame, "answer": hex or null when one-way, "about": what}
  {"close": connection} and {"wait": seconds}
"""

import json
import pathlib
import socket
import struct
import sys
import time
import zlib

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "interop"))
import wire  # noqa: E402

opaque = 0
connections = {}
address = None


def ask(about, on, code, fields=None, body=b"", version=479, oneway=False):
    global opaque
    opaque += 1
    header = {"code": code, "flag": 2 if oneway else 0, "language": "JAVA", "opaque": opaque,
              "serializeTypeCurrentRPC": "JSON", "version": version}
    if fields is not None:
        header["extFields"] = fields
    text = json.dumps(header, separators=(",", ":")).encode()
    body = body if isinstance(body, bytes) else body.encode()
    frame = struct.pack(">ii", 4 + len(text) + len(body), len(text)) + text + body
    if on not in connections:
        connections[on] = socket.create_connection(address, timeout=10)
    connections[on].sendall(frame)
    answer = None
    if oneway:
        time.sleep(1)
    else:
        start = wire._exactly(connections[on], 4)
        answer = start + wire._exactly(connections[on], struct.unpack(">i", start)[0])
        print(about, answer[8:], file=sys.stderr)
    print(json.dumps({"about": about, "on": on, "request": frame.hex(), "answer": answer and answer.hex()}))


def close(on):
    connections.pop(on).close()
    time.sleep(1)
    print(json.dumps({"close": on}))


def wait(seconds):
    time.sleep(seconds)
    print(json.dumps({"wait": seconds}))


def version(counter, state=0, timestamp=1755000000123):
    return {"counter": counter, "stateVersion": state, "timestamp": timestamp}


def topic(name, perm=6, queues=8, flag=0, **more):
    return {"attributes": {}, "order": False, "perm": perm, "readQueueNums": queues, "topicFilterType": "SINGLE_TAG",
            "topicName": name, "topicSysFlag": flag, "writeQueueNums": queues, **more}


def plain(data_version, *topics):
    wrapper = {"dataVersion": data_version, "mappingDataVersion": version(0), "topicQueueMappingDetailMap": {},
               "topicConfigTable": {t["topicName"]: t for t in topics}, "topicQueueMappingInfoMap": {}}
    return json.dumps({"filterServerList": [], "topicConfigSerializeWrapper": wrapper}, separators=(",", ":"))


def packed(data_version, texts, with_mappings):
    def counted(text):
        return struct.pack(">i", len(text.encode())) + text.encode()
    content = counted(json.dumps(data_version, separators=(",", ":"))) + struct.pack(">i", len(texts))
    content += b"".join(counted(text) for text in texts) + counted("[]")
    return zlib.compress(content + (struct.pack(">i", 0) if with_mappings else b""))


def broker(name, number, host, cluster="c1", **more):
    fields = {"brokerAddr": f"{host}:10911", "brokerId": str(number), "brokerName": name, "clusterName": cluster,
              "haServerAddr": f"{host}:10912", "compressed": "false", "bodyCrc32": "0"}
    return {**fields, "enableActingMaster": "false", "heartbeatTimeoutMillis": "600000", **more}


def crc(body):
    return str(zlib.crc32(body if isinstance(body, bytes) else body.encode()) & 0x7FFFFFFF)


def route(about, name, version=479, **fields):
    ask(f"route of {name}: {about}", "client", 105, {"topic": name, **fields}, version=version)


def lists(about):
    ask(f"clusters: {about}", "client", 106)
    ask(f"topics: {about}", "client", 206)


def fresh():
    lists("nothing yet")
    route("unknown", "orders")
    ask("system topics: nothing yet", "client", 304, {})
    ask("route without a topic", "client", 105, {})
    ask("a code that no NameServer knows", "client", 34, body="{}")
    ask("a code that nobody knows", "client", 9999)


def registration():
    ask("register one topic of an unknown broker", "a", 103, broker("bkr-1", 0, "10.1.0.5"), plain(version(1), topic("one")))
    body = plain(version(2), topic("orders"), topic("%RETRY%billing", queues=1))
    ask("register the master", "a", 103, broker("bkr-1", 0, "10.1.0.5", bodyCrc32=crc(body)), body)
    ask("register with a wrong checksum", "a", 103, broker("bkr-1", 0, "10.1.0.5", bodyCrc32="12345"), body)
    ask("register with a body that is no JSON", "a", 103, broker("bkr-1", 0, "10.1.0.5"), "{")
    for client in (479, 401, 400, 317):
        route(f"of version {client}", "orders", client)
    route("standard JSON wanted", "orders", 317, acceptStandardJsonOnly="true")
    lists("one master")
    ask("register the slave", "b", 103, broker("bkr-1", 1, "10.1.0.6"), plain(version(2), topic("orders"), topic("slaves")))
    route("with a slave", "orders")
    route("what only the slave has", "slaves")
    texts = ["payments 4 4 6 SINGLE_TAG {\"message.type\":\"FIFO\"}", "logs 1 2 4 MULTI_TAG {}"]
    body = packed(version(7), texts, True)
    ask("register compressed", "c", 103, broker("bkr-2", 0, "10.1.0.7", "c2", compressed="true", bodyCrc32=crc(body)), body)
    body = packed(version(1), ["old 2 2 6 SINGLE_TAG", "orders 4 4 6 SINGLE_TAG"], False)
    fields = broker("bkr-3", 0, "10.1.0.8", "c2", compressed="true", bodyCrc32=crc(body))
    del fields["enableActingMaster"], fields["heartbeatTimeoutMillis"]
    ask("register compressed as 4.9 does", "d", 103, fields, body, version=409)
    ask("register without a body", "e", 103, broker("bkr-4", 0, "10.1.0.9", "c2"))
    for name in ("payments", "logs", "old"):
        route("compressed", name)
    route("two brokers", "orders")
    lists("four brokers")
    for cluster in ("c1", "c2", "c3"):
        ask(f"topics of cluster {cluster}", "client", 224, {"cluster": cluster})


def versions():
    same = plain(version(2), topic("orders", queues=3), topic("fresh"))
    ask("register other topics with the same version", "a", 103, broker("bkr-1", 0, "10.1.0.5"), same)
    route("the version did not change", "orders")
    route("new, though the version did not change", "fresh")
    ask("register with a new version", "a", 103, broker("bkr-1", 0, "10.1.0.5"), plain(version(3), topic("orders", queues=3), topic("x")))
    route("the version changed", "orders")
    who = {"brokerAddr": "10.1.0.5:10911", "brokerId": "0", "brokerName": "bkr-1", "clusterName": "c1"}
    for about, counter in (("the same", 3), ("another", 4)):
        ask(f"query {about} version", "a", 322, who, json.dumps(version(counter)))
    ask("query the version of an unknown broker", "a", 322, {**who, "brokerAddr": "10.1.0.99:10911"}, json.dumps(version(3)))
    beat = {"brokerAddr": "10.1.0.5:10911", "brokerName": "bkr-1", "clusterName": "c1"}
    ask("heart-beat", "a", 904, beat)
    ask("heart-beat of an unknown broker", "a", 904, {**beat, "brokerAddr": "10.1.0.99:10911"})
    ask("members", "client", 901, {"clusterName": "c1", "brokerName": "bkr-1"})
    ask("members of an unknown broker", "client", 901, {"clusterName": "c1", "brokerName": "bkr-9"})
    ask("a higher state version", "b", 103, broker("bkr-1", 1, "10.1.0.6"), plain(version(3, 5)))
    ask("a lower state version on another address", "f", 103, broker("bkr-1", 1, "10.1.0.66"), plain(version(9, 4)))
    ask("members: the newer one stays", "client", 901, {"clusterName": "c1", "brokerName": "bkr-1"})
    ask("the slave becomes master on its address", "b", 103, broker("bkr-5", 1, "10.1.0.60"), plain(version(3)))
    ask("the same address with another id", "b", 103, broker("bkr-5", 2, "10.1.0.60"), plain(version(3)))
    ask("members: one id for an address", "client", 901, {"clusterName": "c1", "brokerName": "bkr-5"})


def permissions():
    ask("wipe", "client", 205, {"brokerName": "bkr-1"})
    route("wiped", "orders")
    ask("add", "client", 327, {"brokerName": "bkr-1"})
    route("added", "orders")
    ask("wipe of an unknown broker", "client", 205, {"brokerName": "bkr-9"})
    ask("add to an unknown broker", "client", 327, {"brokerName": "bkr-9"})
    ask("wipe without a name", "client", 205, {})


def key_values():
    for about, fields in (("text", {"namespace": "n", "key": "k", "value": "v \u00e4 \u6f22 / \" \u0001"}),
                          ("second", {"namespace": "n", "key": "a", "value": ""}), ("no key", {"namespace": "n", "value": "v"})):
        ask(f"put {about}", "client", 100, fields)
    for about, fields in (("text", {"namespace": "n", "key": "k"}), ("unknown key", {"namespace": "n", "key": "z"}),
                          ("unknown namespace", {"namespace": "m", "key": "k"}), ("nothing", {})):
        ask(f"get {about}", "client", 101, fields)
    for namespace in ("n", "m"):
        ask(f"list {namespace}", "client", 219, {"namespace": namespace})
    ask("delete", "client", 102, {"namespace": "n", "key": "k"})
    ask("delete again", "client", 102, {"namespace": "n", "key": "k"})
    ask("list after delete", "client", 219, {"namespace": "n"})


def topics():
    data = {"queueDatas": [{"brokerName": "bkr-1", "perm": 6, "readQueueNums": 2, "topicSysFlag": 0, "writeQueueNums": 2}]}
    ask("register a topic", "a", 217, {"topic": "single"}, json.dumps(data))
    route("registered alone", "single")
    data["queueDatas"][0]["brokerName"] = "bkr-9"
    ask("register a topic of an unknown broker", "a", 217, {"topic": "nowhere"}, json.dumps(data))
    route("registered for an unknown broker", "nowhere")
    ask("delete in one cluster", "client", 216, {"topic": "orders", "clusterName": "c2"})
    route("deleted in c2", "orders")
    ask("delete in an unknown cluster", "client", 216, {"topic": "orders", "clusterName": "c9"})
    ask("delete", "client", 216, {"topic": "single"})
    ask("delete again", "client", 216, {"topic": "single"})
    route("deleted", "single")
    ask("register unit topics", "a", 103, broker("bkr-1", 0, "10.1.0.5"),
        plain(version(11), topic("unit", flag=1), topic("unitSub", flag=2), topic("both", flag=3)))
    for code in (311, 312, 313):
        ask(f"unit topics {code}", "client", code, {})


def zones():
    for name, number, zone in (("zone-1", 0, "Z1"), ("zone-2", 0, "Z2")):
        fields = broker(name, number, f"10.2.0.{zone[1]}", "zones", __ZONE_NAME=zone)
        ask(f"register in {zone}", zone, 103, fields, plain(version(1), topic("zoned"), topic("zoned-too")))
    route("no zone", "zoned")
    for mode, zone in (("true", "z1"), ("false", "z1"), ("true", ""), ("true", "z3")):
        route(f"zone {zone!r}, mode {mode}", "zoned", __ZONE_MODE=mode, __ZONE_NAME=zone)
    ask("register a slave in Z2", "Z2s", 103, broker("zone-2", 1, "10.2.0.22", "zones", __ZONE_NAME="Z2"), plain(version(1)))
    close("Z2")
    route("a broker without a master in another zone", "zoned", __ZONE_MODE="true", __ZONE_NAME="Z1")


def losses():
    who = {"brokerAddr": "10.1.0.60:10911", "brokerId": "2", "brokerName": "bkr-5", "clusterName": "c1"}
    ask("unregister", "b", 104, who)
    wait(1)
    ask("members after unregistering", "client", 901, {"clusterName": "c1", "brokerName": "bkr-5"})
    ask("unregister again", "b", 104, who)
    wait(1)
    close("a")
    route("the master's connection is closed", "orders")
    lists("without the master")
    close("b")
    route("the slave's connection is closed, too", "orders")
    lists("without the group")
    ask("register for two seconds", "x", 103, broker("brief", 0, "10.3.0.1", "c3", heartbeatTimeoutMillis="2000"),
        plain(version(1), topic("brief"), topic("brief-too")))
    route("still there", "brief")
    wait(12)
    route("expired", "brief")
    close("x")  # the server has closed it, too
    ask("register again", "x", 103, broker("brief", 0, "10.3.0.1", "c3"), plain(version(1), topic("brief"), topic("brief-too")))
    ask("route one-way", "client", 105, {"topic": "brief"}, oneway=True)
    route("there again", "brief")


def settings():
    ask("order messages on", "client", 318, None, "orderMessageEnable=true\n")
    ask("put order", "client", 100, {"namespace": "ORDER_TOPIC_CONFIG", "key": "brief", "value": "brief:4;bkr-1:8"})
    route("ordered", "brief")
    ask("register: the order comes back", "x", 103, broker("brief", 0, "10.3.0.1", "c3"), plain(version(1), topic("brief"), topic("y")))
    ask("acting masters on", "client", 318, None, "supportActingMaster=true\ndeleteTopicWithBrokerRegistration=true\n")
    ask("register an acting slave", "s", 103, broker("acting", 3, "10.4.0.3", "c4", enableActingMaster="true"),
        plain(version(1), topic("acted"), topic("acted-too")))
    ask("register a second slave", "s4", 103, broker("acting", 4, "10.4.0.4", "c4", enableActingMaster="true"),
        plain(version(1), topic("acted"), topic("acted-4")))
    route("no master", "acted")
    route("only the second slave has it", "acted-4")
    lists("an acting master")
    ask("register with a topic less", "s", 103, broker("acting", 3, "10.4.0.3", "c4", enableActingMaster="true"),
        plain(version(2), topic("acted-too"), topic("acted-three")))
    route("left out", "acted")
    ask("a forbidden setting", "client", 318, None, "kvConfigPath=/tmp/x\n")
    ask("an unknown setting", "client", 318, None, "nobodyKnows=1\n")
    ask("no settings", "client", 318, None, "")
    ask("lists off", "client", 318, None, "enableAllTopicList=false\nenableTopicList=false\n")
    ask("topics: off", "client", 206)
    ask("topics of a cluster: off", "client", 224, {"cluster": "c1"})
    ask("unit topics: off", "client", 311, {})
    ask("system topics", "client", 304, {})


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    host, _, port = sys.argv[1].rpartition(":")
    address = (host, int(port))
    for chapter in (fresh, registration, versions, permissions, key_values, topics, zones, losses, settings):
        chapter()
