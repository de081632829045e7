#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Unknown is never missing: the fault matrix of property P1, 9 calls x 16 kinds of fault = 144 cases.

    faults.py SIM WSUSCK [--more] [--only CALL[:FAULT]] [--jobs N]

Each case is a tree of two servers that hold the same: a healthy parent and a replica of which one call always fails in
one way. Because the two are equal, nothing that was really read can prove a difference, so every finding beyond those
of the unharmed pair must be "unknown". Asserted for each case: no crash and no sanitizer text; no new finding but 9001
and 9002 with result unknown; never exit 0 when something was not read; the reason is named in the coverage.
--more takes the kinds of bad manners instead (54 cases).
"""
import argparse
import concurrent.futures
import os
import sys
import traceback
from datetime import datetime, timezone

import make_tree
import simlib
from simlib import Sim, Wsusck

CALLS = {  # call -> sections that nothing else can tell
    "GetAuthConfig": {"languages", "categories", "updates", "declined", "groups", "approvals", "eulas"},
    "GetAuthorizationCookie": {"languages", "categories", "updates", "declined", "groups", "approvals", "eulas"},
    "GetCookie": {"languages", "categories", "updates", "declined", "groups", "approvals", "eulas"},
    "GetConfigData": {"languages"},
    "GetRollupConfiguration": set(),  # identity only: no section hangs on it
    "GetRevisionIdList.config": {"categories"},
    "GetRevisionIdList.updates": {"updates"},
    "GetUpdateData": {"updates"},
    "GetDeployments": {"declined", "groups", "approvals", "eulas"},
}
KINDS = ["refuse", "reset", "truncate 300", "slow 1800", "status 401", "status 403", "status 404", "status 407",
         "status 503", "html", "fault InternalServerError", "fault -", "cookie-loop", "empty-element", "absent-element",
         "garbage"]
MORE = ["busy", "gzip", "redirect http://127.0.0.1:1/", "content-type application/json", "huge 80", "status 500"]
LOOK = {"WCK9001", "WCK9002"}


def pair():
    """hq and berlin of the healthy tree, cut down to some dozens of rows."""
    docs, _ = make_tree.make(datetime.now(timezone.utc).replace(tzinfo=None, microsecond=0), 200, True)
    hq = docs["hq"]
    declined = {d["id"] for d in hq["declined"][:4]}
    keep = {u["id"] for u in hq["updates"] if u["_age"] <= 60 or u["id"] in declined or u["eula"] == hq["eulas"][-1]["id"]}
    keep |= {b["id"] for u in hq["updates"] if u["id"] in keep for b in u["bundles"]}
    for name in ("hq", "berlin"):
        doc = docs[name]
        doc["updates"] = [u for u in doc["updates"] if u["id"] in keep]
        doc["approvals"] = [a for a in doc["approvals"] if a["update"] in keep]
        doc["declined"] = [d for d in doc["declined"] if d["id"] in declined]
        doc["eulas"] = doc["eulas"][-1:]
        doc["files"] = []
    return docs["hq"], docs["berlin"]


def write_documents(directory, cases):
    parent, child = pair()
    paths = [os.path.join(directory, "hq.json")]
    make_tree.write(parent, paths[0])
    for name in ["clean"] + [c[0] for c in cases]:
        child["server"] = dict(child["server"], name=name, server_id=make_tree.guid("server", name))
        paths.append(os.path.join(directory, name + ".json"))
        make_tree.write(child, paths[-1])
    return paths


def run(sim, binary, directory, name):
    """(exit of check, report) of the pair hq and `name`, in a store of its own."""
    own = os.path.join(directory, "w-" + name)
    os.mkdir(own)
    config = simlib.read(sim.config)
    config["servers"] = [s for s in config["servers"] if s["name"] in ("hq", name)]
    simlib.save(os.path.join(own, "wsusck.json"), config)
    wsusck = Wsusck(binary, own, os.path.join(own, "wsusck.json"))
    limits = ("--retry-base", "1", "--timeout", "1")
    wsusck("collect", name, *limits, codes=[0, 2, 3])  # first: no document of its parent helps it out; 2: all of it failed
    wsusck("collect", "hq", *limits, codes=[0, 3])
    code, report = wsusck.check(codes=[0, 1, 3])
    return code, report


def of_server(report, path):
    return next(s for s in report["servers"] if s["path"] == path)


def key(finding, name):
    """The finding with the name of the case taken out."""
    o = finding["object"]
    return (finding["rule"], finding["result"], finding["server"].replace(name, "*"), o["kind"], o.get("update"),
            o.get("group"), o.get("category"), o.get("eula"), (o.get("name") or "").replace(name, "*"))


def judge(case, result, clean):
    name, call, kind = case
    code, report = result
    before = {key(f, "clean") for f in clean[1]["findings"]}
    new = [f for f in report["findings"] if key(f, name) not in before]
    wrong = [f for f in new if f["rule"] not in LOOK or f["result"] != "unknown"]
    assert not wrong, f"{len(wrong)} findings out of nothing, first: {wrong[0]}"
    coverage = of_server(report, "hq/" + name)["coverage"]
    unread = {s for s, c in coverage.items() if c["state"] != "complete"}
    lost = CALLS[call]
    assert lost <= unread, f"claimed as read: {sorted(lost - unread)}"
    for section in lost:
        assert coverage[section].get("reason"), f"no reason for {section}: {coverage[section]}"
    if lost:
        assert code != 0, "check ended with 0, and " + ", ".join(f"{s} is {coverage[s]}" for s in sorted(lost))
        assert code == 3, f"check ended with {code}, not 3"
        in_part = all(coverage[s]["state"] == "partial" for s in lost) # then the coverage says it, not a finding
        assert new or in_part, "nothing says that something was not read"
    else:
        assert code == clean[0], f"check ended with {code}, the unharmed pair with {clean[0]}"
    parent = [f for f in new if f["server"] == "hq"]
    assert not parent, f"the parent was harmed too: {parent[0]}"


def make_cases(args):
    cases = []
    for call in CALLS:
        for kind in MORE if args.more else KINDS:
            if args.only in (None, call, call + ":" + kind):
                cases.append((f"c{len(cases):03d}", call, kind))
    return cases


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("sim")
    p.add_argument("wsusck")
    p.add_argument("--more", action="store_true")
    p.add_argument("--only", metavar="CALL[:FAULT]")
    p.add_argument("--jobs", type=int, default=2)
    args = p.parse_args()
    cases, failed = make_cases(args), 0
    with simlib.scratch() as directory:
        rules = "".join(f"{name} {call} {kind}\n" for name, call, kind in cases)
        with Sim(os.path.abspath(args.sim), write_documents(directory, cases), directory, rules) as sim:
            binary = os.path.abspath(args.wsusck)
            clean = run(sim, binary, directory, "clean")
            with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
                futures = [(c, pool.submit(run, sim, binary, directory, c[0])) for c in cases]
                for case, future in futures:
                    try:
                        judge(case, future.result(), clean)
                    except Exception as e:
                        failed += 1
                        text = str(e) if isinstance(e, AssertionError) else traceback.format_exc()
                        print(f"FAILED {case[1]} {case[2]}: {text[:1500]}", flush=True)
    print(f"{len(cases) - failed} of {len(cases)} cases as they must be")
    return 1 if failed or not cases else 0


if __name__ == "__main__":
    sys.exit(main())
