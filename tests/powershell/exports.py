#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""exports.py WSUSCK HOST.dll SCRIPT: examples/Export-WsusSnapshot.ps1 as it is, run by the real PowerShell engine
against servers made from snapshots; what it writes, imported, is the snapshot it was made from, but for what the
administration API does not tell. told() says what that is: it is written from the API's documentation, not from the
script. Documents are compared whole, the digest included."""
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "proof"))
import kit  # noqa: E402
from kit import guid  # noqa: E402
import servers  # noqa: E402
import simlib  # noqa: E402

SCRIPT = None

# A root, an autonomous server, a replica and a replica of it, with everything that sections have.
TREE = """
server hq
server ber parent=hq
server muc parent=ber
server lab parent=hq mode=autonomous
@hq set server fqdn=localhost
detectoid windows
product p2 parent=win
class c2
group Pilot
group Ring parent=Pilot
language de on
update u[1..6]
update old rev=1
update old rev=2 supersedes=u1,u2 kb=5001 class=c2 product=p1,p2
update gone state=expired type=driver created=2015-01-01T00:00:00Z
update pack bundles=part/3 languages_stay
update part rev=3 deployable=false
update contract eula=agreement
update contract2 eula=agreement
update unread eula=another
update d[1..2]
decline d[1..2]
eula agreement update=contract admin=CONTOSO\\\\reader
approval u1
approval u1 group=Ring action=block
approval u2 deadline=+3d
approval u3 deadline=2026-03-09T23:59:59.1234567Z group=All
approval u4 action=uninstall group=Pilot
approval u5 group=Unassigned
approval old rev=1 group=Pilot
approval old rev=2
approval contract
approval u6 group=Downstream action=scan
@lab approval u6
sync -2h ended=-1h result=failed error=UssNotFound trigger=manual text=unreachable errors=u1:MetadataInvalid:xml
sync -3h ended=-170m result=canceled error=UserCanceled
@ber set config automatic=false
@muc set config per_day=4 time_of_day=23:59:59 lazy_sync=false content_on_microsoft_update=true proxy=proxy.example:3128:cleartext
@hq set config next_sync=+20h
@hq downstream ber.example last_sync=-2h last_rollup=-1h version=10.0.20348.1
@hq downstream muc.example parent=ber last_sync=never
@hq downstream lab.example last_sync=-3h
""".replace(" languages_stay", "")

# What an administrator may call something.
HOSTILE = ['"; Remove-Item C:\\ #', "$(calc) `whoami` ${env:x} @{a=1}", "'@\r\n; x", "line\nbreak\ttab", "\u202ereversed\u200b\ufeff", "\U0001f600 \u00e4\u00df\u6f22",
           "  blanks around  ", "{\"section\":\"updates\"}", "line\u2028paragraph\u2029next\u0085", "\\", "%PATH% ^& | <x> !y!", "a" * 200]


def visible(doc):
    """The latest revision of what an administrator sees."""
    latest = {}
    for u in doc["updates"]:
        if u["id"] not in latest or u["revision"] > latest[u["id"]]["revision"]:
            latest[u["id"]] = u
    return [u for u in latest.values() if u["deployable"] is not False]


def told_config(config):
    keep = ("sync_from_microsoft_update", "lazy_sync", "content_on_microsoft_update", "schedule", "proxy", "upstream", "selected_products",
            "selected_classifications")
    new = {key: config[key] for key in keep}
    new["next_sync"] = config["next_sync"] if config["schedule"]["automatic"] else None
    return new


def told_update(u, doc, relations):
    keep = ("id", "revision", "type", "title", "kb", "bulletins", "severity", "classification", "products", "languages", "created", "arrived", "state", "eula")
    new = {key: u[key] for key in keep}
    if relations:  # as far as the server still holds them
        held = {(x["id"], x["revision"]) for x in doc["updates"]}
        new["supersedes"] = [s for s in u["supersedes"] if s in {x["id"] for x in doc["updates"]}]
        new["bundles"] = [b for b in u["bundles"] if (b["id"], b["revision"]) in held]
    return new


def told_lists(doc, relations):
    seen = visible(doc)
    ids = {u["id"]: u["revision"] for u in seen}
    accepted = {e["id"]: e for e in doc["eulas"]}
    first = {u["eula"]: u["id"] for u in reversed(seen) if u["eula"] in accepted}
    return {
        "languages": [{k: v for k, v in row.items() if k != "name" or row["id"] == 0} for row in doc["languages"]],
        "categories": [dict(c, revision=0) for c in doc["categories"] if c["kind"] != "detectoid"],
        "groups": doc["groups"],
        "updates": [told_update(u, doc, relations) for u in seen],
        "declined": [{"id": d["id"], "revision": ids[d["id"]]} for d in doc["declined"] if d["id"] in ids],
        "approvals": [{key: a[key] for key in ("deployment", "update", "revision", "group", "action", "deadline", "changed", "admin")}
                      for a in doc["approvals"] if a["action"] in ("install", "uninstall", "block") and a["group"] != guid("Downstream")],
        "eulas": [{"id": e, "update": u, "accepted": accepted[e]["accepted"], "admin": accepted[e]["admin"]} for e, u in first.items()],
        "sync_history": doc["sync_history"],
    }


def told(doc, relations=False, same=False):
    """The document, as far as the administration API tells it; coverage has the states alone."""
    server = {key: doc["server"][key] for key in ("name", "parent", "mode", "server_id", "version", "protocol_version")}
    server.update(source="Export-WsusSnapshot.ps1", fqdn="localhost" if doc["server"]["fqdn"] == "localhost" else None)
    new = {"format": "wsusck-snapshot", "format_version": "1.0", "server": server, "config": told_config(doc["config"])}
    new.update(told_lists(doc, relations))
    below = doc.get("host", {}).get("downstream_servers", [])
    new["host"] = {"downstream_servers": [dict({"last_rollup": None, "replica": False, "version": "0.0"}, **d) for d in below]}
    part = () if same else ("categories", "updates", "declined", "eulas")
    new["coverage"] = {s: {"state": "partial" if s in part else "complete"} for s in
                       ("config", "languages", "categories", "groups", "updates", "declined", "eulas", "approvals", "sync_history")}
    new["coverage"]["host"] = {"state": "partial"}  # files: not tried
    return new


class Exports(kit.Case):
    servers = None

    def tree(self, text=TREE, hostile=True):
        docs, self.now = kit.scenario_documents(os.path.join(self.folder("text"), "tree.test"), text)
        for doc in docs if hostile else []:
            for i, u in enumerate(doc["updates"]):
                u["title"] = HOSTILE[i % len(HOSTILE)]
                u["severity"] = [None, "Critical", "Low"][i % 3]
                u["bulletins"] = [[], ["MS08-067"]][i % 2]
            for i, a in enumerate(doc["approvals"]):
                a["admin"] = HOSTILE[i % len(HOSTILE)]
            for g in doc["groups"][3:]:
                g["name"] = HOSTILE[0] + g["name"] + HOSTILE[4]
            doc["sync_history"][0]["error_text"] = HOSTILE[3]
        if Exports.servers is None:  # one engine for all of the tests
            scratch = simlib.scratch()
            unittest.addModuleCleanup(scratch.cleanup)
            Exports.servers = servers.Tree(scratch.name, docs, self.now)
            unittest.addModuleCleanup(self.servers.close)
        self.servers.put(docs)
        return {d["server"]["name"]: d for d in docs}

    def export(self, name, *words, wrote=True):
        path = os.path.join(self.folder("out"), name + ".jsonl")
        parent = self.servers.world.docs[name]["server"]["parent"]
        who = ("Name=" + name,) + (("Parent=" + parent,) if parent else ())
        self.assertEqual(self.servers.export(name, SCRIPT, path, *who, *words), wrote, self.servers.log())
        self.assertFalse(os.path.exists(path + ".partial") and wrote)
        return path

    def imported(self, paths, store):
        """The documents of these files, made canonical by the program."""
        wsusck = self.wsusck(store)
        wsusck("import", *paths, codes=[0])
        return [wsusck.export(name) for name in self.servers.names]

    def same(self, wanted, paths, what):
        for name, got, want in zip(self.servers.names, (documents := self.imported(paths, "got-" + what)), wanted):
            want["coverage"] = {s: dict(e, reason=got["coverage"][s]["reason"]) for s, e in want["coverage"].items()}  # for people
            want["server"]["collected_at"] = got["server"]["collected_at"]
        expected = self.imported(self.save("want-" + what, wanted), "want-" + what)
        for name, got, want in zip(self.servers.names, documents, expected):
            for section in [*[s for s in want if s != "digest"], "digest"]:
                self.assertEqual(got[section], want[section], f"{what} {name}: {section}")

    def test_what_is_exported_is_what_the_server_holds(self):
        docs = self.tree()
        self.same([told(doc) for doc in docs.values()], [self.export(name) for name in docs], "plain")
        words = ("Relations", "SameMethodEverywhere")
        self.same([told(doc, True, True) for doc in docs.values()], [self.export(name, *words) for name in docs], "related")

    def read(self, path):
        """The lines of a file: the head, with the coverage of the end and the rows of each section."""
        with open(path, encoding="utf-8") as source:
            head, *rows, end = [json.loads(line) for line in source]
        self.assertEqual(end["rows"], len(rows))
        head["coverage"] = end["coverage"]
        for row in rows:
            head.setdefault(row["section"], []).append(row["row"])
        return head

    def test_nothing_but_ascii_shapes_the_file(self):
        """One line a row, whatever is in the texts, and each line of the right shape."""
        self.tree()
        with open(self.export("hq"), "rb") as source:
            data = source.read()
        self.assertFalse(data.startswith(b"\xef\xbb\xbf") or b"\r" in data)
        lines = [json.loads(line) for line in data.decode("utf-8").removesuffix("\n").split("\n")]
        self.assertEqual({frozenset(line) for line in lines[1:-1]}, {frozenset({"section", "row"})})
        self.assertEqual(lines[-1]["rows"], len(lines) - 2)

    def test_a_tree_of_exports_is_judged_as_the_tree(self):
        """Clean, then one thing broken; and what only the list of downstream servers shows."""
        text = """
server hq
server ber parent=hq
server lab parent=hq mode=autonomous
group Pilot
update u[1..3]
approval u[1..3] group=Pilot deadline=+30d
@hq downstream ber.example last_sync=-2h
@hq downstream lab.example last_sync=-2h
"""
        self.assertEqual(self.findings("clean", text), [])
        self.assertEqual(self.findings("lost", text + "@ber drop approval u2\n"), [("WCK4001", "hq/ber", guid("u2"))])
        self.assertEqual(self.findings("other", text + "@ber set approval u2 deadline=+9d\n"), [("WCK4005", "hq/ber", guid("u2"))])
        self.assertEqual(self.findings("declined", text + "@hq decline u3\n@hq drop approval u3\n"), [("WCK3030", "hq/ber", guid("u3"))])
        self.assertEqual(self.findings("missing", text + "@ber forget u1\n"), [("WCK3001", "hq/ber", guid("u1"))])
        self.assertEqual(self.findings("group", text + "@lab group Own\n"), [])
        self.assertEqual(self.findings("ghost", text + "@hq downstream ghost.example last_sync=-40d\n"), [("WCK1008", "hq", None)])
        self.assertEqual(self.findings("unlisted", text + "@hq downstream new.example last_sync=-1h\n"), [("WCK1010", "hq", None)])

    def findings(self, name, text):
        self.tree(text, hostile=False)
        wsusck = self.wsusck("judged-" + name)
        wsusck("import", *[self.servers.exported(server, SCRIPT, wsusck.dir, self.now, "SameMethodEverywhere", "Relations")
                           for server in self.servers.names], codes=[0])
        _, report = wsusck.check("--now", self.now)
        return [(f["rule"], f["server"], f["object"].get("update")) for f in report["findings"]]

    def test_what_cannot_be_read_is_no_empty_list(self):
        """Every call that may fail, at once or after it answered: unknown or partial with its reason, and never less rows
        under a coverage that says complete."""
        docs = self.tree()
        whole = self.read(self.export("hq", "Relations", "SameMethodEverywhere"))
        calls = {"GetConfiguration": {"config", "languages"}, "GetSubscription": {"config", "sync_history"}, "GetUpdateCategories": {"categories"},
                 "GetUpdateClassifications": {"categories"}, "GetComputerTargetGroups": {"groups"}, "GetUpdates": {"updates", "declined", "eulas", "approvals"},
                 "GetLicenseAgreement": {"eulas"}, "GetUpdateClassification": {"updates"}, "GetRelatedUpdates": {"updates", "approvals"},
                 "GetUpdateApprovals": {"approvals"}, "GetSynchronizationHistory": {"sync_history"}, "GetNextSynchronizationTime": {"config"},
                 "GetDownstreamServers": {"host"}}
        self.assertIn("hq", docs)
        for member, sections in calls.items():
            for n in (0, 1) if member in ("GetLicenseAgreement", "GetUpdateClassification", "GetRelatedUpdates") else (0,):
                with self.subTest(member, n=n):
                    got = self.read(self.export("hq", "Relations", "SameMethodEverywhere", f"{member}!{n}"))
                    for section, entry in got["coverage"].items():
                        if entry["state"] == "complete":
                            self.assertEqual(got.get(section), whole.get(section), section)
                            self.assertFalse(n == 0 and section in sections, section)
                    if n == 0:
                        reasons = [got["coverage"][s].get("reason", "") for s in sections if s != "host"] or [got["host"]["unread"]["downstream_servers"]]
                        self.assertTrue(any("no answer from " + member in r for r in reasons), reasons)

    def test_no_server_leaves_an_older_file_alone(self):
        """The file appears whole or not at all; and nothing of the server is changed (the host says so with exit 1)."""
        self.tree()
        path = self.export("hq")
        with open(path, "rb") as source:
            before = source.read()
        self.export("hq", "Port=0", wrote=False)
        with open(path, "rb") as source:
            self.assertEqual(source.read(), before)
        self.export("hq", "Server=wsus-hq.example", "UseSsl", "HostFacts")
        with open(path, encoding="utf-8") as source:
            self.assertIn("the script did not run on the server itself", source.readlines()[-1])


if __name__ == "__main__":
    kit.PROGRAM, servers.HOST, SCRIPT = (os.path.abspath(a) for a in sys.argv[1:4])
    unittest.main(argv=sys.argv[:1] + sys.argv[4:])
