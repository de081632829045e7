#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""verdicts.py: bad input never makes a wrong verdict.

A healthy tree with every fact about a machine that rules read, and a failed run, is spoilt at one place at a time with
garbage. Then either the import refuses it with one clear line that names the file, or `check` finds nothing on it that it did
not find before, except results "unknown". Whatever it prints holds no control character and stays short.

    verdicts.py --wsusck PATH [--every N] [--jobs N] [--only TEXT]
"""
import argparse
import concurrent.futures
import copy
import json
import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path

import battery

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "scenario"))
import run as scenario  # noqa: E402

HEALTHY = r'''
server hq
server ber parent=hq
machine path=D:\\WSUS free_bytes=90000000000 os_build=26100.33158 time_zone=UTC utc_offset_minutes=0 proxy=proxy.example
acl D:\\WSUS "O:BAG:SYD:PAI(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)(A;OICI;0x1200a9;;;BU)(A;OICI;FA;;;NS)"
service BITS running manual
service WsusService running automatic
event 10000 -1h level=Information text=works
@hq downstream ber.example last_sync=-4h last_rollup=-4h version=10.0.20348.1
'''
FAILED = '@ber sync -50m ended=-49m result=failed error=UssBusy text="busy" errors=u0:UpdateError:text\n'
CONTROL = "\x01\x1b[31mred\x1b]0;t\x07\r\n\t\x9b2J\u202e\u2028\ufeff\ufffe end"
TEXTS = ["", CONTROL, "A" * 20_000, "D:(", "D:(A;;FA;;;XX)(((((", "S-1-5-", "-1", "26100", "%s%n%x", "\U0001f600" * 500,
         "O:BAG:SYD:(A;;0xZZ;;;BU)", "9" * 400]
NUMBERS = [-1, 2**31, 2**53, 2**63 - 1, 1e300, -1e300, 0.5]
OTHERS = [None, [], {}, [[]], [None], {"name": {}}]
# What is garbage elsewhere and says something here.
MEANT = {("host", "proxy", "basic_in_cleartext"): [True], ("sync_history",): [[]]}
UNCLEAN = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff]")


class Wrong(Exception):
    pass


def documents(text):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "x.test")
        path.write_text(text, encoding="utf-8")
        tree = scenario.Scenario(path)
    return [json.loads(document) for _, document in tree.generations[-1]], scenario.rfc3339(tree.now)


def call(wsusck, folder, now, *arguments):
    done = subprocess.run([*battery.LIMIT, wsusck, "--store", "sqlite:x.db", "--now", now, *arguments], cwd=folder,
                          capture_output=True, timeout=120, stdin=subprocess.DEVNULL)
    err = done.stderr.decode(errors="replace")
    if "Sanitizer" in err or "runtime error" in err or done.returncode < 0:
        raise Wrong(f"{arguments[0]} crashed ({done.returncode}): {err[-600:]}")
    return done.returncode, done.stdout.decode(), err


def check(wsusck, folder, now, docs):
    """The findings that fail, or None when the import refuses."""
    names = []
    for doc in docs:
        names.append(doc["server"]["name"] + ".json")
        Path(folder, names[-1]).write_text(json.dumps(doc), encoding="utf-8")
    code, _, err = call(wsusck, folder, now, "import", "--quiet", *names)
    if code == 2:
        lines = err.splitlines()
        if not lines or not re.match(r"wsusck: could not .*\.json", lines[0]) or len(err) > 2000 or UNCLEAN.search(err):
            raise Wrong(f"refused without a clear line: {err[:400]!r}")
        return None
    if code != 0:
        raise Wrong(f"import: exit {code}")
    code, out, err = call(wsusck, folder, now, "check", "--format", "json")
    if code not in (0, 1, 3):
        raise Wrong(f"check: exit {code}: {err[:400]}")
    found = {(f["rule"], f["server"]) for f in json.loads(out)["findings"] if f["result"] == "fail"}
    _, text, err = call(wsusck, folder, now, "check")
    if UNCLEAN.search(text + err) or len(text) > 20_000:
        raise Wrong(f"the text is not fit for a terminal ({len(text)} characters)")
    return found


def one(job):
    wsusck, now, docs, allowed, name = job
    try:
        with tempfile.TemporaryDirectory(prefix="wsusck-") as folder:
            found = check(wsusck, folder, now, docs)
        more = sorted(found - allowed) if found is not None else []
        return name, f"a wrong verdict: {more}" if more else None
    except Wrong as e:
        return name, str(e)
    except (OSError, ValueError, subprocess.TimeoutExpired) as e:
        return name, f"{type(e).__name__}: {e}"


def spoilings(docs, which, sections):
    """Every way to spoil the named sections of one of the documents."""
    for path, value in battery.places({k: docs[which][k] for k in sections}):
        if isinstance(value, (dict, list)):
            garbage = [*OTHERS, "x", 7]
        else:
            garbage = [*TEXTS, *NUMBERS, *OTHERS, True]
        for n, bad in enumerate(g for g in garbage if g not in MEANT.get(path, ())):
            out = list(docs)
            out[which] = battery.spoilt(docs[which], path, bad)
            yield f"{battery.dotted(path)} #{n}", out


def large_reasons(docs):
    """Ten megabytes of reason: what stands beyond what is read is not judged, and nothing is printed whole."""
    for name, text in (("letters", "A" * 10_000_000), ("controls", CONTROL * 150_000),
                       ("a status at the end", "x" * 10_000_000 + " (407)"), ("brackets", "(" * 10_000_000)):
        out = copy.deepcopy(docs)
        out[1]["sync_history"][-1].update(error=None, error_text=text, update_errors=[])
        yield f"reason of 10 MB: {name}", out
    out = copy.deepcopy(docs)
    out[1]["host"]["events"] += [{"time": out[1]["server"]["collected_at"], "id": 20_000 + k, "text": CONTROL}
                                 for k in range(20_000)]
    yield "20,000 events", out


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--wsusck", required=True)
    parser.add_argument("--every", type=int, default=1)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    wsusck = os.path.abspath(args.wsusck)
    jobs = []
    for text, sections in ((HEALTHY, ["host"]), (HEALTHY + FAILED, ["sync_history"])):
        docs, now = documents(text)
        with tempfile.TemporaryDirectory(prefix="wsusck-") as folder:
            allowed = check(wsusck, folder, now, docs)
        if allowed is None or (sections == ["host"] and allowed):
            sys.exit(f"the healthy tree is not healthy: {allowed}")
        if sections == ["sync_history"]:  # another error or time is another reason or another moment of trying
            allowed |= {(rule, "hq/ber") for rule in ("WCK6001", "WCK6002", "WCK6003", "WCK6004", "WCK6005", "WCK6009")}
        jobs += [(wsusck, now, d, allowed, name) for which in (0, 1) for name, d in spoilings(docs, which, sections)]
    jobs = [j for n, j in enumerate(jobs) if n % args.every == 0]
    docs, now = documents(HEALTHY + FAILED)
    known = {("WCK6001", "hq/ber"), ("WCK6005", "hq/ber"), ("WCK6009", "hq/ber")}
    jobs += [(wsusck, now, d, known, name) for name, d in large_reasons(docs)]
    jobs = [j for j in jobs if args.only in j[4]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
        for name, why in pool.map(one, jobs):
            if why is not None:
                failed += 1
                print(f"FAIL {name}: {why}")
    print(f"{len(jobs) - failed} passed, {failed} failed")
    return 1 if failed or not jobs else 0


if __name__ == "__main__":
    sys.exit(main())
