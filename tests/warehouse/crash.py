#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crash.py WSUSCK: the server is killed, and the client is, while snapshots travel; several put, remove and look at once.
What is there afterwards is whole, and whoever comes next goes on. WCK_WAREHOUSE_KILLS: how many kills of the server that
hit (default 2; more: 50), WCK_WAREHOUSE_ROUNDS: rounds of all at once (default 1; more: 20)."""
import copy
import os
import pathlib
import signal
import subprocess
import sys
import time

import lib

sys.path.insert(0, str(lib.TESTS / "sim"))
import simlib  # noqa: E402
from datetime import datetime  # noqa: E402

KILLS = int(os.environ.get("WCK_WAREHOUSE_KILLS", "2"))
ROUNDS = int(os.environ.get("WCK_WAREHOUSE_ROUNDS", "1"))


def large(folder):
    """A document whose chunks take several batches."""
    simlib.make_tree(str(folder), datetime(2026, 11, 20), 4000, True)
    return pathlib.Path(folder, "hq.json")


def server_killed(program, cluster, document, small):
    store = lib.database(cluster, "killed")
    program.run(store, "import", small)
    before = program.listed(store)
    started = time.monotonic()
    program.run(store, "import", document)
    lasts, whole = time.monotonic() - started, program.listed(store)
    hits, n, told = 0, 0, set()
    while hits < KILLS:
        new = [row for row in program.listed(store) if row not in before]
        if new:
            program.run(store, "snapshot", "remove", *[row["id"] for row in new])
        process = program.start(store, "import", document)
        time.sleep(lasts * (0.3 + 0.7 * (n * 0.381966 % 1)))  # anywhere: whatever comes out must be right
        n += 1
        cluster.kill()
        text = lib.end(process, expect=(0, 2))
        cluster.start()
        program.run(store, "store", "verify")
        found = [{**row, "id": 0} for row in program.listed(store)]
        assert found in ([{**row, "id": 0} for row in before], [{**row, "id": 0} for row in whole]), found
        if process.returncode == 0:
            assert len(found) == len(whole), "it said that it stored the snapshot"
        else:
            assert "could not" in text and "hint: " in text, text
            hits += "could not open" not in text  # it was connected
            told.add(text.splitlines()[0].rpartition(": ")[2])
        assert n < 20 * KILLS, f"only {hits} of {n} kills hit"
    program.run(store, "import", document)
    assert [row["digest"] for row in program.listed(store)] == [row["digest"] for row in whole]
    orphans = cluster.sql("killed", "SELECT count(*) FROM wsusck.chunk").strip()
    program.run(store, "snapshot", "remove", *[row["id"] for row in program.listed(store)])
    left = cluster.sql("killed", "SELECT count(*) FROM wsusck.chunk").strip()
    assert left == "0" and int(orphans) > 100, (orphans, left)
    print(f"server killed while a snapshot travelled, {hits} of {n} times: {sorted(told)}")


def client_killed(program, cluster, document):
    store = lib.database(cluster, "client")
    program.run(store, "snapshot", "list", expect=(2,))
    for i, number in enumerate((signal.SIGKILL, signal.SIGINT, signal.SIGKILL, signal.SIGSTOP)):
        process = program.start(store, "import", document)
        time.sleep(0.05 + 0.1 * i)
        process.send_signal(number)
        if number == signal.SIGSTOP:  # it holds what it holds; who only looks does not wait
            program.run(store, "snapshot", "list", expect=(0, 2))
            process.kill()
        process.communicate(timeout=60)
        if os.environ.get("WCK_WAREHOUSE_VERBOSE"):
            print(number, process.returncode)
    program.run(store, "import", document)
    program.run(store, "store", "verify")
    assert len(program.listed(store)) == 1
    print("client killed: the next one goes on")


def interrupted(program, cluster, small):
    """Ctrl-C while another holds the lock that the client waits for."""
    store = lib.database(cluster, "waits")
    program.run(store, "store", "migrate")
    holder = subprocess.Popen([*cluster.prefix, f"{cluster.bin}/psql", *cluster.where(), "-XqAt", "-d", "waits"],
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=cluster.folder)
    holder.stdin.write("BEGIN; SELECT pg_advisory_xact_lock(2003002219, 2), 'held';\n")
    holder.stdin.flush()
    assert "held" in holder.stdout.readline()
    process = program.start(store, "import", small)
    while cluster.sql("waits", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted").strip() == "0":
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    text = lib.end(process, expect=(130,))
    assert "interrupted while waiting" in text, text
    assert program.listed(store) == []
    process = program.start(store, "import", small)
    holder.communicate("COMMIT;\n")
    lib.end(process)
    assert len(program.listed(store)) == 1
    print("interrupted while it waits for another")


def versions(folder, n):
    """Documents of one server that share most of their chunks."""
    doc = lib.generate.make(5, 0).now[0]
    for u in range(60):
        doc["updates"].append({**copy.deepcopy(doc["updates"][0]), "id": f"{u * 4 % 256:02x}000000-0000-4000-8000-{u:012x}",
                               "revision": 1})
    files = []
    for i in range(n):
        doc["server"]["collected_at"] = lib.generate.at(100 - i)
        doc["server"]["name"] = f"s{i % 3}"
        doc["updates"][-1 - i % 50]["title"] = f"title {i}"
        files.append(lib.write(folder, f"v{i}", doc))
    return files


def all_at_once(program, cluster, kept):
    store = lib.database(cluster, "busy")
    files = versions(program.folder, 12)
    program.run(store, "import", kept)
    (kept,) = (row["id"] for row in program.listed(store))

    def others():
        return [row for row in program.listed(store) if row["id"] != kept]

    for round_ in range(ROUNDS):
        program.run(store, "import", files[round_ % 12])
        victims = [row["id"] for row in others()]
        work = [program.start(store, "import", f) for f in files[:8]]
        work += [program.start(store, "import", *files[4:])]
        work += [program.start(store, "check"), program.start(store, "snapshot", "remove", *victims),
                 program.start(store, "check", "--verify", "--jobs", "2"), program.start(store, "store", "verify")]
        for process in work:
            lib.end(process, expect=(0, 1, 3))
        program.run(store, "store", "verify")
        found = {(row["server"], row["collected_at"]) for row in others()}
        assert len(found) >= 12 - len(victims), found  # the removed may have been put again before or after
        program.run(store, "import", *files)
        assert len(others()) == 12
        program.run(store, "snapshot", "remove", *[row["id"] for row in others()[1:]])
        program.run(store, "store", "verify")
    program.run(store, "snapshot", "remove", *[row["id"] for row in program.listed(store)])
    assert cluster.sql("busy", "SELECT count(*) FROM wsusck.chunk").strip() == "0"
    print(f"{ROUNDS} rounds of nine who put, one who removes and three who look, at once")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        document = large(program.folder)
        small = lib.write(program.folder, "small", lib.generate.make(1, 0).now[0])
        all_at_once(program, cluster, small)
        client_killed(program, cluster, document)
        interrupted(program, cluster, small)
        server_killed(program, cluster, document, small)


main()
