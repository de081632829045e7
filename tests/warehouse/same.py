#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""same.py WSUSCK: what is stored in PostgreSQL is what is stored in SQLite: equal digests, and every command says the same,
byte by byte; also after dump and restore. WCK_WAREHOUSE_TREES: how many random trees, and of every which scenario
(default 2; more: 100)."""
import json
import os
import pathlib
import sys

import lib
import run as scenarios

TREES = int(os.environ.get("WCK_WAREHOUSE_TREES", "2"))


def ask(program, store):
    """Everything that may be asked, with the answers."""
    answers = {}
    for arguments in (("snapshot", "list", "--format", "json"), ("check", "--format", "json"),
                      ("check", "--format", "json", "--verify"), ("check", "--format", "json", "--jobs", "3"), ("history",)):
        done = program.run(store, *arguments, expect=(0, 1, 2, 3))
        answers[" ".join(arguments)] = (done.returncode, done.stdout)
    for server in sorted({row["server"] for row in program.listed(store)})[-1:]:
        answers["export " + server] = (0, program.run(store, "export", "--", server).stdout)
    program.run(store, "store", "verify")
    return answers


def hold(name, a, b):
    for question in a:
        assert a[question] == b[question], f"{name}: {question}:\n{a[question]}\n{b[question]}"
    assert a["check --format json"] == a["check --format json --verify"] == a["check --format json --jobs 3"], name


def empty(cluster):
    cluster.sql("postgres", "SET client_min_messages = error; DROP SCHEMA IF EXISTS wsusck CASCADE")


def documents_of(tree):
    for n, generation in enumerate([d for docs in tree.before.values() for d in docs], 1):
        yield f"before-{n}", generation
    for doc in tree.now:
        yield doc["server"]["name"], doc


def random_trees(program, cluster):
    for seed in range(TREES):
        folder = program.folder / f"tree{seed}"
        folder.mkdir()
        files = [lib.write(folder, f"{i:02}", doc) for i, (name, doc) in enumerate(documents_of(lib.generate.make(seed)))]
        stores = f"sqlite:{folder}/s.db", cluster.uri()
        empty(cluster)
        for store in stores:
            program.run(store, "import", *files)
        first, second = (ask(program, store) for store in stores)
        hold(f"seed {seed}", first, second)
        if seed == 0:
            program.first = first
            shards(program, stores[1], first["check --format json"][1])
    print(f"{TREES} random trees are the same in both")


def shards(program, store, whole):
    """The parts together say what the whole says."""
    report = json.loads(whole)
    for n in range(2, len(report["servers"]) + 1):
        parts = [json.loads(program.run(store, "check", "--format", "json", "--shard", f"{i}/{n}", expect=(0, 1, 3)).stdout)
                 for i in range(1, n + 1)]
        together = [f for part in parts for f in part["findings"]]
        assert sorted(map(json.dumps, together)) == sorted(map(json.dumps, report["findings"])), (n, together)


def scenario_trees(program, cluster):
    paths = sorted((lib.TESTS / "scenario").rglob("*.test"))[::max(1, 480 // TREES)]
    for n, path in enumerate(paths):
        folder = program.folder / f"scenario{n}"
        folder.mkdir()
        stores = f"sqlite:{folder}/s.db", cluster.uri()
        empty(cluster)
        for g, generation in enumerate(scenarios.Scenario(pathlib.Path(path)).generations):
            files = [lib.write(folder, f"{g}-{name}", text) for name, text in generation]
            for store in stores:
                program.run(store, "import", *files)
        hold(path.name, *(ask(program, store) for store in stores))
    print(f"{len(paths)} scenarios are the same in both")


def dump_and_restore(program, cluster):
    store = cluster.uri()
    before = ask(program, store)
    text = cluster.run("pg_dump", *cluster.where(), "-d", "postgres", "--schema=wsusck")
    restored = lib.database(cluster, "restored")
    cluster.sql("restored", text)
    hold("restored", before, ask(program, restored))
    last = program.listed(restored)
    doc = lib.generate.make(77).now[0]
    doc["server"]["name"] = "one more"
    program.run(restored, "import", lib.write(program.folder, "more", doc))
    assert max(r["id"] for r in program.listed(restored)) == max(r["id"] for r in last) + 1
    program.run(restored, "store", "verify")
    print("dump and restore: the same, and it goes on")


def copies(program, cluster):
    """From SQLite to PostgreSQL and back; then into a store that holds some of it."""
    empty(cluster)
    there, back, store = "sqlite:" + str(program.folder / "tree0/s.db"), f"sqlite:{program.folder}/back.db", cluster.uri()
    before = program.first
    program.run(store, "store", "migrate")
    program.run(store, "store", "copy", there, store)
    hold("copied", before, ask(program, store))
    program.run(store, "store", "copy", store, back)
    assert program.run(back, "check", "--format", "json", expect=(0, 1, 3)).stdout == before["check --format json"][1]
    again = program.run(store, "store", "copy", back, store).stdout.decode()
    assert again.startswith("copied 0 snapshots"), again
    rows = program.listed(store)
    program.run(store, "snapshot", "prune", "--keep", 1)
    program.run(back, "snapshot", "prune", "--keep", 1)
    assert program.listed(store) == program.listed(back)
    program.run(store, "store", "copy", there, store)
    assert sorted(r["digest"] for r in program.listed(store)) == sorted(r["digest"] for r in rows)
    program.run(store, "store", "verify")
    print("copied to PostgreSQL and back: the same")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        random_trees(program, cluster)
        scenario_trees(program, cluster)
        dump_and_restore(program, cluster)
        copies(program, cluster)


main()
