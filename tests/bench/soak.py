# SPDX-License-Identifier: MIT
"""soak.py: one small tree that drifts, imported a thousand times: the store grows with what changes, no process grows."""
import copy
import json
import os
import random
import statistics

from common import Failure, Folder, call, call_json, met, stopwatch, tool
from growth import disk_usage

COLLECTIONS, UPDATES, KEPT = 1000, 2000, 10
CHANGES = (0, 1, 10, 100)  # rows that change from one collection to the next, in turn


class Tree:
    """One server as JSON Lines; a change is what an administrator or a synchronization does to a row."""

    def __init__(self, options, directory, updates):
        call_json([tool(options, "bench_json"), "make", directory, str(updates)])
        with open(os.path.join(directory, "snapshot.jsonl"), encoding="utf-8") as lines:
            self.head, *rows = [json.loads(line) for line in lines]
        self.rows = rows
        self.updates, self.approvals = ([r["row"] for r in rows if r.get("section") == section]
                                        for section in ("updates", "approvals"))
        self.luck = random.Random(42)

    def change(self, n):
        for row in self.luck.sample(self.updates, n - n // 2) + self.luck.sample(self.approvals, n // 2):
            if "title" in row:
                row["revision"] += 1
            else:
                row["action"] = "block" if row["action"] == "install" else "install"

    def write(self, path, turn):
        head = copy.deepcopy(self.head)
        day, hour = divmod(turn * 6, 24)
        head["server"]["collected_at"] = head["server"]["server_time"] = \
            f"{2024 + day // 336}-{1 + day % 336 // 28:02}-{1 + day % 28:02}T{hour:02}:00:00Z"
        with open(path, "w", encoding="utf-8") as out:
            for row in [head, *self.rows]:
                out.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False) + "\n")


def one_pass(options, directory, updates, collections, keep):
    """keep: snapshots that stay, 0 = all. A step: rows changed, growth of the store, peak memory, seconds."""
    tree, steps = Tree(options, directory, updates), []
    store, path = os.path.join(directory, f"keep-{keep}.db"), os.path.join(directory, "now.jsonl")
    base = [options.wsusck, "--store", f"sqlite:{store}", "--quiet"]
    size = 0
    for turn in range(collections):
        changed = CHANGES[turn % len(CHANGES)] if turn else 0
        tree.change(changed)
        tree.write(path, turn)
        took = stopwatch(options, os.path.join(directory, "times"), [[*base, "import", path]])
        if keep and turn >= keep:
            call([*base, "snapshot", "prune", "--keep", str(keep)])
        before, size = size, disk_usage(store)
        steps.append({"turn": turn, "changed": changed, "grown": size - before, "size": size, **took})
    return steps


def edges(steps, key):
    """Medians over the first and the last tenth, without the very first."""
    n = max(1, len(steps) // 10)
    return statistics.median(s[key] for s in steps[1:n + 1]), statistics.median(s[key] for s in steps[-n:])


def growth(steps):
    """Mean bytes a collection for each number of changes."""
    return {c: statistics.mean(s["grown"] for s in steps[1:] if s["changed"] == c) for c in CHANGES}


def soak(options, updates, collections, kept):
    with Folder(options, "soak") as directory:
        all_kept = one_pass(options, directory, updates, collections, 0)
        bounded = one_pass(options, directory, updates, min(collections, 300), kept)
    third = len(bounded) // 3
    return {"part": "soak", "collections": collections, "updates": updates, "first_bytes": all_kept[0]["size"],
            "last_bytes": all_kept[-1]["size"], "grown_per_collection": growth(all_kept),
            "peak_mib": [k / 1024 for k in edges(all_kept, "peak_kib")], "cpu_s": edges(all_kept, "cpu_s"),
            "kept": kept, "kept_bytes": [max(s["size"] for s in bounded[third:2 * third]),
                                         max(s["size"] for s in bounded[2 * third:])]}


def run(options):
    r = soak(options, UPDATES, options.collections or COLLECTIONS, KEPT)
    print(f"\nsoak: {r['collections']} collections of one server with {r['updates']} updates: store {r['first_bytes'] / 1024:.0f} "
          f"KiB after the first, {r['last_bytes'] / 1024:.0f} KiB after the last")
    for changed, grown in r["grown_per_collection"].items():
        print(f"  {changed:4} rows changed: {grown:9.0f} bytes a collection" +
              (f", {grown / changed:.0f} a row" if changed else ""))
    print(f"  processor time of an import: first tenth {r['cpu_s'][0] * 1e3:.1f} ms, last {r['cpu_s'][1] * 1e3:.1f} ms")
    print(met("soak, memory of an import, last tenth against the first", r["peak_mib"][1] / r["peak_mib"][0], 1.05, "x",
              least=False))
    print(met(f"soak, {r['kept']} snapshots kept, size of the last third against the middle one",
              r["kept_bytes"][1] / r["kept_bytes"][0], 1.05, "x", least=False))
    yield r


def smoke(options):
    r = soak(options, 200, 5, 2)
    grown = r["grown_per_collection"]
    if not grown[0] < grown[100]:
        raise Failure(f"a collection without changes grows the store more than one with 100: {grown}")
    yield f"soak: {r['collections']} collections"
