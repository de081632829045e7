#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""whatif.py: what `wsusck whatif` predicts is what `wsusck check` says after the change.

The change is made twice and independently: by wsusck to its copies, and here to the documents, which are then
imported into the same store. `whatif --verify` must find no difference, and must find one when the change was made
otherwise than announced.

Usage: whatif.py WSUSCK [--seeds A..B] [--only TEXT]"""
import argparse
import copy
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / "oracle"))
import generate  # noqa: E402

try:
    import jsonschema
    SCHEMAS = {kind: json.loads((pathlib.Path(__file__).resolve().parents[2] / f"docs/formats/{kind}.schema.json").read_text())
               for kind in ("change", "prediction", "verdict", "report")}
    STORE = {s["$id"]: s for s in SCHEMAS.values() if "$id" in s}
except ImportError:
    SCHEMAS = None


def validate(kind, document):
    if SCHEMAS is not None:
        resolver = jsonschema.RefResolver(SCHEMAS[kind].get("$id", ""), SCHEMAS[kind], store=STORE)
        jsonschema.Draft202012Validator(SCHEMAS[kind], resolver=resolver).validate(document)


BUILT_IN = (generate.ALL_COMPUTERS, generate.UNASSIGNED, generate.DOWNSTREAM)


def anew(guid):
    return guid[:-4] + "feed"


# ---- what WSUS does, told a second time ----

def covered(doc, update):
    """Would the selection of this root bring the update? True when that cannot be told: it is then counted so."""
    config, parents = doc["config"], {c["id"]: c["parent"] for c in doc["categories"]}

    def selected(product):
        for _ in range(8):
            if product in config["selected_products"]:
                return True
            product = parents.get(product)
            if product is None:
                return False
        return False
    if update["products"] and not any(map(selected, update["products"])):
        return False
    if update["classification"] and update["classification"] not in config["selected_classifications"]:
        return False
    if update["languages"] is None or not update["languages"]:
        return True
    flags = {l["code"]: l["enabled"] for l in doc["languages"]}
    return flags.get("all") or any(flags.get(c, True) for c in update["languages"])


def set_languages(doc, wanted):
    for l in doc["languages"]:
        l["enabled"] = l["code"] == "all" if wanted == "all" else l["code"] in wanted


def version(text):
    return tuple(int(x) for x in (text or "0").split("."))


def travels(doc, parent, approval):
    """A replica is sent active approvals only, and takes them for revisions that it has."""
    row = next((u for u in doc["updates"] if (u["id"], u["revision"]) == (approval["update"], approval["revision"])), None)
    if row is None or not row["languages"] or approval["action"] not in ("install", "uninstall"):
        return row is not None
    on = {l["code"] for l in parent["languages"] if l["enabled"]}
    return bool(on & {"all", *row["languages"]})


def reinstall(docs, doc, change):
    parent = docs.get(doc["server"]["parent"])
    replica = change.get("mode", doc["server"]["mode"]) == "replica"
    doc["server"].update(server_id=anew(doc["server"]["server_id"]), collected_at=generate.NOW, server_time=None,
                         mode=change.get("mode", doc["server"]["mode"]))
    for key in ("products", "classifications"):
        if key in change:
            doc["config"]["selected_" + key] = [c if isinstance(c, str) else c["id"] for c in change[key]]
    if "languages" in change:
        set_languages(doc, change["languages"])
    doc["approvals"], doc["declined"], doc["eulas"], doc["files"] = [], [], [], []
    again = change.get("groups") == "recreate"
    doc["groups"] = [g for g in doc["groups"] if g["id"] in BUILT_IN or again]
    for g in doc["groups"]:
        for key in ("id", "parent"):
            if g[key] and g[key] not in BUILT_IN:
                g[key] = anew(g[key])
    if parent is None:
        doc["updates"] = [u for u in doc["updates"] if covered(doc, u)]
    else:
        for section in ("updates", "categories", "approvals", "declined", "groups", "eulas")[:6 if replica else 2]:
            doc[section] = copy.deepcopy(parent[section])
        speaks = version(doc["server"]["protocol_version"])
        doc["updates"] = [u for u in doc["updates"] if version(u["compatible_protocol_version"]) <= speaks]
        doc["approvals"] = [a for a in doc["approvals"] if travels(doc, parent, a)] if replica else doc["approvals"]
        for section, key in (("approvals", "changed"), ("declined", "time"), ("eulas", "accepted")):
            for row in doc[section]:
                row[key] = generate.NOW
    for u in doc["updates"]:
        u["arrived"], u["needed_by"] = generate.NOW, None
    doc["coverage"].pop("files", None)
    doc["sync_history"] = [{"started": generate.NOW, "ended": generate.NOW, "result": "succeeded", "trigger": "unknown",
                            "error": None, "error_text": None, "update_errors": []}]


def repoint(docs, doc, change):
    upstream = docs.get(change["upstream"])
    doc["server"]["parent"] = change["upstream"]
    doc["config"]["sync_from_microsoft_update"] = upstream is None
    if upstream is None:
        doc["server"]["mode"], doc["config"]["upstream"] = "autonomous", None
    else:
        old = doc["config"]["upstream"] or {"port": None, "ssl": None, "replica": None}
        doc["config"]["upstream"] = {**old, "name": upstream["server"]["fqdn"]}


def cleanup(docs, doc, change):
    approved = {a["update"] for a in doc["approvals"]}
    superseded = {s for u in doc["updates"] for s in u["supersedes"]}
    declined = {d["id"] for d in doc["declined"]}
    for u in doc["updates"]:
        goes = (u["state"] == "expired" and change.get("decline_expired")) or \
               (u["id"] in superseded and change.get("decline_superseded"))
        if goes and u["id"] not in approved | declined:
            declined.add(u["id"])
            doc["declined"].append({"id": u["id"], "revision": u["revision"], "time": generate.NOW, "admin": None})
    if change.get("delete_expired"):
        doc["updates"] = [u for u in doc["updates"] if u["state"] != "expired" or u["id"] in approved]


def remove_products(docs, doc, change):
    gone = [c if isinstance(c, str) else c["id"] for c in change["products"]]
    doc["config"]["selected_products"] = [p for p in doc["config"]["selected_products"] if p not in gone]


def mode(docs, doc, change):
    doc["server"]["mode"] = change["mode"]
    if doc["config"]["upstream"]:
        doc["config"]["upstream"]["replica"] = change["mode"] == "replica"


def make(docs, changes):
    for change in changes:
        doc = docs[change["server"]]
        if change["kind"] == "languages":
            set_languages(doc, change["languages"])
        else:
            {"reinstall": reinstall, "repoint": repoint, "cleanup": cleanup, "remove_products": remove_products,
             "mode": mode}[change["kind"]](docs, doc, change)


# ---- the program ----

class Failed(Exception):
    pass


class Case:
    def __init__(self, program, folder):
        self.program, self.folder, self.n = program, pathlib.Path(folder), 0

    def wsusck(self, *arguments, expect=(0,)):
        done = subprocess.run([self.program, "--store", f"sqlite:{self.folder}/s.db", "--config",
                               self.folder / "none.json", "--now", generate.NOW, *arguments],
                              capture_output=True, text=True, timeout=120)
        if done.returncode not in expect:
            raise Failed(f"{' '.join(map(str, arguments))}: exit {done.returncode}: {done.stderr}{done.stdout[-2000:]}")
        return done

    def put(self, docs):
        (self.folder / "none.json").write_text('{"servers": []}')
        for doc in docs:
            self.n += 1
            path = self.folder / f"{self.n:03}.json"
            path.write_text(json.dumps(doc))
            self.wsusck("import", path, "-q")

    def change(self, changes):
        path = self.folder / "change.json"
        path.write_text(json.dumps({"format": "wsusck-change", "format_version": "1.0", "changes": changes}))
        return path

    def predict(self, changes):
        validate("change", {"format": "wsusck-change", "format_version": "1.0", "changes": changes})
        path = self.folder / "prediction.json"
        self.wsusck("whatif", self.change(changes), "-o", path)
        predicted = json.loads(path.read_text())
        validate("prediction", predicted)
        return predicted

    def verify(self):
        done = self.wsusck("whatif", "--verify", self.folder / "prediction.json", "--format", "json", expect=(0, 1))
        verdict = json.loads(done.stdout)
        validate("verdict", verdict)
        return verdict


def story(tree, seed):
    """A random change, or two."""
    rng = random.Random(seed)
    docs = {d["server"]["name"]: d for d in tree.now}
    roots = [n for n, d in docs.items() if d["server"]["parent"] is None]
    others = [n for n in docs if n not in roots]

    def one():
        name = rng.choice(list(docs))
        doc = docs[name]
        kind = rng.choice(["reinstall", "reinstall", "languages", "remove_products", "cleanup", "mode", "repoint"])
        if kind == "reinstall":
            change = {"kind": kind, "server": name, "groups": rng.choice(["none", "recreate"])}
            if name in roots:
                change["products"] = rng.sample(generate.PRODUCTS, rng.randrange(1, 4))
                change["classifications"] = rng.sample(generate.CLASSES, rng.randrange(1, 4))
            change["languages"] = rng.choice(["all", ["en"], ["en", "de"], ["fr"]])
            return change
        if kind == "languages":
            return {"kind": kind, "server": name, "languages": rng.choice(["all", ["en"], ["de", "ja"]])}
        if kind == "remove_products":
            return {"kind": kind, "server": rng.choice(roots), "products": rng.sample(generate.PRODUCTS, 1)}
        if kind == "cleanup":
            return {"kind": kind, "server": name, "decline_superseded": True, "decline_expired": rng.random() < 0.5,
                    "delete_expired": rng.random() < 0.5}
        if kind == "mode" and others:
            return {"kind": kind, "server": rng.choice(others), "mode": rng.choice(["replica", "autonomous"])}
        if others:
            leaf = rng.choice([n for n in others if not any(d["server"]["parent"] == n for d in docs.values())])
            return {"kind": "repoint", "server": leaf, "upstream": rng.choice([n for n in docs if n != leaf])}
        return {"kind": "languages", "server": name, "languages": "all"}
    return [one()]


def run_seed(program, seed):
    tree = generate.Tree(random.Random(seed))
    changes = story(tree, seed)
    with tempfile.TemporaryDirectory() as folder:
        case = Case(program, folder)
        case.put(tree.now)
        predicted = case.predict(changes)
        after = {d["server"]["name"]: copy.deepcopy(d) for d in tree.now}
        make(after, changes)
        case.put([after[c["server"]] for c in changes])
        verdict = case.verify()
        if verdict["not_seen"] or verdict["not_predicted"]:
            lines = [f"  {k}: {f['rule']} {f['server']} {f['object']} {f['expected']} {f['actual']}"
                     for k in ("not_seen", "not_predicted") for f in verdict[k]]
            raise Failed(f"{json.dumps(changes)}\n" + "\n".join(lines[:12]))
        return len(predicted["predicted"]["findings"])


# ---- stories with numbers known beforehand ----

def fixed_tree():
    rng = random.Random(1)
    root = generate.root(rng, "hq", 0)
    root["languages"] = [{"id": i, "code": c, "name": c, "enabled": c == "en"} for i, c in generate.LANGUAGES]
    root["config"]["selected_products"] = generate.PRODUCTS[:2]
    root["updates"] = []
    for n, u in enumerate(generate.UPDATES[:10]):
        row = generate.update(rng, u, 100)
        row.update(products=[generate.PRODUCTS[n % 2]], classification=generate.CLASSES[0], languages=["en"], eula=None,
                   supersedes=[], state="published", needed_by=0)
        root["updates"].append(row)
    root["groups"] = root["groups"][:2] + [{"id": generate.GROUPS[0], "name": "Servers", "parent": generate.ALL_COMPUTERS}]
    root["approvals"] = [generate.approval(rng, u, 100, generate.GROUPS[0], "install") for u in generate.UPDATES[:6]]
    for a in root["approvals"]:
        a["deadline"] = None
    root["declined"] = [{"id": generate.UPDATES[9], "revision": 100, "time": generate.at(90), "admin": "a"}]
    root["eulas"] = []
    rng = random.Random(2)
    while True:
        child = generate.child(rng, root, "berlin", 1)
        if child["server"]["mode"] == "replica":
            break
    for u in child["updates"]:
        u["needed_by"] = 0
    return root, child


def reinstall_story(program, folder):
    """Upstream rebuilt with one of two products: told before, prepared, made, verified."""
    case = Case(program, folder)
    root, child = fixed_tree()
    case.put([root, child])
    if case.wsusck("check", expect=(0, 1)).returncode != 0:
        raise Failed("the tree is not clean to begin with: " + case.wsusck("check", expect=(0, 1)).stdout)
    written = json.loads(case.wsusck("whatif", "--from-server", "hq").stdout)
    if [p["id"] for p in written["changes"][0]["products"]] != sorted(generate.PRODUCTS[:2]):
        raise Failed(f"--from-server does not name the selection: {written}")
    same = case.predict(written["changes"])
    facts = {c["what"]: c["count"] for c in same["consequences"] if c["server"] == "hq"}
    if facts != {"updates_arrive": 10, "approvals_lost": 6, "declines_lost": 1, "groups_lost": 1}:
        raise Failed(f"same selection: {facts}")
    changes = copy.deepcopy(written["changes"])
    changes[0]["products"] = [generate.PRODUCTS[0]]
    predicted = case.predict(changes)
    facts = {(c["server"], c["what"]): c["count"] for c in predicted["consequences"]}
    wanted = {("hq", "updates_not_offered"): 5, ("hq", "updates_arrive"): 5, ("hq", "approvals_lost"): 6,
              ("hq", "declines_lost"): 1, ("hq", "groups_lost"): 1, ("hq/berlin", "server_changed"): 1,
              ("hq/berlin", "remedy_1"): 3, ("hq/berlin", "remedy_2"): 1}
    for key, count in wanted.items():
        if facts.get(key) != count:
            raise Failed(f"{key}: expected {count}, got {facts.get(key)} of {facts}")
    case.wsusck("whatif", case.change(changes), "--prepare", folder + "/prepared", "-q")
    names = sorted(os.listdir(folder + "/prepared"))
    if names != ["01-hq.ps1", "01-hq.undo.ps1", "before-01.json", "run-order.json", "run-order.md"]:
        raise Failed(f"--prepare wrote {names}")
    if json.loads(pathlib.Path(folder, "prepared/before-01.json").read_text())["approvals"] == []:
        raise Failed("the before-state has no approvals")
    actions = json.loads(pathlib.Path(folder, "prepared/run-order.json").read_text())[0]["actions"]
    if len(actions) != 1 + 6 + 1:
        raise Failed(f"the restore script has {len(actions)} actions, not group + 6 approvals + decline")
    after = {"hq": copy.deepcopy(root), "berlin": copy.deepcopy(child)}
    make(after, changes)
    case.put([after["hq"]])
    verdict = case.verify()
    if verdict["not_seen"] or verdict["not_predicted"]:
        raise Failed(f"verify: {verdict}")
    after["hq"]["updates"].pop()  # one more is gone than was announced
    case.put([after["hq"]])
    verdict = case.verify()
    if len(verdict["not_predicted"]) != 1:
        raise Failed(f"verify missed that one more update is gone: {verdict}")


def same_as_predicted(case, docs, changes, expected):
    """`expected`: (rule, server) that the change adds, and no others."""
    case.put(docs.values())
    predicted = case.predict(changes)
    found = sorted({(f["rule"], f["server"]) for f in predicted["predicted"]["findings"]})
    if found != sorted(expected):
        raise Failed(f"predicted {found}, not {sorted(expected)}")
    after = copy.deepcopy(docs)
    make(after, changes)
    case.put([after[name] for name in dict.fromkeys(c["server"] for c in changes)])
    verdict = case.verify()
    if verdict["not_seen"] or verdict["not_predicted"]:
        raise Failed(f"verify: {verdict}")


def of_berlin(**more):
    return {"kind": "reinstall", "server": "berlin", "groups": "none", **more}


def what_the_replica_is_sent(program, folder):
    """Active approvals, as new ones; updates that its protocol allows; the categories of its upstream server."""
    root, child = fixed_tree()
    child["server"]["protocol_version"] = "1.8"
    root["updates"][7]["compatible_protocol_version"] = child["updates"][7]["compatible_protocol_version"] = "1.20"
    root["updates"][0]["languages"] = child["updates"][0]["languages"] = ["fr"]
    child["approvals"] = [a for a in child["approvals"] if a["update"] != generate.UPDATES[0]]
    child["categories"] = child["categories"][:-1]
    same_as_predicted(Case(program, folder), {"hq": root, "berlin": child}, [of_berlin()],
                      [("WCK1005", "hq/berlin"), ("WCK3023", "hq/berlin")])


def its_upstream_server_has_a_past(program, folder):
    """Its parent is only looked into: what is found about it in time stays so."""
    root, child = fixed_tree()
    old = copy.deepcopy(root)
    old["server"].update(server_id=generate.guid("5f", 9), collected_at=generate.at(30), server_time=None)
    case = Case(program, folder)
    case.put([old])
    same_as_predicted(case, {"hq": root, "berlin": child}, [of_berlin()], [("WCK1005", "hq/berlin")])


def pointed_elsewhere_and_installed_anew(program, folder):
    root, child = fixed_tree()
    other = copy.deepcopy(root)
    other["server"].update(name="dr", server_id=generate.guid("5e", 7), fqdn="dr.example")
    other["updates"], other["approvals"], other["declined"] = other["updates"][:3], other["approvals"][:3], []
    same_as_predicted(Case(program, folder), {"hq": root, "dr": other, "berlin": child},
                      [{"kind": "repoint", "server": "berlin", "upstream": "dr"}, of_berlin()],
                      [("WCK1005", "dr/berlin"), ("WCK1006", "dr/berlin")])


def refusals(program, folder):
    case = Case(program, folder)
    case.put(list(fixed_tree()))
    for changes, words in (
            ([], "names no change"),
            ([{"kind": "reinstal", "server": "hq"}], "kind"),
            ([{"kind": "mode", "server": "hq", "mode": "replica"}], "cannot be a replica"),
            ([{"kind": "mode", "server": "nobody", "mode": "replica"}], "not in the store"),
            ([{"kind": "languages", "server": "hq", "languages": ["xx"]}], "no language"),
            ([{"kind": "languages", "server": "hq", "languages": []}], "languages"),
            ([{"kind": "languages", "server": "hq"}], "languages"),
            ([{"kind": "remove_products", "server": "berlin", "products": [generate.PRODUCTS[0]]}], "root server only"),
            ([{"kind": "remove_products", "server": "hq", "products": ["x"]}], "products[0]"),
            ([{"kind": "repoint", "server": "hq", "upstream": "berlin"}], "below"),
            ([{"kind": "cleanup", "server": "hq"}], "cleans nothing up"),
            ([{"kind": "reinstall", "server": "hq", "product": []}], "product"),
            ([{"kind": "reinstall", "server": "hq", "groups": "maybe"}], "groups")):
        done = case.wsusck("whatif", case.change(changes), expect=(2,))
        if not done.stderr.startswith("wsusck: could not") or words not in done.stderr or done.stdout:
            raise Failed(f"{changes}: {done.stderr}")
    lost = fixed_tree()[1]
    lost["server"].update(name="lost", parent="nowhere")
    case.put([lost])
    for changes, words in (([of_berlin(server="lost")], "would send is not known"),
                           ([{"kind": "remove_products", "server": "lost", "products": [generate.PRODUCTS[0]]}], "root server only")):
        done = case.wsusck("whatif", case.change(changes), expect=(2,))
        if words not in done.stderr:
            raise Failed(f"{changes}: {done.stderr}")
    for text in ("", "{}", "[]", '{"format":"wsusck-plan","format_version":"1.0"}', '{"format":"wsusck-change"'):
        path = pathlib.Path(folder, "bad.json")
        path.write_text(text)
        case.wsusck("whatif", path, expect=(2,))
        case.wsusck("whatif", "--verify", path, expect=(2,))
    case.wsusck("whatif", expect=(64,))
    case.wsusck("whatif", "a", "b", expect=(64,))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wsusck")
    parser.add_argument("--seeds", default="1..12")
    arguments = parser.parse_args()
    program = os.path.abspath(arguments.wsusck)
    first, last = map(int, arguments.seeds.split(".."))
    passed = failed = findings = 0
    for name, run in [("reinstall", reinstall_story), ("refusals", refusals), ("sent", what_the_replica_is_sent),
                      ("past", its_upstream_server_has_a_past), ("elsewhere", pointed_elsewhere_and_installed_anew)] + [
            (f"seed {s}", s) for s in range(first, last + 1)]:
        try:
            if isinstance(run, int):
                findings += run_seed(program, run)
            else:
                with tempfile.TemporaryDirectory() as folder:
                    run(program, folder)
            passed += 1
        except (Failed, subprocess.SubprocessError) as problem:
            failed += 1
            print(f"{name}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed; {findings} findings predicted")
    return 1 if failed or findings == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
