#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""properties.py: what every plan must keep, on random trees and a model of WSUS.

For every seed, a tree of servers in a state that WSUS can be in (oracle/generate.py, `legal` below), the plan that
wsusck makes for it, and wsus.World to carry it out on:

1. no step is refused by the API, and none finds its server other than the plan saw it;
2. done, and one night of scheduled synchronizations later, a second check finds nothing but what was manual;
3. done twice is done once; 4. undo brings back what was there;
5. hide some of the facts from wsusck: what it still plans rests on nothing that it could not read, is refused by no
   server as it really is, and declines nothing that a server it could not read needs.

    python3 properties.py --wsusck PATH [--seeds 0..199] [--jobs N] [--keep DIR]
"""
import argparse
import collections
import concurrent.futures
import copy
import json
import os
import random
import shutil
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import apply  # noqa: E402
import differential  # noqa: E402
import generate  # noqa: E402
import wsus  # noqa: E402

NOW = generate.NOW
NEEDS = {  # what an action is derived from, on the server where it is done
    "decline": ("updates", "declined", "approvals"), "unapprove": ("updates", "approvals"),
    "undecline": ("declined", "approvals"), "approve": ("updates", "approvals"), "accept_eula": ("eulas",),
    "cancel_download": ("updates", "declined", "approvals"), "set_languages": ("languages",),
    "select_product": ("config",), "select_classification": ("config",),
    "remove_inactive_approvals": ("updates", "approvals", "languages")}


def legal(documents):
    """Only what a WSUS server can hold: a decline has taken all approvals, an approval names a revision and a group that
    are there, a license agreement is accepted before the approval, no synchronization starts after the server was read,
    and a server learns from its parent that an update has expired, not before it."""
    states = {}
    for doc in documents:
        above = states.get(doc["server"]["parent"], {})
        for r in doc["updates"]:
            if above.get((r["id"], r["revision"])) == "published":
                r["state"] = "published"
        states[doc["server"]["name"]] = {(r["id"], r["revision"]): r["state"] for r in doc["updates"]}
        doc["sync_history"] = [r for r in doc["sync_history"] if r["started"] <= doc["server"]["collected_at"]]
        hidden = {r["id"] for r in doc["declined"]}
        listed = {(r["id"], r["revision"]): r for r in doc["updates"]}
        groups = {g["id"] for g in doc["groups"]} | wsus.BUILT_IN
        complete = {s: doc["coverage"].get(s, {}).get("state") == "complete" for s in generate.CORE}
        doc["approvals"] = [a for a in doc["approvals"] if a["update"] not in hidden
                            and (not complete["updates"] or (a["update"], a["revision"]) in listed)
                            and (not complete["groups"] or a["group"] in groups)]
    return documents


def fewer(tree, doc, rng):
    """A root built again with fewer products: what it no longer selects is gone from it."""
    top = rng.choice([d for d in tree.now if d["server"]["parent"] is None] or [doc])
    if not top["config"].get("selected_products"):
        return
    keep = set(rng.sample(top["config"]["selected_products"], rng.randrange(len(top["config"]["selected_products"]))))
    top["config"]["selected_products"] = sorted(keep)
    keep |= {p for i, p in enumerate(generate.PRODUCTS) if generate.FAMILIES[i // 2] in keep}
    gone = {r["id"] for r in top["updates"] if not keep & set(r["products"])}
    for section, field in (("updates", "id"), ("declined", "id"), ("approvals", "update")):
        top[section] = [r for r in top[section] if r[field] not in gone]


FOCUS = [fewer, fewer, generate.gone, generate.gone, generate.expire, generate.expire, generate.decline,
         generate.undecline, generate.undecline, generate.inactive, generate.change_approval, generate.change_approval,
         generate.add_approval, generate.change_revision, generate.drop_row, generate.drop_update, generate.eula,
         generate.eula, generate.language, generate.change_group, generate.history, generate.change_update]


def make(seed):
    """Even seeds: everything that generate.py can do. Odd seeds: what plans are made of, several times."""
    if seed % 2 == 0:
        return generate.make(seed)
    rng = random.Random(seed)
    tree = generate.Tree(rng)
    tree.applied = []
    for _ in range(rng.randrange(2, 7)):
        change = rng.choice(FOCUS)
        change(tree, rng.choice(tree.now), rng)
        tree.applied.append(change.__name__)
    for doc in tree.now:
        generate.tidy(doc)
    return tree


class Story:
    """One tree and its program."""

    def __init__(self, path, seed):
        self.seed = seed
        self.directory = tempfile.mkdtemp(prefix=f"wsusck-model-{seed}-")
        self.tree = make(seed)
        self.documents = legal(self.tree.documents())
        self.program = differential.Program(path, self.directory, self.tree.modes)
        self.lines = []

    def present(self):
        return {d["server"]["name"]: d for d in self.documents}  # the last of each name

    def check(self, store, now):
        return json.loads(self.program.run(store, "--now", now, "check", "--format", "json", expect=(0, 1, 3)).stdout)["findings"]

    def look(self, store):
        """(findings by fingerprint, plan)"""
        out = os.path.join(self.directory, store + "-plan.json")
        self.program.run(store, "--now", NOW, "plan", "-o", out, expect=(0, 3))  # 3: a suspect snapshot, and nothing to do
        with open(out, encoding="utf-8") as source:
            return {f["fingerprint"]: f for f in self.check(store, NOW)}, json.load(source)

    def say(self, text):
        self.lines.append(f"  {text}")

    def carry_out(self, world, plan, only=lambda a: True):
        """[(action, what the journal noted)] of the steps that changed something."""
        done = []
        for action in filter(only, plan["actions"]):
            before = world.enabled(world.docs[apply.server_of(action)])
            try:
                if apply.do(world, action):
                    done.append((action, before))
            except (wsus.Refused, apply.Skipped) as why:
                self.say(f"{action['id']} {action['kind']} on {action['server']}: {why}")
        return done

    def again(self, world, store):
        docs = copy.deepcopy(list(world.docs.values()))
        for doc in docs:
            doc["server"]["collected_at"], doc["server"]["server_time"] = world.tick(), None
        folder = os.path.join(self.directory, store + "-later")
        os.makedirs(folder)
        names = [os.path.join(folder, d["server"]["name"] + ".json") for d in docs]
        for name, doc in zip(names, docs):
            with open(name, "w", encoding="utf-8") as out:
                json.dump(doc, out)
        self.program.run(store, "import", *names, expect=(0,))
        return world.tick()


def place(finding):
    o = finding["object"]
    return finding["server"], *(o.get(k) for k in ("update", "group", "category", "language", "eula"))


def shown(f):
    return f"{f['rule']} {f['server']} {json.dumps({k: v for k, v in f['object'].items() if v is not None and k != 'title'})}"


def converges(story):
    findings, plan = story.look("a")
    world = wsus.World(story.documents, NOW)
    story.carry_out(world, plan)
    world_twice = copy.deepcopy(world)
    quiet = Quiet(story)
    quiet.carry_out(world_twice, plan)
    for w in (world, world_twice):
        w.scheduled()
    for line in apply.difference(apply.facts(world), apply.facts(world_twice)):
        story.say(f"twice is not once: {line}")
    manual = {place(findings[m["fingerprint"]]) for m in plan["manual"]}
    for f in story.check("a", story.again(world, "a")):
        if f["result"] == "fail" and f["severity"] != "note" and place(f) not in manual and not came_along(story, plan, f):
            story.say(f"still there: {shown(f)}")
    return plan


def came_along(story, plan, f):
    """What a synchronization brings with it: metadata that was altered, superseded updates; and behind a wider selection
    updates that were declined here while they were gone upstream."""
    rule, docs = f["rule"], story.present()
    if rule in ("WCK3022", "WCK3033"):
        return any(a["kind"] == "synchronize" for a in plan["actions"])
    here, above = (f[k].split("/")[-1] for k in ("server", "upstream")) if f.get("upstream") else (None, None)
    update = f["object"].get("update")
    return rule == "WCK3031" and above and any(r["id"] == update for r in docs[here]["declined"]) \
        and not any(r["id"] == update for r in docs[above]["updates"]) \
        and any(a["kind"].startswith("select") or a["kind"] == "set_languages" for a in plan["actions"])


class Quiet(Story):
    """The same story, without complaints."""

    def __init__(self, story):
        self.__dict__.update(story.__dict__)

    def say(self, text):
        pass


def undone(story, plan):
    world = wsus.World(story.documents, NOW)
    before = apply.facts(world)
    done = Quiet(story).carry_out(world, plan, lambda a: a["reversible"])
    for action, languages in reversed(done):
        apply.undo(world, action, languages)
    for line in apply.difference(before, apply.facts(world)):
        story.say(f"undo: {line}")


def grounded(story, plan):
    """Every action rests on sections that were read completely."""
    for action in plan["actions"]:
        doc = story.present()[apply.server_of(action)]
        for section in NEEDS.get(action["kind"], ()):
            if doc["coverage"].get(section, {}).get("state") != "complete":
                story.say(f"{action['id']} {action['kind']} on {action['server']} rests on {section}, not read completely")


def blindfold(documents, rng):
    """(what wsusck gets to see, names of servers that it could not read at all)"""
    seen, dark = copy.deepcopy(documents), set()
    for _ in range(rng.randrange(1, 5)):
        doc = rng.choice(seen)
        if rng.random() < 0.2:
            generate.unreadable(None, doc, rng)
            dark.add(doc["server"]["name"])
        else:
            section = rng.choice(generate.CORE)
            generate.erase(doc, section, rng.choice(["unknown", "absent", "partial"]))
            if doc["coverage"].get(section, {}).get("state") == "partial" and isinstance(doc[section], list):
                doc[section] = [r for r in doc[section] if rng.random() < 0.6]
    return seen, dark


def hidden(story):
    truth = wsus.World(story.documents, NOW)
    story.documents, dark = blindfold(story.documents, random.Random(story.seed))
    story.program.load("h", story.documents)
    findings, plan = story.look("h")
    grounded(story, plan)
    for action in plan["actions"]:
        if apply.server_of(action) in dark:
            story.say(f"{action['id']} {action['kind']} on {action['server']}, which could not be read")
        for fingerprint in action["answers"]:
            if findings[fingerprint]["result"] != "fail":
                story.say(f"{action['id']} {action['kind']} answers an unknown: {shown(findings[fingerprint])}")
        if action["kind"] == "decline":
            for name in reached(truth, apply.server_of(action)):
                if needed(truth.docs[name], action["object"]["update"]) and not expired(truth, action):
                    story.say(f"{action['id']} declines {action['object']['update']}, which {name} needs")
    story.carry_out(truth, plan)


def reached(world, name):
    """The server and the replicas that mirror it."""
    out = [name]
    for top in out:
        out += [n for n, d in world.docs.items() if d["server"]["parent"] == top and world.replica(d) and n not in out]
    return out


def needed(doc, update):
    return any(a["update"] == update and a["action"] == "install" for a in doc["approvals"]) \
        or any(r["id"] == update and (r["needed_by"] or 0) > 0 for r in doc["updates"])


def expired(world, action):
    """An expired update is declined although it is approved: nobody can install it any more."""
    return any((r["id"], r["state"]) == (action["object"]["update"], "expired") for d in world.docs.values()
               for r in d["updates"])


def one_seed(job):
    path, seed, keep = job
    story = Story(path, seed)
    kinds = collections.Counter()
    try:
        story.program.load("a", story.documents)
        plan = converges(story)
        undone(story, plan)
        grounded(story, plan)
        if seed % 2:
            hidden(story)
        kinds.update(a["kind"] for a in plan["actions"])
    except differential.Failure as failure:
        story.say(str(failure))
    if story.lines and keep:
        shutil.copytree(story.directory, os.path.join(keep, str(seed)), dirs_exist_ok=True)
    shutil.rmtree(story.directory, ignore_errors=True)
    return seed, story.lines, story.tree.applied, kinds


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wsusck", required=True)
    parser.add_argument("--seeds", default="0..199")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", help="keep the files of failed seeds there")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("..")
    jobs = [(os.path.abspath(args.wsusck), s, args.keep) for s in range(int(first), int(last or first) + 1)]
    kinds, failed = collections.Counter(), 0
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        for seed, lines, applied, some in pool.map(one_seed, jobs, chunksize=2):
            kinds.update(some)
            if lines:
                failed += 1
                print(f"seed {seed} ({', '.join(applied) or 'none'}):", *lines[:8], sep="\n", flush=True)
    print("actions: " + ", ".join(f"{k} {n}" for k, n in sorted(kinds.items())), file=sys.stderr)
    print(f"{len(jobs) - failed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
