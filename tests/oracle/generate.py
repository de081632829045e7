#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""generate.py: seeded random server trees as snapshot documents, for differential.py.

A tree is consistent by construction (no findings at all); `diverge` then makes k random changes, each a function of
the list at the end. Few updates, groups, categories and languages, so that changes collide often.

    python3 generate.py SEED [DIRECTORY]      prints or writes the documents of a seed in time order
"""
import copy
import json
import os
import random
import sys
from datetime import datetime, timedelta

NOW = "2026-11-20T12:00:00Z"
BASE = datetime(2026, 11, 20, 12, 0, 0)
LANGUAGES = [(0, "all"), (1033, "en"), (1031, "de"), (1036, "fr"), (1041, "ja")]
ALL_COMPUTERS = "a0a08746-4dbe-4a37-9adf-9e7652c0b421"
UNASSIGNED = "b73ca6ed-5727-47f3-84de-015e03f6a88a"
DOWNSTREAM = "d374f42a-9be2-4163-a0fa-3c86a401b7a7"
LISTS = ["languages", "categories", "updates", "declined", "groups", "approvals", "eulas", "sync_history"]
CORE = ["config", "languages", "categories", "updates", "declined", "groups", "approvals", "eulas"]
NULLABLE_TIMES = {"deadline", "go_live", "changed", "accepted", "time", "arrived", "created", "ended", "server_time",
                  "next_sync"}


def guid(kind, n):
    """The kind stands in the fourth byte; spread over the partitions, and with letters, so that upper case differs."""
    return f"{n * 0x9e3779b1 & 0xffffff:06x}{kind}-abcd-4e0f-8a0b-{n:012x}"


UPDATES = [guid("aa", n) for n in range(1, 13)]
GROUPS = [guid("bb", n) for n in range(1, 6)]
EULAS = [guid("ee", n) for n in range(1, 4)]
COMPANY, FAMILIES = guid("c0", 1), [guid("cf", 1), guid("cf", 2)]
PRODUCTS = [guid("cb", n) for n in range(1, 5)]
CLASSES = [guid("cc", n) for n in range(1, 4)]
DETECTOID = guid("cd", 1)


def at(hours=0.0, seconds=0):
    """A time so many hours before now."""
    return (BASE - timedelta(hours=hours) + timedelta(seconds=seconds)).strftime("%Y-%m-%dT%H:%M:%SZ")


def shift(text, seconds):
    if not text.startswith("2026"):
        return text
    moment = datetime.strptime(text[:19], "%Y-%m-%dT%H:%M:%S") + timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# --- a consistent tree ----------------------------------------------------------------------------------------------

class Tree:
    def __init__(self, rng):
        self.rng, self.now, self.before, self.modes = rng, [], {}, None
        for i in range(rng.choice([1, 2, 2, 3, 3, 4, 5, 6, 7, 8])):
            parents = [d for d in self.now if self.depth(d) < 3]
            if not parents or rng.random() < 0.08:
                self.now.append(root(rng, f"s{i}", i))
            else:
                self.now.append(child(rng, rng.choice(parents), f"s{i}", i))

    def depth(self, doc):
        parent = self.get(doc["server"]["parent"])
        return 1 + (self.depth(parent) if parent else 0)

    def get(self, name):
        return next((d for d in self.now if d["server"]["name"] == name), None)

    def documents(self):
        """In time order: all earlier generations, then the present one."""
        earlier = [(n, i, d) for n, docs in self.before.items() for i, d in enumerate(docs)]
        return [d for _, _, d in sorted(earlier, key=lambda x: (x[1], x[0]))] + self.now


def envelope(rng, name, n, parent, mode):
    last = 2 + rng.randrange(4)
    runs = [{"started": at(h), "ended": at(h, 300), "result": "succeeded", "trigger": "scheduled", "error": None,
             "error_text": None, "update_errors": []} for h in range(last, last + 24 * rng.randrange(1, 4), 24)]
    return {
        "format": "wsusck-snapshot", "format_version": "1.0",
        "server": {"name": name, "parent": parent, "mode": mode, "server_id": guid("5e", n + 1),
                   "fqdn": f"{name}.example", "version": "10.0.26100.1", "protocol_version": "1.20",
                   "collected_at": at(0.5), "server_time": at(0.5, 7), "source": "file:" + name},
        "coverage": {s: {"state": "complete", "reason": None} for s in CORE + ["sync_history"]},
        "config": {"sync_from_microsoft_update": parent is None,
                   "upstream": None if parent is None else {"name": parent, "port": 8531, "ssl": True,
                                                            "replica": mode == "replica"},
                   "catalog_only_sync": False, "lazy_sync": True, "content_on_microsoft_update": False,
                   "schedule": {"automatic": True, "time_of_day": f"06:{n:02d}:00", "per_day": rng.choice([1, 2])},
                   "next_sync": None, "proxy": None, "selected_products": [], "selected_classifications": []},
        "sync_history": sorted(runs, key=lambda r: r["started"]),
    }


def root(rng, name, n):
    doc = envelope(rng, name, n, None, "autonomous")
    doc["config"]["selected_products"] = PRODUCTS[:2] + [FAMILIES[1]]
    doc["config"]["selected_classifications"] = list(CLASSES)
    doc["languages"] = [{"id": i, "code": c, "name": c, "enabled": c == "en" or c != "all" and rng.random() < 0.4}
                        for i, c in LANGUAGES]
    if rng.random() < 0.15:
        doc["languages"][0]["enabled"] = True
    doc["categories"] = [category(COMPANY, "company", None), category(DETECTOID, "detectoid", None)]
    doc["categories"] += [category(i, "product_family", COMPANY) for i in FAMILIES]
    doc["categories"] += [category(p, "product", FAMILIES[i // 2]) for i, p in enumerate(PRODUCTS)]
    doc["categories"] += [category(c, "classification", None) for c in CLASSES]
    doc["updates"] = []
    for u in rng.sample(UPDATES, rng.randrange(1, 9)):
        for revision in rng.choice([[100], [100], [100, 101], [101], [102]]):
            doc["updates"].append(update(rng, u, revision))
    doc["groups"] = [{"id": ALL_COMPUTERS, "name": "All Computers", "parent": None},
                     {"id": UNASSIGNED, "name": "Unassigned Computers", "parent": ALL_COMPUTERS}]
    for i, g in enumerate(rng.sample(GROUPS, rng.randrange(0, 4))):
        doc["groups"].append({"id": g, "name": f"Group {g[-1]}", "parent": ALL_COMPUTERS})
    administration(rng, doc)
    return doc


def category(i, kind, parent):
    return {"id": i, "revision": 10, "kind": kind, "title": f"{kind} {i[-1]}", "parent": parent}


def update(rng, u, revision):
    """Depends on the identity alone where servers are compared, so that every server tells the same."""
    r = random.Random(u + str(revision))
    return {"id": u, "revision": revision, "type": r.choice(["software", "driver"]), "title": f"Update {u[-2:]}",
            "kb": [], "bulletins": [], "severity": None, "classification": r.choice(CLASSES),
            "products": r.sample(PRODUCTS, r.randrange(1, 3)), "created": at(1000),
            "languages": r.choice([[], [], None, ["en"], ["en", "de"], ["en", "fr", "ja"]]),
            "arrived": at(100 + rng.randrange(50)), "state": "published", "deployable": True,
            "eula": r.choice([None, None] + EULAS), "supersedes": r.sample(UPDATES, r.choice([0, 0, 1])),
            "bundles": [], "prerequisites": [], "compatible_protocol_version": r.choice([None, "1.0", "1.20"]),
            "needed_by": rng.choice([0, 0, 3]), "files": [{"digest": (u + str(revision)).replace("-", "")[:32] + "00" * 4,
                                                          "name": "f.cab", "size": 5}]}


def administration(rng, doc):
    """Approvals, declines and EULAs of an autonomous server."""
    newest = {}
    for r in doc["updates"]:
        newest[r["id"]] = max(newest.get(r["id"], 0), r["revision"])
    doc["approvals"], doc["declined"], doc["eulas"] = [], [], []
    for u, revision in newest.items():
        if rng.random() < 0.2:
            doc["declined"].append({"id": u, "revision": revision, "time": at(90), "admin": "a"})
            continue
        for g in doc["groups"]:
            if rng.random() < 0.4:
                doc["approvals"].append(approval(rng, u, revision, g["id"]))
    approved = {a["update"] for a in doc["approvals"]}
    for e in EULAS:
        users = sorted({r["id"] for r in doc["updates"] if r["eula"] == e})
        if rng.random() < 0.3 or approved & set(users):
            doc["eulas"].append({"id": e, "update": (users or [None])[0], "accepted": at(95), "admin": "a"})


def approval(rng, u, revision, group, action=None):
    return {"deployment": guid("dd", rng.randrange(1 << 40)), "update": u, "revision": revision, "group": group,
            "action": action or rng.choice(["install", "install", "install", "uninstall", "block"]),
            "deadline": rng.choice([None, None, at(48), at(-48)]), "go_live": at(80), "changed": at(80), "admin": "a",
            "assigned": None, "priority": None}


def child(rng, parent, name, n):
    mode = rng.choice(["replica", "replica", "replica", "autonomous"])
    doc = envelope(rng, name, n, parent["server"]["name"], mode)
    for section in ("languages", "categories", "updates", "groups", "declined", "approvals", "eulas"):
        doc[section] = copy.deepcopy(parent[section])
    for r in doc["updates"]:
        r["arrived"], r["needed_by"] = at(40 + rng.randrange(50)), rng.choice([0, 0, 2])
    for r in doc["approvals"]:
        r["changed"], r["admin"] = at(70), "WUS Server"
    if mode == "autonomous":
        doc["groups"] = [g for g in doc["groups"] if g["id"] in (ALL_COMPUTERS, UNASSIGNED) or rng.random() < 0.5]
        administration(rng, doc)
    return doc


# --- divergences ----------------------------------------------------------------------------------------------------

def some(rng, rows):
    return rng.choice(rows) if rows else None


def last_good(doc):
    good = [r["started"] for r in doc["sync_history"] if r["result"] == "succeeded" and r["started"][:4] == "2026"]
    return max(good, default=at(4))


def around(tree, doc, rng):
    """A time around the last good synchronization of a child of `doc`, or not known."""
    below = [d for d in tree.now if d["server"]["parent"] == doc["server"]["name"]]
    return rng.choice([None, shift(last_good(rng.choice(below + [doc])), rng.choice([-1, 0, 1, 60, -60, 3600]))])


def with_subtree(tree, doc, rng, change):
    """Change one server, or it and its replicas."""
    todo, deep = [doc], rng.random() < 0.3
    while todo:
        d = todo.pop()
        change(d)
        if deep:
            todo += [x for x in tree.now if x["server"]["parent"] == d["server"]["name"] and x not in (d, doc)
                     and x["server"]["mode"] == "replica" and x["server"]["name"] > d["server"]["name"]]


def drop_row(t, d, rng):
    section = rng.choice(LISTS)
    row = some(rng, d[section])
    if row:
        with_subtree(t, d, rng, lambda x: x[section].remove(row) if row in x[section] else None)


def drop_update(t, d, rng):
    row = some(rng, d["updates"])
    if row:
        d["updates"] = [r for r in d["updates"] if r["id"] != row["id"]]


def add_update(t, d, rng):
    row = update(rng, rng.choice(UPDATES), rng.choice([99, 100, 101, 103]))
    row["arrived"] = around(t, d, rng)
    if not any((r["id"], r["revision"]) == (row["id"], row["revision"]) for r in d["updates"]):
        d["updates"].append(row)


def change_revision(t, d, rng):
    row = some(rng, d["updates"])
    new = row and row["revision"] + rng.choice([-1, 1, 2])
    if row and not any((r["id"], r["revision"]) == (row["id"], new) for r in d["updates"]):
        row["revision"], row["arrived"] = new, around(t, d, rng)


def change_update(t, d, rng):
    row = some(rng, d["updates"])
    if not row:
        return
    field, value = rng.choice([
        ("type", rng.choice(["software", "driver", "unknown"])), ("classification", rng.choice(CLASSES + [None])),
        ("products", rng.choice([[], PRODUCTS[:1], PRODUCTS[2:3], PRODUCTS[1:]])), ("eula", rng.choice(EULAS + [None])),
        ("languages", rng.choice([None, [], ["de"], ["fr", "ja"], ["en"]])), ("supersedes", rng.sample(UPDATES, 2)),
        ("bundles", [{"id": rng.choice(UPDATES), "revision": 100}]), ("title", "another title"),
        ("files", [{"digest": "ab" * 20, "name": "g.cab", "size": 5}]), ("state", rng.choice(["expired", "unknown"])),
        ("compatible_protocol_version", rng.choice([None, "1.20", "1.30"])), ("needed_by", rng.choice([None, 0, 7])),
        ("arrived", around(t, d, rng))])
    key = (row["id"], row["revision"])

    def change(x):
        for r in x["updates"]:
            if (r["id"], r["revision"]) == key:
                r[field] = value
    with_subtree(t, d, rng, change)


def expire(t, d, rng):
    approved = some(rng, d["approvals"])
    for x in t.now:
        for r in x["updates"]:
            if approved and r["id"] == approved["update"] and (x is d or rng.random() < 0.8):
                r["state"] = "expired"


def add_approval(t, d, rng):
    listed = some(rng, d["updates"])
    row = approval(rng, listed["id"] if listed and rng.random() < 0.9 else rng.choice(UPDATES),
                   rng.choice([listed["revision"] if listed else 100, 100, 101]),
                   rng.choice([g["id"] for g in d["groups"]] + [DOWNSTREAM, GROUPS[0]] if d["groups"] else [GROUPS[0]]),
                   rng.choice([None, None, None, "scan", "other:7"]))
    row["changed"], row["go_live"] = around(t, d, rng), rng.choice([None, at(-3), around(t, d, rng)])
    if not any(all(r[k] == row[k] for k in ("update", "group", "revision", "action", "deadline"))
               for r in d["approvals"]):
        d["approvals"].append(row)


def change_approval(t, d, rng):
    row = some(rng, d["approvals"])
    if not row:
        return
    field, value = rng.choice([
        ("action", rng.choice(["install", "uninstall", "block", "scan", "other:5"])),
        ("revision", row["revision"] + rng.choice([-1, 1])), ("changed", around(t, d, rng)),
        ("deadline", rng.choice([None, at(0, 1), at(0, -1), at(48, 1), at(48, 2), at(48)[:-1] + ".5Z", at(30),
                                 at(-30)])),
        ("go_live", rng.choice([None, at(-5), around(t, d, rng)])), ("deployment", None), ("admin", "somebody"),
        ("priority", 3)])
    row[field] = value
    if rng.random() < 0.4:
        row["changed"] = around(t, d, rng)


def change_group(t, d, rng):
    row = some(rng, d["groups"])
    if not row:
        return
    new = rng.choice([g for g in GROUPS if not any(x["id"] == g for x in d["groups"])] or [None])
    what = rng.randrange(4)
    if what == 0:
        row["name"] = rng.choice(["Renamed", "Group 1", row["name"].upper()])
    elif what == 1:
        row["parent"] = rng.choice([g["id"] for g in d["groups"]] + [None])
    elif new and what == 2:
        row["id"] = new
    elif new:
        d["groups"].append({"id": new, "name": f"Group {new[-1]}", "parent": ALL_COMPUTERS})


def decline(t, d, rng):
    u = rng.choice([r["id"] for r in d["updates"]] + [rng.choice(UPDATES)])
    when = around(t, d, rng)

    def change(x):
        if not any(r["id"] == u for r in x["declined"]):
            x["declined"].append({"id": u, "revision": None, "time": when, "admin": None})
            if rng.random() < 0.7:
                x["approvals"] = [a for a in x["approvals"] if a["update"] != u]
    with_subtree(t, d, rng, change)


def undecline(t, d, rng):
    row = some(rng, d["declined"])
    if row:
        d["declined"].remove(row)


def eula(t, d, rng):
    e = rng.choice(EULAS)
    row = next((r for r in d["eulas"] if r["id"] == e), None)
    if row:
        d["eulas"].remove(row)
    if not row or rng.random() < 0.5:
        users = [r["id"] for r in d["updates"] if r["eula"] == e]
        d["eulas"].append({"id": e, "update": some(rng, users + [None]), "accepted": around(t, d, rng), "admin": "b"})


def language(t, d, rng):
    row = some(rng, d["languages"])
    if row:
        with_subtree(t, d, rng, lambda x: [r.update(enabled=not r["enabled"]) for r in x["languages"]
                                           if r["code"] == row["code"]])


def narrow(t, d, rng):
    """The upstream goes to one language: approvals fall inactive."""
    keep = rng.choice(["de", "ja", "en"])
    for r in d["languages"]:
        r["enabled"] = r["code"] == keep


def inactive(t, d, rng):
    """… and its replicas no longer get them."""
    narrow(t, d, rng)
    keep = {r["code"] for r in d["languages"] if r["enabled"]}
    dead = {(r["id"], r["revision"]) for r in d["updates"] if r["languages"] and not keep & set(r["languages"])}
    for x in t.now:
        if x["server"]["parent"] == d["server"]["name"] and x["server"]["mode"] == "replica":
            x["approvals"] = [a for a in x["approvals"] if (a["update"], a["revision"]) not in dead]
            if rng.random() < 0.3:
                x["updates"] = [r for r in x["updates"] if (r["id"], r["revision"]) not in dead]


def categories(t, d, rng):
    row = some(rng, d["categories"])
    if not row:
        return
    if rng.random() < 0.5:
        d["categories"].remove(row)
    elif rng.random() < 0.5:
        row["revision"] += rng.choice([-1, 1])
    elif rng.random() < 0.5:
        row["title"], row["parent"] = "renamed", None
    else:
        d["categories"].append(category(guid("c9", rng.randrange(1, 4)), rng.choice(
            ["product", "classification", "detectoid", "unknown", "product_family"]), None))
        if len({r["id"] for r in d["categories"]}) != len(d["categories"]):
            d["categories"].pop()


def selection(t, d, rng):
    target = rng.choice([x for x in t.now if x["server"]["parent"] is None] + [d])
    key, values = rng.choice([("selected_products", PRODUCTS + FAMILIES), ("selected_classifications", CLASSES)])
    target["config"][key] = rng.choice([None, [], rng.sample(values, 1), rng.sample(values, 2)])


def gone(t, d, rng):
    """An update that only the child has, with or without need."""
    parent = t.get(d["server"]["parent"])
    row = some(rng, d["updates"])
    if parent and row:
        for x in t.now:
            if x is parent or rng.random() < 0.3:
                x["updates"] = [r for r in x["updates"] if r["id"] != row["id"]]
        for r in d["updates"]:
            if r["id"] == row["id"]:
                r["needed_by"] = rng.choice([0, 0, None, 4])
        if rng.random() < 0.5:
            for x in t.now:
                x["approvals"] = [a for a in x["approvals"] if a["update"] != row["id"]]
        if rng.random() < 0.2:
            for r in d["updates"]:
                r["products"] = PRODUCTS[3:]


def history(t, d, rng):
    runs, what = d["sync_history"], rng.randrange(8)
    extra = {"started": at(1), "ended": None, "trigger": "manual", "error": None, "error_text": None,
             "update_errors": []}
    if what == 0:
        d["sync_history"] = []
    elif what == 1:
        for r in runs:
            r["result"] = rng.choice(["failed", "canceled", "unknown"])
    elif what == 2:
        d["sync_history"] = [dict(extra, started="1753-01-01T00:00:00Z", result="succeeded")]
    elif what == 3:
        runs.append(dict(extra, result=rng.choice(["failed", "running", "running"])))
    elif what == 4:
        failures(t, d, rng)
    elif what == 5:
        d["coverage"]["sync_history"] = {"state": "partial", "reason": None}
    elif what == 6:
        for r in runs:
            r["started"] = shift(r["started"], -86400 * rng.choice([1, 2, 3]))
    else:
        d["coverage"].pop("sync_history", None)
        d["sync_history"] = []
    for x in t.now:  # one run at a time
        x["sync_history"] = list({r["started"]: r for r in x["sync_history"]}.values())


def failures(t, d, rng):
    """Tries at about 15 minutes on this server, sometimes on its siblings or the other roots too."""
    parent, start = d["server"]["parent"], rng.choice([0.2, 0.4, 0.6, 1.0, 1.5])
    d["config"].update(rng.choice([{}, {"retries": 0}, {"retries": 3, "retry_wait_minutes": 10}]))
    for x in t.now:
        if x is not d and (x["server"]["parent"] != parent or rng.random() < 0.4):
            continue
        for k in range(rng.randrange(1, 5)):
            run = {"started": at(start - k * 0.25, rng.randrange(60)), "ended": rng.choice([None, at(start - k * 0.25, 90)]),
                   "result": "failed" if rng.random() < 0.9 else "succeeded", "error": None, "error_text": None,
                   "trigger": rng.choice(["scheduled", "scheduled", "manual", "unknown"]), "update_errors": []}
            if rng.random() < 0.2:
                run["update_errors"] = [{"update": rng.choice(UPDATES), "error": "DependencyNotFound"}]
            x["sync_history"].append(run)
        x["sync_history"] = list({r["started"]: r for r in x["sync_history"]}.values())


def schedule(t, d, rng):
    d["config"]["schedule"] = rng.choice([None, {"automatic": False, "time_of_day": "00:00:00", "per_day": 1},
                                          {"automatic": True, "time_of_day": "00:00:00", "per_day": 24}])
    if rng.random() < 0.5:
        for r in d["sync_history"]:
            r["started"] = shift(r["started"], -rng.choice([3600, 86400, 86400 * 2, 86400 * 3]))


def erase(doc, section, state="unknown"):
    """What was known becomes unknown (P2): coverage says so and the rows are gone."""
    if state == "absent":
        doc["coverage"].pop(section, None)
    else:
        doc["coverage"][section] = {"state": state, "reason": "not read"}
    if state != "partial":
        doc[section] = {} if section in ("config", "host") else []


def coverage(t, d, rng):
    section = rng.choice(CORE + ["sync_history", "files", "host"])
    state = rng.choice(["unknown", "unknown", "partial", "absent"])
    if section in d or state != "partial":
        erase(d, section, state)
        rows = d[section]
        if state == "partial" and rng.random() < 0.2:
            d["coverage"][section]["reason"] = "torn: changed while it was read"
        if state == "partial" and isinstance(rows, list) and rng.random() < 0.6:
            d[section] = [r for r in rows if rng.random() < 0.7]


def unreadable(t, d, rng):
    for section in CORE + ["sync_history"]:
        erase(d, section, rng.choice(["unknown", "unknown", "absent"]))


def identity(t, d, rng):
    s, what = d["server"], rng.randrange(9)
    if what == 0:
        s["server_id"] = rng.choice(t.now)["server"]["server_id"]
    elif what == 1:
        s["parent"] = "nowhere"
        s["mode"] = "autonomous" if s["mode"] == "unknown" else s["mode"]
    elif what == 2 and s["parent"]:
        s["mode"] = "unknown"
        if d["config"].get("upstream") and rng.random() < 0.5:
            d["config"]["upstream"] = None
    elif what == 3:
        s["server_time"] = rng.choice([None, shift(s["collected_at"], rng.choice([300, 301, -299, -400, 7200]))])
    elif what == 4:
        s["protocol_version"] = rng.choice([None, "1.8", "1.20", "1.21"])
    elif what == 5:
        s["collected_at"] = at(rng.choice([24, 25, 23, 100]))
        s["server_time"] = None
    elif what == 6:
        s["server_id"] = None
    elif s["parent"] and what == 7:
        s["mode"] = "autonomous" if s["mode"] == "replica" else "replica"
    elif s["parent"] and rng.random() < 0.5:
        s["parent"] = rng.choice([x["server"]["name"] for x in t.now])  # a cycle at times
    elif s["parent"] is None and rng.random() < 0.2:
        below = [x for x in t.now if x["server"]["parent"]]
        if below:
            s["parent"], s["mode"] = rng.choice(below)["server"]["name"], "autonomous"


def previous(t, d, rng):
    """An earlier generation of one server that differs in one way."""
    old = copy.deepcopy(d)
    what = rng.randrange(6)
    if what == 0:
        old["server"]["parent"] = rng.choice([None, "elsewhere", "s0"])
    elif what == 1:
        old["server"]["server_id"] = rng.choice([guid("5f", 9), None])
    elif what == 2:
        language(t, old, random.Random(rng.random()))
    elif what == 3:
        many_rows(t, d, rng, old)
    elif what == 4:
        coverage(t, old, rng)
    if len(t.before.setdefault(d["server"]["name"], [])) < 2:
        t.before[d["server"]["name"]].append(old)


def many_rows(t, d, rng, old):
    """A section of 100 rows and more that shrank below, at or above half; declines that came back."""
    section, n = rng.choice(["eulas", "declined", "groups", "categories"]), rng.choice([99, 100, 120])
    if section == "declined" and rng.random() < 0.5:
        n = 90
    rows = {"eulas": lambda i: {"id": guid("e9", i), "update": None, "accepted": at(99), "admin": None},
            "declined": lambda i: {"id": guid("a9", i), "revision": None, "time": at(99), "admin": None},
            "groups": lambda i: {"id": guid("b9", i), "name": f"Many {i}", "parent": ALL_COMPUTERS},
            "categories": lambda i: category(guid("c8", i), "detectoid", None)}[section]
    old[section] = [rows(i) for i in range(n)]
    keep = rng.choice([0, n // 2 - 1, (n + 1) // 2, n - 2])
    d[section] = [rows(i) for i in range(keep)]
    if section == "declined":
        some_back = rng.random() < 0.5
        known = {r["id"] for r in d["updates"]}
        for i in range(keep, n if some_back else keep):
            if rows(i)["id"] not in known:
                d["updates"].append(dict(update(rng, rows(i)["id"], 100), eula=None))


def no_updates(t, d, rng):
    d["updates"] = []


def alternate(t, d, rng):
    """The name answers with two identities in turn."""
    one, two = copy.deepcopy(d), copy.deepcopy(d)
    two["server"]["server_id"] = guid("5f", 7)
    t.before[d["server"]["name"]] = [one, two]


def superseded(t, d, rng):
    if rng.random() > 0.05:  # documents of 1,500 rows: seldom
        return
    n = rng.choice([1500, 1501])
    d["updates"] += [dict(update(rng, guid("a7", i), 100), supersedes=[guid("a7", (i + 1) % n)], eula=None)
                     for i in range(n)]


def deepen(t, d, rng):
    """A leaf below a leaf, until the tree has more than three levels."""
    leaf = rng.choice([x for x in t.now if not any(y["server"]["parent"] == x["server"]["name"] for y in t.now)] or [d])
    if leaf is not d and d["server"]["parent"] and not any(y["server"]["parent"] == d["server"]["name"] for y in t.now):
        d["server"]["parent"] = leaf["server"]["name"]


def old_protocol(t, d, rng):
    """The child speaks an older protocol, and lacks what needs a newer one."""
    parent = t.get(d["server"]["parent"])
    row = parent and some(rng, parent["updates"])
    if row:
        d["server"]["protocol_version"] = rng.choice(["1.8", "1.9"])
        for r in parent["updates"]:
            if r["id"] == row["id"]:
                r["compatible_protocol_version"] = rng.choice(["1.9", "1.10", "1.20"])
        d["updates"] = [r for r in d["updates"] if r["id"] != row["id"]]


def configured(t, d, rng):
    """A configuration file that names modes (1007); modes that are not known stay out of it."""
    t.modes = {x["server"]["name"]: x["server"]["mode"] for x in t.now if x["server"]["mode"] != "unknown"}
    if d["server"]["name"] in t.modes:
        t.modes[d["server"]["name"]] = rng.choice(["replica", "autonomous"])


DIVERGENCES = [drop_row, drop_row, drop_update, add_update, change_revision, change_update, change_update, expire,
               add_approval, add_approval, change_approval, change_approval, change_approval, change_group,
               change_group, decline, undecline, eula, language, narrow, inactive, inactive, categories, selection, gone, gone, history,
               failures, failures, schedule, coverage, coverage, unreadable, identity, identity, previous, previous, no_updates, alternate,
               superseded, configured, deepen, old_protocol]


def make(seed, k=None):
    """The tree of a seed with k divergences (None: 0 to 12)."""
    rng = random.Random(seed)
    tree = Tree(rng)
    if k is None:
        k = rng.choice([0, 1, 1, 2, 2, 3, 4, 6, 8, 12])
    tree.applied = []
    for _ in range(k):
        change = rng.choice(DIVERGENCES)
        change(tree, rng.choice(tree.now), rng)
        tree.applied.append(change.__name__)
    for name, docs in tree.before.items():
        for i, doc in enumerate(docs):  # a store puts them in the order of collection
            doc["server"]["collected_at"] = shift(tree.get(name)["server"]["collected_at"], -108000 * (len(docs) - i))
            doc["server"]["server_time"] = None
    for docs in [tree.now] + list(tree.before.values()):
        for doc in docs:
            tidy(doc)
    return tree


def tidy(doc):
    """Two kinds of documents stay out because no rule speaks of them: rows in a section that was not read, and a
    root that calls itself a replica."""
    for section in LISTS + ["config"]:
        if doc["coverage"].get(section, {"state": "unknown"})["state"] == "unknown":
            doc[section] = {} if section == "config" else []
    if doc["server"]["parent"] is None and doc["server"]["mode"] != "autonomous":
        doc["server"]["mode"] = "autonomous"


# --- equal facts, other bytes ---------------------------------------------------------------------------------------

def equivalent(documents, seed):
    """The same facts: rows permuted, GUIDs upper case or in braces, sentinel dates for null, null fields left out."""
    rng = random.Random(seed)
    return [rewrite(doc, rng, None) for doc in copy.deepcopy(documents)]


def rewrite(value, rng, key):
    if isinstance(value, dict):
        out = {}
        for k in rng.sample(list(value), len(value)):
            v = value[k]
            if v is None and k in NULLABLE_TIMES and rng.random() < 0.5:
                v = "9999-12-31T23:59:59Z" if k == "deadline" else rng.choice(
                    ["1753-01-01T00:00:00Z", "0001-01-01T00:00:00Z"])
            if v is None and rng.random() < 0.5 or key is None and v == [] and rng.random() < 0.5:
                continue
            out[k] = rewrite(v, rng, k)
        return out
    if isinstance(value, list):
        return [rewrite(v, rng, key) for v in rng.sample(value, len(value))]
    if isinstance(value, str) and len(value) == 36 and value[8:24:5] == "----":
        value = rng.choice([value, value.upper()])
        return rng.choice([value, "{" + value + "}"])
    return value


def main():
    tree = make(int(sys.argv[1]))
    documents = tree.documents()
    if len(sys.argv) > 2:
        os.makedirs(sys.argv[2], exist_ok=True)
        for i, doc in enumerate(documents):
            with open(os.path.join(sys.argv[2], f"{i:02}-{doc['server']['name']}.json"), "w") as out:
                json.dump(doc, out, indent=1)
    else:
        json.dump(documents, sys.stdout, indent=1)
    print("divergences:", ", ".join(tree.applied) or "none", file=sys.stderr)


if __name__ == "__main__":
    main()
