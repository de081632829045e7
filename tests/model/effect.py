#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""effect.py: the oracle agrees with wsusck on the findings of a tree and on what the plan for it brings about.

model_story makes trees from seeds, wsusck's report and plan for each, and the servers after its own model carried the
plan out. Here, from the documents alone and with nothing of src/ or of that model:

1. the naive oracle (oracle/oracle.py) finds what the report says;
2. wsus.World, a second model of WSUS, carries the plan out: no step is refused, and what comes out is the same;
3. what the oracle finds on that is a note, was manual, or came along with a synchronization.

    python3 effect.py --story PATH [--seeds 0..1999] [--jobs N]
"""
import argparse
import concurrent.futures
import copy
import glob
import json
import os
import subprocess
import sys
import tempfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "oracle"))
import apply  # noqa: E402
import differential  # noqa: E402
import generate  # noqa: E402
import oracle  # noqa: E402
import wsus  # noqa: E402

VERDICTS = {3001, 3002, 3010, 3011, 3012, 3013, 3030, 3031}
FIELDS = dict(zip(oracle.OBJECT_FIELDS, range(len(oracle.OBJECT_FIELDS))))


def load(folder, name):
    with open(os.path.join(folder, name), encoding="utf-8") as f:
        return json.load(f)


def documents(folder, when):
    return [load(folder, os.path.basename(n)) for n in sorted(glob.glob(f"{folder}/{when}-*.json"))]


def update_of(finding):
    return finding[4][FIELDS["update"]]


def place(finding):
    return (finding[3], *(finding[4][FIELDS[f]] for f in ("update", "group", "category", "language", "eula")))


class Story:
    def __init__(self, folder):
        self.lines = []
        self.before, self.now, self.after = (documents(folder, when) for when in (0, 1, 2))
        self.report, self.plan = load(folder, "report.json"), load(folder, "plan.json")

    def findings(self):
        self.first = oracle.check(self.before + self.now, generate.NOW)
        self.lines += differential.compare(self.first, differential.findings_of(self.report), True)

    def effect(self):
        world = wsus.World(self.before + self.now, generate.NOW)
        for action in self.plan["actions"]:
            try:
                apply.do(world, action)
            except (wsus.Refused, apply.Skipped) as why:
                self.lines.append(f"  {action['id']} {action['kind']} on {action['server']}: {why}")
        world.scheduled()
        theirs = wsus.World(self.after, generate.NOW)
        self.lines += [f"  after: {line}" for line in apply.difference(apply.facts(world), apply.facts(theirs))]
        return world

    def what_is_left(self, world):
        later = copy.deepcopy(list(world.docs.values()))
        for doc in later:
            doc["server"].update(collected_at=world.tick(), server_time=None)
        second = oracle.check(self.now + later, world.tick())
        manual = {m["fingerprint"] for m in self.plan["manual"]}
        by_hand = {place(next(iter(differential.findings_of({"findings": [f]}))))
                   for f in self.report["findings"] if f["fingerprint"] in manual}
        altered = {update_of(f) for f in second if f[0] == 3022}
        for f in sorted(second, key=str):
            if f[2] == "fail" and f[1] != "note" and place(f) not in by_hand and update_of(f) not in altered \
                    and not self.came_along(f):
                self.lines.append(f"  still there: {differential.show(f)}")

    def came_along(self, f):
        """It was folded into another finding, or nothing was to be told there (see test_properties.c)."""
        rule, path = f[0], f[3]
        upstream, _, name = path.rpartition("/")
        docs = {d["server"]["name"]: d for d in self.now}
        update, here, above = update_of(f), docs[name], docs.get(upstream.split("/")[-1])
        blocked = {g[3] for g in self.first if g[0] in (9001, 9004, 9005)}
        if rule == 3033 or path in blocked or upstream in blocked or any(g[0] == 6003 and g[3] == path for g in self.first):
            return True
        if update is None or above is None:
            return False
        if any(g[0] in VERDICTS and g[3] == path and update_of(g) == update for g in self.first):
            return True
        listed = [any(r["id"] == update for r in d["updates"]) for d in (here, above)]
        unread = above["coverage"].get("updates", {}).get("state") not in ("complete", "partial")
        return unread and not listed[0] or rule == 3031 and not listed[1]


def one(folder):
    story = Story(folder)
    story.findings()
    world = story.effect()
    story.what_is_left(world)
    return os.path.basename(folder), story.lines, len(story.plan["actions"])


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--story", required=True)
    parser.add_argument("--seeds", default=os.environ.get("WSUSCK_MODEL_SEEDS", "0..299"))
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    args = parser.parse_args()
    failed = actions = 0
    with tempfile.TemporaryDirectory() as folder, concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        subprocess.run([args.story, args.seeds, folder], check=True)
        stories = sorted(glob.glob(folder + "/*"), key=lambda p: int(os.path.basename(p)))
        for seed, lines, n in pool.map(one, stories, chunksize=8):
            actions += n
            failed += bool(lines)
            if lines and failed <= 12:
                print(f"seed {seed}:", *lines[:8], sep="\n", flush=True)
    print(f"{len(stories) - failed} passed, {failed} failed, {actions} actions carried out")
    return 1 if failed or actions == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
