# SPDX-License-Identifier: MIT
"""warehouse.py: an audit of the store in PostgreSQL against FULL JOINs in the same cluster, one for each edge and table,
on two connections: the fastest form in SQL that was found (docs/performance.md)."""
import csv
import os
import sys
import time

import audits
from common import HERE, NOW, Failure, Folder, Missing, interleave, met, print_table, ratio, stopwatch, summary

sys.path.insert(0, os.path.join(os.path.dirname(HERE), "support"))
import postgres  # noqa: E402

KEYS = {"upd": ("id",), "appr": ("upd", "grp")}
FIELDS = {"upd": audits.UPD, "appr": audits.APPR}
# In favour of the joins: everything in memory, and no compiling of short queries.
SETTINGS = "-c shared_buffers=2GB -c work_mem=256MB -c jit=off -c max_wal_size=8GB -c autovacuum=off"
SCHEMA = """
CREATE TABLE upd (server integer NOT NULL, id uuid NOT NULL, revision integer NOT NULL, state smallint NOT NULL,
  class smallint NOT NULL, products smallint NOT NULL, languages smallint NOT NULL, declined smallint NOT NULL);
CREATE TABLE appr (server integer NOT NULL, upd uuid NOT NULL, grp smallint NOT NULL, revision integer NOT NULL,
  action smallint NOT NULL, deadline bigint);
\\copy upd FROM '{folder}/upd.csv' (FORMAT csv, HEADER)
\\copy appr FROM '{folder}/appr.csv' (FORMAT csv, HEADER)
ALTER TABLE upd ADD PRIMARY KEY (server, id) INCLUDE (revision, state, class, products, languages, declined);
ALTER TABLE appr ADD PRIMARY KEY (server, upd, grp) INCLUDE (revision, action, deadline);
VACUUM (FREEZE, ANALYZE);
"""


def join(table, server):
    columns = KEYS[table] + FIELDS[table]
    sides = ", ".join(f"{side}.{c}" for side in "pc" for c in columns)
    on = " AND ".join(f"p.{k} = c.{k}" for k in KEYS[table])
    differs = " OR ".join(f"p.{f} IS DISTINCT FROM c.{f}" for f in FIELDS[table])
    first = columns[0]
    return (f"SELECT '{table}', {server}, {sides} FROM (SELECT * FROM {table} WHERE server = 0) p FULL JOIN "
            f"(SELECT * FROM {table} WHERE server = {server}) c ON {on} "
            f"WHERE p.{first} IS NULL OR c.{first} IS NULL OR {differs}")


class PostgresAnswer:
    def __init__(self, paths):
        self.paths = paths

    def read(self):
        out = set()
        for path in self.paths:
            with open(path, newline="", encoding="utf-8") as rows:
                for table, server, *values in csv.reader(rows):
                    n, keys = len(values) // 2, len(KEYS[table])
                    sides = values[:n], values[n:]
                    parent, child = (tuple(v[keys:]) if v[0] else None for v in sides)
                    key = [sides[0][i] or sides[1][i] for i in range(keys)]
                    out.add(audits.key_of(table, int(server), key) + (audits.kind_of(table, parent, child),))
        return out


def joins(cluster, folder, servers):
    children = list(range(1, servers))
    half = (len(children) + 1) // 2
    commands, outputs = [], []
    for i, part in enumerate((children[:half], children[half:])):
        script, output = (os.path.join(folder, f"join.{i}.{end}") for end in ("sql", "csv"))
        with open(script, "w", encoding="utf-8") as file:
            for server in part:
                for table in KEYS:
                    file.write(f"COPY ({join(table, server)}) TO STDOUT (FORMAT csv);\n")
        commands.append([f"{cluster.bin}/psql", *cluster.where(), "-X", "-q", "-d", "postgres", "-v", "ON_ERROR_STOP=1",
                         "-o", output, "-f", script])
        outputs.append(output)
    return audits.Contender("full-join", commands, PostgresAnswer(outputs), (0,), 99)


class Server:
    """Processor time of the cluster: what its first process has waited for."""

    def __init__(self, cluster):
        self.pid = (cluster.folder / "data/postmaster.pid").read_text(encoding="utf-8").split()[0]
        self.always = self.children()

    def children(self):
        with open(f"/proc/{self.pid}/task/{self.pid}/children", encoding="ascii") as file:
            return set(file.read().split())

    def seconds(self):
        """When the sessions have ended, which they do a little after their clients."""
        for _ in range(500):
            if not self.children() - self.always:
                break
            time.sleep(0.01)
        with open(f"/proc/{self.pid}/stat", encoding="utf-8") as file:
            fields = file.read().rpartition(")")[2].split()
        return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")  # cutime, cstime

    def counted(self, options, folder, contender):
        def run():
            before = self.seconds()
            took = stopwatch(options, os.path.join(folder, "times"), contender.commands, contender.exits)
            return {**took, "cpu_s": took["cpu_s"] + self.seconds() - before}
        return run


def warehouse_set(options, shape, drift):
    if postgres.lacking():
        raise Missing("needs " + ", ".join(postgres.lacking()))
    with Folder(options, "warehouse") as folder:
        for path in (options.work, folder):  # the server runs as another user when we are root
            os.chmod(path, 0o755)
        os.mkdir(f"{folder}/pg")
        cluster = postgres.Cluster(f"{folder}/pg", SETTINGS)
        server = Server(cluster)
        try:
            uri = cluster.uri()
            made = audits.generate(options, folder, shape, drift, "--csv", "--store", uri)
            cluster.sql("postgres", SCHEMA.format(folder=folder))
            report = os.path.join(folder, "report.json")
            ours = audits.Contender("wsusck", [[options.wsusck, "--store", uri, "--now", NOW, "--quiet", "--output", report,
                                                "check", "--format", "json"]], audits.WsusckAnswer(report), (0, 1), 99)
            runs = [ours, joins(cluster, folder, shape[0])]
            took = interleave(options.rounds, {c.name: server.counted(options, folder, c) for c in runs})
            differences = audits.agree(runs)
            sizes = cluster.sql("postgres", "SELECT pg_total_relation_size('wsusck.chunk') + "
                                "pg_total_relation_size('wsusck.snapshot'), pg_total_relation_size('upd') + "
                                "pg_total_relation_size('appr')").strip().split("|")
        finally:
            cluster.stop()
    return {"part": "warehouse", "servers": shape[0], "updates": shape[1], "approvals": shape[2], "drift": drift,
            "differences": differences, "prepared": made, "store_bytes": int(sizes[0]), "table_bytes": int(sizes[1]),
            "contenders": {n: summary(t) for n, t in took.items()}}


def run(options):
    shape = audits.shape_of(options.size[0]) if options.size else audits.SIZES["M"]
    for drift in options.drift if options.drift is not None else (1e-5,):
        result = warehouse_set(options, shape, drift)
        c = result["contenders"]
        print(f"\nwarehouse: {shape[0]} servers x {shape[1]} updates x {shape[2]} approvals in PostgreSQL, drift {drift:g}: "
              f"both find the same {result['differences']} differences. Store {result['store_bytes'] / 2**20:.0f} MiB, "
              f"tables {result['table_bytes'] / 2**20:.0f} MiB. Processor time with that of the server")
        print_table(c, "wsusck")
        print(met(f"warehouse, drift {drift:g}, FULL JOIN's time", ratio(c["full-join"], c["wsusck"]), 5, "x", least=True))
        yield result


def smoke(options):
    result = warehouse_set(options, audits.SIZES["smoke"], 1e-2)
    if result["differences"] == 0:
        raise Failure("no differences in a tree that has drifted")
    yield f"warehouse: both find the same {result['differences']} differences"
