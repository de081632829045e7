#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""guard.py WSUSCK: what must not be touched is not; hostile text arrives as it is; named servers leave the others alone; rows of
updates are written anew only where facts changed; random trees give the same rows in both databases. WCK_PUBLISH_TREES: how many
(default 2)."""
import json
import os
import sqlite3
import sys

import rows
import story
from rows import lib

TREES = int(os.environ.get("WCK_PUBLISH_TREES", "2"))
HEALTHY = "server hq\nserver ber parent=hq\nserver mun parent=hq\nupdate u[1..3]\napproval u[1..3]\n"
HOSTILE = ["'; DROP TABLE wsusck_rows.server; --", "\\.", "\\N", "a\tb\nc\rd", "$1 %s ${x} $$;", 'say "hi" \\\\', "\u202eleft \u0000"[:-1],
           "naïve 日本語 🙂", "\x01\x1f\x7f", "", "a" * 3000, "--\n\\.\n", "NULL", "{\"a\": 1}", "COPY x FROM PROGRAM 'id'"]


def refused(program, store, *arguments, hint=None, code=2, **more):
    done = program.run(store, "publish", *arguments, expect=(code,), **more)
    text = done.stderr.decode()
    assert not done.stdout and (code == 64 or text.startswith("wsusck: could not ")), text
    assert hint is None or hint in text, text
    return text


def untouched(program, store, path, hint=None):
    before = path.read_bytes()
    refused(program, store, "--to", f"sqlite:{path}", hint=hint)
    assert path.read_bytes() == before and not list(path.parent.glob(path.name + "-*")), path


def places(program, store, cluster):
    folder = program.folder
    untouched(program, store, folder / "s.db", "not touched")
    with sqlite3.connect(folder / "other.db") as db:
        db.execute("CREATE TABLE server (server TEXT)")
    db.close()
    untouched(program, store, folder / "other.db", "not touched")
    for name, text in ("text", "a letter\n" * 200), ("one", "x"):
        (folder / name).write_text(text)
        untouched(program, store, folder / name, "not touched")
    rows_db = rows.Sqlite(folder, "newer")
    program.run(store, "publish", "--to", rows_db.uri)
    with sqlite3.connect(rows_db.path) as db:
        db.execute("PRAGMA user_version = 2")
    db.close()
    untouched(program, store, rows_db.path, "Use that version")
    refused(program, store, "--to", f"sqlite:{folder}/no/such/rows.db")
    refused(program, store, "--to", f"sqlite:{folder}")
    refused(program, store, "--to", "mysql://u:geheim@h/d", hint="sqlite:PATH")
    for uri in (f"postgresql://wsus:geheim@localhost/postgres?host={cluster.folder}", "postgresql://wsus:geheim@127.0.0.1:1/x",
                "postgresql://[geheim"):
        assert "geheim" not in refused(program, store, "--to", uri)
    refused(program, store, code=64)
    refused(program, store, "--to", rows_db.uri, "--rows", "files", code=64)
    refused(program, store, "--to", rows_db.uri, "--rows", "", code=64)
    refused(program, f"sqlite:{folder}/none.db", "--to", rows_db.uri)
    print("files that are not ours are left as they are, and no password is printed")


def schemas(program, store, cluster):
    target = rows.Postgres(cluster, "alien")
    target.say("CREATE SCHEMA wsusck_rows; CREATE TABLE wsusck_rows.server (server text)")
    refused(program, store, "--to", target.uri, hint="not touched")
    assert target.ask("SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace "
                      "WHERE nspname = 'wsusck_rows'") == [("1",)]
    target.say("DROP TABLE wsusck_rows.server; CREATE FUNCTION wsusck_rows.f() RETURNS int LANGUAGE sql AS 'SELECT 1'")
    refused(program, store, "--to", target.uri, hint="not touched")
    target.say("DROP FUNCTION wsusck_rows.f()")  # an empty schema of the role is taken
    program.run(store, "publish", "--to", target.uri)
    target.say("UPDATE wsusck_rows.publication SET version = 2")
    refused(program, store, "--to", target.uri, hint="Use that version")
    target.say("UPDATE wsusck_rows.publication SET version = 1; CREATE ROLE reader LOGIN; "
               "GRANT USAGE ON SCHEMA wsusck_rows TO reader; GRANT SELECT ON ALL TABLES IN SCHEMA wsusck_rows TO reader")
    before = rows.everything(target)
    refused(program, store, "--to", cluster.uri(target.name, user="reader"), hint="rights")
    target.say("ALTER TABLE wsusck_rows.server RENAME COLUMN source TO other")
    refused(program, store, "--to", target.uri, hint="as wsusck made it")
    target.say("ALTER TABLE wsusck_rows.server RENAME COLUMN other TO source")
    refused(program, store, "--to", target.uri, "nobody")
    assert rows.everything(target) == before
    empty = rows.Postgres(cluster, "nothing")
    refused(program, f"sqlite:{program.folder}/none.db", "--to", empty.uri)
    refused(program, store, "--to", empty.uri, "nobody")
    assert empty.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'wsusck_rows'") == [("0",)]
    for t in (target, empty):
        t.close()
    print("schemas that are not ours, and roles without rights, change nothing")


def own_database(program, cluster):
    """Without --to, beside the store."""
    target = rows.Postgres(cluster, "store")
    phase = rows.scenario(program.folder, HEALTHY).phases[0]
    now = rows.import_phase(program, target.uri, phase, "own")
    program.run(target.uri, "publish", "--now", now)
    assert target.ask("SELECT count(*) FROM wsusck_rows.server") == [("3",)]
    program.run(target.uri, "store", "verify")
    earlier = now.replace("2026", "2025")
    refused(program, target.uri, "--now", earlier, hint="later look") if earlier != now else None
    target.close()


def some_servers(program, targets):
    """Named servers only; then one that is gone from the store."""
    store = f"sqlite:{program.folder}/some.db"
    text = HEALTHY + "REPAIRED\n@ber,mun drop approval u1\nREPAIRED\n@ber,mun drop approval u2\n"
    phases = rows.scenario(program.folder, text).phases
    times = [rows.import_phase(program, store, phases[0], "some0")]
    for t in targets:
        program.run(store, "publish", "--to", t.uri, "--now", times[0], "--rows", "approvals")
    times.append(rows.import_phase(program, store, phases[1], "some1"))
    for t in targets:
        before = rows.everything(t)
        said = program.run(store, "publish", "ber", "--to", t.uri, "--now", times[1], "--rows", "approvals").stdout.decode()
        assert "1 servers, 1 findings (1 new, 0 gone); 0 updates and 2 approvals" in said, said
        after = rows.everything(t)
        for table in rows.TABLES:
            others = [[r for r in state[table] if "ber" not in r] for state in (before, after)]
            assert others[0] == others[1], f"{table}: {others}"
        whole = t.ask("SELECT whole, count(*) FROM wsusck_rows.count_history GROUP BY whole ORDER BY whole")
        assert [n for _, n in whole] == ["1", "3"], whole
    for row in [r for r in program.listed(store) if r["server"] == "ber"]:
        program.run(store, "snapshot", "remove", row["id"])
    for t in targets:
        said = program.run(store, "publish", "--to", t.uri, "--now", times[1], "--rows", "approvals").stdout.decode()
        assert "2 servers, 1 findings (1 new, 1 gone); 0 updates and 2 approvals" in said, said  # hq's is there already
        for table in ("server", "edge", "coverage", "approval", "row_set"):
            assert t.ask(f"SELECT count(*) FROM wsusck_rows.{table} WHERE server = 'ber'") == [("0",)], table
        assert t.ask("SELECT count(*) FROM wsusck_rows.count_history WHERE server = 'ber'") == [("2",)]
        assert t.ask("SELECT count(*) FROM wsusck_rows.open_findings WHERE server = 'ber'") == [("0",)]
    assert len({json.dumps(rows.everything(t)) for t in targets}) == 1
    print("named servers leave the others as they are; one that is gone goes, its history stays")


def changed_only(program, target):
    """In PostgreSQL a row that is not written keeps its transaction."""
    store = f"sqlite:{program.folder}/changed.db"
    text = HEALTHY + "REPAIRED\n@ber drop approval u1\n"
    phases = rows.scenario(program.folder, text).phases
    tables = [t for t in rows.TABLES if t not in ("server", "count_history")]  # these tell the time of the look
    versions = []
    for n, phase in enumerate(phases):
        now = rows.import_phase(program, store, phase, f"changed{n}")
        program.run(store, "publish", "--to", target.uri, "--now", now, "--rows", "updates,approvals")
        versions.append({t: {(r[0], r[1]): r[2] for r in target.ask(f"SELECT server, ctid, xmin FROM wsusck_rows.{t}")}
                         for t in tables})
    for table in ("coverage", "sync_run", "wsus_update", "approval"):
        old, new = (versions[i][table] for i in (0, 1))
        same = {k for k in old if new.get(k) == old[k]}
        assert {k[0] for k in same} >= {"hq", "mun"}, table
        assert all(k in same for k in old if k[0] in ("hq", "mun")), table
    assert any(versions[1]["approval"].get(k) != v for k, v in versions[0]["approval"].items() if k[0] == "ber")
    print("rows that stay are not written")


def hostile(program, targets):
    store = f"sqlite:{program.folder}/hostile.db"
    docs = lib.generate.make(5, 0).now
    root = docs[0]
    for doc in docs:
        doc["coverage"]["files"] = {"state": "unknown", "reason": HOSTILE[3]}
    base = root["updates"][0]
    root["updates"] = [dict(base, id=lib.generate.guid("ab", n), title=text or None, severity=text or None)
                       for n, text in enumerate(HOSTILE)]
    root["groups"] += [{"id": lib.generate.guid("ba", n), "name": text or "empty", "parent": lib.generate.ALL_COMPUTERS}
                       for n, text in enumerate(HOSTILE[:10])]
    root["approvals"] = [{"update": lib.generate.guid("ab", n), "group": lib.generate.guid("ba", n % 10), "revision": base["revision"],
                          "action": "install", "deadline": None, "go_live": None, "assigned": None, "priority": None,
                          "deployment": None, "changed": None, "admin": text or None} for n, text in enumerate(HOSTILE)]
    root["sync_history"][-1].update(error_text=HOSTILE[0], result="failed", error="x'y")
    for doc in docs:
        for text in (HOSTILE[0],):
            if doc["server"]["parent"] == root["server"]["name"]:
                doc["server"]["parent"] = text
    root["server"]["name"] = HOSTILE[0]
    program.run(store, "import", *[lib.write(program.folder, f"hostile{i}", d) for i, d in enumerate(docs)])
    for t in targets:
        program.run(store, "publish", "--to", t.uri, "--rows", "updates,approvals")
        titles = {u: s for u, s in t.ask("SELECT update_id, title FROM wsusck_rows.wsus_update WHERE server LIKE '%DROP%'")}
        for n, text in enumerate(HOSTILE):
            assert titles[lib.generate.guid("ab", n)] == (text or None), (text, titles[lib.generate.guid("ab", n)])
        admins = {a for a, in t.ask("SELECT admin FROM wsusck_rows.approval WHERE server LIKE '%DROP%'")}
        assert admins == {text or None for text in HOSTILE}, admins
        for (text,) in t.ask("SELECT DISTINCT evidence FROM wsusck_rows.finding"):
            json.loads(text)
        assert t.ask("SELECT count(*) FROM wsusck_rows.server") == [(str(len(docs)),)]
    targets[0].ask("SELECT count(evidence::jsonb) FROM wsusck_rows.finding")
    a, b = (rows.everything(t) for t in targets)
    assert a == b
    print(f"{len(HOSTILE)} hostile texts arrive as they are")


def random_trees(program, cluster):
    for seed in range(TREES):
        tree = lib.generate.make(seed)
        store = f"sqlite:{program.folder}/random{seed}.db"
        docs = [d for ds in tree.before.values() for d in ds] + list(tree.now)
        program.run(store, "import", *[lib.write(program.folder, f"r{seed}-{i:02}", d) for i, d in enumerate(docs)])
        targets = [rows.Postgres(cluster, f"random{seed}"), rows.Sqlite(program.folder, f"rows{seed}")]
        story.look(program, store, targets, lib.NOW)
        before = rows.everything(targets[0])
        for t in targets:
            program.run(store, "publish", "--to", t.uri, "--rows", "approvals,updates")
        assert rows.everything(targets[0]) == before, seed
        for t in targets:
            t.close()
    print(f"{TREES} random trees: as check says, the same in both, and again the same")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        store = f"sqlite:{program.folder}/s.db"
        rows.import_phase(program, store, rows.scenario(program.folder, HEALTHY).phases[0], "healthy")
        places(program, store, cluster)
        schemas(program, store, cluster)
        own_database(program, cluster)
        for name in ("some", "hostile"):
            targets = [rows.Postgres(cluster, name), rows.Sqlite(program.folder, "rows-" + name)]
            (some_servers if name == "some" else hostile)(program, targets)
            for t in targets:
                t.close()
        target = rows.Postgres(cluster, "changed")
        changed_only(program, target)
        target.close()
        random_trees(program, cluster)


if __name__ == "__main__":
    main()
