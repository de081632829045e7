#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""differential.py: wsusck against the oracle, on random trees.

For every seed: the findings equal the oracle's (P4, P6), --verify gives the same bytes, equal facts in other bytes
give the same bytes (P3), a consistent tree has no finding (P3), making a section unknown adds nothing but 9xxx (P2),
the exit code is the one of cli.md, and every finding is answered, waived or manual in the plan.

    python3 differential.py --wsusck PATH [--seeds 0..499] [--jobs N] [--keep DIR]
    python3 differential.py --self-test [--seeds 0..499]        the properties of the oracle alone, no binary
"""
import argparse
import collections
import concurrent.futures
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile

import generate
import oracle

NOW = generate.NOW
CORE_FIELDS = ("update", "group", "category", "language", "eula")
# Rules that say the same difference in other words when a time, a selection or a need is not known.
CLASSES = {3002: "missing", 3001: "missing", 3023: "missing", 3020: "missing", 3010: "gone", 3011: "gone",
           3012: "gone", 3013: "gone", 4008: "later", 4001: "later", 4003: "later", 4004: "later", 4005: "later",
           3030: "later", 4030: "later", 4002: "extra", 4007: "extra"}
FOLDING = (3001, 3002, 3010, 3011, 3012, 3013, 3030, 3031)
FOLDING_GROUPS = (4020, 4021, 4023)


class Failure(Exception):
    pass


# --- the program ----------------------------------------------------------------------------------------------------

class Program:
    def __init__(self, path, directory, modes=None):
        self.path, self.directory = path, directory
        self.config = os.path.join(directory, "wsusck.json")
        servers = [{"name": n, "source": "file:" + n, "mode": m} for n, m in sorted((modes or {}).items())]
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump({"servers": servers} if modes else {}, out)

    def run(self, store, *arguments, expect=None):
        command = [self.path, "--store", f"sqlite:{self.directory}/{store}.db", "--config", self.config, *arguments]
        done = subprocess.run(command, capture_output=True, cwd=self.directory, timeout=120)
        stderr = done.stderr.decode(errors="replace")
        if "Sanitizer" in stderr or "runtime error" in stderr or done.returncode < 0:
            raise Failure(f"{arguments[0]} crashed ({done.returncode}): {stderr[-600:]}")
        if expect is not None and done.returncode not in expect:
            raise Failure(f"{arguments[0]}: exit {done.returncode}: {stderr.strip()[-300:]}")
        return done

    def load(self, store, documents):
        folder = os.path.join(self.directory, store)
        os.makedirs(folder)
        names = []
        for i, doc in enumerate(documents):
            names.append(os.path.join(folder, f"{i:02}-{doc['server']['name']}.json"))
            with open(names[-1], "w", encoding="utf-8") as out:
                json.dump(doc, out)
        self.run(store, "import", *names, expect=(0,))

    def check(self, store, *options):
        done = self.run(store, "check", "--format", "json", "--now", NOW, *options, expect=(0, 1, 3))
        return done.stdout, done.returncode


def findings_of(report):
    out = set()
    for f in report["findings"]:
        obj = dict(f["object"])
        for key in ("update", "group", "category", "eula"):
            obj[key] = oracle.guid(obj.get(key))
        out.add((int(f["rule"].removeprefix("WCK")), f["severity"], f["result"], f["server"],
                 tuple(obj.get(k) for k in oracle.OBJECT_FIELDS)))
    return out


def core(finding):
    """A finding without what rules.md leaves open: revision shown, kind, name of a server."""
    rule, severity, result, server, obj = finding
    fields = dict(zip(oracle.OBJECT_FIELDS, obj))
    return (rule, severity, result, server, tuple(fields[k] for k in CORE_FIELDS),
            fields["name"] if fields["kind"] == "section" else None)


def settled(finding):
    """Without the fields of the object that rules.md leaves to the program: names of groups and languages, and the
    revision of a declined update."""
    fields = dict(zip(oracle.OBJECT_FIELDS, finding[4]))
    if fields["kind"] not in ("server", "section"):
        fields["name"] = None
    if fields["kind"] == "update" and finding[0] in (3030, 3031, 4008):
        fields["revision"] = None
    return (*finding[:4], tuple(fields.values()))


def show(finding):
    rule, severity, result, server, obj = finding[:5]
    names = oracle.OBJECT_FIELDS if len(obj) == len(oracle.OBJECT_FIELDS) else CORE_FIELDS
    shown = " ".join(f"{k}={v}" for k, v in zip(names, obj) if v is not None)
    extra = f" {finding[5]}" if len(finding) > 5 and finding[5] else ""
    return f"WCK{rule} {severity} {result} {server} {shown}{extra}"


def compare(mine, its, shape):
    """Lines that say how the two sets differ; empty when they agree."""
    lines = []
    mine, its = {settled(f) for f in mine}, {settled(f) for f in its}
    a, b = {core(f) for f in mine}, {core(f) for f in its}
    lines += [f"  oracle only: {show(f)}" for f in sorted(a - b, key=str)]
    lines += [f"  wsusck only: {show(f)}" for f in sorted(b - a, key=str)]
    if not lines and shape and mine != its:
        lines += [f"  object, oracle: {show(f)}" for f in sorted(mine - its, key=str)]
        lines += [f"  object, wsusck: {show(f)}" for f in sorted(its - mine, key=str)]
    return lines


# --- P2 -------------------------------------------------------------------------------------------------------------

def erasure(documents, names, seed):
    """The documents with one core section of one present server made unknown."""
    rng = random.Random(seed)
    out = json.loads(json.dumps(documents))
    present = out[len(out) - names:]
    doc = rng.choice(present)
    section = rng.choice(generate.CORE + ["sync_history"])
    generate.erase(doc, section, rng.choice(["unknown", "absent"]))
    return out, doc["server"]["name"], section


def key(finding):
    rule, _, _, server, obj = finding
    fields = dict(zip(oracle.OBJECT_FIELDS, obj))
    return CLASSES.get(rule, rule), server, tuple(fields[k] for k in CORE_FIELDS)


def added(before, after, server, section):
    """Findings that an erasure added though rules.md does not say that it may."""
    known = {key(f) for f in before}
    rules = collections.defaultdict(set)
    updates, groups, inactive = set(), set(), set()
    for rule, _, _, at, obj in before:
        fields = dict(zip(oracle.OBJECT_FIELDS, obj))
        rules[at].add(rule)
        if rule in FOLDING or rule == 4008 and fields["kind"] == "update":
            updates.add((at, fields["update"]))
        if rule in FOLDING_GROUPS:
            groups.add((at, fields["group"]))
        if rule == 4010:
            inactive.add((fields["update"], fields["group"]))
    out = []
    for f in after:
        rule, _, _, at, obj = f
        fields = dict(zip(oracle.OBJECT_FIELDS, obj))
        mine = at.split("/")[-1] == server
        excused = (
            rule // 1000 == 9 or key(f) in known
            or (at, fields["update"]) in updates or (at, fields["group"]) in groups or 4030 in rules[at]  # unfolded
            or rule == 6002 and section == "config" and mine  # a schedule not known is 48 h
            or mine and section == "sync_history" and 6003 in rules[at]  # 6003 no longer silences
            or any(9005 in rules[x] for x in rules)  # nor does 9005
            or rule in (4001, 3001, 3002) and fields["update"] in {u for u, _ in inactive}  # unknown languages
            or section == "declined" and mine and rule in (3010, 3011, 3012, 3013)  # declined as 3011 asks
            or rule == 4011)  # a reading aid: its counts change
        if not excused:
            out.append(f)
    return out


# --- one seed -------------------------------------------------------------------------------------------------------

def self_test(seed):
    lines = []
    healthy = generate.make(seed, 0)
    lines += [f"  P3: {show(f)}" for f in oracle.check(healthy.documents(), NOW)]
    tree = generate.make(seed)
    documents = tree.documents()
    mine = oracle.check(documents, NOW, tree.modes)
    if mine != oracle.check(generate.equivalent(documents, seed), NOW, tree.modes):
        lines.append("  P3: equal facts, other findings")
    lines += monotone(tree, documents, mine, seed, lambda docs: oracle.check(docs, NOW, tree.modes))
    return seed, lines, tree.applied, mine


def monotone(tree, documents, before, seed, check):
    if any(d["server"]["mode"] == "unknown" for d in tree.now):
        return []  # the mode may then come from the section that is erased
    erased, server, section = erasure(documents, len(tree.now), seed)
    return [f"  P2: {section} of {server} unknown adds {show(f)}"
            for f in added(before, check(erased), server, section)]


def plan_adds_up(program, report):
    target = os.path.join(program.directory, "plan.json")
    program.run("a", "--now", NOW, "plan", "-o", target, expect=(0, 1, 3))
    with open(target, encoding="utf-8") as source:
        plan = json.load(source)
    answered = {a for action in plan["actions"] for a in action["answers"]}
    manual = {m["fingerprint"] for m in plan["manual"]}
    wanted = {f["fingerprint"] for f in report["findings"] if f["result"] != "waived"}
    lines = [f"  plan: {show_json(f)} is neither answered nor manual" for f in report["findings"]
             if f["fingerprint"] in wanted - answered - manual]
    stray = (answered | manual) - {f["fingerprint"] for f in report["findings"]}
    lines += [f"  plan: fingerprint {x} belongs to no finding" for x in sorted(stray)]
    lines += [f"  plan: {x} is answered and manual" for x in sorted(answered & manual)]
    return lines


def show_json(f):
    return f"{f['rule']} {f['server']} {json.dumps(f['object'], sort_keys=True)}"


def part_of(program, whole, seed):
    """A check of one server finds what the check of the tree finds on it, to the letter."""
    server = whole["servers"][seed % len(whole["servers"])]
    part = json.loads(program.check("a", server["name"])[0])["findings"]
    if part == [f for f in whole["findings"] if f["server"] == server["path"]]:
        return []
    return [f"  check {server['name']} finds something else than check"]


def one_seed(job):
    path, seed, options = job
    directory = tempfile.mkdtemp(prefix=f"wsusck-{seed}-")
    tree, mine, lines = generate.make(seed), set(), []
    try:
        documents = tree.documents()
        mine = oracle.check(documents, NOW, tree.modes)
        program = Program(path, directory, tree.modes)
        program.load("a", documents)
        bytes_a, code = program.check("a")
        report = json.loads(bytes_a)
        its = findings_of(report)
        lines += compare(mine, its, options["shape"])
        if code != oracle.exit_code(its):
            lines.append(f"  exit {code}, its findings ask for {oracle.exit_code(its)}")
        if report["summary"]["exit"] != code:
            lines.append(f"  summary.exit {report['summary']['exit']}, exit {code}")
        if program.check("a", "--verify")[0] != bytes_a:
            lines.append("  --verify gives other bytes")
        lines += part_of(program, report, seed)
        program.load("b", generate.equivalent(documents, seed))
        bytes_b = program.check("b")[0]
        if bytes_b != bytes_a:
            lines.append("  P3: equal facts, other bytes: " + first_difference(bytes_a, bytes_b))
        if options["plan"]:
            lines += plan_adds_up(program, report)

        def again(docs):
            program.load("c", docs)
            return findings_of(json.loads(program.check("c")[0]))
        lines += monotone(tree, documents, its, seed, again)
        if seed % 4 == 0:
            plain = Program(path, directory)
            plain.load("d", generate.make(seed, 0).documents())
            report_d = json.loads(plain.check("d")[0])
            lines += [f"  P3: consistent tree: {show_json(f)}" for f in report_d["findings"]]
    except Failure as failure:
        lines.append(f"  {failure}")
    except (KeyError, ValueError, TypeError, subprocess.TimeoutExpired) as failure:
        lines.append(f"  {type(failure).__name__}: {failure}")
    if lines and options["keep"]:
        shutil.copytree(directory, os.path.join(options["keep"], str(seed)), dirs_exist_ok=True)
    shutil.rmtree(directory, ignore_errors=True)
    return seed, lines, tree.applied, mine


def first_difference(a, b):
    for x, y in zip(a.splitlines(), b.splitlines()):
        if x != y:
            return f"{x.strip()[:150]!r} / {y.strip()[:150]!r}"
    return f"{len(a)} / {len(b)} bytes"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wsusck")
    parser.add_argument("--seeds", default="0..499")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", help="keep the files of failed seeds there")
    parser.add_argument("--no-plan", action="store_true")
    parser.add_argument("--no-shape", action="store_true", help="compare ids only, not kind, revision and name")
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--limit", type=int, default=12, help="lines shown per seed")
    args = parser.parse_args()
    first, _, last = args.seeds.partition("..")
    seeds = range(int(first), int(last or first) + 1)
    if not args.self_test and not args.wsusck:
        parser.error("--wsusck PATH is needed")
    options = {"shape": not args.no_shape, "plan": not args.no_plan, "keep": args.keep}
    passed, failed, rules = 0, 0, collections.Counter()
    with concurrent.futures.ProcessPoolExecutor(args.jobs) as pool:
        if args.self_test:
            results = pool.map(self_test, seeds, chunksize=8)
        else:
            path = os.path.abspath(args.wsusck)
            results = pool.map(one_seed, [(path, s, options) for s in seeds], chunksize=2)
        for seed, lines, applied, mine in results:
            rules.update({f[0] for f in mine})
            if not lines:
                passed += 1
                continue
            failed += 1
            print(f"seed {seed} ({', '.join(applied) or 'none'}):")
            print("\n".join(lines[:args.limit] + ([f"  … {len(lines) - args.limit} more"]
                                                  if len(lines) > args.limit else [])), flush=True)
    print(f"rules seen: {', '.join(map(str, sorted(rules)))}", file=sys.stderr)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
