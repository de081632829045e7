#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py: runs scenario files. One *.test file = one WSUS tree and what `wsusck check` must say about it.

    run.py [--wsusck PATH] [--jobs N] [--keep DIR] [-v] [FILE|FOLDER ...]      (default: every *.test beside this file)

PATH defaults to $WSUSCK, then to `wsusck` on the PATH. For each file: every server becomes a snapshot document, the
documents are imported into a fresh store, `check --format json` runs at a fixed time, once plain and once with
--verify; both must print the same bytes, and the findings and the exit status must be exactly the expected ones.

A line is a statement; `#` starts a comment; words may be "quoted".

  server NAME [parent=NAME] [mode=replica|autonomous|unknown]   without parent: a root. Default mode: replica
  update|approval|decline|eula|group|sync NAME [KEY=VALUE ...]  add a row (sync: NAME is the time it started)
  company|family|product|class|detectoid NAME [KEY=VALUE ...]   add a category; on a root it is also selected
  language CODE on|off
  set KIND WHICH KEY=VALUE ...        change rows          drop KIND WHICH       remove rows
  forget UPDATE                       remove its revisions, approvals and its decline
  set server KEY=VALUE ...            id fqdn version protocol parent mode collected skew spelling (upper, braces)
  set config KEY=VALUE ...            fields of config; automatic, per_day, time_of_day; uss_replica (upstream.replica),
                                      uss_name, uss_port, uss_ssl; proxy=HOST[:PORT]; retries, retry_wait_minutes
  service NAME [STATE] [START]        facts about the machine; the first one makes section host complete.
  acl PATH SDDL | event ID TIME [KEY=VALUE ...] | machine KEY=VALUE ...    event: source, level, text. machine: os_build,
                                      time_zone, utc_offset_minutes, path and free_bytes of the content folder,
                                      proxy=HOST:PORT[:cleartext]
  downstream FULLNAME [KEY=VALUE ...] a server that this one lists below itself: id and parent (names of servers; id is
                                      by default that of the first label), last_sync (never: null), last_rollup, version
  removed UPDATE GROUP TIME [by=NAME] an approval that was removed from this server
  content NAME STATE                  state of a file (update file=NAME); the first one makes section files complete
  coverage SECTION=STATE[:REASON] ... STATE complete, partial, unknown or absent (no entry); SECTION may be `all`
  snapshot TIME                       import every server as it is now, collected then; what follows is later

  @ber,mun STATEMENT                  only on these servers; else on all, servers declared later included
  u[1..3]                             repeats the line for u1, u2, u3; several ranges of a line run in step

  NOW TIME                            when the check runs (the time that all other times are relative to stays)
  EXPECT RULE SEVERITY RESULT PATH OBJECT     one finding; none: the tree must be clean
  EXIT N                              default: what cli.md says about the expected findings
  SAYS RULE WORD ...                  the JSON of one finding of that rule contains all words ($u1 = the GUID of u1)
  REPAIRED                            an hour later; what follows repairs it, and what is expected is expected then

KIND: update approval decline eula group category sync. WHICH: a name, `u1/2` (that revision), `u1@Servers` (that
group), `*`. A NAME stands for a GUID made from it; All, Unassigned and Downstream are the built-in groups. TIME: now,
-4h, +10d, -30m, -5s, or RFC 3339. A list is a,b; `-` is the empty list; null is null.

OBJECT: the kind, then what applies of update[/revision], group, category, eula, language, file, name (of a server or
a section). Revisions are compared only if a file's EXPECT lines name them.

A sync may say text=TEXT and errors=UPDATE:ERROR[:TEXT],...

Every server starts healthy: all sections read completely, language en of {all, en, de, fr}, company ms, family win,
product p1, classification c1, groups All, Unassigned, Servers, update u0 (nobody needs it), a good synchronization 4
hours ago, a daily schedule with a minute of its own, collected 10 minutes ago. An update arrived and was approved,
declined, or its EULA accepted, 20 to 30 days ago."""

import argparse
import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path

BASE = datetime(2026, 3, 10, 12, 0, 0)
CORE = ["config", "languages", "categories", "updates", "declined", "groups", "approvals", "eulas"]
SECTIONS = CORE + ["sync_history", "files", "host"]
BUILTIN = {"All": "a0a08746-4dbe-4a37-9adf-9e7652c0b421", "Unassigned": "b73ca6ed-5727-47f3-84de-015e03f6a88a",
           "Downstream": "d374f42a-9be2-4163-a0fa-3c86a401b7a7"}
LANGUAGES = {"all": 0, "en": 1033, "de": 1031, "fr": 1036, "ja": 1041}
GUID = re.compile(r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b")


class Bad(Exception):
    """The scenario file itself is wrong."""


# ---- values ----

NAMES = {guid: name for name, guid in BUILTIN.items()}


def guid(name):
    """The GUID a symbolic name stands for."""
    if name in BUILTIN:
        return BUILTIN[name]
    if GUID.fullmatch(name):
        return name
    h = hashlib.sha1(name.encode()).hexdigest()
    text = f"{h[:8]}-{h[8:12]}-4{h[13:16]}-8{h[17:20]}-{h[20:32]}"
    NAMES[text] = name
    return text


def rfc3339(t):
    return t.strftime("%Y-%m-%dT%H:%M:%SZ")


def moment(text):
    if text == "now":
        return BASE
    m = re.fullmatch(r"([+-])(\d+)([smhd])", text)
    if not m:
        raise Bad(f"not a relative time: {text}")
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[m[3]]
    return BASE + timedelta(**{unit: int(m[1] + m[2])})


def time(text):
    return text if re.match(r"\d{4}-", text) else rfc3339(moment(text))


def boolean(text):
    return {"true": True, "false": False, "on": True, "off": False}[text]


def listed(convert):
    return lambda text: [] if text == "-" else [convert(item) for item in text.split(",")]


def identity(text):
    name, _, rev = text.partition("/")
    return {"id": guid(name), "revision": int(rev or 1)}


def update_error(text):
    name, error, *rest = text.split(":", 2)
    return {"update": guid(name), "error": error, "text": rest[0] if rest else None}


def proxy(text):
    host, port, *how = text.split(":") + ([] if ":" in text else ["8080"])
    return {"host": host, "port": int(port), "user": None, "basic_in_cleartext": how == ["cleartext"]}


def content(text):
    return {"digest": hashlib.sha1(text.encode()).hexdigest(), "name": text, "size": len(text)}


# KIND: (section, key field, {DSL key: (document field, conversion)}, defaults)
KINDS = {
    "update": ("updates", "id", {
        "rev": ("revision", int), "type": ("type", str), "title": ("title", str), "class": ("classification", guid),
        "product": ("products", listed(guid)), "lang": ("languages", listed(str)), "created": ("created", time),
        "arrived": ("arrived", time), "state": ("state", str), "deployable": ("deployable", boolean),
        "eula": ("eula", guid), "supersedes": ("supersedes", listed(guid)), "bundles": ("bundles", listed(identity)),
        "compatible": ("compatible_protocol_version", str), "needed": ("needed_by", int),
        "file": ("files", listed(content)), "kb": ("kb", listed(str))},
        dict(revision=1, type="software", kb=[], bulletins=[], severity=None, classification=guid("c1"),
             products=[guid("p1")], languages=[], created=time("-60d"), arrived=time("-30d"), state="published",
             deployable=True, eula=None, supersedes=[], bundles=[], prerequisites=[],
             compatible_protocol_version=None, needed_by=0, files=[])),
    "approval": ("approvals", "update", {
        "rev": ("revision", int), "group": ("group", guid), "action": ("action", str), "deadline": ("deadline", time),
        "go_live": ("go_live", time), "changed": ("changed", time), "admin": ("admin", str),
        "deployment": ("deployment", guid), "priority": ("priority", int), "assigned": ("assigned", boolean)},
        dict(revision=1, group=guid("Servers"), action="install", deadline=None, go_live=time("-20d"),
             changed=time("-20d"), admin="CONTOSO\\wsus", assigned=True, priority=1)),
    "decline": ("declined", "id", {
        "rev": ("revision", int), "time": ("time", time), "admin": ("admin", str)},
        dict(revision=None, time=time("-20d"), admin=None)),
    "eula": ("eulas", "id", {"update": ("update", guid), "accepted": ("accepted", time), "admin": ("admin", str)},
             dict(update=None, accepted=time("-20d"), admin=None)),
    "group": ("groups", "id", {"id": ("id", guid), "name": ("name", str), "parent": ("parent", guid)},
              dict(parent=guid("All"))),
    "category": ("categories", "id", {
        "rev": ("revision", int), "kind": ("kind", str), "title": ("title", str), "parent": ("parent", guid)},
        dict(revision=1, parent=None)),
    "sync": ("sync_history", "started", {
        "started": ("started", time), "ended": ("ended", time), "result": ("result", str), "error": ("error", str),
        "trigger": ("trigger", str), "text": ("error_text", str), "errors": ("update_errors", listed(update_error))},
        dict(ended=None, result="succeeded", trigger="scheduled", error=None, error_text=None, update_errors=[])),
}
CATEGORY_WORDS = {"company": "company", "family": "product_family", "product": "product", "class": "classification",
                  "detectoid": "detectoid"}
CONFIG = {"selected_products": listed(guid), "selected_classifications": listed(guid), "per_day": int,
          "automatic": boolean, "time_of_day": str, "next_sync": time, "uss_replica": boolean,
          "lazy_sync": boolean, "content_on_microsoft_update": boolean, "uss_name": str, "uss_port": int,
          "uss_ssl": boolean, "proxy": proxy, "retries": int, "retry_wait_minutes": int}
SERVER = {"id": guid, "fqdn": str, "version": str, "protocol": str, "parent": str, "mode": str, "collected": str,
          "skew": str, "spelling": str}


def pairs(words, fields, what):
    """KEY=VALUE words -> [(key, converted value)]"""
    out = []
    for word in words:
        key, eq, value = word.partition("=")
        if not eq or key not in fields:
            raise Bad(f"{what}: unknown word {word!r}")
        convert = fields[key][1] if isinstance(fields[key], tuple) else fields[key]
        out.append((key, None if value == "null" else convert(value)))
    return out


# ---- one server ----

class Server:
    def __init__(self, name, parent, mode, number):
        self.name = name
        self.facts = {"id": guid("server " + name), "fqdn": name + ".example", "version": "10.0.20348.1",
                      "protocol": "1.20", "parent": parent, "mode": mode, "collected": None, "skew": None,
                      "spelling": None}
        self.config = {"automatic": True, "per_day": 1, "time_of_day": f"03:{number:02d}:00", "next_sync": None,
                       "selected_products": [], "selected_classifications": [], "uss_replica": mode == "replica",
                       "lazy_sync": True, "content_on_microsoft_update": False, "uss_name": None, "uss_port": 8531,
                       "uss_ssl": True, "proxy": None, "retries": None, "retry_wait_minutes": None}
        self.coverage = {s: ("complete", None) for s in CORE + ["sync_history"]}
        self.rows = {kind[0]: [] for kind in KINDS.values()}
        self.host, self.files = {}, []
        self.rows["languages"] = [{"id": i, "code": c, "name": c, "enabled": c == "en"}
                                  for c, i in LANGUAGES.items() if c != "ja"]
        for line in ("company ms", "family win parent=ms", "product p1 parent=win", "class c1", "group All parent=null",
                     "group Unassigned", "group Servers", "update u0", "sync -4h ended=-230m"):
            self.do(line.split())

    def do(self, words):
        verb, rest = words[0], words[1:]
        if verb in CATEGORY_WORDS:
            self.add_category(rest[0], ["kind=" + CATEGORY_WORDS[verb]] + rest[1:])
        elif verb in KINDS:
            self.add(verb, rest[0], rest[1:])
        elif verb == "language":
            self.language(*rest)
        elif verb == "coverage":
            self.cover(rest)
        elif verb in ("service", "acl", "event", "machine", "downstream", "removed"):
            self.machine(verb, rest)
        elif verb == "content":
            self.coverage.setdefault("files", ("complete", None))
            digest = content(rest[0])["digest"]
            self.files = [row for row in self.files if row["digest"] != digest]
            if rest[1] != "unlisted":
                self.files.append({"digest": digest, "state": rest[1]})
        elif verb == "forget":
            for kind in ("update", "approval", "decline"):
                self.drop(kind, rest[0], must=kind == "update")
        elif verb == "drop":
            self.drop(*rest)
        elif verb == "set" and rest[0] == "server":
            self.facts.update(pairs(rest[1:], SERVER, "set server"))
        elif verb == "set" and rest[0] == "config":
            self.config.update(pairs(rest[1:], CONFIG, "set config"))
        elif verb == "set" and rest[0] in KINDS:
            for row in self.match(rest[0], rest[1]):
                self.fill(rest[0], row, rest[2:])
        else:
            raise Bad(f"unknown statement {' '.join(words)!r}")

    @staticmethod
    def fill(kind, row, words):
        fields = KINDS[kind][2]
        for key, value in pairs(words, fields, kind):
            row[fields[key][0]] = value

    def add(self, kind, name, words):
        section, key, _, defaults = KINDS[kind]
        row = {key: time(name) if kind == "sync" else guid(name)}
        row.update(json.loads(json.dumps(defaults)))
        if kind in ("update", "category"):
            row["title"] = name
        if kind == "group":
            row["name"] = name
        self.fill(kind, row, words)
        if kind == "approval":
            row.setdefault("deployment", guid(f"deployment {self.name} {name} {len(self.rows[section])}"))
        self.rows[section].append(row)

    def add_category(self, name, words):
        self.add("category", name, words)
        kind = self.rows["categories"][-1]["kind"]
        field = {"product": "selected_products", "classification": "selected_classifications"}.get(kind)
        if field and self.facts["parent"] is None and self.config[field] is not None:
            self.config[field] = self.config[field] + [guid(name)]

    def match(self, kind, which, must=True):
        m = re.fullmatch(r"([^/@]+)(?:/(\d+))?(?:@(.+))?", which)
        section, key = KINDS[kind][:2]
        found = [row for row in self.rows[section]
                 if (m[1] == "*" or row[key] == (time(m[1]) if kind == "sync" else guid(m[1])))
                 and (m[2] is None or row["revision"] == int(m[2])) and (m[3] is None or row["group"] == guid(m[3]))]
        if must and not found:
            raise Bad(f"{self.name} has no {kind} {which}")
        return found

    def drop(self, kind, which, must=True):
        section, gone = KINDS[kind][0], self.match(kind, which, must)
        self.rows[section] = [row for row in self.rows[section] if not any(row is g for g in gone)]

    def machine(self, verb, rest):
        self.coverage.setdefault("host", ("complete", None))
        if verb == "service":
            rows = self.host.setdefault("services", [])
            rows[:] = [row for row in rows if row["name"] != rest[0]]
            rows.append({"name": rest[0], **dict(zip(("state", "start"), rest[1:]))})
        elif verb == "acl":
            rows = self.host.setdefault("content", {}).setdefault("acl", [])
            rows[:] = [row for row in rows if row["path"] != rest[0]]
            rows.append({"path": rest[0], "sddl": rest[1]})
        elif verb == "event":
            row = {"time": time(rest[1]), "id": int(rest[0]), "source": "Windows Server Update Services", "level": "Error"}
            row.update(pairs(rest[2:], {"source": str, "level": str, "text": str}, "event"))
            self.host.setdefault("events", []).append(row)
        elif verb == "downstream":
            server = lambda name: guid("server " + name)
            row = {"full_name": rest[0], "id": server(rest[0].split(".")[0])}
            row.update(pairs(rest[1:], {"id": server, "parent": server, "version": str, "last_rollup": time,
                                        "last_sync": lambda t: None if t == "never" else time(t)}, "downstream"))
            self.host.setdefault("downstream_servers", []).append(row)
        elif verb == "removed":
            row = {"update": guid(rest[0]), "group": BUILTIN.get(rest[1]) or guid(rest[1]), "time": time(rest[2])}
            row.update(pairs(rest[3:], {"by": str}, "removed"))
            self.host.setdefault("removed_approvals", []).append(row)
        else:
            for key, value in pairs(rest, {"os_build": str, "time_zone": str, "utc_offset_minutes": int, "path": str, "free_bytes": int,
                                           "proxy": proxy}, "machine"):
                where = self.host.setdefault("content", {}) if key in ("path", "free_bytes") else self.host
                where[key] = value

    def language(self, code, state):
        row = next((r for r in self.rows["languages"] if r["code"] == code), None)
        if row is None:
            row = {"id": LANGUAGES[code], "code": code, "name": code}
            self.rows["languages"].append(row)
        row["enabled"] = boolean(state)

    def cover(self, words):
        for word in words:
            section, _, state = word.partition("=")
            state, _, reason = state.partition(":")
            for s in SECTIONS[:9] if section == "all" else [section]:
                if s not in SECTIONS or state not in ("complete", "partial", "unknown", "absent"):
                    raise Bad(f"coverage: {word!r}")
                self.coverage[s] = (state, reason or None)

    def document(self, when):
        f, c = self.facts, self.config
        collected = moment(f["collected"]) if f["collected"] else when
        server_time = collected + (moment(f["skew"]) - BASE if f["skew"] else timedelta())
        upstream = None
        if f["parent"] is not None:
            upstream = {"name": c["uss_name"] or f["parent"], "port": c["uss_port"]}
            if c["uss_ssl"] is not None:
                upstream["ssl"] = c["uss_ssl"]
            if c["uss_replica"] is not None:
                upstream["replica"] = c["uss_replica"]
        schedule = None if c["automatic"] is None else {k: c[k] for k in ("automatic", "time_of_day", "per_day")
                                                        if c[k] is not None}
        config = {k: c[k] for k in ("lazy_sync", "content_on_microsoft_update", "next_sync", "selected_products",
                                    "selected_classifications", "proxy", "retries", "retry_wait_minutes")}
        config.update(sync_from_microsoft_update=upstream is None, upstream=upstream, schedule=schedule)
        doc = {"format": "wsusck-snapshot", "format_version": "1.0",
               "server": {"name": self.name, "parent": f["parent"], "mode": f["mode"], "server_id": f["id"],
                          "fqdn": f["fqdn"], "version": f["version"], "protocol_version": f["protocol"],
                          "collected_at": rfc3339(collected), "server_time": rfc3339(server_time), "source": "test"},
               "coverage": {s: {"state": state, "reason": reason} for s, (state, reason) in self.coverage.items()
                            if state != "absent"},
               "config": config if self.coverage["config"][0] in ("complete", "partial") else {}}
        for section, rows in self.rows.items():
            doc[section] = rows if self.coverage[section][0] in ("complete", "partial") else []
        if self.files or "files" in self.coverage:
            doc["files"] = self.files
        if self.host:
            doc["host"] = self.host
        text = json.dumps(doc, indent=0)
        spell = {"upper": str.upper, "braces": lambda g: "{" + g + "}"}.get(f["spelling"])
        return GUID.sub(lambda m: spell(m[0]), text) if spell else text


# ---- one scenario file ----

def unroll(line):
    """Repeat a line for its ranges u[1..3]; several ranges run in step."""
    ranges = [range(int(a), int(b) + 1) for a, b in re.findall(r"\[(\d+)\.\.(\d+)\]", line)]
    if not ranges:
        return [line]
    if len({len(r) for r in ranges}) != 1:
        raise Bad(f"ranges of different lengths: {line}")
    parts = re.split(r"\[\d+\.\.\d+\]", line)
    return ["".join(p + str(n) for p, n in zip(parts, step + ("",))) for step in zip(*ranges)]


class Phase:
    """A state of the tree and what must be said about it."""
    def __init__(self, now):
        self.now, self.exit, self.generations, self.expect, self.says, self.in_part = now, None, [], [], [], False

    def wanted_exit(self):
        if self.exit is not None:
            return self.exit
        words = [line.split() for line in self.expect]
        if any(w[2] == "fail" and w[1] in ("error", "warning") for w in words):
            return 1
        return 3 if self.in_part or any(w[2] == "unknown" for w in words) else 0


class Scenario:
    def __init__(self, path):
        self.path, self.phase, self.phases = path, Phase(BASE), []
        self.servers, self.common = {}, []
        for number, raw in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            try:
                for line in unroll(raw):
                    words = shlex.split(line, comments=True)
                    if words:
                        self.statement(words)
            except (Bad, KeyError, ValueError, TypeError, IndexError) as e:
                raise Bad(f"{path}:{number}: {e}") from None
        self.end_phase()

    @property
    def now(self):
        return self.phase.now

    @property
    def generations(self):
        return [g for phase in self.phases for g in phase.generations]

    def end_phase(self):
        core = ("languages", "categories", "updates", "declined", "groups", "approvals", "eulas")
        self.take(BASE + timedelta(hours=len(self.phases)) - timedelta(minutes=10))
        self.phase.in_part = any(s.coverage[k][0] == "partial" for s in self.servers.values() for k in core)
        self.phases.append(self.phase)

    def take(self, when):
        if not self.servers:
            raise Bad(f"{self.path}: no server")
        self.phase.generations.append([(s.name, s.document(when)) for s in self.servers.values()])

    def statement(self, words):
        verb = words[0]
        if verb == "EXPECT":
            self.phase.expect.append(" ".join(words[1:]))
        elif verb == "EXIT":
            self.phase.exit = int(words[1])
        elif verb == "NOW":
            self.phase.now = moment(words[1])
        elif verb == "SAYS":
            self.phase.says.append((words[1], [re.sub(r"\$(\w+)", lambda m: guid(m[1]), w) for w in words[2:]]))
        elif verb == "REPAIRED":
            self.end_phase()
            self.phase = Phase(BASE + timedelta(hours=len(self.phases)))
        elif verb == "snapshot":
            self.take(moment(words[1]))
        elif verb == "server":
            given = dict(pairs(words[2:], {"parent": str, "mode": str}, "server"))
            mode = given.get("mode", "replica" if "parent" in given else "autonomous")
            self.servers[words[1]] = Server(words[1], given.get("parent"), mode, len(self.servers))
            for earlier in self.common:
                self.servers[words[1]].do(earlier)
        elif verb.startswith("@"):
            for name in verb[1:].split(","):
                self.servers[name].do(words[1:])
        else:
            self.common.append(words)
            for server in self.servers.values():
                server.do(words)


def render(finding, revisions):
    """A finding as an EXPECT line."""
    o = finding["object"]

    def symbol(field):
        return NAMES.get(o[field], o[field])

    words = [finding["rule"], finding["severity"], finding["result"], finding["server"], o["kind"]]
    if o.get("update"):
        rev = f"/{o['revision']}" if revisions and o.get("revision") is not None else ""
        words.append(symbol("update") + rev)
    words += [symbol(field) for field in ("group", "category", "eula", "language", "file") if o.get(field)]
    if o["kind"] in ("server", "section"):
        words.append(o["name"])
    return " ".join(words)


def call(argv, folder, expected):
    env = {k: v for k, v in os.environ.items() if not k.startswith("WSUSCK")}
    done = subprocess.run(argv, cwd=folder, env=env, stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
    if done.returncode not in expected:
        raise AssertionError(f"{' '.join(argv[1:])}: exit status {done.returncode}\n"
                             + done.stderr.decode(errors="replace")[-2000:])
    return done.returncode, done.stdout


def diff(wanted, got):
    out, rest = [], list(got)
    for line in wanted:
        if line in rest:
            rest.remove(line)
        else:
            out.append("  - " + line)
    out += ["  + " + line for line in rest]
    more = f"\n  … and {len(out) - 40} more" if len(out) > 40 else ""
    return "\n".join(out[:40]) + more


def judge(phase, first, code, again):
    """None, or what is not as expected in what `check` printed."""
    findings = json.loads(first)["findings"]
    revisions = any(re.search(r"/\d+( |$)", line.split(None, 4)[-1]) for line in phase.expect)
    got = sorted(render(f, revisions) for f in findings)
    if got != sorted(phase.expect):
        return "findings differ (- expected, + reported)\n" + diff(sorted(phase.expect), got)
    if code != phase.wanted_exit():
        return f"exit status {code}, expected {phase.wanted_exit()}"
    if again != (code, first):
        return "--verify prints something else"
    for rule, words in phase.says:
        if not any(all(w in json.dumps(f, ensure_ascii=False) for w in words) for f in findings if f["rule"] == rule):
            return f"no {rule} says {' '.join(words)}\n" + "\n".join(
                "  " + json.dumps(f, ensure_ascii=False) for f in findings if f["rule"] == rule)
    return None


def run_phase(base, phase, folder, before):
    """Imports the snapshots of one phase into the store and checks; None, or why it failed."""
    for n, generation in enumerate(phase.generations, before + 1):
        files = []
        for name, text in generation:
            files.append(f"{n}-{name}.json")
            Path(folder, files[-1]).write_text(text, encoding="utf-8")
        call(base + ["import"] + files, folder, {0})
    code, first = call(base + ["check", "--format", "json"], folder, {0, 1, 2, 3})
    return judge(phase, first, code, call(base + ["check", "--format", "json", "--verify"], folder, {0, 1, 2, 3}))


def run(wsusck, path, keep):
    """None, or why it failed."""
    try:
        scenario, before = Scenario(path), 0
        with tempfile.TemporaryDirectory(prefix="wsusck-") as temp:
            folder = temp
            if keep:
                folder = os.path.join(keep, path.parent.name + "-" + path.stem)
                os.makedirs(folder, exist_ok=True)
            for phase in scenario.phases:
                base = [wsusck, "--store", "sqlite:x.db", "--now", rfc3339(phase.now)]
                why = run_phase(base, phase, folder, before)
                if why is not None:
                    return why if phase is scenario.phases[0] else "repaired: " + why
                before += len(phase.generations)
    except (Bad, AssertionError) as e:
        return str(e)
    except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as e:
        return f"{type(e).__name__}: {e}"
    return None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0],
                                     epilog="the language of the files is described at the top of run.py")
    parser.add_argument("--wsusck", default=os.environ.get("WSUSCK", "wsusck"), help="the program to test")
    parser.add_argument("--jobs", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument("--keep", metavar="DIR", help="leave documents and stores there")
    parser.add_argument("-v", "--verbose", action="store_true", help="name what passed, too")
    parser.add_argument("files", nargs="*", default=[str(Path(__file__).parent)])
    args = parser.parse_args()
    if os.sep in args.wsusck:
        args.wsusck = os.path.abspath(args.wsusck)
    paths = []
    for name in args.files:
        path = Path(name)
        paths += sorted(path.rglob("*.test")) if path.is_dir() else [path]
    with ThreadPoolExecutor(args.jobs) as pool:
        results = list(pool.map(lambda p: run(args.wsusck, p, args.keep and os.path.abspath(args.keep)), paths))
    failed = 0
    for path, why in zip(paths, results):
        if why is not None:
            failed += 1
            print(f"FAIL {path}: {why}")
        elif args.verbose:
            print(f"ok   {path}")
    print(f"{len(paths) - failed} passed, {failed} failed")
    return 1 if failed or not paths else 0


if __name__ == "__main__":
    sys.exit(main())
