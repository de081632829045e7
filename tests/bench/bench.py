#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""bench.py: the benchmarks of docs/performance.md. Called by run.sh, and by ctest with --smoke.

    bench.py --wsusck PATH --tools DIR [--part NAME]… [--rounds N] [--json FILE] [--work DIR] [--keep] [--smoke]
             [--size S|M|L|SERVERSxUPDATESxAPPROVALS]… [--drift D]… [--node-modules DIR]

Parts (default: audit; "all": every one that is not marked with *):
    audit       against SQL on the same rows
    soap        a GetDeployments reply against a bare SAX2 pass
    json        an import against jansson
    rows        four times the rows at an equal number of changes
    cold        size M from the disk
    soak        1,000 collections of one drifting tree
    warehouse   the store in PostgreSQL against FULL JOINs there
    many *      500 servers x 300k updates (--size, --most-seconds for the generator, --store for one made earlier)
"""
import argparse
import json
import os
import shutil
import sys
import tempfile

import audits
import growth
import imports
import soak
import warehouse
from common import Failure, Missing, machine

PARTS = {"audit": (audits.run, audits.smoke), "soap": (imports.run_soap, imports.smoke_soap),
         "json": (imports.run_json, imports.smoke_json), "store": (imports.run_store, imports.smoke_store),
         "rows": (growth.run_rows, growth.smoke_rows),
         "cold": (growth.run_cold, None), "soak": (soak.run, soak.smoke), "warehouse": (warehouse.run, warehouse.smoke),
         "many": (growth.run_many, None)}
ON_REQUEST = ("many",)


def parse(arguments):
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--wsusck", required=True)
    p.add_argument("--tools", required=True, help="folder of bench_generate and bench_stopwatch")
    p.add_argument("--part", action="append", choices=[*PARTS, "all"])
    p.add_argument("--size", action="append")
    p.add_argument("--drift", action="append", type=float)
    p.add_argument("--deployments", type=int, help="of the part soap")
    p.add_argument("--updates", type=int, help="of the part json")
    p.add_argument("--collections", type=int, help="of the part soak")
    p.add_argument("--most-seconds", type=int, help="of the part many: end the generator after these")
    p.add_argument("--store", help="of the part many: a file that was generated earlier")
    p.add_argument("--drop-caches", action="store_true", help="of the part cold: every cache of the machine (root)")
    p.add_argument("--rounds", type=int, default=5)
    p.add_argument("--node-modules", help="folder that holds node_modules/@duckdb/node-api")
    p.add_argument("--work", help="where to put the data (default: a temporary folder)")
    p.add_argument("--json", help="write the result there")
    p.add_argument("--keep", action="store_true", help="leave the data")
    p.add_argument("--smoke", action="store_true", help="smallest sizes, no times: only that answers agree")
    return p.parse_args(arguments)


def chosen(options):
    if options.part is None:
        return list(PARTS) if options.smoke else ["audit"]
    if "all" in options.part:
        return [p for p in PARTS if p not in ON_REQUEST or p in options.part]
    return options.part


def run(options):
    results, line = [], machine()
    if options.smoke:
        options.rounds = 0
    print(line)
    for part in chosen(options):
        measure, smoke = PARTS[part]
        try:
            if options.smoke:
                for said in smoke(options) if smoke else ():
                    print(said)
            else:
                results.extend(measure(options))
        except Missing as missing:
            print(f"{part}: not run: {missing}")
        sys.stdout.flush()
    if options.json:
        with open(options.json, "w", encoding="utf-8") as out:
            json.dump({"machine": line, "results": results}, out, indent=1)
            out.write("\n")


def main(arguments):
    options = parse(arguments)
    os.environ["BENCH_NODE_MODULES"] = options.node_modules or ""
    if shutil.which("sqlite3") is None:
        print("bench.py: needs the program sqlite3", file=sys.stderr)
        return 77
    own = None
    try:
        if options.work is None:
            own = options.work = tempfile.mkdtemp(prefix="wsusck-bench-")
        run(options)
    except (Failure, RuntimeError) as failure:
        print(f"bench.py: {failure}", file=sys.stderr)
        return 1
    finally:
        if own and not options.keep:
            shutil.rmtree(own, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
