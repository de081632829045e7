# SPDX-License-Identifier: MIT
"""audits.py: wsusck's audit against SQL on the same rows.

Every contender writes what differs to files; the answers are held against each other as sets of (server, update,
group, kind) before any number counts.
"""
import collections
import csv
import json
import os

from common import HERE, NOW, Failure, Folder, call, call_json, met, print_table, ratio, stopwatch, summary, tool

SIZES = {"S": (10, 50_000, 50_000), "M": (50, 100_000, 100_000), "L": (200, 200_000, 200_000),
         "smoke": (3, 2_000, 2_000)}
UPD = ("revision", "state", "class", "products", "languages", "declined")
APPR = ("revision", "action", "deadline")
# The drift of the tree and what issue 3 asks for against DuckDB's FULL JOIN.
TARGETS = {1e-3: 10, 1e-5: 50, 0: 200}
PEAK_TARGET_MIB = 128
RULES = {3001: "missing", 3010: "extra", 3011: "extra", 3012: "extra", 3013: "extra", 3020: "revision",
         3021: "revision", 3022: "metadata", 3030: "declined", 3031: "declined", 4001: "missing", 4002: "extra",
         4003: "action", 4004: "revision", 4005: "deadline", 4006: "deadline"}
BESIDE = (3033, 4040)  # about a server as a whole, no difference of rows


# --- answers as sets of (server, update, group, kind) --------------------------------------------------------------

def kind_of(table, parent, child):
    """parent, child: values of the fields, or None when that side lacks the row."""
    if child is None:
        return "missing"
    if parent is None:
        return "extra"
    if table == "upd":
        up, down = dict(zip(UPD, parent)), dict(zip(UPD, child))
        return ("revision" if up["revision"] != down["revision"] else
                "declined" if up["declined"] != down["declined"] else "metadata")
    up, down = dict(zip(APPR, parent)), dict(zip(APPR, child))
    return "action" if up["action"] != down["action"] else "revision" if up["revision"] != down["revision"] else "deadline"


def key_of(table, server, key):
    return (server, key[0].replace("-", "").lower(), int(key[1]) if table == "appr" else None)


class WsusckAnswer:
    def __init__(self, path):
        self.path = path

    def read(self):
        with open(self.path, encoding="utf-8") as report:
            findings = json.load(report)["findings"]
        out = set()
        for f in findings:
            if int(f["rule"][3:]) in BESIDE:
                continue
            server = f["server"].split("/")[-1]
            number = 0 if server == "root" else int(server[1:])
            group = f["object"].get("group")
            kind = RULES.get(int(f["rule"][3:]))
            if kind is None:
                raise Failure(f"wsusck reports {f['rule']} on {f['server']}, which is no difference of rows")
            out.add((number, f["object"]["update"].replace("-", ""), int(group[-12:], 16) - 1 if group else None, kind))
        return out


class JoinAnswer:
    """Both sides of every row that differs."""

    def __init__(self, prefix):
        self.prefix = prefix

    def read(self):
        out = set()
        for table, keys, fields in (("upd", ("id",), UPD), ("appr", ("upd", "grp"), APPR)):
            with open(f"{self.prefix}.{table}.csv", newline="", encoding="utf-8") as rows:
                for row in csv.DictReader(rows):
                    sides = [tuple(row[s + f] for f in fields) if row[s + keys[0]] else None for s in ("p_", "c_")]
                    key = [row["p_" + k] or row["c_" + k] for k in keys]
                    out.add(key_of(table, int(row["server"]), key) + (kind_of(table, *sides),))
        return out


class GroupAnswer:
    """Rows that do not stand on every server, with the servers they stand on."""

    def __init__(self, prefix, servers):
        self.prefix, self.servers = prefix, servers

    def read(self):
        out = set()
        for table, keys, fields in (("upd", ("id",), UPD), ("appr", ("upd", "grp"), APPR)):
            held = collections.defaultdict(dict)
            with open(f"{self.prefix}.{table}.csv", newline="", encoding="utf-8") as rows:
                for row in csv.DictReader(rows):
                    for server in row["servers"].split(" "):
                        held[tuple(row[k] for k in keys)][int(server)] = tuple(row[f] for f in fields)
            for key, sides in held.items():
                for server in range(1, self.servers):
                    parent, child = sides.get(0), sides.get(server)
                    if parent != child:
                        out.add(key_of(table, server, key) + (kind_of(table, parent, child),))
        return out


class ExceptAnswer:
    """Lines of SQLite's quote mode behind '# table server side' lines."""

    def __init__(self, paths):
        self.paths = paths

    def read(self):
        sides = collections.defaultdict(lambda: [None, None])
        for path in self.paths:
            with open(path, encoding="utf-8") as lines:
                for line in lines:
                    if line.startswith("#"):
                        _, table, server, side = line.split()
                        continue
                    values = line.strip().split(",")
                    n = 2 if table == "appr" else 1
                    key = [values[0][2:-1]] + values[1:n]
                    sides[table, key_of(table, int(server), key)][int(side)] = tuple(values[n:])
        return {key + (kind_of(table, *both),) for (table, key), both in sides.items()}


# --- contenders ----------------------------------------------------------------------------------------------------

Contender = collections.namedtuple("Contender", "name commands answer exits most_rounds")


def sqlite_script(directory, part, children):
    """EXCEPT … ORDER BY the key, which SQLite runs as a merge of two index scans, both ways for every edge."""
    out = os.path.join(directory, f"sqlite.{part}.out")
    lines = ["PRAGMA mmap_size=17179869184;", "PRAGMA cache_size=-524288;", ".mode quote", f".output {out}"]
    for server in children:
        for table, key, fields in (("upd", "id", UPD), ("appr", "upd,grp", APPR)):
            rows = f"SELECT {key},{','.join(fields)} FROM {table} WHERE server="
            for side, (one, other) in enumerate(((0, server), (server, 0))):
                lines.append(f".print # {table} {server} {side}")
                lines.append(f"{rows}{one} EXCEPT {rows}{other} ORDER BY {key};")
    script = os.path.join(directory, f"sqlite.{part}.sql")
    with open(script, "w", encoding="utf-8") as file:
        file.write("\n".join(lines) + "\n")
    return script, out


def contenders(options, directory, servers):
    report = os.path.join(directory, "report.json")
    yield Contender("wsusck", [[options.wsusck, "--store", f"sqlite:{directory}/store.db", "--now", NOW, "--quiet",
                                "--output", report, "check", "--format", "json"]], WsusckAnswer(report), (0, 1), 99)
    if options.node_modules:
        for form, answer, rounds in (("join", JoinAnswer, 7),
                                     ("group", lambda prefix: GroupAnswer(prefix, servers), 7)):
            prefix = os.path.join(directory, f"duckdb-{form}")
            yield Contender(f"duckdb-{form}", [["node", f"{HERE}/duckdb.mjs", form, f"{directory}/rows.duckdb", prefix]],
                            answer(prefix), (0,), rounds)
    children = list(range(1, servers))
    half = (len(children) + 1) // 2
    parts = [sqlite_script(directory, i, part) for i, part in enumerate((children[:half], children[half:]))]
    yield Contender("sqlite-except", [["sqlite3", "-readonly", f"{directory}/rows.sqlite", f".read {script}"]
                                      for script, _ in parts], ExceptAnswer([out for _, out in parts]), (0,), 3)


def measure(options, directory, contender):
    return stopwatch(options, os.path.join(directory, "times"), contender.commands, contender.exits)


def agree(runs):
    answers = {c.name: c.answer.read() for c in runs}
    first_name, first = next(iter(answers.items()))
    for name, answer in answers.items():
        if answer != first:
            only = sorted(first ^ answer, key=repr)[:3]
            raise Failure(f"{name} finds {len(answer)} differences, {first_name} {len(first)}; for example {only}")
    return len(first)


# --- one data set --------------------------------------------------------------------------------------------------

def generate(options, directory, shape, drift, *more):
    servers, updates, approvals = shape
    return call_json([tool(options, "bench_generate"), directory, "--servers", str(servers), "--updates", str(updates),
                      "--approvals", str(approvals), "--drift", repr(drift), *more])


def prepare(options, directory, shape, drift):
    made = generate(options, directory, shape, drift, *(["--csv"] if options.node_modules else []))
    if options.node_modules:
        call(["node", f"{HERE}/duckdb.mjs", "load", f"{directory}/rows.duckdb", f"{directory}/upd.csv",
              f"{directory}/appr.csv"])
        os.unlink(f"{directory}/upd.csv")
        os.unlink(f"{directory}/appr.csv")
    for name in ("store.db", "rows.sqlite", "rows.duckdb"):
        path = os.path.join(directory, name)
        if os.path.exists(path):
            made[name] = os.path.getsize(path)
    return made


def run_set(options, name, shape, drift):
    with Folder(options, name) as directory:
        made = prepare(options, directory, shape, drift)
        runs = list(contenders(options, directory, shape[0]))
        took = collections.defaultdict(list)
        for c in runs:
            measure(options, directory, c)  # warms the page cache; its answer is the one that is compared
        differences = agree(runs)
        for i in range(options.rounds):
            for c in runs:
                if i < c.most_rounds:
                    took[c.name].append(measure(options, directory, c))
        return {"part": "audit", "size": name, "servers": shape[0], "updates": shape[1], "approvals": shape[2],
                "drift": drift, "differences": differences, "prepared": made,
                "contenders": {n: summary(t) for n, t in took.items()}}


def print_set(result):
    print(f"\n{result['size']}: {result['servers']} servers x {result['updates']} updates x {result['approvals']} "
          f"approvals, drift {result['drift']:g}: all find the same {result['differences']} differences")
    print_table(result["contenders"], "wsusck")


def verdicts(r):
    ours, peer = r["contenders"]["wsusck"], r["contenders"].get("duckdb-join")
    wanted = TARGETS.get(r["drift"]) if r["size"] == "M" else 10
    if r["size"] in ("M", "L") and peer and wanted:
        yield met(f"{r['size']}, drift {r['drift']:g}, DuckDB's time", ratio(peer, ours), wanted, "x", least=True)
    if r["size"] in ("M", "L"):
        yield met(f"{r['size']}, drift {r['drift']:g}, peak memory", ours["peak_mib"], PEAK_TARGET_MIB, " MiB", least=False)


def shape_of(text):
    if text in SIZES:
        return SIZES[text]
    parts = text.split("x")
    if len(parts) != 3 or not all(p.isdigit() for p in parts):
        raise Failure(f"no size \"{text}\": S, M, L, smoke or SERVERSxUPDATESxAPPROVALS")
    return tuple(int(p) for p in parts)


def run(options):
    for size in options.size or ["S", "M"]:
        for drift in options.drift if options.drift is not None else [1e-3, 1e-5, 0]:
            result = run_set(options, size, shape_of(size), drift)
            print_set(result)
            print("\n".join(verdicts(result)))
            yield result


def smoke(options):
    """The smallest size, no times: only that all agree."""
    for drift in (1e-2, 0):
        with Folder(options, "smoke") as directory:
            shape = SIZES["smoke"]
            prepare(options, directory, shape, drift)
            runs = list(contenders(options, directory, shape[0]))
            for c in runs:
                measure(options, directory, c)
            differences = agree(runs)
            if (differences == 0) != (drift == 0):
                raise Failure(f"drift {drift:g} gave {differences} differences")
            yield f"drift {drift:g}: {', '.join(c.name for c in runs)} find the same {differences} differences"
