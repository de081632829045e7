#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""collect.py WSUSCK SIM: simulated servers are collected into PostgreSQL, by two at once, and into SQLite: the same facts. What
would travel is told before, and is nothing the second time. A copy takes documents and the identity along."""
import os
import re
import sys

import lib

sys.path.insert(0, str(lib.TESTS / "sim"))
import simlib  # noqa: E402
from datetime import datetime  # noqa: E402

AT = datetime(2026, 11, 25, 5, 0, 0)


def facts(program, store, server):
    text = program.run(store, "export", server).stdout.decode()
    return [line for line in text.splitlines() if not re.search(r'"(collected_at|source)"|"digest"', line)]


def travels(program, store, config):
    text = program.run(store, "--config", config, "collect", "-q", "--only-digests").stdout.decode()
    return {name: int(chunks) for name, chunks in re.findall(r"^(\S+): (\d+) chunks of \d+ bytes$", text, re.M)}


def documents(cluster, name):
    return int(cluster.sql(name, "SELECT count(*) FROM wsusck.document"))


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        work = program.folder / "sim"
        work.mkdir()
        simlib.make_tree(str(work), AT, 150, True)
        names = ("hq", "berlin", "munich", "paris")
        with simlib.Sim(os.path.abspath(sys.argv[2]), [str(work / f"{n}.json") for n in names], str(work)) as sim:
            lite, store = f"sqlite:{program.folder}/s.db", lib.database(cluster, "collect")
            program.run(store, "store", "migrate")
            program.run(store, "--config", sim.config, "collect", "--show-identity")  # one identity for both
            before = travels(program, store, sim.config)
            assert set(before) == set(names) and min(before.values()) > 10, before
            assert program.listed(store) == []
            two = [program.start(store, "--config", sim.config, "collect", "--jobs", "3") for _ in range(2)]
            for process in two:
                lib.end(process)
            stored = program.listed(store)  # at the same time by --now: equal facts are one snapshot
            assert {row["server"] for row in stored} == set(names), stored
            program.run(lite, "--config", sim.config, "collect")
            for name in names:
                assert facts(program, store, name) == facts(program, lite, name), name
            after = travels(program, store, sim.config)
            assert max(after.values()) <= 2, after  # the time of looking
            cached = documents(cluster, "collect")
            assert cached > 50
        program.run(store, "store", "verify")
        copy = lib.database(cluster, "copied")
        told = program.run(store, "store", "copy", store, copy).stdout.decode()
        assert re.match(rf"copied {len(stored)} snapshots \(0 were there\), {cached} documents, [1-9]\d* values$", told), told
        assert documents(cluster, "copied") == cached
        assert cluster.sql("copied", "SELECT * FROM wsusck.meta ORDER BY 1").replace("\n", " ").split("wsusck.tally")[0] == \
            cluster.sql("collect", "SELECT * FROM wsusck.meta ORDER BY 1").replace("\n", " ").split("wsusck.tally")[0]
        program.run(copy, "store", "verify")
    print("collected by two at once as by one into SQLite; told before what travels; copied with documents and identity")


main()
