# SPDX-License-Identifier: MIT
"""What the tests of publish share: both targets, and their rows in one form."""
import pathlib
import re
import sqlite3
import subprocess
import sys

TESTS = pathlib.Path(__file__).parents[1]
sys.path.insert(0, str(TESTS / "warehouse"))
import lib  # noqa: E402
import run as scenarios  # noqa: E402

TABLES = re.findall(r"^TABLE\((\w+)", (TESTS.parent / "src/publish/tables.def").read_text(), re.M)
COLUMNS = {t: [] for t in TABLES}
for table, column, kind in re.findall(r"^COLUMN\((\w+), (\w+), (\w+)",
                                      (TESTS.parent / "src/publish/tables.def").read_text(), re.M):
    COLUMNS[table].append((column, kind))
VIEWS = sorted(p.stem for p in (TESTS.parent / "sql/views").glob("*.sql"))


class Sqlite:
    """An SQLite file that is published to."""

    def __init__(self, folder, name="rows"):
        self.path = pathlib.Path(folder) / f"{name}.db"
        self.uri = f"sqlite:{self.path}"

    def ask(self, sql):
        with sqlite3.connect(self.path) as db:
            rows = db.execute(sql.replace("wsusck_rows.", "")).fetchall()
        db.close()
        return [tuple(None if v is None else str(v) for v in row) for row in rows]

    def cell(self, column, kind):
        return column

    def close(self):
        pass


class Postgres:
    """A database of a cluster that is published to."""

    def __init__(self, cluster, name):
        self.cluster, self.name = cluster, "rows_" + name
        self.uri = lib.database(cluster, self.name)
        self.psql = subprocess.Popen(
            [*cluster.prefix, f"{cluster.bin}/psql", *cluster.where(), "-X", "-d", self.name, "-v", "ON_ERROR_STOP=1", "-qAt"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=cluster.folder,
            encoding="utf-8")
        self.say("SET timezone = 'UTC'")

    def ask(self, sql):
        """Values by COPY's escapes, so that every text is told apart."""
        lines = self.say(f"COPY ({sql}) TO STDOUT")
        unescape = {"t": "\t", "n": "\n", "r": "\r", "\\": "\\", "b": "\b", "f": "\f", "v": "\v"}

        def value(text):
            return None if text == "\\N" else re.sub(r"\\(.)", lambda m: unescape[m[1]], text, flags=re.S)
        return [tuple(value(v) for v in line.split("\t")) for line in lines]

    def say(self, sql):
        """The lines of the answer; one psql for all, as each takes a while to start."""
        self.psql.stdin.write(sql + ";\n\\echo end of answer\n")
        self.psql.stdin.flush()
        lines = []
        for line in self.psql.stdout:
            if line == "end of answer\n":
                return lines
            lines.append(line[:-1])
        raise AssertionError(f"{sql}: {self.psql.stderr.read()}")

    def close(self):
        self.psql.stdin.close()
        self.psql.wait()
        self.psql.stdout.close()
        self.psql.stderr.close()

    def cell(self, column, kind):
        if kind == "TIME":
            return f"to_char({column} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
        return f"{column}::int" if kind == "BOOL" else column


def everything(target):
    """All rows of all tables, in one form for both."""
    return {table: sorted(target.ask("SELECT " + ", ".join(target.cell(*c) for c in COLUMNS[table])
                                     + f" FROM wsusck_rows.{table}"), key=repr) for table in TABLES}


def scenario(folder, text):
    path = pathlib.Path(folder) / "story.test"
    path.write_text(text, encoding="utf-8")
    return scenarios.Scenario(path)


def import_phase(program, store, phase, n):
    for g, generation in enumerate(phase.generations):
        program.run(store, "import", *[lib.write(program.folder, f"{n}-{g}-{i}", text)
                                       for i, (_, text) in enumerate(generation)])
    return scenarios.rfc3339(phase.now)
