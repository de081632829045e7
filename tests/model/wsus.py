# SPDX-License-Identifier: MIT
"""wsus.py: a model of what WSUS does, over snapshot documents. It shares nothing with the planner.

A World is a tree of servers, each a snapshot document. It knows what a synchronization copies, what the administration
API does and what it refuses (domain.md 1.2, 3.3, 3.4; protocol.md 5.5; MS-WSUSSS 3.2.4.3). What a document says
nothing of (coverage unknown) stays unknown: nothing is copied from it and nothing into it.

MODEL marks what Microsoft does not document, or what is simplified:
- a synchronization is a full one: whatever the parent lists and the child lacks arrives, whenever it was lost;
- an extra approval is one that the parent removed, so it is in the list of dead deployments; below a rebuilt parent it
  is an orphan that no list names, unless it was taken away there after that;
- Microsoft Update offers every revision that any server of the tree holds, and an anchor keeps a root from receiving
  again what it deleted: only a wider selection, a newer revision or a run that is under way brings updates.
"""
import copy
import uuid
from datetime import datetime, timedelta

ALL_COMPUTERS = "a0a08746-4dbe-4a37-9adf-9e7652c0b421"
UNASSIGNED = "b73ca6ed-5727-47f3-84de-015e03f6a88a"
DOWNSTREAM = "d374f42a-9be2-4163-a0fa-3c86a401b7a7"
BUILT_IN = {ALL_COMPUTERS, UNASSIGNED, DOWNSTREAM}
INTENT = ("install", "uninstall", "block")  # other codes are bookkeeping


class Refused(Exception):
    """The API throws here."""


def intent(row):
    return row["action"] in INTENT and row["group"] != DOWNSTREAM


def version(text):
    return tuple(int(x) for x in text.split("."))


class World:
    def __init__(self, documents, now):
        """`documents` in time order; the last of each server is the present. `now` is when the story begins."""
        self.docs, self.rebuilt = {}, set()
        for doc in copy.deepcopy(documents):
            name, old = doc["server"]["name"], self.docs.get(doc["server"]["name"])
            ids = [d["server"].get("server_id") for d in (doc, old or doc)]
            self.rebuilt = self.rebuilt | {name} if None not in ids and ids[0] != ids[1] else self.rebuilt - {name}
            self.docs[name] = doc
        self.clock = datetime.strptime(now, "%Y-%m-%dT%H:%M:%SZ")
        self.catalogue = {}
        for doc in self.docs.values():
            for row in doc["updates"]:
                self.catalogue.setdefault((row["id"], row["revision"]), row)
        self.made = 0
        self.dead = {n: set() for n in self.docs}  # deployments that were taken away there
        self.wider = {}  # root -> ids of products and classifications and codes of languages that were added
        self.news = {n: {a["deployment"] for a in d["approvals"] if self.is_news(d, a)} for n, d in self.docs.items()}

    # --- facts ---

    def tick(self):
        self.clock += timedelta(seconds=1)
        return self.clock.strftime("%Y-%m-%dT%H:%M:%SZ")

    def known(self, doc, *sections):
        return all(doc["coverage"].get(s, {"state": "unknown"})["state"] in ("complete", "partial") for s in sections)

    def complete(self, doc, section):
        return doc["coverage"].get(section, {"state": "unknown"})["state"] == "complete"

    def parent(self, doc):
        return self.docs.get(doc["server"]["parent"])

    def replica(self, doc):
        mode = doc["server"]["mode"]
        if mode == "unknown":
            mode = "replica" if (doc["config"].get("upstream") or {}).get("replica") else "autonomous"
        return mode == "replica"

    def is_news(self, doc, approval):
        """Some child has not synchronized since this approval was made."""
        below = [d for d in self.docs.values() if d["server"]["parent"] == doc["server"]["name"]]
        good = [max((r["started"] for r in d["sync_history"] if r["result"] == "succeeded"), default="") for d in below]
        return approval.get("changed") is not None and approval["changed"] >= min(good, default="9")

    def row(self, doc, update, revision):
        return next((r for r in doc["updates"] if (r["id"], r["revision"]) == (update, revision)), None)

    def enabled(self, doc):
        return {r["code"] for r in doc["languages"] if r["enabled"]}

    def inactive(self, doc, approval):
        row = self.row(doc, approval["update"], approval["revision"])
        return bool(approval["action"] in ("install", "uninstall") and self.complete(doc, "languages") and row
                    and row.get("languages") and not self.enabled(doc) & ({"all"} | set(row["languages"])))

    # --- synchronization ---

    def synchronize(self, name):
        doc = self.docs[name]
        parent, started = self.parent(doc), self.tick()
        if parent is doc:
            raise Refused(f"{name} cannot be its own upstream server")
        if doc["server"]["parent"] is None:
            self.from_microsoft(doc)
        elif parent is not None:  # what a server that nobody read would send is not known
            self.copy_categories(doc, parent)
            self.copy_updates(doc, parent)
            if self.replica(doc):
                self.mirror(doc, parent)
        self.note_run(doc, started)

    def note_run(self, doc, started):
        if self.known(doc, "sync_history"):
            doc["sync_history"] = [r for r in doc["sync_history"] if r["result"] != "running"]
            doc["sync_history"].append({"started": started, "ended": self.tick(), "result": "succeeded",
                                        "trigger": "manual", "error": None, "error_text": None, "update_errors": []})

    def from_microsoft(self, doc):
        config, running = doc["config"], any(r["result"] == "running" for r in doc["sync_history"])
        chosen = set(config.get("selected_products") or []) | set(config.get("selected_classifications") or [])
        wider = self.wider.pop(doc["server"]["name"], set())
        families = {c["id"]: c.get("parent") for d in self.docs.values() for c in d["categories"]}
        newest, coming = {}, []
        for row in doc["updates"]:
            newest[row["id"]] = max(row["revision"], newest.get(row["id"], 0))
        if not self.known(doc, "config", "updates"):
            return
        for (update, revision), row in self.catalogue.items():
            scope = set(row["products"])
            for product in row["products"]:
                while families.get(product) and families[product] not in scope:
                    product = families[product]
                    scope.add(product)
            languages = set(row["languages"] or [])
            asked = languages and not languages & self.enabled(doc) and "all" not in self.enabled(doc)
            if not scope & chosen or row["classification"] not in chosen or asked or self.row(doc, update, revision):
                continue
            fresh = wider & (scope | {row["classification"]} | languages | ({"all"} if languages else set()))
            coming.append((update, row, fresh or running or revision > newest.get(update, revision)))
        fresh = {update for update, _, new in coming if new}
        doc["updates"] += [dict(row, arrived=self.tick(), needed_by=0) for update, row, _ in coming if update in fresh]

    def copy_categories(self, doc, parent):
        if self.known(doc, "categories") and self.known(parent, "categories"):
            sent = {c["id"]: c for c in parent["categories"]}
            for c in doc["categories"]:
                if c["id"] in sent and sent[c["id"]]["revision"] > c["revision"]:
                    c.update(sent[c["id"]])
            have = {c["id"] for c in doc["categories"]}
            doc["categories"] += [dict(c) for c in parent["categories"] if c["id"] not in have]

    def copy_updates(self, doc, parent):
        if not self.known(doc, "updates") or not self.known(parent, "updates"):
            return
        speaks = doc["server"].get("protocol_version")
        for row in parent["updates"]:
            needs = row.get("compatible_protocol_version")
            if self.row(doc, row["id"], row["revision"]) or speaks and needs and version(needs) > version(speaks):
                continue
            doc["updates"].append(dict(row, arrived=self.tick(), needed_by=0))

    def mirror(self, doc, parent):
        """Groups, declines, approvals and license agreements of a replica."""
        both = [s for s in ("groups", "declined", "approvals", "eulas") if self.known(doc, s) and self.known(parent, s)]
        if "groups" in both:
            sent = {g["id"]: dict(g) for g in parent["groups"]}
            kept = [g for g in doc["groups"] if g["id"] not in sent
                    and (g["id"] in BUILT_IN or not self.complete(parent, "groups"))]
            doc["groups"] = kept + list(sent.values())
            if self.complete(parent, "groups"):
                here = {g["id"] for g in doc["groups"]} | BUILT_IN
                doc["approvals"] = [a for a in doc["approvals"] if a["group"] in here]
        if "declined" in both and self.known(doc, "updates"):
            listed, have = {r["id"] for r in doc["updates"]}, {r["id"] for r in doc["declined"]}
            for row in parent["declined"]:
                if row["id"] in listed - have:
                    self.hide(doc, row["id"], row["revision"])
        if "approvals" in both:
            self.mirror_approvals(doc, parent)
        if "eulas" in both:
            have = {e["id"] for e in doc["eulas"]}
            doc["eulas"] += [dict(e, accepted=self.tick()) for e in parent["eulas"] if e["id"] not in have]

    def mirror_approvals(self, doc, parent):
        sent = {}
        hidden = {r["id"] for r in parent["declined"]}
        for a in filter(intent, parent["approvals"]):
            sent.setdefault((a["update"], a["group"]), []).append(a)
        rebuilt, dead = parent["server"]["name"] in self.rebuilt, self.dead[parent["server"]["name"]]
        if self.complete(parent, "approvals"):
            self.take_away(doc, lambda a: (a["update"], a["group"]) not in sent and (not rebuilt or a["deployment"] in dead))
        for (update, group), rows in sent.items():
            rows = [a for a in rows if not self.inactive(parent, a)
                    and (not self.known(doc, "updates") or self.row(doc, update, a["revision"]))]
            fresh = any(a["deployment"] in self.news[parent["server"]["name"]] for a in rows)
            if any(r["id"] == update for r in doc["declined"]):
                if not fresh or update in hidden:
                    continue  # a decline is only ever set; a new approval takes it back
                doc["declined"] = [r for r in doc["declined"] if r["id"] != update]
            if rows:
                doc["approvals"] = [a for a in doc["approvals"]
                                    if not intent(a) or (a["update"], a["group"]) != (update, group)]
                doc["approvals"] += [dict(a, changed=self.tick(), admin="WUS Server") for a in rows]
                if fresh:
                    self.news[doc["server"]["name"]] |= {a["deployment"] for a in rows}

    def take_away(self, doc, which):
        """Approvals that an administrator meant, and that this holds for."""
        gone = [a for a in doc["approvals"] if intent(a) and which(a)]
        doc["approvals"] = [a for a in doc["approvals"] if a not in gone]
        self.dead[doc["server"]["name"]] |= {a["deployment"] for a in gone}

    def scheduled(self):
        """One night: every server synchronizes, parents first; Microsoft published nothing."""
        done = [n for n, d in self.docs.items() if self.parent(d) is None]  # or nobody read the parent
        for name in done:
            if (self.docs[name]["config"].get("schedule") or {}).get("automatic") is not False:
                self.note_run(self.docs[name], self.tick())
        for name in done:
            below = [n for n, d in self.docs.items() if d["server"]["parent"] == name and n not in done]
            for child in below:
                self.synchronize(child)
            done += below

    # --- what administrators do ---

    def writable(self, name, what):
        if self.replica(self.docs[name]):
            raise Refused(f"{name} is a replica and refuses {what}")
        return self.docs[name]

    def hide(self, doc, update, revision):
        doc["declined"].append({"id": update, "revision": revision, "time": self.tick(), "admin": None})
        doc["approvals"] = [a for a in doc["approvals"] if a["update"] != update]

    def approve(self, name, update, revision, group, action, deadline):
        doc = self.writable(name, "approve")
        row = self.row(doc, update, revision)
        if self.complete(doc, "updates") and row is None:
            raise Refused(f"{name} does not have {update}/{revision}")
        if self.complete(doc, "groups") and group not in {g["id"] for g in doc["groups"]} | BUILT_IN:
            raise Refused(f"{name} does not have the group {group}")
        accepted = {e["id"] for e in doc["eulas"]}
        if row and row.get("eula") and self.complete(doc, "eulas") and row["eula"] not in accepted:
            raise Refused(f"{name}: the license agreement of {update} is not accepted")
        if row and row["state"] == "expired" and action == "install":
            raise Refused(f"{name}: {update}/{revision} is expired")
        doc["declined"] = [r for r in doc["declined"] if r["id"] != update]
        self.take_away(doc, lambda a: (a["update"], a["group"]) == (update, group))
        self.made += 1
        made = str(uuid.UUID(int=self.made))
        doc["approvals"].append({"deployment": made, "update": update, "revision": revision, "group": group,
                                 "action": action, "deadline": deadline, "go_live": self.tick(), "changed": self.tick(),
                                 "admin": "b", "assigned": None, "priority": None})
        self.news[name].add(made)

    def unapprove(self, name, update, revision):
        self.take_away(self.writable(name, "unapprove"), lambda a: (a["update"], a["revision"]) == (update, revision))

    def decline(self, name, update, revision):
        doc = self.writable(name, "decline")
        if self.complete(doc, "updates") and not any(r["id"] == update for r in doc["updates"]):
            raise Refused(f"{name} does not have {update}")
        if not any(r["id"] == update for r in doc["declined"]):
            self.hide(doc, update, revision)

    def not_approved(self, name, update):
        """Sets an update to Not Approved: takes its decline back; no approval is left."""
        doc = self.writable(name, "not_approved")
        doc["declined"] = [r for r in doc["declined"] if r["id"] != update]

    def accept_eula(self, name, update, eula):
        doc = self.writable(name, "accept_eula")
        if eula not in {e["id"] for e in doc["eulas"]}:
            doc["eulas"].append({"id": eula, "update": update, "accepted": self.tick(), "admin": "b"})

    def remove_inactive_approvals(self, name):
        doc = self.writable(name, "remove_inactive_approvals")
        self.take_away(doc, lambda a: self.inactive(doc, a))

    def set_languages(self, name, codes):
        doc, before = self.docs[name], self.enabled(self.docs[name])
        if not set(codes) <= {r["code"] for r in doc["languages"]}:
            raise Refused(f"{name} does not support {codes}")
        for row in doc["languages"]:
            row["enabled"] = row["code"] in codes
        self.wider.setdefault(name, set()).update(set(codes) - before)

    def select(self, name, field, category, on=True):
        doc = self.docs[name]
        if doc["server"]["parent"] is not None:
            raise Refused(f"{name} does not synchronize from Microsoft Update")
        if on and category not in {c["id"] for c in doc["categories"]} and self.complete(doc, "categories"):
            raise Refused(f"{name} does not offer {category}")
        chosen = [c for c in doc["config"][field] if c != category]
        doc["config"][field] = chosen + ([category] if on else [])
        self.wider.setdefault(name, set()).update({category} if on else set())
