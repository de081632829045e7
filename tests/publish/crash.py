#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""crash.py WSUSCK: a publish that is killed leaves the old state, or has made the new one, in both databases; several at once come
one after the other, also where the tables are not there yet. WCK_PUBLISH_KILLS: how many of each (default 3; more: 50)."""
import os
import signal
import sys
import time

import rows
from rows import lib

KILLS = int(os.environ.get("WCK_PUBLISH_KILLS", "3"))
ROWS = ("--rows", "updates,approvals")
STORY = """server hq
server ber parent=hq
update u[1..800]
approval u[1..800]
REPAIRED
@ber drop approval u[1..300]
"""


def two_stores(program):
    """The same tree before and after a change, with the time to look at each."""
    out = []
    for n, phase in enumerate(rows.scenario(program.folder, STORY).phases):
        store = f"sqlite:{program.folder}/crash{n}.db"
        out.append((store, rows.import_phase(program, store, phase, f"crash{n}")))
    return out


def same(a, b):
    """But for the time of the look: the same states are published at other times."""
    return all([r for r in a[t]] == [r for r in b[t]] for t in rows.TABLES)


def killed(program, target, stores):
    """The later state comes over the earlier one, and is killed after a part of the time it takes."""
    (old, t0), (new, t1) = stores
    program.run(old, "publish", "--to", target.uri, "--now", t0, *ROWS)
    before = rows.everything(target)
    began = time.monotonic()
    program.run(new, "publish", "--to", target.uri, "--now", t1, *ROWS)
    took = time.monotonic() - began
    after = rows.everything(target)
    assert not same(before, after)
    seen = {"old": 0, "new": 0}
    for n in range(KILLS):
        fresh(target)
        program.run(old, "publish", "--to", target.uri, "--now", t0, *ROWS)
        assert same(rows.everything(target), before), "publishing is not the same twice"
        process = program.start(new, "publish", "--to", target.uri, "--now", t1, *ROWS)
        time.sleep(took * (0.4 + 0.7 * (n + 1) / KILLS))
        process.send_signal(signal.SIGKILL)
        lib.end(process, expect=(0, -signal.SIGKILL))
        state = rows.everything(target)  # waits until the server has given up what the dead one held
        assert same(state, before) or same(state, after), f"kill {n}: neither old nor new"
        seen["old" if same(state, before) else "new"] += 1
    program.run(new, "publish", "--to", target.uri, "--now", t1, *ROWS)
    assert same(rows.everything(target), after)
    print(f"killed {KILLS} times: {seen['old']} times the old state, {seen['new']} times the new one")


def fresh(target):
    if isinstance(target, rows.Postgres):
        target.say("SET client_min_messages = error; DROP SCHEMA wsusck_rows CASCADE")
    else:
        target.path.unlink()


def at_once(program, target, stores):
    """Four that find nothing there, then four over what is there."""
    store, now = stores[0]
    for _ in range(2):
        for process in [program.start(store, "publish", "--to", target.uri, "--now", now, *ROWS) for _ in range(4)]:
            lib.end(process)
    several = rows.everything(target)
    fresh(target)
    program.run(store, "publish", "--to", target.uri, "--now", now, *ROWS)
    assert same(rows.everything(target), several)
    print("several at once are as one")


def earlier(program, target, stores):
    """A look that comes late does not take back what a later one told."""
    for store, now in reversed(stores):
        last = program.run(store, "publish", "--to", target.uri, "--now", now, expect=(0, 2))
        if now == stores[1][1]:
            state = rows.everything(target)
    assert last.returncode == 2 and b"later look" in last.stderr, last.stderr
    assert same(rows.everything(target), state)


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        stores = two_stores(program)
        for target in (rows.Postgres(cluster, "crash"), rows.Sqlite(program.folder, "crash-rows")):
            killed(program, target, stores)
            fresh(target)
            at_once(program, target, stores)
            fresh(target)
            earlier(program, target, stores)
            target.close()


main()
