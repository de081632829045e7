#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""story.py WSUSCK: what is published is what `check` reports, look after look: a finding opens, stays, cannot be looked at,
goes and comes again, in PostgreSQL and in SQLite, with the same rows in both."""
import json
import sys

import rows
from rows import lib

STORY = """
server hq
server ber parent=hq
server mun parent=ber
update u[1..3]
approval u[1..3]
REPAIRED
@ber,mun drop approval u1
REPAIRED
@mun drop approval u2
REPAIRED
@ber coverage approvals=unknown:broken
REPAIRED
@ber coverage approvals=complete
REPAIRED
@ber,mun approval u1
REPAIRED
@ber,mun drop approval u1
REPAIRED
@mun drop sync *
@mun sync -1h
"""


def counted(report):
    """(server, severity or result) -> number, as the report says."""
    out = {}
    for f in report["findings"]:
        key = (f["server"].rpartition("/")[2], f["severity"] if f["result"] == "fail" else f["result"])
        out[key] = out.get(key, 0) + 1
    return out


def hold(target, report):
    seen = {}
    for server, severity, result, n in target.ask(
            "SELECT server, severity, result, count(*) FROM wsusck_rows.open_findings WHERE seen GROUP BY 1, 2, 3"):
        key = (server, severity if result == "fail" else result)
        seen[key] = seen.get(key, 0) + int(n)
    assert seen == counted(report), (seen, counted(report))
    for row in target.ask("SELECT server, errors, warnings, notes, unknown, waived FROM wsusck_rows.server"):
        told = tuple(counted(report).get((row[0], k), 0) for k in ("error", "warning", "note", "unknown", "waived"))
        assert tuple(map(int, row[1:])) == told, (row, told)
    prints = sorted(f["fingerprint"] for f in report["findings"])
    assert sorted(p for p, in target.ask("SELECT fingerprint FROM wsusck_rows.open_findings WHERE seen")) == prints


def look(program, store, targets, now):
    report = json.loads(program.run(store, "check", "--format", "json", "--now", now, expect=(0, 1, 3)).stdout)
    for target in targets:
        said = program.run(store, "publish", "--to", target.uri, "--now", now, "--rows", "updates,approvals").stdout
        assert said.startswith(b"published to "), said
        hold(target, report)
    first, *others = [rows.everything(t) for t in targets]
    for other in others:
        for table in rows.TABLES:
            assert first[table] == other[table], f"{table}:\n{first[table]}\n{other[table]}"
    return report


def approvals(target, server="ber", rule="WCK4001"):
    """The life of the finding about u1: (episode, first, last, closed) each time."""
    u1 = rows.scenarios.guid("u1")
    return target.ask(f"SELECT episode, {target.cell('first_seen', 'TIME')}, {target.cell('last_seen', 'TIME')}, "
                      f"{target.cell('closed_at', 'TIME')} FROM wsusck_rows.finding WHERE server = '{server}' "
                      f"AND rule = '{rule}' AND update_id = '{u1}' ORDER BY episode")


def story(program, targets):
    store = f"sqlite:{program.folder}/s.db"
    times = []
    for n, phase in enumerate(rows.scenario(program.folder, STORY).phases):
        times.append(rows.import_phase(program, store, phase, n))
        look(program, store, targets, times[-1])
        ms = [t.replace("Z", ".000Z") for t in times]
        for target in targets:
            lives = approvals(target)
            want = [[],
                    [("1", ms[1:2], None, None)],
                    [("1", ms[1:2], None, None)],
                    [("1", ms[1:2], ms[2:3], None)],  # could not be looked at: stays open
                    [("1", ms[1:2], None, None)],
                    [("1", ms[1:2], ms[4:5], ms[5:6])],
                    [("1", ms[1:2], ms[4:5], ms[5:6]), ("2", ms[6:7], None, None)],
                    [("1", ms[1:2], ms[4:5], ms[5:6]), ("2", ms[6:7], None, None)]][n]
            want = [tuple(v[0] if isinstance(v, list) else v for v in life) for life in want]
            assert lives == want, f"look {n}: {lives}, not {want}"
    for target in targets:
        looks = target.ask("SELECT server, count(*) FROM wsusck_rows.count_history GROUP BY server ORDER BY server")
        assert looks == [(s, str(len(times))) for s in ("ber", "hq", "mun")], looks
        runs = target.ask("SELECT server, count(*) FROM wsusck_rows.sync_run GROUP BY server ORDER BY server")
        assert runs == [("ber", "1"), ("hq", "1"), ("mun", "2")], runs  # what mun forgot is kept
        unknown = target.ask("SELECT approvals, approvals_coverage FROM wsusck_rows.server WHERE server = 'ber'")
        assert unknown == [("2", "complete")], unknown
        then = target.ask("SELECT count(*) FROM wsusck_rows.count_history WHERE server = 'ber' AND approvals IS NULL")
        assert then == [("1",)], then
    print(f"{len(times)} looks: as check says, the same rows in both, and every finding keeps its time")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        targets = [rows.Postgres(cluster, "story"), rows.Sqlite(program.folder)]
        story(program, targets)
        for target in targets:
            target.close()


if __name__ == "__main__":
    main()
