#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""queries.py WSUSCK: the views, every query in examples/queries and every query of the Grafana dashboard run against published
rows, in both databases with the same answers; the page lists the columns that are there; the views say what the facts say."""
import json
import pathlib
import re
import sys

import rows
from rows import lib

ROOT = pathlib.Path(__file__).resolve().parents[2]
QUERIES = sorted((ROOT / "examples/queries").glob("*.sql"))
STORY = """
server hq
server ber parent=hq
server mun parent=ber
server syd parent=hq
update u[1..6]
approval u[1..4]
@ber,mun drop approval u1
@ber drop update u6
@mun drop update u6
@hq set update u6 needed=7
decline u5
sync -1d result=failed error=503 text=away
@mun drop approval u4
@mun coverage groups=partial:"half of it"
REPAIRED
@ber approval u1
@syd drop approval u2
@mun coverage approvals=unknown:"no access"
"""
TIME = re.compile(r"^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.(\d+))?(?:Z|\+00)$")


def alike(rows_of):
    """Times and truths as either database writes them."""
    def value(v):
        m = TIME.match(v) if v is not None else None
        if m:
            return f"{m[1]} {m[2]}.{(m[3] or '0').rstrip('0') or '0'}"
        return {"t": "1", "f": "0"}.get(v, v)
    return [tuple(value(v) for v in row) for row in rows_of]


def statement(path):
    return "\n".join(line for line in path.read_text().splitlines() if not line.startswith("--")).rstrip("\n;")


def views_and_examples(targets):
    answers = 0
    for name, sql in [(v, f"SELECT * FROM wsusck_rows.{v}") for v in rows.VIEWS] + [(q.name, statement(q)) for q in QUERIES]:
        first, second = (alike(t.ask(sql)) for t in targets)
        if name in rows.VIEWS:
            first, second = sorted(first, key=repr), sorted(second, key=repr)
        assert first == second, f"{name}:\n{first}\n{second}"
        assert first, f"{name}: no row; the story should give it one"
        answers += len(first)
    print(f"{len(rows.VIEWS)} views and {len(QUERIES)} examples give the same {answers} rows in both")


def truths(targets):
    """What was done to the tree stands in the views."""
    guid = rows.scenarios.guid
    for t in targets:
        said = t.ask("SELECT parent, server, update_id, compared FROM wsusck_rows.approvals "
                     f"WHERE update_id IN ('{guid('u1')}', '{guid('u4')}') ORDER BY update_id, server")
        want = {("hq", "ber", u, "same") for u in (guid("u1"), guid("u4"))}
        want |= {("ber", "mun", u, "not known") for u in (guid("u1"), guid("u4"))}
        want |= {("hq", "syd", u, "same") for u in (guid("u1"), guid("u4"))}
        assert set(said) == want, said
        below = t.ask("SELECT server, update_id FROM wsusck_rows.approvals WHERE compared = 'upstream only'")
        assert below == [("syd", guid("u2"))], below
        drift = t.ask("SELECT server, missing_updates + pending_updates, parent_approvals, approvals FROM wsusck_rows.drift "
                      "ORDER BY server")
        assert drift == [("ber", "1", "4", "4"), ("mun", "0", "4", None), ("syd", "0", "4", "3")], drift
        state = t.ask("SELECT state, reason FROM wsusck_rows.coverage WHERE server = 'mun' AND section = 'approvals'")
        assert state == [("unknown", "no access")], state
        assert t.ask("SELECT count(*) FROM wsusck_rows.approval WHERE server = 'mun'") == [("0",)]
        sets = t.ask("SELECT kind, coverage, listed FROM wsusck_rows.row_set WHERE server = 'mun' ORDER BY kind")
        assert sets[0] == ("approvals", "unknown", None), sets
        declined = t.ask(f"SELECT DISTINCT declined FROM wsusck_rows.wsus_update WHERE update_id = '{guid('u5')}'")
        assert alike(declined) == [("1",)], declined
    print("the views say what was done to the tree")


def dashboard(target, now):
    doc = json.loads((ROOT / "examples/grafana/wsusck.json").read_text())
    names = {v["name"] for v in doc["templating"]["list"]}
    assert names == {"datasource", "server"}, names
    servers = [s for s, in target.ask(doc["templating"]["list"][1]["query"].replace(" ORDER BY path", ""))]
    listed = ", ".join("'" + s.replace("'", "''") + "'" for s in servers)
    for panel in doc["panels"]:
        assert panel["datasource"]["uid"] == "${datasource}", panel["title"]
        for query in panel["targets"]:
            sql = query["rawSql"].replace("${server:sqlstring}", listed)
            sql = re.sub(r"\$__timeFilter\((\w+)\)", rf"\1 BETWEEN '2020-01-01T00:00:00Z' AND '{now}'", sql)
            assert "$" not in sql, sql
            assert "ORDER BY" in sql or "count(*)" in sql, sql
            answer = target.ask(sql)
            assert answer, f"{panel['title']}: no row; the story should give it one"
            if query["format"] == "time_series":
                columns = target.ask(f"SELECT (SELECT string_agg(k, ' ') FROM json_object_keys(row_to_json(q)) k) "
                                     f"FROM ({sql}) q LIMIT 1")
                assert columns[0][0].split()[0] == "time", columns
    print(f"{len(doc['panels'])} panels of the dashboard answer")


def page(targets):
    """docs/publish.md lists every table and column, as it is in both databases; each has a comment in PostgreSQL."""
    text = (ROOT / "docs/publish.md").read_text()
    for table in rows.TABLES:
        part = re.search(rf"^### {table}\n(.*?)(?=^##|\Z)", text, re.M | re.S)
        assert part, f"docs/publish.md: table {table} is missing"
        said = re.findall(r"^\| `(\w+)` \|", part[1], re.M)
        there = [c for c, in targets[0].ask("SELECT column_name FROM information_schema.columns WHERE table_schema = "
                                            f"'wsusck_rows' AND table_name = '{table}' ORDER BY ordinal_position")]
        file = [c for c, in targets[1].ask(f"SELECT name FROM pragma_table_info('{table}')")]
        assert said == there == file == [c for c, _ in rows.COLUMNS[table]], f"{table}: {said} {there} {file}"
    for view in rows.VIEWS:
        assert f"| `{view}` |" in text, f"docs/publish.md: view {view} is missing"
    for query in QUERIES:
        assert query.name in text, f"docs/publish.md: {query.name} is missing"
    bare = targets[0].ask("SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN "
                          "pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = 'wsusck_rows' AND c.relkind = 'r' AND "
                          "a.attnum > 0 AND c.relname <> 'publication' AND col_description(c.oid, a.attnum) IS NULL")
    assert not bare, bare
    granted = targets[0].ask("SELECT relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname "
                             "= 'wsusck_rows' AND relacl IS NOT NULL")
    assert not granted, granted
    print(f"{len(rows.TABLES)} tables and {len(rows.VIEWS)} views are as the page says, granted to nobody")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        targets = [rows.Postgres(cluster, "queries"), rows.Sqlite(program.folder)]
        store = f"sqlite:{program.folder}/s.db"
        for n, phase in enumerate(rows.scenario(program.folder, STORY).phases):
            now = rows.import_phase(program, store, phase, n)
            for target in targets:
                program.run(store, "publish", "--to", target.uri, "--now", now, "--rows", "approvals,updates")
        views_and_examples(targets)
        truths(targets)
        dashboard(targets[0], now)
        page(targets)
        for target in targets:
            target.close()


main()
