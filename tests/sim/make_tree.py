#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""A believable three-tier tree of seven WSUS servers as snapshot documents, for the demo and the tests.

    hq (root) ─┬─ berlin (replica) ── hamburg (replica)
               ├─ munich (replica)
               ├─ paris  (replica)
               └─ lab (autonomous) ── lab-qa (replica)

    make_tree.py --out DIR [--healthy] [--updates N] [--at TIME|now]

Deterministic: the same arguments give the same bytes. Without --healthy a handful of problems is planted; DIR/PLANTED.txt
names each with the rule that must find it from these documents. Everything is invented except the ids of the
classifications and of the built-in groups, which Microsoft documents.
"""
import argparse
import copy
import hashlib
import json
import os
import sys
import uuid
from datetime import datetime, timedelta, timezone

SPACE = uuid.UUID("6f1d4d1e-5a0e-5c1b-9d3c-000000000000")
ALL_COMPUTERS = "a0a08746-4dbe-4a37-9adf-9e7652c0b421"
UNASSIGNED = "b73ca6ed-5727-47f3-84de-015e03f6a88a"
CLASSIFICATIONS = {  # protocol.md 7
    "Critical Updates": "e6cf1350-c01b-414d-a61f-263d14d133b4",
    "Security Updates": "0fa1201d-4330-4fa8-8ae9-b877473b6441",
    "Update Rollups": "28bc880e-0592-4cbf-8f95-c79b17911d5f",
    "Updates": "cd5ffd1e-e932-4e3a-bf74-18bf0b1bbd83",
    "Service Packs": "68c5b0a3-d1a6-4553-ae49-01d3a7827828",
    "Definition Updates": "e0789628-ce08-4437-be74-2495b842f43b",
    "Drivers": "ebfc1fc5-71a4-4f7b-9aca-3b9a503104a0",
}
PRODUCTS = {  # family: product, group that gets its updates
    "Windows": [("Windows Server 2022", "Servers"), ("Windows 11", "Workstations")],
    "Office": [("Microsoft 365 Apps", "Workstations")],
    "SQL Server": [("SQL Server 2022", "Servers")],
}
LANGUAGES = [(0, "all", "All languages", False), (1033, "en", "English", True), (1031, "de", "German", True),
             (1036, "fr", "French", True), (1041, "ja", "Japanese", False), (1046, "pt-br", "Portuguese (Brazil)", False),
             (1028, "zh-tw", "Chinese (Traditional)", False), (66577, "ja-nec", "Japanese (NEC)", False)]
SECTIONS = ["config", "languages", "categories", "updates", "declined", "groups", "approvals", "eulas", "sync_history",
            "files", "host"]
# name, parent, mode, hours between arrival on the parent and here, minute of the daily synchronization
SERVERS = [("hq", None, "autonomous", 0, 5), ("berlin", "hq", "replica", 2, 20), ("hamburg", "berlin", "replica", 2, 35),
           ("munich", "hq", "replica", 2, 50), ("paris", "hq", "replica", 3, 10), ("lab", "hq", "autonomous", 3, 40),
           ("lab-qa", "lab", "replica", 2, 55)]


def guid(*words):
    return str(uuid.uuid5(SPACE, "/".join(str(w) for w in words)))


def pick(n, *words):
    """A number below n that depends on the words alone."""
    return int.from_bytes(hashlib.sha256("/".join(str(w) for w in words).encode()).digest()[:8], "big") % n


def text(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def patch_day(month_start):
    """Second Tuesday, 17:00 UTC."""
    first_tuesday = 1 + (1 - month_start.weekday()) % 7
    return month_start.replace(day=first_tuesday + 7, hour=17)


class Tree:
    def __init__(self, at, wanted):
        self.at, self.wanted = at, wanted
        self.categories, self.updates, self.files = [], [], {}
        self.declined, self.approvals, self.eulas = [], [], []
        self.groups = self.make_groups("corp")
        self.make_categories()
        self.make_updates()
        self.decide()

    # -- catalogue ---------------------------------------------------------------------------------------------

    def category(self, kind, title, parent=None, id_=None, revision=100):
        row = {"id": id_ or guid(kind, title), "revision": revision, "kind": kind, "title": title, "parent": parent}
        self.categories.append(row)
        return row["id"]

    def make_categories(self):
        self.products = {}
        company = self.category("company", "Example Corporation")
        for family, products in PRODUCTS.items():
            family_id = self.category("product_family", family, company)
            for title, _ in products:
                self.products[title] = self.category("product", title, family_id)
        for title, id_ in CLASSIFICATIONS.items():
            self.category("classification", title, None, id_, 1 if title == "Drivers" else 100)
        self.detectoids = [self.category("detectoid", f"Detects x64 edition {n}", None, None, 101) for n in range(10)]
        for n in range(3):  # real lists hold 295 of these
            self.category("unknown", f"Legacy category {n}", company)

    def file(self, update, n):
        digest = hashlib.sha1(f"file/{update}/{n}".encode()).hexdigest()
        self.files[digest] = "present"
        return {"digest": digest, "name": f"{update[:8]}-{n}-x64.cab", "size": 1_000_000 + pick(400_000_000, update, n)}

    def update(self, key, product, classification, title, created, **more):
        id_ = guid("update", *key)
        row = {"id": id_, "revision": 200 + pick(5, "revision", id_), "type": "software", "title": title, "kb": [],
               "bulletins": [], "severity": None, "classification": CLASSIFICATIONS[classification],
               "products": [self.products[product]], "languages": [], "created": text(created), "arrived": None,
               "state": "published", "deployable": True, "eula": None, "supersedes": [], "bundles": [],
               "prerequisites": [[self.detectoids[pick(10, "detectoid", id_)]]], "compatible_protocol_version": "1.0",
               "needed_by": 0, "files": [], "_product": product, "_created": created}
        row.update(more)
        self.updates.append(row)
        return row

    def cumulative(self, product, month, created):
        """A bundle of two members that cannot be approved themselves; each month supersedes the one before."""
        label, kb = created.strftime("%Y-%m"), str(5_000_000 + pick(900_000, product, month))
        members = []
        for part in ("servicing stack", "payload"):
            m = self.update((product, month, part), product, "Security Updates", f"{label} {part} for {product}", created,
                            deployable=False)
            m["files"] = [self.file(m["id"], 0)]
            members.append(m)
        row = self.update((product, month), product, "Security Updates",
                          f"{label} Cumulative Update for {product} for x64-based Systems (KB{kb})", created, kb=[kb],
                          severity=["Critical", "Important"][pick(2, "severity", product, month)],
                          bundles=[{"id": m["id"], "revision": m["revision"]} for m in members])
        if month % 6 == 0:
            row["bulletins"] = [f"MS{created.year % 100:02d}-{month:03d}"]
        return row

    def extra(self, product, month, created, n):
        """Everything that is not the monthly cumulative update."""
        label, kb = created.strftime("%Y-%m"), str(5_900_000 + pick(90_000, product, month, n))
        kind = pick(6, "kind", product, month, n)
        if kind == 0 and product != "Microsoft 365 Apps":
            row = self.update((product, month, n), product, "Drivers",
                              f"Example Networks – Net – {label}.{n} for {product}", created, type="driver")
        elif product == "Microsoft 365 Apps":
            code = ["en", "de", "fr", "ja"][pick(4, "language", month, n)]
            row = self.update((product, month, n), product, "Updates",
                              f"{label} Language update for {product} ({code}, KB{kb})", created, kb=[kb], languages=[code])
        elif kind == 1 and product == "SQL Server 2022":
            row = self.update((product, month, n), product, "Service Packs", f"{product} Service Pack {label} (KB{kb})",
                              created, kb=[kb], eula=guid("eula", product, month, n), compatible_protocol_version="1.20")
        else:
            row = self.update((product, month, n), product, "Update Rollups",
                              f"{label} .NET & \"Framework\" Rollup for {product} <x64> (KB{kb})", created, kb=[kb])
        row["files"] = [self.file(row["id"], k) for k in range(1 + pick(3, "files", row["id"]))]

    def make_updates(self):
        months, extras = 24, max(1, round(self.wanted / 24 / 4) - 3)
        month_start = self.at.replace(day=1, hour=0, minute=0, second=0)
        starts = [month_start]
        while len(starts) < months:
            starts.append((starts[-1] - timedelta(days=1)).replace(day=1))
        latest = {}
        for index, start in enumerate(reversed(starts)):
            created = patch_day(start)
            if created > self.at - timedelta(days=5):
                continue
            for product in self.products:
                row = self.cumulative(product, index, created)
                if product in latest:
                    row["supersedes"] = [latest[product]["id"]]
                latest[product] = row
                for n in range(extras):
                    self.extra(product, index, created + timedelta(hours=n % 48), n)
        self.latest = latest
        for row in self.updates:
            row["_age"] = (self.at - row["_created"]).days
            if row["_age"] > 600 and row["deployable"] and row["type"] == "software" and not row["bundles"]:
                row["state"] = "expired"

    # -- decisions of the administrators -----------------------------------------------------------------------

    def make_groups(self, whose):
        rows = [{"id": ALL_COMPUTERS, "name": "All Computers", "parent": None},
                {"id": UNASSIGNED, "name": "Unassigned Computers", "parent": None}]
        for name in ("Pilot", "Workstations", "Servers", "Kiosks & Schalter"):
            rows.append({"id": guid(whose, "group", name), "name": name, "parent": ALL_COMPUTERS})
        rows.append({"id": guid(whose, "group", "Domain Controllers"), "name": "Domain Controllers",
                     "parent": guid(whose, "group", "Servers")})
        return rows

    def approve(self, out, update, group, action, day, deadline=None, admin="CORP\\wsus-admin"):
        changed = min(update["_created"] + timedelta(days=day), self.at - timedelta(days=2))
        out.append({"deployment": guid("deployment", update["id"], group, action), "update": update["id"],
                    "revision": update["revision"], "group": group, "action": action,
                    "deadline": text(deadline) if deadline else None, "go_live": text(changed), "changed": text(changed),
                    "admin": admin, "assigned": True, "priority": 1 if action == "block" else 2})

    def decide(self, whose="corp"):
        """Old superseded and expired updates are declined; what is current is approved, the latest with a deadline."""
        superseded = {s for u in self.updates for s in u["supersedes"]}
        group = {g["name"]: g["id"] for g in self.make_groups(whose)}
        of_product = {title: group[name] for products in PRODUCTS.values() for title, name in products}
        self.declined, self.approvals, self.eulas, approved = [], [], [], 0
        for u in self.updates:
            if u["deployable"] and (u["state"] == "expired" or (u["id"] in superseded and u["_age"] > 90)):
                when = min(u["_created"] + timedelta(days=100), self.at - timedelta(days=2))
                self.declined.append({"id": u["id"], "revision": u["revision"], "time": text(when),
                                      "admin": "CORP\\wsus-admin"})
            elif not u["deployable"]:
                if u["_age"] <= 180:  # what the server itself does for members of bundles: bookkeeping
                    self.approve(self.approvals, u, ALL_COMPUTERS, "other:5", 1, admin="WUS Server")
            elif u["_age"] <= 180 and u["languages"] != ["ja"] and approved < 300:
                approved += 1
                deadline = u["_created"] + timedelta(days=14) if u["severity"] == "Critical" else None
                self.approve(self.approvals, u, group["Pilot"], "install", 1)
                self.approve(self.approvals, u, of_product[u["_product"]], "install", 7, deadline)
                if u["severity"] and of_product[u["_product"]] == group["Workstations"]:
                    self.approve(self.approvals, u, group["Kiosks & Schalter"], "block", 7)
            if u["eula"] and u["state"] != "expired":
                self.eulas.append({"id": u["eula"], "update": u["id"], "accepted": text(u["_created"] + timedelta(days=1)),
                                   "admin": "CORP\\wsus-admin"})

    # -- documents ---------------------------------------------------------------------------------------------

    def history(self, minute, days=4, failing=0):
        """One run a day at 03:mm, newest last; the newest `failing` ones fail."""
        runs = []
        for back in range(days, -1, -1):
            start = self.at.replace(hour=3, minute=minute, second=0) - timedelta(days=back)
            if start > self.at:
                continue
            bad = back < failing
            runs.append({"started": text(start), "ended": text(start + timedelta(minutes=1 if bad else 9)),
                         "result": "failed" if bad else "succeeded", "trigger": "scheduled",
                         "error": "ProxyError" if bad else None,
                         "error_text": "The remote server returned an error: (407) Proxy Authentication Required."
                         if bad else None, "update_errors": []})
        return runs

    def config(self, parent):
        root = parent is None
        return {"sync_from_microsoft_update": root,
                "upstream": None if root else {"name": f"wsus-{parent}.corp.example", "port": 8531, "ssl": True,
                                               "replica": True},
                "catalog_only_sync": False, "lazy_sync": True, "content_on_microsoft_update": False,
                "schedule": {"automatic": True, "time_of_day": "03:00:00", "per_day": 1},
                "next_sync": None, "retries": 3, "retry_wait_minutes": 15, "proxy": None, "max_updates_per_request": 100,
                "selected_products": sorted(self.products.values()) if root else None,
                "selected_classifications": sorted(CLASSIFICATIONS.values()) if root else None}

    def document(self, name, parent, mode, lag, minute):
        doc = {"format": "wsusck-snapshot", "format_version": "1.0",
               "server": {"name": name, "parent": parent, "mode": mode, "server_id": guid("server", name),
                          "fqdn": f"wsus-{name}.corp.example", "version": "10.0.26100.33158", "protocol_version": "1.20",
                          "collected_at": text(self.at), "server_time": text(self.at), "source": None},
               "coverage": {s: {"state": "complete", "reason": None} for s in SECTIONS},
               "config": self.config(parent),
               "languages": [dict(zip(("id", "code", "name", "enabled"), row)) for row in LANGUAGES],
               "categories": copy.deepcopy(self.categories), "updates": copy.deepcopy(self.updates),
               "declined": copy.deepcopy(self.declined), "groups": copy.deepcopy(self.groups),
               "approvals": copy.deepcopy(self.approvals), "eulas": copy.deepcopy(self.eulas),
               "sync_history": self.history(minute),
               "files": [{"digest": d, "state": s} for d, s in self.files.items()],
               "host": {"services": [{"name": n, "state": "running", "start": "automatic"}
                                     for n in ("WsusService", "W3SVC", "BITS")], "os_build": "26100.33158", "events": []}}
        doc["config"]["schedule"]["time_of_day"] = f"03:{minute:02d}:00"
        if mode == "autonomous" and parent:
            doc["config"]["upstream"]["replica"] = False
        for u in doc["updates"]:
            u["arrived"] = text(min(u["_created"] + timedelta(hours=12 + lag), self.at - timedelta(days=4)))
            u["needed_by"] = pick(40, "needed", name, u["id"]) if u["deployable"] and u["_age"] <= 180 else 0
        return doc


class Planter:
    """Every planted problem in one place, each with the finding that proves it."""

    def __init__(self, tree, docs):
        self.tree, self.docs, self.notes = tree, docs, []

    def note(self, path, rule, what):
        self.notes.append(f"{path}\t{rule}\t{what}")

    def current(self, server, product, age=180):
        declined = {d["id"] for d in self.docs[server]["declined"]}
        return [u for u in self.docs[server]["updates"]
                if u["_product"] == product and u["deployable"] and u["_age"] <= age and u["id"] not in declined]

    def drop(self, server, section, test):
        rows = self.docs[server][section]
        kept = [r for r in rows if not test(r)]
        self.docs[server][section] = kept
        return [r for r in rows if test(r)]

    def approvals_missing(self):
        targets = self.current("berlin", "Windows Server 2022")[:3]
        for u in targets:
            for server in ("berlin", "hamburg"):
                gone = self.drop(server, "approvals", lambda a, i=u["id"]: a["update"] == i and a["action"] == "install")
            for a in gone:
                self.note("hq/berlin", 4001, f"{a['update']} {a['group']}")

    def sticky_decline(self):
        u = self.current("munich", "Windows 11")[0]
        self.docs["munich"]["declined"].append({"id": u["id"], "revision": u["revision"], "time": None, "admin": None})
        self.note("hq/munich", 3031, u["id"])

    def failing_sync(self):
        at = self.tree.at - timedelta(days=2)
        newest = sorted(self.current("hq", "Windows Server 2022"), key=lambda u: u["created"])[-2:]
        self.docs["paris"]["sync_history"] = self.tree.history(10, failing=3)
        for u in newest:
            for v in self.docs["hq"]["updates"]:
                if v["id"] == u["id"]:
                    v["arrived"] = text(at)
            gone = {u["id"]} | {b["id"] for b in u["bundles"]}
            self.drop("paris", "updates", lambda r, g=gone: r["id"] in g)
            self.drop("paris", "approvals", lambda r, g=gone: r["update"] in g)
            self.note("hq/paris", 3002, u["id"])
        self.note("hq/paris", 6002, "paris")

    def updates_missing(self):
        for u in self.current("hamburg", "SQL Server 2022")[-2:]:
            if u["bundles"]:
                continue
            self.drop("hamburg", "updates", lambda r, i=u["id"]: r["id"] == i)
            self.drop("hamburg", "approvals", lambda r, i=u["id"]: r["update"] == i)
            self.note("hq/berlin/hamburg", 3001, u["id"])

    def product_gone(self):
        """Lab still holds updates of a product that was deselected at the root; one is approved, three are not."""
        family = next(c["id"] for c in self.tree.categories if c["title"] == "Office")
        product = {"id": guid("product", "Exchange Server 2019"), "revision": 100, "kind": "product",
                   "title": "Exchange Server 2019", "parent": family}
        created = self.tree.at - timedelta(days=120)
        for server in ("lab", "lab-qa"):
            doc = self.docs[server]
            doc["categories"].append(copy.deepcopy(product))
            for n in range(4):
                kb = str(5_100_000 + n)
                u = copy.deepcopy(self.current("lab", "SQL Server 2022")[0])
                u.update(id=guid("update", "exchange", n), revision=200, title=f"Security Update {n} for Exchange Server 2019 "
                         f"(KB{kb})", kb=[kb], products=[product["id"]], classification=CLASSIFICATIONS["Security Updates"],
                         created=text(created), arrived=text(created + timedelta(days=1)), supersedes=[], bundles=[],
                         eula=None, needed_by=0, type="software", severity="Important", languages=[],
                         files=[{"digest": hashlib.sha1(f"exchange/{n}".encode()).hexdigest(), "name": f"ex{n}.cab",
                                 "size": 1000 + n}], _created=created)
                doc["updates"].append(u)
                doc["files"].append({"digest": u["files"][0]["digest"], "state": "present"})
                if n == 0:
                    self.tree.approve(doc["approvals"], u, doc["groups"][2]["id"], "install", 2, admin="LAB\\admin")
                if server == "lab":
                    self.note("hq/lab", 3010 if n == 0 else 3011, u["id"])
        self.note("hq/lab", 2004, product["id"])

    def group_missing(self):
        group = next(g for g in self.docs["munich"]["groups"] if g["name"].startswith("Kiosks"))
        self.drop("munich", "groups", lambda g: g["id"] == group["id"])
        self.drop("munich", "approvals", lambda a: a["group"] == group["id"])
        self.note("hq/munich", 4020, group["id"])

    def eula_missing(self):
        eula = self.docs["munich"]["eulas"][0]
        self.drop("munich", "eulas", lambda e: e["id"] == eula["id"])
        self.note("hq/munich", 4030, eula["id"])

    def inactive_approval(self):
        """Approved everywhere, for a language that no server has enabled."""
        japanese = [u for u in self.current("hq", "Microsoft 365 Apps", 720)
                    if u["languages"] == ["ja"] and u["state"] == "published"][-1:]
        for u in japanese:
            for name in ("hq", "berlin", "hamburg", "munich", "paris"):
                doc = self.docs[name]
                self.tree.approve(doc["approvals"], u, doc["groups"][3]["id"], "install", 5)
            self.note("hq", 4010, u["id"])

    def deadline_differs(self):
        for name in ("berlin", "hamburg"):
            rows = [a for a in self.docs[name]["approvals"] if a["deadline"]]
            rows[0]["deadline"] = text(datetime.strptime(rows[0]["deadline"], "%Y-%m-%dT%H:%M:%SZ") + timedelta(days=7))
        self.note("hq/berlin", 4005, f"{rows[0]['update']} {rows[0]['group']}")

    def revision_behind(self):
        plain = [u for u in self.current("munich", "Windows Server 2022") if not u["bundles"]]
        u = next(u for u in plain if u["revision"] > 200)
        before = u["revision"]
        u["revision"] = before - 1
        for a in self.docs["munich"]["approvals"]:
            if a["update"] == u["id"]:
                a["revision"] = before - 1
        self.note("hq/munich", 3020, u["id"])

    def plant(self):
        self.approvals_missing()
        self.sticky_decline()
        self.updates_missing()
        self.group_missing()
        self.eula_missing()
        self.inactive_approval()
        self.deadline_differs()
        self.revision_behind()
        self.product_gone()
        self.failing_sync()


def make(at, wanted, healthy):
    """name -> document, and what was planted."""
    tree, docs = Tree(at, wanted), {}
    for row in SERVERS:
        if row[0] == "lab":  # an autonomous server decides for itself, in groups of its own
            tree.groups = tree.make_groups("lab")
            tree.decide("lab")
        docs[row[0]] = tree.document(*row)
    planter = Planter(tree, docs)
    if not healthy:
        planter.plant()
    return docs, planter.notes


def write(doc, path):
    """One row a line: readable in a diff, and small enough to look at."""
    def line(value):
        if isinstance(value, dict):
            value = {k: v for k, v in value.items() if not k.startswith("_")}
        return json.dumps(value, ensure_ascii=False)

    out = []
    for key, value in doc.items():
        if isinstance(value, list) and value:
            out.append(f'"{key}": [\n  ' + ",\n  ".join(line(v) for v in value) + "\n]")
        else:
            out.append(f'"{key}": {line(value)}')
    with open(path, "w", encoding="utf-8", newline="\n") as f:
        f.write("{\n" + ",\n".join(out) + "\n}\n")


def main():
    p = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    p.add_argument("--out", required=True, metavar="DIR")
    p.add_argument("--healthy", action="store_true", help="plant nothing")
    p.add_argument("--updates", type=int, default=400, metavar="N", help="about N updates (default 400)")
    p.add_argument("--at", default="2026-11-25T05:00:00Z", metavar="TIME", help="when the servers were read, or 'now'")
    args = p.parse_args()
    if args.updates < 1:
        p.error("--updates must be at least 1")
    at = (datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0) if args.at == "now"
          else datetime.strptime(args.at, "%Y-%m-%dT%H:%M:%SZ"))
    docs, notes = make(at, args.updates, args.healthy)
    os.makedirs(args.out, exist_ok=True)
    for name, doc in docs.items():
        write(doc, os.path.join(args.out, name + ".json"))
    with open(os.path.join(args.out, "PLANTED.txt"), "w", encoding="utf-8", newline="\n") as f:
        f.writelines(n + "\n" for n in notes)
    print(f"{len(docs)} servers, {len(docs['hq']['updates'])} updates on the root, {len(notes)} planted findings: {args.out}")


if __name__ == "__main__":
    sys.exit(main())
