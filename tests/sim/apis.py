#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""One server, three ways to read it: MS-WSUSSS (sync), MS-WSUSAR (admin), both (auto).

    apis.py SIM WSUSCK

WCK_SIM_EVERY=1 tries every case of the battery of replies and whole trees; otherwise every eighth, and three servers.

What a channel tells must be what the document says, a channel must not claim what it cannot tell, and nothing that goes
wrong in a row, a reply or a login may become a verdict.
"""
import hashlib
import json
import os
import pickle
import socket
import sys
import threading
import unittest
from datetime import datetime

import make_tree
import simlib
from live import TOLD, number, told
from simlib import Sim, Wsusck

SIM = WSUSCK = None
AT = datetime(2026, 11, 25, 5, 0, 0)
NOW = "2026-11-25T06:00:00Z"
TREES = {healthy: pickle.dumps(make_tree.make(AT, 200, healthy)) for healthy in (True, False)}
# What the administration API tells of a row; titles only where the build gives them.
ADMIN = {
    "languages": ("id", "code", "enabled"),
    "categories": ("id", "kind", "title", "parent"),
    "updates": ("id", "revision", "type", "kb", "bulletins", "severity", "classification", "products", "created", "state",
                "arrived", "eula"),
    "declined": ("id", "revision"),
    "groups": ("id", "name", "parent"),
    "approvals": ("deployment", "update", "revision", "group", "action", "deadline", "go_live", "admin", "assigned",
                  "changed"),
    "eulas": ("id", "accepted", "admin"),
    "sync_history": ("started", "ended", "result", "trigger", "error_text"),
}
LOOK = {9001, 9002}  # about our own look
EVERY = int(os.environ.get("WCK_SIM_EVERY", "8"))


def shaped(rows, keys):
    def plain(value):
        return sorted(value, key=str) if isinstance(value, list) else value
    return sorted((tuple(str(plain(r.get(k))) for k in keys) for r in rows))


def digest(doc, section, keys):
    return hashlib.sha256(json.dumps(shaped(doc[section], sorted(keys))).encode()).hexdigest()


def seen(doc):
    """The document as the console would show it: no members of bundles, no detectoids."""
    doc = dict(doc)
    visible = {(u["id"], u["revision"]) for u in doc["updates"] if u["deployable"] is not False}
    ids = {u for u, _ in visible}
    shown = {u["eula"] for u in doc["updates"] if (u["id"], u["revision"]) in visible}
    doc["updates"] = [u for u in doc["updates"] if (u["id"], u["revision"]) in visible]
    doc["approvals"] = [a for a in doc["approvals"] if (a["update"], a["revision"]) in visible]
    newest = {i: max(r for u, r in visible if u == i) for i in ids}
    doc["declined"] = [dict(d, revision=newest[d["id"]]) for d in doc["declined"] if d["id"] in ids]
    doc["eulas"] = [e for e in doc["eulas"] if e["id"] in shown]
    doc["categories"] = [c for c in doc["categories"] if c["kind"] not in ("detectoid", "unknown")]
    return doc


def shrink(doc):
    """A dozen updates of it, so that hundreds of servers are read in seconds."""
    keep = [u for u in doc["updates"] if u["deployable"] is not False and not u["bundles"]][:10]
    keep += [u for u in doc["updates"] if u["eula"] and u["deployable"] is not False and u not in keep][:1]
    ids = {(u["id"], u["revision"]) for u in keep}
    doc["updates"] = keep
    doc["approvals"] = [a for a in doc["approvals"] if (a["update"], a["revision"]) in ids]
    doc["declined"] = [d for d in doc["declined"] if d["id"] in {i for i, _ in ids}]
    return doc


class Case(unittest.TestCase):
    maxDiff = 6000

    def setUp(self):
        self.scratch = simlib.scratch()
        self.dir = self.scratch.name

    def tearDown(self):
        self.scratch.cleanup()

    def folder(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def tree(self, healthy=True, names=None, small=False):
        docs, notes = pickle.loads(TREES[healthy])
        if names is None and not small and EVERY > 1:
            names = {"hq", "berlin", "lab"}
        docs = {n: d for n, d in docs.items() if names is None or n in names}
        notes = [n for n in notes if n.split("\t")[0].split("/")[-1] in docs]
        for name, doc in docs.items():
            if small:
                shrink(doc)
            make_tree.write(doc, os.path.join(self.folder("tree"), name + ".json"))
        return docs, [n.split("\t") for n in notes]

    def sim(self, faults="", more=()):
        own = self.folder("s" + str(len(os.listdir(self.dir))))
        return Sim(SIM, [os.path.join(self.dir, "tree")], own, faults, more=more)

    def wsusck(self, sim, api, **change):
        """The program, with every server read over that API."""
        config = simlib.read(sim.config)
        for s in config["servers"]:
            s["api"] = api if isinstance(api, str) else api.get(s["name"], "sync")
            s.update(change)
        own = self.folder("w-" + (api if isinstance(api, str) else "mixed") + str(len(os.listdir(self.dir))))
        simlib.save(os.path.join(own, "wsusck.json"), config)
        return Wsusck(WSUSCK, own, os.path.join(own, "wsusck.json"))

    def collected(self, sim, api, *args, codes=(0,), **change):
        wsusck = self.wsusck(sim, api, **change)
        wsusck.said = wsusck("collect", "--retry-base", "1", "--jobs", "4", *args, codes=codes)[2]
        return wsusck


class Facts(Case):
    def assert_admin(self, got, doc, sections=ADMIN, skip=()):
        want = seen(doc)
        for section in sections:
            keys = [k for k in ADMIN[section] if k not in skip]
            self.assertEqual(shaped(got[section], keys), shaped(want[section], keys), f"{doc['server']['name']} {section}")

    def test_admin_tells_what_the_document_says(self):
        docs, _ = self.tree(False)
        with self.sim() as sim:
            wsusck = self.collected(sim, "admin")
            failed = {line[1] for line in sim.lines() if line[2] != "200"}
            self.assertLessEqual({f.split(".")[0] for f in failed}, {"GetSubscriptionCategories"})
        for name, doc in docs.items():
            got = wsusck.export(name)
            self.assert_admin(got, doc)
            self.assertEqual(shaped(got["updates"], ["id", "title"]), shaped(seen(doc)["updates"], ["id", "title"]))
            for key in ("server_id", "parent", "mode", "version"):
                self.assertEqual(got["server"][key], doc["server"][key], key)
            for key in ("sync_from_microsoft_update", "upstream", "lazy_sync", "content_on_microsoft_update", "schedule",
                        "next_sync", "retries", "retry_wait_minutes", "proxy"):
                self.assertEqual(got["config"][key], doc["config"][key], f"{name} {key}")
            whole = doc["config"]["selected_products"] is not None  # else the simulator refuses that call
            for key in ("selected_products", "selected_classifications"):
                held = {c["id"] for c in doc["categories"]}
                want = held & set(doc["config"][key]) if whole else None
                self.assertEqual(set(got["config"][key]) if whole else got["config"][key], want, f"{name} {key}")
            states = {s: c["state"] for s, c in got["coverage"].items()}
            self.assertEqual({s for s in states if states[s] == "complete"} | {"config"},
                             {"config", "languages", "groups", "approvals", "sync_history"})
            self.assertEqual(states["config"], "complete" if whole else "partial")
            self.assertNotIn("unknown", states.values())
            below = {d["server"]["server_id"] for d in docs.values()} if name == "hq" else None
            if below:
                self.assertEqual({s["id"] for s in got["host"]["downstream_servers"]}, below - {got["server"]["server_id"]})
            self.assertEqual(got["host"]["components_with_errors"], [])
            last = [r["started"] for r in doc["sync_history"]]
            self.assertEqual(bool(last), "last" in got["host"]["synchronization"], name)
            self.assertLessEqual({"state", "phase", "processed", "total"}, set(got["host"]["synchronization"]))

    def test_every_shape_of_rows_gives_the_same_facts(self):
        docs, _ = self.tree(True, {"hq"})
        exports = {}
        for shape in ("real", "published", "longer"):
            with self.sim(more=["--admin-rows", shape]) as sim:
                exports[shape] = self.collected(sim, "admin").export("hq")
        for shape, got in exports.items():
            self.assert_admin(got, docs["hq"])
            for section, cover in exports["real"]["coverage"].items():
                self.assertEqual(got["coverage"][section]["state"], cover["state"], f"{shape} {section}")

    def test_auto_tells_what_both_tell(self):
        docs, notes = self.tree(False)
        with self.sim() as sim:
            wsusck = self.collected(sim, "auto")
        for name, doc in docs.items():
            got = wsusck.export(name)
            for section in TOLD:
                self.assertEqual(told(got, section), told(doc, section), f"{name} {section}")
            self.assert_admin(dict(got, updates=seen(got)["updates"]), doc, ["sync_history"])
            for u in got["updates"]:
                want = next(x for x in doc["updates"] if (x["id"], x["revision"]) == (u["id"], u["revision"]))
                self.assertEqual(u["arrived"], want["arrived"] if u["deployable"] is not False else None)
            part = {"host"} if doc["config"]["selected_products"] is not None else {"host", "config"}
            self.assertEqual({s for s, c in got["coverage"].items() if c["state"] != "complete"}, part)
            self.assertIn("MS-WSUSSS", got["coverage"]["updates"]["reason"])
            self.assertIn("MS-WSUSAR", got["coverage"]["sync_history"]["reason"])
            self.assertIn("MS-WSUSAR" if len(part) == 1 else "GetSubscriptionCategories", got["coverage"]["config"]["reason"])
            self.assertEqual(got["config"]["max_updates_per_request"], doc["config"]["max_updates_per_request"])

    def test_sections_that_channels_share_have_equal_digests(self):
        """Of what both tell; what one of them adds is looked at above."""
        docs, _ = self.tree(False, {"hq", "berlin"})
        with self.sim() as sim:
            got = {api: self.collected(sim, api) for api in ("sync", "admin", "auto")}
        for name in docs:
            docs_of = {api: w.export(name) for api, w in got.items()}
            for section in TOLD:
                both = sorted(set(TOLD[section]) & set(ADMIN[section]))
                self.assertEqual(digest(seen(docs_of["sync"]), section, both), digest(docs_of["admin"], section, both), section)
                self.assertEqual(digest(docs_of["sync"], section, TOLD[section]),
                                 digest(docs_of["auto"], section, TOLD[section]), section)
            for section in ADMIN:
                self.assertEqual(digest(docs_of["admin"], section, ADMIN[section]),
                                 digest(seen(docs_of["auto"]), section, ADMIN[section]), section)
            self.assertEqual(docs_of["admin"]["host"], docs_of["auto"]["host"])
            for key, value in docs_of["admin"]["config"].items():
                self.assertEqual(docs_of["auto"]["config"][key],
                                 value if value is not None else docs_of["sync"]["config"][key], key)

    def test_a_second_run_gives_the_same_digest(self):
        self.tree(True, {"hq", "berlin"}, small=True)
        with self.sim() as sim:
            wsusck = self.wsusck(sim, "auto")
            for _ in range(2):
                wsusck("collect", "--retry-base", "1", codes=[0])
                first = wsusck.export("hq")["digest"] if _ == 0 else first
        self.assertEqual(wsusck.export("hq")["digest"], first)

    def test_two_products_of_one_title_are_told_apart(self):
        docs, _ = self.tree(True, {"hq"})
        doc = docs["hq"]
        products = [c for c in doc["categories"] if c["kind"] == "product"]
        products[1]["title"] = products[0]["title"]
        make_tree.write(doc, os.path.join(self.dir, "tree", "hq.json"))
        with self.sim() as sim:
            wsusck = self.collected(sim, "admin")
            self.assertEqual(sum(line[1] == "ExecuteSPGetUpdatesByCategory" for line in sim.lines()), 2)
        self.assert_admin(wsusck.export("hq"), doc, ["updates", "categories"])


class Verdicts(Case):
    def report(self, wsusck, *args):
        return wsusck.check("--now", NOW, *args)[1]

    def told_live(self, notes):
        """How many computers need an update is not asked for, and what may be needed is 3010, not 3011."""
        return [(path, "3010" if rule == "3011" else rule, what) for path, rule, what in notes]

    def pick(self, report, hidden):
        return {("WCK3010" if f["rule"] == "WCK3011" else f["rule"], f["server"], json.dumps(
            {k: v for k, v in f["object"].items() if k != "title"}, sort_keys=True)) for f in report["findings"]
            if f["object"].get("update") not in hidden and number(f["rule"]) != 9003}

    def assert_found(self, notes, report):
        for path, rule, what in notes:
            hits = [f for f in report["findings"] if f["server"] == path and number(f["rule"]) == int(rule)]
            ids = [{str(v) for v in f["object"].values()} for f in hits]
            self.assertTrue(any(set(what.split()) <= i for i in ids), f"{path} WCK{rule} {what}")

    def test_auto_finds_everything_that_is_planted(self):
        docs, notes = self.tree(False)
        imported = Wsusck(WSUSCK, self.folder("i"))
        imported("import", *(os.path.join(self.dir, "tree", n + ".json") for n in docs), codes=[0])
        with self.sim() as sim:
            live = self.collected(sim, "auto")
        report, other = self.report(live), self.report(imported)
        # times of arrival of what the console does not show are not told, so those are "missing, time not known"
        hidden = {u["id"] for d in docs.values() for u in d["updates"] if u["deployable"] is False}
        self.assertEqual(self.pick(report, hidden), self.pick(other, hidden))
        self.assert_found([n for n in self.told_live(notes) if not set(n[2].split()) & hidden], report)

    def test_a_healthy_tree_is_consistent_over_each_channel(self):
        self.tree(True, small=True)
        with self.sim() as sim:
            for api, args, want in (("sync", (), 0), ("auto", (), 0), ("admin", (), 3), ("admin", ("--same-method",), 0)):
                wsusck = self.collected(sim, api, *args)
                code, report = wsusck.check("--now", NOW)
                self.assertEqual([f for f in report["findings"] if f["severity"] != "note"], [], f"{api} {args}")
                self.assertEqual(code, want, f"{api} {args}")

    def test_channels_of_parent_and_child_may_differ(self):
        docs, _ = self.tree(True, small=True)
        names = sorted(docs)
        with self.sim() as sim:
            for pick in range(3):
                apis = {n: ("sync", "admin", "auto")[(i + pick) % 3] for i, n in enumerate(names)}
                _, report = self.collected(sim, apis).check("--now", NOW)
                self.assertEqual([f for f in report["findings"] if f["severity"] != "note"], [], apis)

    def test_the_same_method_everywhere_finds_what_the_console_shows(self):
        docs, notes = self.tree(False)
        with self.sim() as sim:
            report = self.report(self.collected(sim, "admin", "--same-method"))
        hidden = {u["id"] for d in docs.values() for u in d["updates"] if u["deployable"] is False}
        # languages, relations and detectoids are not told
        untold = (4010, 2009, 3033)
        notes = [n for n in self.told_live(notes) if not set(n[2].split()) & hidden and int(n[1]) not in untold]
        self.assert_found(notes, report)

    def test_the_same_method_must_be_the_same(self):
        self.tree(True, {"hq", "berlin"})
        with self.sim() as sim:
            wsusck = self.wsusck(sim, {"hq": "admin", "berlin": "auto"})
            code, _, err = wsusck("collect", "--same-method")
        self.assertEqual(code, 64)
        self.assertIn("berlin", err)


class Logins(Case):
    def test_an_account_without_a_role_is_told_what_to_do(self):
        self.tree(True, {"hq"}, small=True)
        for role in ("0", "Unauthorized"):
            with self.sim(f"* GetCurrentUserRole role {role}\n") as sim:
                wsusck = self.collected(sim, "admin", codes=[3])
                self.assertEqual([line[1] for line in sim.lines()], ["GetCurrentUserRole"], "nothing else is asked for")
            self.assertIn("no role in WSUS", wsusck.said)
            self.assertIn("WSUS Reporters", wsusck.said)
            _, report = wsusck.check(codes=[3])
            self.assertEqual([number(f["rule"]) for f in report["findings"]], [9001])

    def test_a_refused_admin_channel_leaves_the_other(self):
        docs, _ = self.tree(True, {"hq"}, small=True)
        for fault, words in (("status 401", "wants a login"), ("status 403", "HTTP 403"), ("status 500", "HTTP 500"),
                             ("role 0", "no role"), ("garbage", "XML"), ("reset", "could not get an answer")):
            with self.sim(f"* GetCurrentUserRole {fault}\n") as sim:
                wsusck = self.collected(sim, "auto", codes=[0])
            got = wsusck.export("hq")
            self.assertEqual(told(got, "updates"), told(docs["hq"], "updates"), fault)
            self.assertEqual(got["coverage"]["config"]["state"], "partial")
            self.assertIn(words, got["coverage"]["config"]["reason"], fault)
            self.assertNotIn("sync_history", got["coverage"], "nobody configured a login")

    def test_a_configured_login_that_fails_is_reported(self):
        self.tree(True, {"hq"}, small=True)
        with self.sim("* GetCurrentUserRole status 403\n") as sim:
            wsusck = self.wsusck(sim, "auto", auth={"kind": "negotiate"})
            _, _, err = wsusck("collect", "--retry-base", "1", codes=[0])
        self.assertIn("HTTP 403", err)
        got = wsusck.export("hq")
        self.assertEqual(got["coverage"]["sync_history"]["state"], "unknown")
        self.assertIn("403", got["coverage"]["sync_history"]["reason"])
        code, report = wsusck.check("--now", NOW)
        self.assertEqual(code, 3)
        self.assertEqual([f["object"]["name"] for f in report["findings"] if number(f["rule"]) == 9002], ["sync_history"])

    def test_a_dead_sync_channel_leaves_admin(self):
        docs, _ = self.tree(True, {"hq"}, small=True)
        with self.sim("* GetAuthConfig status 503\n") as sim:
            wsusck = self.collected(sim, "auto", codes=[0])
        got = wsusck.export("hq")
        self.assertEqual(shaped(got["updates"], ["id"]), shaped(seen(docs["hq"])["updates"], ["id"]))
        self.assertEqual(got["coverage"]["updates"]["state"], "partial")
        self.assertIn("MS-WSUSSS was not read", got["coverage"]["updates"]["reason"])

    def test_both_dead_is_a_dead_server(self):
        self.tree(True, {"hq"}, small=True)
        with self.sim("* GetAuthConfig status 503\n* GetCurrentUserRole status 503\n") as sim:
            wsusck = self.collected(sim, "auto", codes=[3])
        _, report = wsusck.check(codes=[3])
        self.assertEqual([number(f["rule"]) for f in report["findings"]], [9001])

    def test_basic_is_refused_without_tls(self):
        self.tree(True, {"hq"}, small=True)
        os.environ["WSUS_TEST_PW"] = "geheim"
        with self.sim() as sim:
            for api in ("admin", "auto", "sync"):
                wsusck = self.wsusck(sim, api, auth={"kind": "basic", "user": "me", "password_env": "WSUS_TEST_PW"})
                _, _, err = wsusck("collect", codes=[3])
                self.assertIn("cleartext", err)
                self.assertNotIn("geheim", err)
            self.assertEqual(sim.lines(), [], "not a byte was sent")


class Replies(Case):
    """A child that is equal to its parent, read with something wrong: whatever is said, nothing may differ."""

    ROWS = {"GetSubscriptionCategories.products": 12, "GetSubscriptionCategories.classifications": 12,
            "ExecuteSPGetCategories.products": 12, "ExecuteSPGetCategories.classifications": 12,
            "ExecuteSPGetAllLanguagesWithEnabledState": 3, "ExecuteSPGetAllTargetGroups": 6, "ExecuteSPSearchUpdates": 35,
            "ExecuteSPGetDeployments": 11, "ExecuteSPGetEulaAcceptances": 3, "ExecuteSPGetAllDownstreamServers": 7,
            "GetServerSyncProgress": 3}
    SETS = {"localizedCategoryTitleRows": 3, "kbArticles": 2, "bulletins": 2}
    TYPES = ("int", "string", "boolean", "dateTime", "guid", "decimal")
    CALLS = ("GetServerVersion", "GetServerProtocolVersion", "ExecuteSPGetConfiguration", "GetSubscription",
             "GetSubscriptionState", "GetSubscriptionNextSynchronizationTime", "ExecuteSPSearchEventHistory",
             "ExecuteSPGetComponentsWithErrors", "ExecuteSPGetContentDownloadProgress", "ExecuteSPGetSubcategories")
    NEEDED = {"ExecuteSPGetConfiguration": ["config"], "GetSubscription": ["config"], "GetSubscriptionCategories": ["config"],
              "GetSubscriptionNextSynchronizationTime": ["config"], "ExecuteSPGetCategories": ["categories"],
              "ExecuteSPGetSubcategories": ["categories"], "ExecuteSPGetAllLanguagesWithEnabledState": ["languages"],
              "ExecuteSPGetAllTargetGroups": ["groups"], "ExecuteSPSearchUpdates": ["updates", "declined", "eulas"],
              "ExecuteSPGetDeployments": ["approvals"], "ExecuteSPGetEulaAcceptances": ["eulas"],
              "ExecuteSPSearchEventHistory": ["sync_history"]}  # call → sections that are not complete without it
    ELEMENTS = ("SyncToMU", "UpstreamServerName", "ServerPortNumber", "UpstreamServerUseSsl", "ReplicaMode", "UseProxy",
                "HostOnMu", "LazySync", "ServerSupportsAllLanguages", "ServerId")

    def small(self):
        """A pair of servers with few updates, so that hundreds of them are read in seconds."""
        docs, _ = pickle.loads(TREES[True])
        pair = [shrink(docs["hq"]), shrink(docs["berlin"])]
        for doc in pair:
            doc["files"], doc["host"] = [], {}
            if doc["config"]["selected_products"] is None:
                doc["config"].update(selected_products=[], selected_classifications=[])
            doc["categories"] = [c for c in doc["categories"] if c["kind"] not in ("detectoid", "unknown")]
        return pair

    def cases(self):
        for call, columns in self.ROWS.items():
            for c in range(columns):
                yield call, f"drop-column {c}"
                yield call, f"null-column {c}"
                yield call, f"mistype {c}:garbage"
                for kind in (self.TYPES[c % 6], self.TYPES[(c + 3) % 6] + "@1"):
                    if not (kind.startswith("guid") and "Categor" in call):  # another id is another fact
                        yield call, f"mistype {c}:{kind}"
                yield call, f"cut-rows {c}"
            yield call, "longer-rows 5"
        for name, columns in self.SETS.items():
            for c in range(columns):
                yield "ExecuteSPSearchUpdates", f"drop-column {name}/{c}"
                yield "ExecuteSPSearchUpdates", f"null-column {name}/{c}@0"
                yield "ExecuteSPSearchUpdates", f"mistype {name}/{c}:guid"
        for call in (*self.ROWS, *self.CALLS):
            for kind in ("fault System.Data.SqlClient.SqlException:Timeout_expired.", "status 500", "truncate 700",
                         "garbage", "absent-element", "html"):
                if (call, kind) != ("ExecuteSPGetEulaAcceptances", "absent-element"):  # that one says "not accepted"
                    yield call, kind
        for call in ("ExecuteSPGetConfiguration", "ExecuteSPSearchUpdates", "ExecuteSPGetAllTargetGroups",
                     "ExecuteSPGetAllLanguagesWithEnabledState", "ExecuteSPGetCategories", "ExecuteSPSearchEventHistory"):
            yield call, "empty-element"
        for name in self.ELEMENTS:
            yield "ExecuteSPGetConfiguration", f"drop-element {name}"
            yield "ExecuteSPGetConfiguration", f"set-element {name}"
            yield "ExecuteSPGetConfiguration", f"set-element {name}:abc" if name != "UpstreamServerName" else "longer-rows 1"
        for name in ("SynchronizeAutomatically", "synchronizeAutomaticallyTimeOfDay", "NumberOfSynchronizationsPerDay",
                     "LastSynchronizationTime"):
            yield "GetSubscription", f"drop-element {name}"
            yield "GetSubscription", f"set-element {name}:-1"
        for name in ("EventId", "TimeAtServer", "NamespaceId", "MessageTemplate"):
            yield "ExecuteSPSearchEventHistory", f"drop-element {name}"
            yield "ExecuteSPSearchEventHistory", f"set-element {name}:none"

    def test_nothing_that_is_wrong_becomes_a_verdict(self):
        parent, child = self.small()
        cases = [("clean", "-")] + list(self.cases())[::EVERY]
        rules = []
        make_tree.write(parent, os.path.join(self.folder("tree"), "hq.json"))
        for i, (call, fault) in enumerate(cases):
            name = f"c{i:03d}"
            child["server"] = dict(child["server"], name=name, server_id=make_tree.guid("server", name))
            make_tree.write(child, os.path.join(self.dir, "tree", name + ".json"))
            if call != "clean":
                rules.append(f"{name} {call} {fault}\n")
        with self.sim("".join(rules)) as sim:
            wsusck = self.wsusck(sim, "admin")
            wsusck("collect", "--retry-base", "1", "--jobs", "8", "--same-method", codes=[0, 3], timeout=900)
            _, report = wsusck.check("--now", NOW)
        wrong, clean = [], {}
        for f in report["findings"]:
            path = f["server"].split("/")
            i = int(path[1][1:]) if len(path) > 1 else -1
            if number(f["rule"]) in LOOK:
                self.assertEqual(f["result"], "unknown")
            elif f["severity"] != "note":
                wrong.append((i >= 0 and cases[i], f["rule"], f.get("expected"), f.get("actual")))
                if i == 0:
                    clean[f["rule"]] = f
        self.assertEqual(clean, {}, "the unharmed child has findings")
        self.assertEqual(wrong, [], f"{len(wrong)} findings out of nothing")
        covers = {s["name"]: s["coverage"] for s in report["servers"]}
        self.assertEqual({c["state"] for s, c in covers["c000"].items() if s != "host"}, {"complete"}, covers["c000"])
        claimed = []
        for i, (call, fault) in enumerate(cases):
            cover = covers[f"c{i:03d}"]
            for section in cover:
                if cover[section]["state"] != "complete":
                    self.assertTrue(cover[section]["reason"], f"{call} {fault} {section} has no reason")
            # a reply that is cut off is asked for again and again, and a short one was whole
            if fault.split()[0] in ("fault", "garbage", "html", "status"):
                claimed += [(call, fault, s) for s in self.NEEDED.get(call.split(".")[0], ()) if cover[s]["state"] == "complete"]
        self.assertEqual(claimed, [], "claimed to be complete without the call that tells it")

    def test_reasons_of_any_size_and_form_are_read(self):
        docs, _ = self.tree(False, {"hq"})
        doc = docs["hq"]
        doc["sync_history"] = [dict(r) for r in doc["sync_history"]]
        doc["sync_history"][-1].update(result="failed", error_text="WebException: The request failed with HTTP status 503")
        make_tree.write(doc, os.path.join(self.dir, "tree", "hq.json"))
        for fault, words in (("reason 10", "The request failed with HTTP 5"), ("control entity", "a\ufffdz\ufffd[2J"),
                             ("control raw", "a\ufffdz\ufffd[2J"), ("localized", "HTTP status 503"),
                             ("set-element MessageTemplate", "HTTP status 503")):
            with self.sim(f"* ExecuteSPSearchEventHistory {fault}\n") as sim:
                wsusck = self.collected(sim, "admin")
            got = wsusck.export("hq")
            last = got["sync_history"][-1]
            self.assertEqual(last["result"], "failed", fault)
            self.assertIn(words, last["error_text"], fault)
            self.assertLessEqual(len(last["error_text"]), 4096)
            self.assertEqual(shaped(got["sync_history"], ["started", "ended", "result", "trigger"]),
                             shaped(doc["sync_history"], ["started", "ended", "result", "trigger"]), fault)
            self.assertEqual(got["coverage"]["sync_history"]["state"], "complete", fault)
            self.assertNotIn("\x1b", wsusck("check", codes=[0, 1, 3])[1])

    def test_a_component_with_errors_is_recorded(self):
        self.tree(True, {"hq"}, small=True)
        with self.sim("* ExecuteSPGetComponentsWithErrors components ClientWebService,Content\n") as sim:
            got = self.collected(sim, "admin").export("hq")
        self.assertEqual(got["host"]["components_with_errors"], ["ClientWebService", "Content"])

    def test_a_useful_sentence_of_a_fault_is_kept(self):
        self.tree(True, {"hq"}, small=True)
        with self.sim("* ExecuteSPGetDeployments fault System.Exception:Could_not_find_procedure_'x'.\n") as sim:
            got = self.collected(sim, "admin").export("hq")
        reason = got["coverage"]["approvals"]["reason"]
        self.assertIn("Could not find procedure 'x'.", reason)
        self.assertNotIn("--->", reason)


class Discovery(Case):
    def root(self, sim, **change):
        """A configuration with the root alone."""
        config = simlib.read(sim.config)
        config["servers"] = [dict(s, **{"api": "admin", **change}) for s in config["servers"] if s["name"] == "hq"]
        own = self.folder("d")
        simlib.save(os.path.join(own, "wsusck.json"), config)
        return Wsusck(WSUSCK, own, os.path.join(own, "wsusck.json"))

    def test_the_tree_is_proposed(self):
        docs, _ = self.tree(True, small=True)
        with self.sim() as sim:
            wsusck = self.root(sim, auth={"kind": "none"})
            _, out, err = wsusck("collect", "--discover", codes=[0])
        proposal = json.loads(out)
        self.assertEqual(proposal["servers"][0]["auth"], {"kind": "none"}, "what is configured stays")
        fresh = {s["name"]: s for s in proposal["servers"][1:]}
        self.assertEqual(set(fresh), {d["server"]["fqdn"].split(".")[0] for n, d in docs.items() if n != "hq"})
        port = sim.ports["hq"]
        for name, doc in docs.items():
            if name == "hq":
                continue
            s = fresh[doc["server"]["fqdn"].split(".")[0]]
            parent = doc["server"]["parent"]
            self.assertEqual(s["source"], f"http://{doc['server']['fqdn']}:{port}")
            self.assertEqual(s["parent"], "hq" if parent == "hq" else docs[parent]["server"]["fqdn"].split(".")[0])
            self.assertEqual(s["mode"], doc["server"]["mode"])
            self.assertNotIn("auth", s, "no account is guessed")
            self.assertIn(doc["server"]["fqdn"], err)
        path = os.path.join(self.dir, "proposal.json")
        with open(path, "w", encoding="utf-8") as f:
            f.write(out)
        with self.sim() as sim:  # the ports are others now, so the root is asked in vain
            again = Wsusck(WSUSCK, self.folder("again"), path)
            self.assertEqual(again("collect", "--discover", "--retry-base", "1")[0], 2)

    def test_what_is_configured_is_not_proposed_again(self):
        docs, _ = self.tree(True, small=True)
        with self.sim() as sim:
            wsusck = self.collected(sim, "auto")  # the ids of all servers are in the store now
            _, out, err = wsusck("collect", "--discover", codes=[0])
            self.assertEqual(json.loads(out)["servers"], simlib.read(wsusck.config)["servers"])
            self.assertNotIn("(new)", err)

    def test_new_servers_are_read_when_asked_for(self):
        docs, _ = self.tree(True, {"hq", "berlin", "munich"}, small=True)
        for name, fqdn in (("berlin", "127.0.0.2"), ("munich", "127.0.0.3")):
            docs[name]["server"]["fqdn"] = fqdn
            make_tree.write(docs[name], os.path.join(self.dir, "tree", name + ".json"))
        with self.sim() as sim:
            wsusck = self.root(sim)
            stop = [forward("127.0.0.2", sim.ports["hq"], sim.ports["berlin"]),
                    forward("127.0.0.3", sim.ports["hq"], sim.ports["berlin"])]  # the wrong one answers there
            code, out, err = wsusck("collect", "--discover", "--read", "--retry-base", "1")
            for s in stop:
                s.close()
        self.assertEqual(code, 3)
        self.assertIn("another server than the one that was looked for", err)
        self.assertEqual(wsusck.export("127.0.0.2")["server"]["server_id"], docs["berlin"]["server"]["server_id"])
        self.assertEqual(wsusck.export("127.0.0.2")["server"]["parent"], "hq")
        self.assertEqual(wsusck("export", "127.0.0.3")[0], 2, "what is not the one that was meant is not recorded")

    def test_hostile_names_are_left_out(self):
        docs, _ = self.tree(True, {"hq", "berlin", "munich", "paris"}, small=True)
        for name, fqdn in (("berlin", "a b/../../etc\x1b[2J"), ("munich", "host:1@evil"), ("paris", "x" * 900)):
            docs[name]["server"]["fqdn"] = fqdn
            if "\x1b" in fqdn:
                docs[name]["server"]["fqdn"] = "a b/../../etc"
            make_tree.write(docs[name], os.path.join(self.dir, "tree", name + ".json"))
        with self.sim() as sim:
            _, out, err = self.root(sim)("collect", "--discover", codes=[0])
        self.assertEqual([s["name"] for s in json.loads(out)["servers"]], ["hq"])
        self.assertEqual(err.count("is no name of a host"), 3)

    def test_without_an_account_nothing_is_found(self):
        self.tree(True, {"hq"}, small=True)
        with self.sim("* GetCurrentUserRole status 401\n") as sim:
            code, out, err = self.root(sim)("collect", "--discover", "--retry-base", "1")
            self.assertEqual((code, out), (2, ""))
            self.assertIn("wants a login", err)
            code, _, err = self.root(sim, api="sync")("collect", "--discover")
            self.assertEqual(code, 2)
            self.assertIn("MS-WSUSAR", err)


def forward(host, port, to):
    """Connections to host:port go to 127.0.0.1:to; the listening socket, to be closed."""
    listener = socket.create_server((host, port))

    def pump(a, b):
        try:
            while data := a.recv(65536):
                b.sendall(data)
            b.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def serve():
        while True:
            try:
                a, _ = listener.accept()
                b = socket.create_connection(("127.0.0.1", to))
            except OSError:
                return
            threading.Thread(target=pump, args=(a, b), daemon=True).start()
            threading.Thread(target=pump, args=(b, a), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listener


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    SIM, WSUSCK = (os.path.abspath(p) for p in (sys.argv.pop(1), sys.argv.pop(1)))
    unittest.main()
