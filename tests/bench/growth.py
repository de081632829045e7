# SPDX-License-Identifier: MIT
"""growth.py: what the time of an audit grows with, from a cold page cache, and with very many servers."""
import json
import os
import subprocess

import audits
from common import NOW, Failure, Folder, interleave, met, print_table, ratio, stopwatch, summary

QUARTER, WHOLE = (50, 25_000, 25_000), audits.SIZES["M"]
MANY = (500, 300_000, 300_000)
DRIFTS = (1e-4, 1e-5)


def check(options, directory, before=None):
    report = os.path.join(directory, "report.json")
    command = [options.wsusck, "--store", f"sqlite:{directory}/store.db", "--now", NOW, "--quiet", "--output", report,
               "check", "--format", "json"]

    def run():
        if before:
            before()
        return stopwatch(options, os.path.join(directory, "times"), [command], (0, 1))
    return run


def findings(directory):
    with open(os.path.join(directory, "report.json"), encoding="utf-8") as report:
        return sum(1 for f in json.load(report)["findings"] if int(f["rule"][3:]) not in audits.BESIDE)


# --- four times the rows, as many changes --------------------------------------------------------------------------

def rows_set(options, small, large, drift):
    """drift is that of the larger tree; the smaller one has four times as much, so as many changed rows."""
    with Folder(options, "rows") as directory:
        folders = {"a quarter": (small, 4 * drift), "all": (large, drift)}
        runs, made, found = {}, {}, {}
        for name, (shape, own_drift) in folders.items():
            path = os.path.join(directory, name.replace(" ", "-"))
            os.mkdir(path)
            made[name] = audits.generate(options, path, shape, own_drift, "--no-tables")
            runs[name] = check(options, path)
        took = interleave(options.rounds, runs)
        for name in folders:
            found[name] = findings(os.path.join(directory, name.replace(" ", "-")))
    return {"part": "rows", "drift": drift, "rows": {n: m["rows"] for n, m in made.items()}, "findings": found,
            "contenders": {n: summary(t) for n, t in took.items()}}


def run_rows(options):
    for drift in options.drift if options.drift is not None else (*DRIFTS, 0):
        result = rows_set(options, QUARTER, WHOLE, drift)
        c = result["contenders"]
        print(f"\nrows x 4: {result['rows']['a quarter']} and {result['rows']['all']} rows with "
              f"{result['findings']['a quarter']} and {result['findings']['all']} differences")
        print_table(c, "a quarter")
        print(met(f"rows x 4 at drift {drift:g}, time", ratio(c["all"], c["a quarter"]), 1.5, "x", least=False))
        yield result


def smoke_rows(options):
    result = rows_set(options, (3, 500, 500), (3, 2000, 2000), 1e-2)
    if min(result["findings"].values()) == 0:
        raise Failure("no differences in a tree that has drifted")
    yield f"rows x 4: {result['findings']['a quarter']} and {result['findings']['all']} differences"


# --- cold cache ----------------------------------------------------------------------------------------------------

def forget(directory):
    """The kernel forgets the pages of these files; those of programs and libraries stay. Everyone may ask that."""
    for name in os.listdir(directory):
        path = os.path.join(directory, name)
        if not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            os.fsync(file.fileno())  # what is not on the disk yet cannot be forgotten
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def forget_all(directory):
    forget(directory)
    os.sync()
    with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
        file.write("3\n")


def run_cold(options):
    drop = forget_all if options.drop_caches else forget
    how = "all caches dropped" if options.drop_caches else "the pages of the data dropped (posix_fadvise)"
    for drift in options.drift if options.drift is not None else (1e-3, 1e-5):
        with Folder(options, "cold") as directory:
            audits.prepare(options, directory, WHOLE, drift)
            runs = {"wsusck warm": check(options, directory)}
            for c in audits.contenders(options, directory, WHOLE[0]):
                def cold(c=c):
                    drop(directory)
                    return audits.measure(options, directory, c)
                if not c.name.endswith("group"):
                    runs[f"{c.name} cold"] = cold
            result = {"part": "cold", "drift": drift, "how": how,
                      "contenders": {n: summary(t) for n, t in interleave(options.rounds, runs).items()}}
        print(f"\ncold cache, M, drift {drift:g}; {how}")
        print_table(result["contenders"], "wsusck cold")
        yield result


# --- very many servers ---------------------------------------------------------------------------------------------

def disk_usage(path):
    return sum(os.path.getsize(path + end) for end in ("", "-wal") if os.path.exists(path + end))


def run_many(options):
    shape = audits.shape_of(options.size[0]) if options.size else MANY
    drift = options.drift[0] if options.drift else 1e-5
    with Folder(options, "many") as directory:
        if options.store:  # generated earlier
            os.symlink(os.path.abspath(options.store), os.path.join(directory, "store.db"))
            made = {}
        else:
            made = audits.generate(options, directory, shape, drift, "--no-tables", *(
                ["--most-seconds", str(options.most_seconds)] if options.most_seconds else []))
        store = os.path.realpath(os.path.join(directory, "store.db"))
        cold = check(options, directory, lambda: forget(os.path.dirname(store)))
        took = {"cold": summary([cold() for _ in range(min(options.rounds, 3))]),
                "warm": summary([check(options, directory)() for _ in range(options.rounds)])}
        listed = json.loads(subprocess.run([options.wsusck, "--store", f"sqlite:{store}", "snapshot", "list", "--format",
                                            "json"], capture_output=True, check=True).stdout)
        result = {"part": "many", "drift": drift, "prepared": made, "store_bytes": disk_usage(store),
                  "servers": len(listed), "findings": findings(directory), "contenders": took}
    print(f"\nmany: {result['servers']} servers x {shape[1]} updates x {shape[2]} approvals at drift {drift:g}: "
          f"{result['findings']} differences; store {result['store_bytes'] / 2**20:.0f} MiB; made in {made}")
    print_table(took, "warm")
    print(met("many, peak memory", took["warm"]["peak_mib"], audits.PEAK_TARGET_MIB, " MiB", least=False))
    yield result
