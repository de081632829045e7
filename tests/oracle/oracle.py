#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""oracle.py: the rules of rules.md a second time, naive and slow, straight over snapshot documents.

It shares nothing with src/: no digests, no merge joins, no partitions. Every function below is one paragraph of
rules.md read word for word; where the text leaves something open, the reading taken is marked READING.

    python3 oracle.py [--now TIME] [--config wsusck.json] FILE...     (documents in time order)
"""
import argparse
import datetime
import json
import sys

import synchronization

CORE = ("config", "languages", "categories", "updates", "declined", "groups", "approvals", "eulas")
EXTRA = ("sync_history", "files", "host")
COUNTED = ("languages", "categories", "updates", "declined", "groups", "approvals", "eulas", "sync_history", "files")
ALL_COMPUTERS = "a0a08746-4dbe-4a37-9adf-9e7652c0b421"
UNASSIGNED = "b73ca6ed-5727-47f3-84de-015e03f6a88a"
DOWNSTREAM = "d374f42a-9be2-4163-a0fa-3c86a401b7a7"
BUILT_IN = {ALL_COMPUTERS, UNASSIGNED, DOWNSTREAM}
INTENT = ("install", "uninstall", "block")  # in the order of their codes
COMPARED_KINDS = ("company", "product_family", "product", "classification")
TICKS = 10_000_000
HOUR = 3600 * TICKS
OBJECT_FIELDS = ("kind", "update", "revision", "group", "category", "language", "eula", "name")


# --- documents ------------------------------------------------------------------------------------------------------

def guid(text):
    return None if text is None else text.strip("{}").lower()


def time(text):
    """100 ns ticks; None for null and for the dates that are not dates (0001, 1753, 9999)."""
    if text is None:
        return None
    year = int(text[:4])
    if year <= 1753 or year >= 9999:
        return None
    whole, _, fraction = text.rstrip("Z").partition(".")
    moment = datetime.datetime.strptime(whole, "%Y-%m-%dT%H:%M:%S").replace(tzinfo=datetime.timezone.utc)
    return int(moment.timestamp()) * TICKS + int((fraction + "0000000")[:7])


class Snap:
    """One snapshot document with its values made comparable."""

    def __init__(self, doc):
        s = doc["server"]
        self.doc, self.name, self.parent = doc, s["name"], s.get("parent")
        self.mode, self.server_id = s.get("mode") or "unknown", guid(s.get("server_id"))
        self.protocol = s.get("protocol_version")
        self.collected, self.server_time = time(s.get("collected_at")), time(s.get("server_time"))
        self.cov = {k: v["state"] for k, v in doc.get("coverage", {}).items()}
        self.suspect = set()
        self.config = doc.get("config") or {}
        rows = lambda section: doc.get(section) or []
        self.languages = {r["code"]: r["enabled"] for r in rows("languages")}
        self.categories = {guid(r["id"]): r for r in rows("categories")}
        self.updates = {}  # id -> {revision: row}
        for r in rows("updates"):
            self.updates.setdefault(guid(r["id"]), {})[r["revision"]] = r
        self.declined = {guid(r["id"]): r for r in rows("declined")}
        self.groups = {guid(r["id"]): r for r in rows("groups")}
        self.eulas = {guid(r["id"]): r for r in rows("eulas")}
        self.runs = sorted((time(r["started"]), r["result"]) for r in rows("sync_history")
                           if time(r["started"]) is not None)
        self.approvals = pick_approvals(rows("approvals"))
        self.selected = set()
        for key in ("selected_products", "selected_classifications"):
            self.selected |= {guid(x) for x in self.config.get(key) or []}

    def read(self):
        return any(self.cov.get(s) in ("complete", "partial") for s in CORE + EXTRA)

    def complete(self, *sections):
        return all(self.cov.get(s) == "complete" and s not in self.suspect for s in sections)

    def count(self, section):
        return len(self.doc.get(section) or [])

    def hide(self, section):
        """9005: the rows of the section prove nothing any more."""
        self.suspect.add(section)
        if section == "sync_history":
            self.runs = []
        elif section not in ("files",):
            setattr(self, section, {})

    def top(self, update):
        return max(self.updates[update])

    def row(self, update, revision, fallback=True):
        """The listed row of a revision, else (3034, 4031) of the highest listed one, else None."""
        listed = self.updates.get(update, {})
        if revision in listed:
            return listed[revision]
        return listed[max(listed)] if listed and fallback else None

    def all_on(self):
        return bool(self.languages.get("all"))

    def lacks_language(self, code):
        """Known to be off: complete, or its row and that of `all` say so."""
        if self.complete("languages"):
            return code not in self.enabled() and not self.all_on()
        return self.languages.get(code) is False and self.languages.get("all") is False

    def enabled(self):
        return {"all"} if self.all_on() else {c for c, on in self.languages.items() if on}


def pick_approvals(rows):
    """(update, group) -> the row that counts; bookkeeping actions and the Downstream Servers group are left out."""
    best = {}
    for r in rows:
        if r["action"] not in INTENT or guid(r["group"]) == DOWNSTREAM:
            continue
        deadline = time(r.get("deadline"))
        rank = (r["revision"], -INTENT.index(r["action"]), float("inf") if deadline is None else deadline)
        key = (guid(r["update"]), guid(r["group"]))
        if key not in best or rank > best[key][0]:
            best[key] = (rank, r)
    return {key: r for key, (_, r) in best.items()}


def setting_mode(snap):
    flag = (snap.config.get("upstream") or {}).get("replica")
    return "unknown" if flag is None else "replica" if flag else "autonomous"


class Node:
    def __init__(self, gens):
        self.gens, self.now, self.before = gens, gens[-1], next((g for g in gens[-2::-1] if g.read()), None)
        self.name, self.parent, self.children = self.now.name, None, []
        self.unknown_parent = self.on_cycle = self.below_cycle = False
        self.configured = "unknown"
        self.mode = self.now.mode
        if self.mode == "unknown":
            self.mode = setting_mode(self.now)

    def up(self):
        """The parent to compare with, or None (root, unknown parent, on or below a cycle)."""
        return None if self.on_cycle or self.below_cycle else self.parent

    def replica_parent(self):
        return self.up() if self.mode == "replica" else None

    def chain(self):
        """This server and those above it; stops at a cycle."""
        out, node = [], self
        while node is not None and node not in out:
            out.append(node)
            node = None if node.on_cycle else node.parent
        return out

    def path(self):
        return "/".join(n.name for n in reversed(self.chain()))

    def below(self):
        out, todo = [], list(self.children)
        while todo:
            node = todo.pop()
            if node is not self and node not in out:
                out.append(node)
                todo += node.children
        return out


def build_tree(documents, modes=None):
    """documents in time order -> {name: Node}"""
    gens = {}
    for doc in documents:
        snap = Snap(doc)
        gens.setdefault(snap.name, []).append(snap)
    tree = {name: Node(g) for name, g in gens.items()}
    for node in tree.values():
        node.configured = (modes or {}).get(node.name, "unknown")
        if node.now.parent is not None:
            node.parent = tree.get(node.now.parent)
            node.unknown_parent = node.parent is None
            if node.parent:
                node.parent.children.append(node)
    for node in tree.values():
        seen, up = [], node.parent
        while up is not None and up not in seen:
            seen.append(up)
            up = up.parent
        node.on_cycle = node in seen
    for node in tree.values():
        node.below_cycle = not node.on_cycle and any(n.on_cycle for n in node.chain())
    return tree


# --- the check ------------------------------------------------------------------------------------------------------

class Check:
    def __init__(self, tree, now):
        self.tree, self.now, self.findings, self.folds = tree, now, set(), {}

    def add(self, node, rule, severity, kind, result="fail", **fields):
        fields["kind"] = kind
        obj = tuple(fields.get(f) for f in OBJECT_FIELDS)
        self.findings.add((rule, severity, result, node.path(), obj))

    def server(self, node, rule, severity, result="fail"):
        self.add(node, rule, severity, "server", result, name=node.name)

    def run(self):
        for node in self.tree.values():
            self.look(node)  # first: 9005 decides what the others may read
        for node in self.tree.values():
            node.good = good_run(node.now)
        for node in self.tree.values():
            if node.up():
                Edge(self, node).run()
        for node in self.tree.values():
            self.topology(node)
            self.configuration(node)
            self.synchronization(node)
            self.single(node)
        synchronization.check(self, list(self.tree.values()), time, guid)
        self.metadata()
        return self.findings

    # 9001-9006
    def look(self, node):
        snap = node.now
        if not snap.read():
            self.server(node, 9001, "warning", "unknown")
        else:
            missing = {s for s in CORE if snap.cov.get(s, "unknown") == "unknown"}  # READING: partial is no 9002
            missing |= {s for s in EXTRA if snap.cov.get(s) == "unknown"}
            if snap.parent is not None and node.mode == "unknown":
                missing.add("config")
            for section in missing:
                self.add(node, 9002, "warning", "section", "unknown", name=section)
        if snap.read() and snap.collected is not None and self.now - snap.collected > 24 * HOUR:
            self.server(node, 9003, "warning")
        if any(v["state"] == "partial" and (v.get("reason") or "").startswith("torn")
               for v in snap.doc.get("coverage", {}).values()):
            self.server(node, 9004, "warning")  # READING: this is how a torn snapshot says so
        for section in COUNTED:
            zero = section == "updates" and snap.count("updates") == 0 and snap.count("categories") > 0
            old = node.before.count(section) if node.before and node.before.complete(section) else 0
            if snap.complete(section) and (zero or old >= 100 and 2 * snap.count(section) < old):
                snap.suspect.add(section)
        if snap.suspect:
            self.server(node, 9005, "error", "unknown")
        for section in list(snap.suspect):
            snap.hide(section)
        if None not in (snap.collected, snap.server_time) and abs(snap.collected - snap.server_time) > 300 * TICKS:
            self.server(node, 9006, "warning")

    # 1001-1007
    def topology(self, node):
        snap, before = node.now, node.before
        if node.unknown_parent:
            self.server(node, 1001, "error")
        if node.on_cycle:
            self.server(node, 1002, "error")
        if not node.children and len(node.chain()) > 3 and not node.below_cycle:  # READING: no depth below a cycle
            self.server(node, 1003, "warning")
        others = [n for n in self.tree.values() if n is not node and n.now.server_id == snap.server_id]
        ids = [g.server_id for g in node.gens if g.server_id is not None]
        alternating = any(ids[i] == ids[k] != ids[j] for i in range(len(ids)) for j in range(i + 1, len(ids))
                          for k in range(j + 1, len(ids)))
        if snap.server_id is not None and others or alternating:
            self.server(node, 1004, "error")
        if rebuilt(node):
            self.server(node, 1005, "warning")
        if before and before.parent != snap.parent:
            self.server(node, 1006, "warning")
        settings = {node.configured, setting_mode(snap)} - {"unknown"}
        if node.mode != "unknown" and settings - {node.mode}:
            self.server(node, 1007, "error")

    # 2002, 2010
    def configuration(self, node):
        snap, before = node.now, node.before
        if before and snap.complete("languages") and before.complete("languages"):
            if snap.enabled() != before.enabled():
                self.server(node, 2002, "note")
        if snap.parent is not None and snap.selected:
            self.server(node, 2010, "note")

    # 6002, 6003
    def synchronization(self, node):
        snap = node.now
        if not snap.complete("sync_history"):
            return
        state, started = node.good
        if state == "never":
            self.server(node, 6003, "error")
            return
        schedule, limit = snap.config.get("schedule") or {}, 48 * HOUR
        if schedule.get("automatic") is False or snap.collected is None:
            return
        if schedule.get("automatic") and schedule.get("per_day"):
            limit = 2 * 24 * HOUR // schedule["per_day"]
        if snap.collected - started > limit:
            self.server(node, 6002, "error")

    # 3033, 3034, 4010, 4031: what is judged on one server
    def single(self, node):
        snap, up = node.now, node.replica_parent()
        if snap.complete("declined"):
            superseded = {guid(s) for rows in snap.updates.values() for r in rows.values()
                          for s in r.get("supersedes") or []}
            if len([u for u in superseded if u in snap.updates and u not in snap.declined]) > 1500:
                self.server(node, 3033, "warning")
        if node.mode == "replica" and not up:
            return  # the parent is not there to be read completely
        updates, groups, eulas = self.folds.get(node.name, (set(), set(), set())) if up else (set(), set(), set())
        for (u, g), row in snap.approvals.items():
            if u in updates:  # folds on a replica's edge
                continue
            expired, unaccepted = expired_approved(snap, u), eula_missing(snap, u)
            if expired and (not up or up.now.complete("updates", "approvals") and not expired_approved(up.now, u)):
                self.add(node, 3034, "warning", "update", update=u, revision=max(expired))
            if unaccepted and (not up or up.now.complete("updates", "approvals", "eulas")
                               and not eula_missing(up.now, u)):
                revision, eula = max(unaccepted)
                never = up and node.good[0] == "never"  # acceptance comes from above
                if not never and eula not in eulas:
                    self.add(node, 4031, "error", "update", update=u, revision=revision, eula=eula)
            if inactive(snap, u, row) and g not in groups and (
                    not up or up.now.complete("approvals") and (u, g) not in up.now.approvals):
                self.add(node, 4010, "warning", "approval", update=u, revision=row["revision"], group=g)

    # 3022: same identity, different content on two servers
    def metadata(self):
        """READING: said on the later server in tree order, against the nearest one above that lists it, else the
        first of the tree."""
        nodes = sorted(self.tree.values(), key=lambda n: n.path().split("/"))
        for i, node in enumerate(nodes):
            folded = self.folds.get(node.name, (set(),))[0]
            for u, revision, row in ((u, n, r) for u, rows in node.now.updates.items() for n, r in rows.items()):
                others = [n for n in node.chain()[1:] + nodes[:i] if revision in n.now.updates.get(u, {})]
                if others and u not in folded and differs(content(row), content(others[0].now.updates[u][revision])):
                    self.add(node, 3022, "error", "update", update=u, revision=revision)


def rebuilt(node):
    return bool(node.before and None not in (node.now.server_id, node.before.server_id)
                and node.now.server_id != node.before.server_id)


def good_run(snap):
    """("known", start of the last good run), ("never", None) or ("unknown", None)."""
    good = [t for t, result in snap.runs if result == "succeeded"]
    if snap.complete("sync_history"):
        return ("known", max(good)) if good else ("never", None)
    if snap.cov.get("sync_history") == "partial" and snap.runs and snap.runs[-1][1] == "succeeded":
        return ("known", snap.runs[-1][0])
    return ("unknown", None)


def expired_approved(snap, update):
    """The revisions (named, else the highest listed) that are expired and approved for installation."""
    rows = [snap.row(update, r["revision"]) for (u, _), r in snap.approvals.items()
            if u == update and r["action"] == "install"]
    return [row["revision"] for row in rows if row and row.get("state") == "expired"]


def eula_missing(snap, update):
    rows = [snap.row(update, r["revision"]) for (u, _), r in snap.approvals.items()
            if u == update and r["action"] in ("install", "uninstall")]
    return [(row["revision"], guid(row["eula"])) for row in rows if snap.complete("eulas") and row
            and row.get("eula") and guid(row["eula"]) not in snap.eulas]


def inactive(snap, update, approval):
    """The model: `all` off, languages of the named revision known, not empty, none of them enabled here."""
    row = snap.row(update, approval["revision"], fallback=False)
    if approval["action"] not in ("install", "uninstall") or row is None or not row.get("languages"):
        return False
    return snap.complete("languages") and not snap.all_on() and not set(row["languages"]) & snap.enabled()


def content(row):
    """What the metadata says; None = not known."""
    guids = lambda key: frozenset(guid(x) for x in row.get(key) or [])
    return {
        "type": None if row.get("type") in (None, "unknown") else row["type"],
        "classification": guid(row.get("classification")), "eula": guid(row.get("eula")),
        "products": guids("products"), "supersedes": guids("supersedes"),
        "languages": None if row.get("languages") is None else frozenset(row["languages"]),
        "files": frozenset(f["digest"].lower() for f in row.get("files") or []),
        "bundles": frozenset((guid(b["id"]), b["revision"]) for b in row.get("bundles") or []),
    }


def differs(a, b):
    return any(a[k] is not None and b[k] is not None and a[k] != b[k] for k in a)


def version(text):
    return tuple(int(x) for x in text.split("."))


# --- one edge -------------------------------------------------------------------------------------------------------

class Edge:
    def __init__(self, check, child):
        self.check, self.child, self.parent = check, child, child.up()
        self.p, self.c = self.parent.now, child.now
        self.never = child.good[0] == "never"
        self.last = child.good[1]
        self.fold_updates, self.fold_groups, self.fold_eulas = set(), set(), set()
        check.folds[child.name] = (self.fold_updates, self.fold_groups, self.fold_eulas)

    def add(self, rule, severity, kind, **fields):
        self.check.add(self.child, rule, severity, kind, **fields)

    def after(self, moment):
        """Happened upstream at or after the child's last good synchronization (both known)."""
        return None not in (moment, self.last) and moment >= self.last

    def run(self):
        replica = self.child.mode == "replica"
        if self.p.protocol and self.c.protocol and self.p.protocol != self.c.protocol:
            self.check.server(self.child, 9007, "warning")
        self.categories()
        self.missing()
        self.gone()
        if replica:
            self.declines()
        self.revisions()
        if replica:
            self.languages()
            self.group_rules()
            self.eula_rules()
            self.approval_rules()
            synchronization.effective(self, guid, time)

    # 2001, 2003
    def languages(self):
        p, c = self.p, self.c
        for code in c.enabled() - p.enabled():
            if p.lacks_language(code):
                self.add(2001, "error", "language", language=code)
        for code in p.enabled() - c.enabled():
            if c.lacks_language(code):  # READING: a setting, which 6003 does not silence
                self.add(2003, "warning", "language", language=code)

    # 2004-2007, 2009
    def categories(self):
        p, c = self.p, self.c
        rules = {"product": (2004, 2006), "classification": (2005, 2007)}
        for i, row in c.categories.items():
            if row["kind"] in rules and p.complete("categories") and i not in p.categories:
                self.add(rules[row["kind"]][0], "error", "category", category=i)
        for key, kind in (("selected_products", "product"), ("selected_classifications", "classification")):
            wanted = self.root_selection(key)
            for i in map(guid, c.config.get(key) or []):
                if p.complete("categories") and i not in p.categories or \
                        wanted is not None and not wanted & self.with_families([i]):
                    self.add(rules[kind][0], "error", "category", category=i)
        for i, row in p.categories.items():
            if i in c.categories:
                if row["kind"] in COMPARED_KINDS and row["revision"] != c.categories[i]["revision"]:
                    self.add(2009, "note", "category", category=i)
            elif row["kind"] in rules and c.complete("categories") and not self.never:
                self.add(rules[row["kind"]][1], "warning", "category", category=i)

    def arrival(self, update, above=None):
        times = [time(r.get("arrived")) for n, r in self.p.updates[update].items() if above is None or n > above]
        return min([t for t in times if t is not None], default=None)

    # 3001, 3002, 3023
    def missing(self):
        p, c = self.p, self.c
        if not c.complete("updates") or self.never:
            return
        for u, rows in p.updates.items():
            if u in c.updates or self.inactive_above(u):
                continue
            speaks = [r.get("compatible_protocol_version") for r in rows.values()]
            if c.protocol and all(v and version(v) > version(c.protocol) for v in speaks):
                self.add(3023, "note", "update", update=u, revision=max(rows))
                continue
            arrived, rule, severity = self.arrival(u), 3001, "error"
            if self.after(arrived):
                rule, severity = 3002, "note"
            elif None in (arrived, self.last):
                severity = "warning"
            self.add(rule, severity, "update", update=u, revision=max(rows))
            self.fold_updates.add(u)

    def inactive_above(self, update):
        """Approved but absent below is 4010 before it is 3001 or 3002."""
        approvals = [a for (u, _), a in self.p.approvals.items() if u == update]
        return self.child.mode == "replica" and bool(approvals) and all(inactive(self.p, update, a) for a in approvals)

    # 3010-3013
    def gone(self):
        p, c = self.p, self.c
        if not (p.complete("updates") and c.complete("updates")):
            return
        above = self.parent.chain()[1:]
        for u in c.updates:
            if u in p.updates or u in c.declined:
                continue
            if self.selected(c.row(u, c.top(u))):
                arriving = any(result == "running" for _, result in p.runs)
                upstream = any(u in n.now.updates for n in above)
                rule, severity = (3012, "note") if arriving or upstream else (3013, "warning")
            else:
                rule, severity = (3010, "error") if self.needed(u) else (3011, "warning")
            self.add(rule, severity, "update", update=u, revision=c.top(u))
            self.fold_updates.add(u)

    def selected(self, row):
        """True only when it is known to be selected; "not known" and "no" give the same findings."""
        products, classes = self.root_selection("selected_products"), self.root_selection("selected_classifications")
        languages = row.get("languages")
        if products is None or classes is None or languages is None:
            return False
        if not products & self.with_families(row.get("products") or []) or guid(row.get("classification")) not in classes:
            return False
        return not languages or self.p.all_on() or bool(set(languages) & self.p.enabled())

    def root_selection(self, key):
        """What the top of the chain selects, or None: not known."""
        top = self.parent.chain()[-1].now
        if top.parent is not None or not top.complete("config") or top.config.get(key) is None:
            return None
        return {guid(i) for i in top.config[key]}

    def with_families(self, products):
        out, todo = set(), [guid(i) for i in products]
        while todo:
            i = todo.pop()
            if i is not None and i not in out:
                out.add(i)
                todo += [guid(n.now.categories[i].get("parent")) for n in self.child.chain() if i in n.now.categories]
        return out

    def needed(self, update):
        for snap in [self.c] + [n.now for n in self.child.below()]:
            if any(u == update and r["action"] == "install" for (u, _), r in snap.approvals.items()):
                return True
            if not snap.complete("approvals") or snap.cov.get("updates") not in ("complete", "partial") \
                    or "updates" in snap.suspect:
                return True  # need not known counts as needed
            rows = snap.updates.get(update, {}).values()
            if any(r.get("needed_by") is None or r["needed_by"] > 0 for r in rows):
                return True
        return False

    # 3030, 3031 (4008)
    def declines(self):
        p, c = self.p, self.c
        for u, row in p.declined.items():
            if u in self.fold_updates:
                continue  # gone here, declined there: the former tells the latter
            if u in c.updates and u not in c.declined and c.complete("declined") and not self.never:
                if self.after(time(row.get("time"))):
                    self.add(4008, "note", "update", update=u, revision=c.top(u))
                else:
                    self.add(3030, "error", "update", update=u, revision=c.top(u))
                self.fold_updates.add(u)  # READING: a pending decline too; the approvals it removes are part of it
        for u in c.declined:
            if u in c.updates and u in p.updates and u not in p.declined and p.complete("declined"):
                self.add(3031, "error", "update", update=u, revision=c.top(u))
                self.fold_updates.add(u)

    # 3020, 3021 (3002)
    def revisions(self):
        p, c = self.p, self.c
        causes = set(self.fold_updates)
        for u in (u for u in p.updates if u in c.updates and p.top(u) != c.top(u) and u not in causes):
            if p.top(u) > c.top(u) and c.complete("updates") and not self.never:
                if self.after(self.arrival(u, above=c.top(u))):
                    self.add(3002, "note", "update", update=u, revision=p.top(u))
                    self.fold_updates.add(u)
                else:
                    self.add(3020, "warning", "update", update=u, revision=p.top(u))
            elif p.top(u) < c.top(u) and p.complete("updates"):
                self.add(3021, "warning", "update", update=u, revision=c.top(u))

    # 4020-4024
    def group_rules(self):
        p, c = self.p, self.c
        only_p = [g for g in p.groups if g not in c.groups and g not in BUILT_IN]
        only_c = [g for g in c.groups if g not in p.groups and g not in BUILT_IN]
        twins = set()
        if p.complete("groups") and c.complete("groups"):
            for g in only_p:
                same = [h for h in only_c if c.groups[h]["name"] == p.groups[g]["name"]]
                if same:
                    twins |= {g, *same}  # READING: both are there, so 6003 does not silence it
                    self.add(4023, "error", "group", group=g, name=p.groups[g]["name"])
        for g in only_p:
            if g not in twins and c.complete("groups") and not self.never:
                self.add(4020, "error", "group", group=g, name=p.groups[g]["name"])
                self.fold_groups.add(g)
        for g in only_c:
            if g not in twins and p.complete("groups"):
                self.add(4021, "warning", "group", group=g, name=c.groups[g]["name"])
                self.fold_groups.add(g)
        self.fold_groups |= twins
        for g in set(p.groups) & set(c.groups) - BUILT_IN:
            a, b = p.groups[g], c.groups[g]
            if a["name"] != b["name"]:
                self.add(4022, "note", "group", group=g, name=b["name"])
            if a.get("parent") and b.get("parent") and guid(a["parent"]) != guid(b["parent"]):
                self.add(4024, "warning", "group", group=g, name=b["name"])

    # 4030 (4008)
    def eula_rules(self):
        for e, row in self.p.eulas.items():
            if e in self.c.eulas or not self.c.complete("eulas") or self.never:
                continue
            u = guid(row.get("update"))
            if u in self.fold_updates:
                continue
            if self.after(time(row.get("accepted"))):
                self.add(4008, "note", "eula", eula=e, update=u)
            else:
                self.add(4030, "warning", "eula", eula=e, update=u)
                self.fold_eulas.add(e)

    # 4001-4008, 4011
    def approval_rules(self):
        p, c = self.p, self.c
        for (u, g), a in p.approvals.items():
            if self.folded(u, g):
                continue
            b = c.approvals.get((u, g))
            if b is None:
                self.approval_missing(u, g, a)
            else:
                self.approval_compare(u, g, a, b)
        for (u, g), b in c.approvals.items():
            if (u, g) not in p.approvals and p.complete("approvals") and not self.folded(u, g):
                rule = 4007 if rebuilt(self.parent) else 4002
                self.approval(rule, "warning" if rule == 4007 else "error", u, g, b)
        explained = [k for k, a in p.approvals.items() if k not in c.approvals and inactive(p, k[0], a)]
        if explained and p.complete("approvals") and c.complete("approvals") and not self.never:
            self.check.server(self.child, 4011, "note")

    def folded(self, u, g):
        return u in self.fold_updates or g in self.fold_groups

    def approval(self, rule, severity, u, g, row):
        self.add(rule, severity, "approval", update=u, revision=row["revision"], group=g)

    def changed(self, row):
        at = time(row.get("changed"))
        live = time(row.get("go_live"))
        return at if at is not None else live if live is not None and live <= self.check.now else None

    def differ(self, rule, severity, u, g, row, shown=None):
        if self.after(self.changed(row)):
            self.approval(4008, "note", u, g, row)
        else:
            self.approval(rule, severity, u, g, shown or row)

    def approval_missing(self, u, g, a):
        p, c = self.p, self.c
        if not c.complete("approvals") or self.never or inactive(p, u, a):
            return
        if u in c.updates or c.complete("updates") and u not in p.updates:
            self.differ(4001, "error", u, g, a)

    def approval_compare(self, u, g, a, b):
        if a["action"] != b["action"]:
            self.differ(4003, "error", u, g, a)
        if b["revision"] < a["revision"] and a["revision"] in self.c.updates.get(u, {}):
            self.differ(4004, "warning", u, g, a)
        x, y = time(a.get("deadline")), time(b.get("deadline"))
        if (x is None) != (y is None) or None not in (x, y) and abs(x - y) > TICKS:
            self.differ(4005, "warning", u, g, a)
        past = [t is not None and t < self.check.now for t in (x, y)]
        if past[0] != past[1] and not self.after(self.changed(a)):  # READING: pending as 4005 is
            self.approval(4006, "warning", u, g, a)


# --- entry points ---------------------------------------------------------------------------------------------------

def check(documents, now, modes=None):
    """The findings of a tree as a set of (rule, severity, result, path, object)."""
    return Check(build_tree(documents, modes), time(now)).run()


def exit_code(findings):
    if any(result == "fail" and severity != "note" for _, severity, result, _, _ in findings):
        return 1
    return 3 if any(result == "unknown" for _, _, result, _, _ in findings) else 0


def main():
    args = argparse.ArgumentParser()
    args.add_argument("--now", default="2026-11-20T12:00:00Z")
    args.add_argument("--config")
    args.add_argument("files", nargs="+")
    args = args.parse_args()
    modes = {}
    if args.config:
        modes = {s["name"]: s.get("mode", "unknown") for s in json.load(open(args.config))["servers"]}
    findings = check([json.load(open(f, encoding="utf-8-sig")) for f in args.files], args.now, modes)
    for rule, severity, result, path, obj in sorted(findings, key=str):
        shown = " ".join(f"{k}={v}" for k, v in zip(OBJECT_FIELDS, obj) if v is not None)
        print(f"WCK{rule} {severity} {result} {path}: {shown}")
    return exit_code(findings)


if __name__ == "__main__":
    sys.exit(main())
