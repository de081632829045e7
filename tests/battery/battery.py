#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""battery.py: hostile inputs, one deterministic list.

Every case that must be refused has to end within 10 s (of processor time) with exit 2 (64 for usage), exactly one line
"wsusck: could not …" and at most hints beside it, that line naming the file, no sanitizer text, and the store as
before. Valid but odd documents must be accepted with exit 0. "either" cases may do one or the other, but properly.

    python3 battery.py --wsusck PATH [--only TEXT] [--every N] [--jobs N] [--list]
"""
import argparse
import base64
import concurrent.futures
import copy
import hashlib
import json
import os
import queue
import random
import shutil
import signal
import subprocess
import sys
import tempfile

G = "{:08x}-aaaa-4bbb-8ccc-dddddddddddd".format
RAW = "@@RAW@@"
REFUSE, ACCEPT, EITHER, USAGE = "refuse", "accept", "either", "usage"
T = "2026-11-19T04:05:06Z"
# 10 s of processor time, so that a busy machine fails nobody; 60 s by the clock.
LIMIT = ["prlimit", "--cpu=10", "--"] if shutil.which("prlimit") else []
UPD = "http://schemas.microsoft.com/msus/2002/12/Update"
ROWS = ("languages", "categories", "updates", "declined", "groups", "approvals", "eulas", "sync_history", "files")
CAT = "http://schemas.microsoft.com/msus/2002/12/UpdateHandlers/Category"


def sample(name="hq"):
    """A valid document with every field set, so that every field can be spoilt."""
    sections = ("config", "languages", "categories", "updates", "declined", "groups", "approvals", "eulas",
                "sync_history", "files", "host")
    return {
        "format": "wsusck-snapshot", "format_version": "1.0",
        "server": {"name": name, "parent": None, "mode": "autonomous", "server_id": G(1), "fqdn": name + ".example",
                   "version": "10.0.26100.1", "protocol_version": "1.20", "collected_at": T, "server_time": T,
                   "source": "https://hq.example:8531"},
        "coverage": {s: {"state": "complete", "reason": "read"} for s in sections},
        "config": {"sync_from_microsoft_update": True,
                   "upstream": {"name": "up", "port": 8531, "ssl": True, "replica": False},
                   "catalog_only_sync": False, "lazy_sync": True, "content_on_microsoft_update": False,
                   "schedule": {"automatic": True, "time_of_day": "03:00:00", "per_day": 2}, "next_sync": T,
                   "retries": 2, "retry_wait_minutes": 15,
                   "proxy": {"host": "proxy", "port": 8080, "user": "svc", "basic_in_cleartext": False},
                   "max_updates_per_request": 100, "selected_products": [G(0x20)],
                   "selected_classifications": [G(0x21)]},
        "languages": [{"id": 1033, "code": "en", "name": "English", "enabled": True}],
        "categories": [{"id": G(0x20), "revision": 5, "kind": "product", "title": "Windows", "parent": G(0x22)}],
        "updates": [{"id": G(0x30), "revision": 101, "type": "software", "title": "An update \u2013 \u00e9\U0001f600",
                     "kb": ["5000001"], "bulletins": ["MS01-001"], "severity": "Critical", "classification": G(0x21),
                     "products": [G(0x20)], "languages": ["en"], "created": T, "arrived": T, "state": "published",
                     "deployable": True, "eula": G(0x50), "supersedes": [G(0x31)],
                     "bundles": [{"id": G(0x32), "revision": 7}], "prerequisites": [[G(0x33)]],
                     "compatible_protocol_version": "1.0", "needed_by": 3,
                     "files": [{"digest": "0123456789abcdef0123456789abcdef01234567", "name": "a.cab", "size": 12}]}],
        "declined": [{"id": G(0x34), "revision": 2, "time": T, "admin": "A\\b"}],
        "groups": [{"id": G(0x40), "name": "Pilot", "parent": G(0x41)}],
        "approvals": [{"deployment": G(0x60), "update": G(0x30), "revision": 101, "group": G(0x40),
                       "action": "install", "deadline": "2027-01-01T00:00:00.1234567Z", "go_live": T, "changed": T,
                       "admin": "A\\b", "assigned": True, "priority": 1}],
        "eulas": [{"id": G(0x50), "update": G(0x30), "accepted": T, "admin": "A\\b"}],
        "sync_history": [{"started": T, "ended": T, "result": "failed", "trigger": "manual", "error": "ProxyError",
                          "error_text": "x", "update_errors": [{"update": G(0x30), "error": "E", "text": "t"}]}],
        "files": [{"digest": "0123456789abcdef0123456789abcdef01234567", "state": "present"}],
        "host": {"services": [{"name": "WsusService", "state": "running", "start": "automatic"}],
                 "content": {"path": "C:\\WSUS", "acl": [{"path": "C:\\WSUS", "sddl": "D:"}], "free_bytes": 9},
                 "events": [{"time": T, "id": 10022, "source": "s", "level": "error", "text": "t"}],
                 "os_build": "26100.1", "time_zone": "UTC"},
    }


def lines_of(doc):
    """The JSON Lines export of a document, as a list of objects."""
    head = {"format": "wsusck-snapshot-lines", "format_version": "1.0",
            **{k: doc[k] for k in ("server", "coverage", "config", "host")}}
    rows = [{"section": s, "row": r} for s in ROWS for r in doc[s]]
    return [head] + rows + [{"end": True, "rows": len(rows)}]


def text_of(value, raw=None):
    text = json.dumps(value, ensure_ascii=False)
    return (text if raw is None else text.replace(f'"{RAW}"', raw)).encode()


def join(lines, end="\n"):
    return end.join(json.dumps(x, ensure_ascii=False) for x in lines).encode() + end.encode()


def places(value, path=()):
    """Every (path, value) below a document, containers included."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, child in items:
        yield path + (key,), child
        yield from places(child, path + (key,))


def spoilt(doc, path, value):
    out = copy.deepcopy(doc)
    at = out
    for key in path[:-1]:
        at = at[key]
    at[path[-1]] = value
    return out


def without(doc, path):
    out = copy.deepcopy(doc)
    at = out
    for key in path[:-1]:
        at = at[key]
    del at[path[-1]]
    return out


def dotted(path):
    return "".join(f"[{k}]" if isinstance(k, int) else "." + k for k in path).lstrip(".")


def wrong(value):
    if isinstance(value, bool):
        return ["true", 1]
    if isinstance(value, int):
        return ["7", 1.5, True]
    if isinstance(value, str):
        return [7, ["x"]]
    return [{}, "x"] if isinstance(value, list) else [[], "x"]


def is_guid(value):
    return isinstance(value, str) and len(value) == 36 and value.count("-") == 4


def is_time(value):
    return isinstance(value, str) and value[4:5] == "-" and value.endswith("Z") and "T" in value


BAD_GUIDS = ["not-a-guid", G(0x30)[:-1], G(0x30)[:-1] + "g", "{" + G(0x30), G(0x30) + "0", "", "{" * 40,
             G(0x30).replace("-", "_"), " " + G(0x30)]
BAD_TIMES = ["yesterday", "2026-13-01T00:00:00Z", "2026-02-30T00:00:00Z", "2026-01-01T25:00:00Z",
             "2026-01-01T00:61:00Z", "2026-01-01T00:00:00", "2026-01-01", "", "26-01-01T00:00:00Z",
             "2026-01-01T00:00:00.Z", "2026-00-10T00:00:00Z", "2026-01-00T00:00:00Z", "99999-01-01T00:00:00Z"]
BAD_TOKENS = {"NaN": "NaN", "Infinity": "Infinity", "-Infinity": "-Infinity", "leading zero": "0101",
              "plus sign": "+1", "bare point": ".5", "point at end": "1.", "hexadecimal": "0x10", "empty": "",
              "comma only": ",", "undefined": "undefined", "True": "True", "single quotes": "'x'",
              "comment": "/* x */ 1", "exponent without digits": "1e", "minus only": "-"}
BAD_STRINGS = {"lone high surrogate": r'"\ud800"', "lone low surrogate": r'"\udc00"', "reversed pair": r'"\udc00\ud800"',
               "high then letter": r'"\ud800x"', "bad escape": r'"\x41"', "short \\u": r'"\u12"', "NUL escape": r'"a\u0000b"',
               "raw newline": '"a\nb"', "raw tab": '"a\tb"', "unterminated": '"abc'}
BAD_BYTES = {"NUL byte": b"a\0b", "overlong": b"\xc0\xaf", "surrogate in UTF-8": b"\xed\xa0\x80", "above U+10FFFF":
             b"\xf5\x80\x80\x80", "stray continuation": b"\x80", "cut sequence": b"\xe2\x82", "0xFF": b"\xff"}


class Case:
    def __init__(self, name, kind, expect, data, needle=None, config=None):
        self.name, self.kind, self.expect, self.data, self.needle = name, kind, expect, data, needle
        self.arguments = config


def strict(path):
    """Host facts are kept as they are until a rule reads them."""
    return EITHER if path[0] == "host" else REFUSE


# --- snapshot documents ---------------------------------------------------------------------------------------------

def document_cases(form, doc, encode):
    """Cases for a snapshot document; `encode(doc, raw)` writes it as a document or as JSON Lines."""
    whole = encode(doc, None)
    for n in range(64, len(whole), 64):
        if whole[:n].strip() != whole.strip():
            yield f"truncated at {n}", REFUSE, whole[:n]
    for n in (0, 1, 2, len(whole.rstrip()) - 1):
        yield f"truncated at {n}", REFUSE, whole[:n]
    every = [(p, v) for p, v in places(doc) if v is not None and p[0] not in ("format", "format_version")]
    for path, value in every:
        if form == "lines" and (len(path) == 1 or path[-1] == 0 and len(path) == 2) and isinstance(value, (list, dict)) \
                and path[0] not in ("server", "coverage", "config", "host"):
            continue  # has no place of its own in JSON Lines
        bad = wrong(value)
        for i, instead in enumerate(bad if form == "document" else bad[:1]):
            yield f"{dotted(path)}: wrong type {i}", strict(path), encode(spoilt(doc, path, instead), None)
        if form != "document":
            continue
        if is_guid(value):
            bad = BAD_GUIDS[len(path[0]) % len(BAD_GUIDS)]
            yield f"{dotted(path)}: bad GUID {bad!r}", strict(path), encode(spoilt(doc, path, bad), None)
        if is_time(value):
            bad = BAD_TIMES[len(dotted(path)) % len(BAD_TIMES)]
            # without a zone it may be taken as UTC, as servers write it (protocol.md 5.5)
            expect = EITHER if bad == "2026-01-01T00:00:00" else strict(path)
            yield f"{dotted(path)}: bad time {bad!r}", expect, encode(spoilt(doc, path, bad), None)
        if isinstance(value, int) and not isinstance(value, bool):
            for number in ("1e400", "9223372036854775808", "-9223372036854775809", "1" + "0" * 400):
                yield (f"{dotted(path)}: {number[:24]}", strict(path), encode(spoilt(doc, path, RAW), number))
            if path[-1] == "revision":  # the schema sets no lower end
                yield f"{dotted(path)}: negative", ACCEPT, encode(spoilt(doc, path, -1), None)
    for path in (("server",), ("coverage",), ("server", "name"), ("coverage", "updates", "state"),
                 ("languages", 0, "id"), ("languages", 0, "code"), ("languages", 0, "enabled"),
                 ("categories", 0, "id"), ("categories", 0, "revision"), ("categories", 0, "kind"),
                 ("updates", 0, "id"), ("updates", 0, "revision"), ("updates", 0, "files", 0, "digest"),
                 ("updates", 0, "bundles", 0, "id"), ("updates", 0, "bundles", 0, "revision"), ("declined", 0, "id"),
                 ("groups", 0, "id"), ("groups", 0, "name"), ("approvals", 0, "update"), ("approvals", 0, "revision"),
                 ("approvals", 0, "group"), ("approvals", 0, "action"), ("eulas", 0, "id"),
                 ("sync_history", 0, "started"), ("sync_history", 0, "result"), ("files", 0, "digest"),
                 ("files", 0, "state"), ("host", "services", 0, "name"), ("host", "events", 0, "id")):
        yield f"{dotted(path)}: missing", strict(path), encode(without(doc, path), None)
        yield f"{dotted(path)}: null", strict(path), encode(spoilt(doc, path, None), None)
    for path, values in {
            ("server", "mode"): ["Replica", "slave", ""], ("coverage", "updates", "state"): ["Complete", "", "read"],
            ("categories", 0, "kind"): ["Product", "family"], ("updates", 0, "type"): ["Software", "x"],
            ("updates", 0, "state"): ["declined", ""], ("sync_history", 0, "result"): ["ok", ""],
            ("sync_history", 0, "trigger"): ["cron"], ("files", 0, "state"): ["here"],
            ("approvals", 0, "action"): ["Install", "other:", "other:-1", "other:x", "other", "0", "",
                                         "other:99999999999999999999999"],
            ("updates", 0, "files", 0, "digest"): ["xyz", "0" * 39, "0" * 41, "g" * 40, ""],
            ("files", 0, "digest"): ["0" * 39, "g" * 40], ("host", "services", 0, "state"): ["up"],
            ("updates", 0, "kb"): [["KB5000001"], ["5a"]],
            ("config", "schedule", "per_day"): [0, 25, -1]}.items():
        for value in values:
            yield f"{dotted(path)}: {value!r}", strict(path), encode(spoilt(doc, path, value), None)
    for name, token in BAD_TOKENS.items():
        yield f"token {name}", REFUSE, encode(spoilt(doc, ("updates", 0, "revision"), RAW), token)
    for name, token in BAD_STRINGS.items():
        yield f"text {name}", REFUSE, encode(spoilt(doc, ("updates", 0, "title"), RAW), token)
    for name, junk in BAD_BYTES.items():
        yield (f"bytes {name}", REFUSE,
               encode(spoilt(doc, ("updates", 0, "title"), "MARK"), None).replace(b"MARK", junk))
    for key in ("format", "server", "updates", "coverage"):
        if form == "document" or key in ("format", "server", "coverage"):
            yield (f"duplicate key {key}", REFUSE,
                   whole.replace(f'"{key}": '.encode(), f'"{key}": null, "{key}": '.encode(), 1))
    for key in (b'"revision": 101', b'"name": "Pilot"', b'"state": "complete"'):
        yield f"duplicate key {key.decode()}", REFUSE, whole.replace(key, key + b", " + key, 1)
    yield "duplicate unknown key", REFUSE, whole.replace(b'"format"', b'"zz": 1, "zz": 2, "format"', 1)
    for value in ("2.0", "2", "1", "1.x", "", "0.9", "10.0", "01.0", "1.", "1.-1", " 1.0", 1.0, None,
                  "1.99999999999999999999", ["1.0"]):
        bad = spoilt(doc, ("format_version",), value)
        expect = EITHER if value == "1.99999999999999999999" else REFUSE
        yield f"format_version {value!r}", expect, encode(bad, None)
    extra = dict(doc, zzz={"a": [1, {"b": None}]})
    extra["server"] = dict(doc["server"], colour="red")
    extra["updates"] = [dict(doc["updates"][0], flavour=[[[1]]])]
    yield "1.0 with unknown keys", ACCEPT, encode(extra, None)
    yield "1.9 with unknown keys", ACCEPT, encode(dict(extra, format_version="1.9"), None)
    # valid by the schema, which sets no longest text
    yield "text of 1 MiB", EITHER, encode(spoilt(doc, ("updates", 0, "title"), "x" * (1 << 20)), None)
    yield "text of 20 MiB", REFUSE, encode(spoilt(doc, ("updates", 0, "title"), "x" * (20 << 20)), None)
    yield "name of 100,000", EITHER, encode(spoilt(doc, ("server", "name"), "x" * 100000), None)
    yield "group name of 100,000", EITHER, encode(spoilt(doc, ("groups", 0, "name"), "x" * 100000), None)
    yield "empty server name", EITHER, encode(spoilt(doc, ("server", "name"), ""), None)
    yield "digits without end", REFUSE, encode(spoilt(doc, ("updates", 0, "revision"), RAW), "9" * (1 << 20))
    for depth in (40, 1000, 1000000):
        for left, right in (("[", "]"), ('{"a":', "}")):
            nested = left * depth + "1" + right * depth
            yield f"depth {depth} {left}", REFUSE, encode(dict(doc, zzz=RAW), nested)
            yield f"depth {depth} {left} never closed", REFUSE, encode(dict(doc, zzz=RAW), left * depth)
    yield "depth 20", ACCEPT, encode(dict(doc, zzz=RAW), "[" * 20 + "]" * 20)
    for name, tail in {"brace": b"}", "letter": b"x", "NUL": b"\0", "comma": b",", "second document": whole}.items():
        yield f"trailing {name}", REFUSE, whole + tail
    yield "trailing white space", ACCEPT if form == "document" else EITHER, whole + b" \r\n\t\n"
    yield "leading garbage", REFUSE, b"x" + whole
    yield "UTF-8 byte order mark", ACCEPT, b"\xef\xbb\xbf" + whole
    yield "two byte order marks", REFUSE, b"\xef\xbb\xbf\xef\xbb\xbf" + whole
    upper = json.loads(json.dumps(doc), parse_constant=None)
    for path, value in list(places(upper)):
        if is_guid(value):
            upper = spoilt(upper, path, "{" + value.upper() + "}")
    yield "GUIDs upper case in braces", ACCEPT, encode(upper, None)
    small = {k: doc[k] for k in ("format", "format_version")}
    small.update(server={"name": "hq", "collected_at": T}, coverage={}, config={}, host={},
                 **{k: [] for k in ROWS})
    yield "nothing but a name", ACCEPT, encode(small, None)
    nulls = doc
    for path in (("server", "server_id"), ("server", "server_time"), ("config", "upstream"), ("config", "proxy"),
                 ("config", "schedule"), ("config", "selected_products"), ("updates", 0, "languages"),
                 ("updates", 0, "eula"), ("updates", 0, "arrived"), ("updates", 0, "needed_by"),
                 ("approvals", 0, "deployment"), ("approvals", 0, "deadline"), ("groups", 0, "parent"),
                 ("declined", 0, "revision"), ("sync_history", 0, "ended")):
        nulls = spoilt(nulls, path, None)
        yield f"{dotted(path)}: null is allowed", ACCEPT, encode(spoilt(doc, path, None), None)
    yield "every null at once", ACCEPT, encode(nulls, None)
    for path, value in [*{("updates", 0, "title"): "\u202e\u0627\u0644 \u2028 $(x) `y` \U0010ffff", ("approvals", 0, "action"):
                        "other:17", ("approvals", 0, "deadline"): "9999-12-31T23:59:59.9999999Z",
                        ("sync_history", 0, "started"): "1753-01-01T00:00:00Z", ("updates", 0, "created"):
                        "0001-01-01T00:00:00Z", ("updates", 0, "languages"): [], ("groups", 0, "name"): "a\"b\\c\u007f",
                        ("server", "mode"): "unknown", ("updates", 0, "needed_by"): 0,
                        ("languages", 0, "id"): 66577, ("updates", 0, "files", 0, "size"): 1 << 40}.items(),
                        (("updates", 0, "title"), "x" * 4000)]:
        yield f"{dotted(path)}: {str(value)[:20]!r}", ACCEPT, encode(spoilt(doc, path, value), None)
    if form == "document":
        shuffled = dict(random.Random(1).sample(list(doc.items()), len(doc)))
        yield "keys in another order", ACCEPT, encode(shuffled, None)
        yield "indented, CRLF", ACCEPT, json.dumps(doc, indent=3).replace("\n", "\r\n").encode()
        yield "escaped", ACCEPT, json.dumps(doc, ensure_ascii=True).encode()
        for value in ("wsusck-report", "WSUSCK-SNAPSHOT", "", 1, None, "wsusck-plan", "x" * 100000):
            yield f"format {str(value)[:20]!r}", REFUSE, encode(dict(doc, format=value), None)
        yield "format missing", REFUSE, encode(without(doc, ("format",)), None)
        for text in ("[]", "null", "1", '"x"', "{}", "[{}]", "true", "\n", " ", "{", "<xml/>", "MSCF", "\x1f\x8b"):
            yield f"is {text!r}", REFUSE, text.encode("latin-1")
        for code in ("utf-16-le", "utf-16-be", "utf-32-le"):
            yield f"{code} without mark", REFUSE, whole.decode().encode(code)
        yield "utf-16 with mark", EITHER, whole.decode().encode("utf-16")
    yield "row twice", EITHER, encode(dict(doc, updates=doc["updates"] * 2), None)
    yield "number with fraction zero", EITHER, encode(spoilt(doc, ("updates", 0, "revision"), RAW), "101.0")
    rng = random.Random(7)
    for n in range(60 if form == "document" else 30):
        flipped = bytearray(whole)
        for _ in range(rng.randrange(1, 4)):
            flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        yield f"flipped bits {n}", EITHER, bytes(flipped)


def encode_document(doc, raw):
    return text_of(doc, raw)


def encode_lines(doc, raw):
    head = {k: v for k, v in doc.items() if k not in ROWS or not isinstance(v, list)}
    head["format"] = "wsusck-snapshot-lines"
    rows = [{"section": s, "row": r} for s in ROWS if isinstance(doc.get(s), list) for r in doc[s]]
    text = b"\n".join(text_of(x, raw) for x in [head] + rows + [{"end": True, "rows": len(rows)}])
    return text + b"\n"


def lines_cases():
    lines = lines_of(sample())
    whole, n = join(lines), len(lines) - 2
    yield "plain", ACCEPT, whole
    yield "without the last newline", ACCEPT, whole.rstrip()
    yield "CRLF", ACCEPT, join(lines, "\r\n")
    for code, mark in (("utf-16-le", b"\xff\xfe"), ("utf-16-be", b"\xfe\xff")):
        wide = mark + whole.decode().encode(code)
        yield f"{code} with mark", ACCEPT, wide
        yield f"{code} with mark, CRLF", ACCEPT, mark + join(lines, "\r\n").decode().encode(code)
        yield f"{code}: odd number of bytes", REFUSE, wide[:-1]
        yield f"{code}: odd byte more", REFUSE, wide + b"\n"
        yield f"{code}: lone surrogate", REFUSE, mark + whole.decode().replace("An update", "An \ud800 update").encode(
            code, "surrogatepass")
        yield f"{code}: without mark", REFUSE, wide[2:]
        yield f"{code}: NUL", REFUSE, mark + whole.decode().replace("An update", "An\0update").encode(code)
        for at in range(1000, len(wide), 1500):
            yield f"{code}: truncated at {at}", REFUSE, wide[:at]
    for name, end in {"missing": [], "too few": [{"end": True, "rows": n - 1}], "too many": [{"end": True, "rows": n + 1}],
                      "twice": [lines[-1], lines[-1]], "text": [{"end": True, "rows": str(n)}],
                      "no number": [{"end": True}], "false": [{"end": False, "rows": n}],
                      "negative": [{"end": True, "rows": -1}], "row after it": [lines[-1], lines[1]],
                      "header after it": [lines[-1], lines[0]]}.items():
        yield f"end {name}", REFUSE, join(lines[:-1] + end)
    yield "end 1e400", REFUSE, join(lines[:-1]) + b'{"end":true,"rows":1e400}\n'
    yield "row lost", REFUSE, join(lines[:2] + lines[3:])
    yield "header missing", REFUSE, join(lines[1:])
    yield "header twice", REFUSE, join([lines[0]] + lines)
    yield "header last", REFUSE, join(lines[1:-1] + [lines[0], lines[-1]])
    yield "header only", REFUSE, join(lines[:1])
    yield "header and end", ACCEPT, join([lines[0], {"end": True, "rows": 0}])
    for name, row in {"unknown section": {"section": "zebras", "row": {}}, "config section": {"section": "config", "row": {}},
                      "section missing": {"row": lines[1]["row"]}, "row missing": {"section": "updates"},
                      "row null": {"section": "updates", "row": None}, "row array": {"section": "updates", "row": []},
                      "section number": {"section": 1, "row": {}}, "array": [], "number": 1, "text": "x",
                      "empty object": {}, "null": None}.items():
        yield f"line: {name}", REFUSE, join(lines[:1] + [row] + lines[1:-1] + [{"end": True, "rows": n + 1}])
    yield "rows in another order", ACCEPT, join([lines[0]] + lines[-2:0:-1] + [lines[-1]])
    yield "line without end", REFUSE, join(lines[:2])[:-1] + b"x" * (17 << 20)
    yield "two records a line", EITHER, whole.replace(b"}\n{", b"} {", 3)
    yield "empty lines", EITHER, whole.replace(b"\n", b"\n\n")
    yield "garbage line", REFUSE, whole.replace(b"\n", b"\n%%%\n", 1)


# --- configuration, plan --------------------------------------------------------------------------------------------

CONFIG = {
    "store": "sqlite:other.db",
    "servers": [
        {"name": "hq", "source": "https://wsus-hq.example:8531", "api": "admin", "auth": {"kind": "negotiate"}},
        {"name": "dmz", "source": "https://wsus-dmz.example:8531", "parent": "hq", "mode": "autonomous", "api": "sync",
         "auth": {"kind": "ntlm", "user": "DOM\\me", "password_env": "X"},
         "proxy": {"url": "http://proxy.example:8080", "user": "svc", "password_env": "PROXY_PW"}},
        {"name": "lab", "source": "file:lab.json", "parent": "hq", "mode": "replica"},
    ],
}


def config_cases():
    whole = text_of(CONFIG)
    yield "valid", ACCEPT, whole, None
    yield "empty object", ACCEPT, b"{}", None
    yield "byte order mark", ACCEPT, b"\xef\xbb\xbf" + whole, None
    for n in list(range(64, len(whole), 64)) + [0, 1, len(whole) - 1]:
        yield f"truncated at {n}", REFUSE, whole[:n], None
    for path, value in places(CONFIG):
        for i, instead in enumerate(wrong(value)):
            yield f"{dotted(path)}: wrong type {i}", REFUSE, text_of(spoilt(CONFIG, path, instead)), None
    for path, _ in [((), None)] + [x for x in places(CONFIG) if isinstance(x[1], dict)]:
        where = dotted(path + ("colour",))
        yield f"unknown key {where}", REFUSE, text_of(spoilt(CONFIG, path + ("colour",), "red")), where
    for path, value in {("servers", 1, "mode"): "Replica", ("servers", 1, "api"): "soap", ("servers", 1, "auth", "kind"):
                        "kerberos", ("servers", 1, "name"): "", ("servers", 1, "source"): None}.items():
        yield f"{dotted(path)}: {value!r}", REFUSE, text_of(spoilt(CONFIG, path, value)), None
    for path in (("servers", 0, "name"), ("servers", 0, "source")):
        yield f"{dotted(path)}: missing", REFUSE, text_of(without(CONFIG, path)), None
    for name, token in {**BAD_TOKENS, **BAD_STRINGS}.items():
        yield f"token {name}", REFUSE, text_of(spoilt(CONFIG, ("servers", 0, "name"), RAW), token), None
    for name, junk in BAD_BYTES.items():
        yield f"bytes {name}", REFUSE, whole.replace(b"wsus-hq", junk), None
    yield "duplicate key", REFUSE, whole.replace(b'"name": "hq"', b'"name": "hq", "name": "hq"'), None
    yield "server twice", EITHER, text_of(dict(CONFIG, servers=CONFIG["servers"] * 2)), None
    yield "depth", REFUSE, text_of(dict(CONFIG, servers=RAW), "[" * 100000), None
    yield "trailing garbage", REFUSE, whole + b"}", None
    for text in ("[]", "null", "1", "", "x"):
        yield f"is {text!r}", REFUSE, text.encode(), None


def sealed(plan, raw=None):
    """The document with the digest that belongs to it, so that something else than the digest has to refuse it."""
    bare = json.dumps(dict(plan, digest=""), sort_keys=True, separators=(",", ":"))
    return text_of(dict(plan, digest=hashlib.sha256(bare.encode()).hexdigest()), raw)


def plan_cases(plan):
    whole = text_of(plan)
    yield "valid", ACCEPT, json.dumps(plan, indent=1).encode()
    for n in list(range(64, min(len(whole), 6400), 64)) + [0, 1, len(whole) - 1]:
        if n < len(whole):
            yield f"truncated at {n}", REFUSE, whole[:n]
    seen = set()
    for path, value in places(plan):
        shape = tuple(k for k in path if not isinstance(k, int))
        if value is None or shape in seen and not isinstance(path[-1], int) or path[0] in ("format", "format_version"):
            continue
        if isinstance(path[-1], int) and path[-1] > 0 or shape and shape in seen:
            continue
        seen.add(shape)
        for i, instead in enumerate(wrong(value)[:2]):
            write = text_of if path == ("digest",) else sealed
            yield f"{dotted(path)}: wrong type {i}", REFUSE, write(spoilt(plan, path, instead))
    for value in ("2.0", "", "1", None, 1):
        yield f"format_version {value!r}", REFUSE, sealed(dict(plan, format_version=value))
    yield "1.9 with unknown keys", ACCEPT, sealed(dict(plan, format_version="1.9", zzz=[1]))
    yield "changed after it was sealed", REFUSE, text_of(dict(plan, made_at="2026-11-18T00:00:00Z"))
    for value in ("wsusck-snapshot", "", None, 3):
        yield f"format {value!r}", REFUSE, sealed(dict(plan, format=value))
    for name, token in list(BAD_TOKENS.items()) + list(BAD_STRINGS.items()):
        yield f"token {name}", REFUSE, text_of(dict(plan, manual=RAW), token)
    yield "depth", REFUSE, text_of(dict(plan, zzz=RAW), "[" * 100000)
    yield "trailing garbage", REFUSE, whole + b"x"
    yield "duplicate key", REFUSE, whole.replace(b'"format"', b'"actions": [], "format"', 1)
    if plan.get("actions"):
        for key, value in {"kind": "format_disk", "risk": "fun", "id": ""}.items():
            yield f"actions[0].{key}: {value!r}", REFUSE, sealed(spoilt(plan, ("actions", 0, key), value))


# --- package folders ------------------------------------------------------------------------------------------------

def blob(identity, revision, kind="Software", extra="", category=""):
    data = f'<upd:HandlerSpecificData><cat:CategoryInformation CategoryType="{category}"/></upd:HandlerSpecificData>' \
        if category else ""
    return (f'<upd:Update xmlns:upd="{UPD}" xmlns:cat="{CAT}"><upd:UpdateIdentity UpdateID="{identity}" '
            f'RevisionNumber="{revision}"/><upd:Properties UpdateType="{kind}" DefaultPropertiesLanguage="en" '
            f'CreationDate="2024-01-01T00:00:00Z" PublicationState="Published"/><upd:LocalizedPropertiesCollection>'
            f'<upd:LocalizedProperties><upd:Language>en</upd:Language><upd:Title>T\u00e9 \U0001f600</upd:Title>'
            f'</upd:LocalizedProperties></upd:LocalizedPropertiesCollection>{extra}{data}</upd:Update>')


def record(identity, revision, xml, length=None):
    units = len(xml.encode("utf-16-le")) // 2 if length is None else length
    return f"{identity},{revision:08x},{units:08x},{xml}\r\n"


def package():
    digest = base64.b64encode(bytes(range(20))).decode()
    xml = ('\ufeff<?xml version="1.0" encoding="utf-8"?>\r\n<ExportPackage ServerID="' + G(1) + '" CreationTime='
           '"2024-06-19T17:11:14Z" FormatVersion="1.0" ProtocolVersion="1.20"><Languages><Language Id="1033" '
           'ShortName="en" LongName="English" Enabled="1"/></Languages><Files><File Digest="' + digest + '" MUUrl='
           '"http://x.example/a.cab" Name="a.cab"/></Files><Updates>'
           f'<Update UpdateId="{G(0x21)}" RevisionNumber="3"><Files/><Categories/><Classifications/></Update>'
           f'<Update UpdateId="{G(0x20)}" RevisionNumber="5"><Files/><Categories/><Classifications/></Update>'
           f'<Update UpdateId="{G(0x30)}" RevisionNumber="101" Title="T"><Files><File Digest="{digest}"/></Files>'
           f'<Categories><Category Value="{G(0x20)}"/></Categories><Classifications><Classification Value="{G(0x21)}"/>'
           '</Classifications></Update></Updates></ExportPackage>')
    metadata = (record(G(0x21), 3, blob(G(0x21), 3, "Category", category="UpdateClassification"))
                + record(G(0x20), 5, blob(G(0x20), 5, "Category", category="Product"))
                + record(G(0x30), 101, blob(G(0x30), 101)))
    return xml, metadata


def package_cases():
    xml, metadata = package()
    both = lambda x=xml, m=metadata: {"package.xml": x.encode("utf-8", "surrogatepass"), "metadata.txt": m.encode()}
    yield "valid", ACCEPT, both()
    yield "without mark", ACCEPT, both(xml.lstrip("\ufeff"))
    yield "metadata.txt missing", REFUSE, {"package.xml": xml.encode()}
    yield "package.xml missing", REFUSE, {"metadata.txt": metadata.encode()}
    yield "both empty", REFUSE, {"package.xml": b"", "metadata.txt": b""}
    yield "metadata.txt empty", EITHER, both(m="")
    encoded = xml.encode()
    for n in range(64, len(encoded), 64):
        yield f"package.xml truncated at {n}", REFUSE, dict(both(), **{"package.xml": encoded[:n]})
    raw = metadata.encode()
    for n in range(64, len(raw), 64):
        yield f"metadata.txt truncated at {n}", REFUSE, dict(both(), **{"metadata.txt": raw[:n]})
    start = xml.index("<ExportPackage")
    for name, dtd in {
            "DOCTYPE": "<!DOCTYPE ExportPackage>", "internal entity": '<!DOCTYPE ExportPackage [<!ENTITY a "x">]>',
            "external entity": '<!DOCTYPE ExportPackage [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
            "external DTD": '<!DOCTYPE ExportPackage SYSTEM "http://127.0.0.1:9/x.dtd">',
            "parameter entity": '<!DOCTYPE ExportPackage [<!ENTITY % p SYSTEM "file:///etc/hostname"> %p;]>',
            "billion laughs": "<!DOCTYPE ExportPackage [<!ENTITY a0 \"ha\">" + "".join(
                f'<!ENTITY a{i} "{f"&a{i - 1};" * 10}">' for i in range(1, 10)) + "]>"}.items():
        use = "&a9;" if "ENTITY a9" in dtd else "&a;" if "ENTITY a " in dtd else "T"
        yield name, REFUSE, both(xml[:start] + dtd + xml[start:].replace('Title="T"', f'Title="{use}"'))
    yield "undeclared entity", REFUSE, both(xml.replace('Title="T"', 'Title="&nope;"'))
    for name, old, new in (
            ("FormatVersion 2.0", 'FormatVersion="1.0"', 'FormatVersion="2.0"'),
            ("FormatVersion missing", 'FormatVersion="1.0" ', ""), ("bad ServerID", f'ServerID="{G(1)}"', 'ServerID="x"'),
            ("other root", "ExportPackage", "ImportPackage"), ("bad UpdateId", f'UpdateId="{G(0x30)}"', 'UpdateId="x"'),
            ("bad RevisionNumber", 'RevisionNumber="101"', 'RevisionNumber="x"'),
            ("negative RevisionNumber", 'RevisionNumber="101"', 'RevisionNumber="-1"'),
            ("huge RevisionNumber", 'RevisionNumber="101"', 'RevisionNumber="99999999999999999999"'),
            ("bad Language Id", 'Id="1033"', 'Id="x"'),
            ("not closed", "</Updates>", ""), ("NUL reference", 'Title="T"', 'Title="&#0;"'),
            ("bad character", 'Title="T"', 'Title="\x01"'), ("attribute twice", 'Title="T"', 'Title="T" Title="T"'),
            ("second root", "</ExportPackage>", "</ExportPackage><x/>"), ("lone surrogate", 'Title="T"', 'Title="\ud800"'),
            ("deep", "<Files/>", "<a>" * 5000 + "</a>" * 5000)):
        yield name, REFUSE, both(xml.replace(old, new))
    # read from the metadata of the update, not from here
    yield "bad category", EITHER, both(xml.replace(f'Category Value="{G(0x20)}"', 'Category Value="x"'))
    huge = xml.replace('Title="T"', 'Title="' + "x" * (12 << 20) + '"')
    yield "attribute of 12 MiB", EITHER, both(huge)
    one, size = record(G(0x30), 101, blob(G(0x30), 101)), len(blob(G(0x30), 101).encode("utf-16-le")) // 2
    head = metadata[:-len(one)]
    for name, length in {"one more": size + 1, "one less": size - 1, "bytes": len(blob(G(0x30), 101).encode()),
                         "zero": 0, "huge": 0xffffffff, "2 GiB": 0x7fffffff}.items():
        yield f"length {name}", REFUSE, both(m=head + record(G(0x30), 101, blob(G(0x30), 101), length))
    for name, bad in {"length not hexadecimal": one.replace(f"{size:08x},", "0000zzzz,"), "no commas": one.replace(",", ";"),
                      "bad GUID": "x" + one[1:], "revision not hexadecimal": one.replace(f",{101:08x},", ",0000000g,"),
                      "negative length": one.replace(f"{size:08x},", "-0000001,"), "garbage after": one + "garbage",
                      "line end missing": one[:-2] + "xx", "NUL": one.replace("T\u00e9", "T\0"),
                      "other identity inside": record(G(0x30), 101, blob(G(0x31), 101)),
                      "other revision inside": record(G(0x30), 101, blob(G(0x30), 102)),
                      "DOCTYPE inside": record(G(0x30), 101, "<!DOCTYPE a>" + blob(G(0x30), 101)),
                      "external entity inside": record(G(0x30), 101, '<!DOCTYPE a [<!ENTITY e SYSTEM "file:///etc/passwd">]>'
                                                      + blob(G(0x30), 101).replace("T\u00e9", "&e;")),
                      "not XML inside": record(G(0x30), 101, "hello"),
                      "cut XML inside": record(G(0x30), 101, blob(G(0x30), 101)[:-9])}.items():
        yield f"record: {name}", REFUSE, both(m=head + bad)
    yield "record: deep XML inside", REFUSE, both(m=head + record(
        G(0x30), 101, blob(G(0x30), 101, extra="<a>" * 5000 + "</a>" * 5000)))
    yield "record: newlines inside", ACCEPT, both(m=head + record(G(0x30), 101, blob(G(0x30), 101, extra="\r\n\n")))
    yield "not UTF-8", REFUSE, dict(both(), **{"metadata.txt": raw.replace(b"T\xc3\xa9", b"T\xff\xfe")})
    yield "record twice", EITHER, both(m=metadata + one)


# --- things that are no documents -----------------------------------------------------------------------------------

def odd_cases():
    yield "missing file", REFUSE, None
    yield "empty directory", REFUSE, {}
    yield "directory of other files", REFUSE, {"a.txt": b"x"}
    yield "cabinet that is none", REFUSE, b"MSCF" + b"\0" * 60
    yield "cabinet cut", REFUSE, b"MSCF\0\0\0\0\xff\xff\xff\xff\0\0\0\0,\0\0\0\0\0\0\0\x03\x01\xff\xff\xff\xff\0\0\0\0"
    yield "gzip", REFUSE, b"\x1f\x8b\x08\0\0\0\0\0\0\x03" + b"x" * 40
    yield "zeros", REFUSE, b"\0" * 5000
    yield "a million newlines", REFUSE, b"\n" * 1000000
    yield "random", REFUSE, random.Random(3).randbytes(5000)


# --- running --------------------------------------------------------------------------------------------------------

class Runner:
    """One store with one snapshot in it; used by one case at a time."""

    def __init__(self, path, directory):
        self.path, self.directory = path, directory
        self.config = os.path.join(directory, "empty.json")
        with open(self.config, "w", encoding="utf-8") as out:
            out.write("{}")
        self.seed = os.path.join(directory, "seed.json")
        with open(self.seed, "wb") as out:
            out.write(text_of(sample("seed")))
        self.fresh()
        self.serial = 0

    def fresh(self):
        for name in os.listdir(self.directory):
            if name.startswith("store.db"):
                os.unlink(os.path.join(self.directory, name))
        done = self.wsusck("import", self.seed)
        if done.returncode != 0:
            raise SystemExit(f"cannot import the sample: {done.stderr.decode()}")
        self.before = self.listing()

    def wsusck(self, *arguments, config=None):
        command = LIMIT + [self.path, "--store", f"sqlite:{self.directory}/store.db", "--config",
                           config or self.config, *arguments]
        return subprocess.run(command, capture_output=True, cwd=self.directory, timeout=60, stdin=subprocess.DEVNULL,
                              env={**os.environ, "LC_ALL": "C.UTF-8"})

    def listing(self):
        return self.wsusck("snapshot", "list", "--format", "json").stdout

    def write(self, case):
        self.serial += 1
        target = os.path.join(self.directory, f"input{self.serial}" + (".json" if isinstance(case.data, bytes) else ""))
        if isinstance(case.data, bytes):
            with open(target, "wb") as out:
                out.write(case.data)
        elif isinstance(case.data, dict):
            os.mkdir(target)
            for name, data in case.data.items():
                with open(os.path.join(target, name), "wb") as out:
                    out.write(data)
        return target

    def run(self, case):
        if case.kind == "unreadable":
            return unreadable(self.path, case.data)
        target = self.write(case)
        scripts = target + "-scripts"
        try:
            if case.kind == "config":
                done = self.wsusck("snapshot", "list", config=target)
                if case.expect == ACCEPT and done.returncode == 0:
                    return None
            elif case.kind == "plan":
                done = self.wsusck("script", target, "-o", scripts)
            elif case.kind == "arguments":
                done = self.wsusck(*[a.replace("@", self.seed) for a in case.arguments])
            elif case.kind == "package":
                done = self.wsusck("import", target, "--server", "pkg")
            else:
                done = self.wsusck("import", target)
            return self.judge(case, target, done, os.path.isdir(scripts) and os.listdir(scripts))
        except subprocess.TimeoutExpired:
            return "took more than 60 s"
        finally:
            shutil.rmtree(target, ignore_errors=True)
            shutil.rmtree(scripts, ignore_errors=True)
            if os.path.isfile(target):
                os.unlink(target)

    def judge(self, case, target, done, scripts):
        stderr = done.stderr.decode(errors="replace")
        if done.returncode == -signal.SIGXCPU:
            return "took more than 10 s of processor time"
        if "Sanitizer" in stderr or "runtime error:" in stderr or done.returncode < 0:
            return f"crashed ({done.returncode}): {stderr[-400:]}"
        if case.expect == USAGE:
            return None if done.returncode == 64 else f"exit {done.returncode}, wanted 64"
        if done.returncode == 0 and case.expect in (ACCEPT, EITHER):
            if case.kind in ("snapshot", "package"):
                self.fresh()
            return None
        if case.expect == ACCEPT:
            return f"exit {done.returncode}, wanted 0: {stderr.strip()[:300]}"
        if done.returncode == 0 and case.kind in ("snapshot", "package"):
            self.fresh()
        if done.returncode != 2:
            return f"exit {done.returncode}, wanted 2: {stderr.strip()[:200]}"
        lines = stderr.splitlines()
        main = [x for x in lines if not x.startswith("hint: ")]
        if len(main) != 1 or not main[0].startswith("wsusck: could not "):
            return f"stderr is not one line \"wsusck: could not …\": {stderr[:300]!r}"
        if os.path.basename(target) not in main[0] and case.kind != "arguments":
            return f"does not name the file: {main[0][:200]}"
        if case.needle and case.needle not in main[0]:
            return f"does not name {case.needle}: {main[0][:200]}"
        if any(ord(ch) < 0x20 or 0x7f <= ord(ch) < 0xa0 for ch in main[0]):
            return f"control characters in the message: {main[0]!r}"
        if done.stdout:
            return f"wrote a result: {done.stdout[:100]!r}"
        if scripts:
            return f"left scripts behind: {scripts}"
        if self.listing() != self.before:
            self.fresh()
            return "the store has changed"
        return None


def make_plan(path, directory):
    """A plan of the program's own making, or None while it cannot make one."""
    runner = Runner(path, directory)
    child = sample("child")
    child["server"].update(parent="seed", mode="replica", server_id=G(2))
    child["sync_history"][0]["result"] = "succeeded"
    child.update(updates=[], approvals=[], declined=[], eulas=[])
    with open(os.path.join(directory, "child.json"), "wb") as out:
        out.write(text_of(child))
    if runner.wsusck("import", os.path.join(directory, "child.json")).returncode != 0:
        return None
    done = runner.wsusck("--now", "2026-11-19T12:00:00Z", "plan", "--format", "json")
    try:
        return json.loads(done.stdout)
    except ValueError:
        return None


def all_cases(plan):
    for form, encode in (("document", encode_document), ("lines", encode_lines)):
        for name, expect, data in document_cases(form, sample(), encode):
            yield Case(f"{form}: {name}", "snapshot", expect, data)
    for name, expect, data in lines_cases():
        yield Case(f"lines: {name}", "snapshot", expect, data)
    for name, expect, data, needle in config_cases():
        yield Case(f"config: {name}", "config", expect, data, needle)
    yield Case("config: missing file", "config", REFUSE, None)
    yield Case("config: directory", "config", REFUSE, {})
    for name, expect, data in package_cases():
        yield Case(f"package: {name}", "package", expect, data)
    for name, expect, data in odd_cases():
        yield Case(f"file: {name}", "snapshot", expect, data)
    if plan:
        for name, expect, data in plan_cases(plan):
            yield Case(f"plan: {name}", "plan", expect, data)
    for arguments in (["import"], ["--nope"], ["imprt", "@"], ["import", "--mode", "slave", "@"], ["import", "--server"],
                      ["check", "--format", "nope"], ["check", "--fail-on", "x"], ["script"], ["plan", "x"],
                      ["import", "@", "@", "--server", "x"], ["check", "--max-age", "-1"], ["--now", "tomorrow", "check"]):
        yield Case(f"arguments: {' '.join(arguments)}", "arguments", USAGE, b"", config=arguments)
    for arguments in (["check", "nobody"], ["export", "nobody"], ["snapshot", "show", "999"], ["--quiet", "import", "@", "/nope.json"],
                      ["snapshot", "remove", "999999999999999999"], ["snapshot", "show", "x"], ["diff", "seed", "nobody"],
                      ["explain", "WCK9999"]):
        yield Case(f"arguments: {' '.join(arguments)}", "arguments", REFUSE, b"", config=arguments)


def unreadable(path, directory):
    """Needs a user who is not allowed to read everything; root drops its rights for this one case."""
    target = os.path.join(directory, "secret.json")
    with open(target, "wb") as out:
        out.write(text_of(sample()))
    os.chmod(target, 0)
    os.chmod(directory, 0o777)
    drop = {"user": 65534, "group": 65534, "extra_groups": []} if os.geteuid() == 0 else {}
    try:
        done = subprocess.run([path, "--store", f"sqlite:{directory}/store.db", "import", target], capture_output=True,
                              timeout=10, cwd="/", **drop)
    except PermissionError:
        return None  # the binary itself is out of reach for that user
    text = done.stderr.decode(errors="replace")
    if done.returncode != 2 or "wsusck: could not" not in text:
        return f"exit {done.returncode}: {text.strip()[:200]}"
    return None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--wsusck")
    parser.add_argument("--only", default="")
    parser.add_argument("--every", type=int, default=1, help="only every Nth case; ctest takes some of each kind")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--list", action="store_true")
    args = parser.parse_args()
    if args.list or not args.wsusck:
        names = [f"{c.expect:7} {c.name}" for c in all_cases(None)]
        print("\n".join(names) + f"\n{len(names)} cases")
        return 0
    path, passed, failed = os.path.abspath(args.wsusck), 0, 0
    with tempfile.TemporaryDirectory(prefix="wsusck-battery-") as top:
        folders = [os.path.join(top, str(i)) for i in range(args.jobs + 2)]
        for folder in folders:
            os.mkdir(folder)
        plan = make_plan(path, folders[-1])
        if plan is None:
            print("could not make a plan to spoil", file=sys.stderr)
            return 1
        runners = queue.Queue()
        for folder in folders[:args.jobs]:
            runners.put(Runner(path, folder))

        def one(case):
            runner = runners.get()
            try:
                return case, runner.run(case)
            finally:
                runners.put(runner)
        cases = [c for c in all_cases(plan) if args.only in c.name][::args.every]
        if args.only in "file: unreadable":
            cases.append(Case("file: unreadable", "unreadable", REFUSE, folders[-2]))
        with concurrent.futures.ThreadPoolExecutor(args.jobs) as pool:
            for case, problem in pool.map(one, cases):
                passed += problem is None
                if problem is not None:
                    failed += 1
                    print(f"{case.name}: {problem}", flush=True)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
