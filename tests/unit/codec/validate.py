#!/usr/bin/python3
# SPDX-License-Identifier: MIT
"""Writes documents with a program of ours and validates them against the shipped JSON Schemas with Python's jsonschema.

usage: validate.py PROGRAM SCHEMA_FOLDER OUTPUT_FOLDER; exit 77 when jsonschema is not installed (ctest: skipped).
Each document is also spoilt in ways that its schema must notice, so that a schema that accepts everything fails here.
"""
import copy
import json
import pathlib
import subprocess
import sys

try:
    import jsonschema
except ImportError:
    print("jsonschema is not installed: skipped")
    sys.exit(77)

PROGRAM, SCHEMAS, OUT = sys.argv[1], pathlib.Path(sys.argv[2]), pathlib.Path(sys.argv[3])
KINDS = ("snapshot", "snapshot-lines", "report", "plan", "config")
# per kind: paths to values that are replaced by a wrong one
SPOIL = {
    "snapshot": [("format",), ("digest",), ("server", "mode"), ("updates", 0, "id"), ("updates", 0, "state"),
                 ("approvals", 0, "action"), ("sync_history", 0, "started"), ("files", 0, "state")],
    "snapshot-lines": [("format",), ("server", "name"), ("section",), ("rows",)],
    "report": [("format",), ("servers", 0, "mode"), ("findings", 0, "rule"), ("findings", 0, "severity"),
               ("findings", 0, "object", "kind"), ("findings", 0, "fingerprint"), ("summary", "exit")],
    "plan": [("digest",), ("actions", 0, "kind"), ("actions", 0, "risk"), ("actions", 0, "answers", 0),
             ("manual", 0, "fingerprint"), ("snapshots", 0, "server_id")],
    "config": [("servers", 0, "api"), ("servers", 0, "auth", "kind"), ("waivers", 0, "rule"), ("waivers", 0, "reason")],
}


def load(kind):
    return json.loads((SCHEMAS / f"{kind}.schema.json").read_text(encoding="utf-8"))


schemas = {kind: load(kind) for kind in KINDS}
store = {schema["$id"]: schema for schema in schemas.values()}
validators = {}
for kind, schema in schemas.items():
    jsonschema.Draft202012Validator.check_schema(schema)
    resolver = jsonschema.RefResolver(schema["$id"], schema, store=store)
    validators[kind] = jsonschema.Draft202012Validator(schema, resolver=resolver)


def spoilt(document, path):
    """A copy with a wrong value at path, or None when the document has no such place."""
    changed = copy.deepcopy(document)
    at = changed
    try:
        for step in path[:-1]:
            at = at[step]
        at[path[-1]]
    except (KeyError, IndexError):
        return None
    at[path[-1]] = ["wrong"]
    return changed


def no_twice(pairs):
    keys = [key for key, _ in pairs]
    assert len(keys) == len(set(keys)), f"a key stands twice: {keys}"
    return dict(pairs)


subprocess.run([PROGRAM, str(OUT)], check=True)
bad = checked = noticed = 0
for path in sorted(OUT.glob("*.json")):
    kind = path.name.split(".")[1]
    text = path.read_text(encoding="utf-8")
    documents = text.splitlines() if kind == "snapshot-lines" else [text]
    for document in (json.loads(d, object_pairs_hook=no_twice) for d in documents):
        checked += 1
        for error in validators[kind].iter_errors(document):
            print(f"{path.name}: {error.json_path}: {error.message}")
            bad += 1
        for place in SPOIL[kind]:
            wrong = spoilt(document, place)
            if wrong is None:
                continue
            noticed += 1
            if validators[kind].is_valid(wrong):
                print(f"{path.name}: a wrong value at {place} is not noticed by the schema")
                bad += 1
print(f"{checked} documents validated, {noticed} spoilt ones tried, {bad} problems")
sys.exit(1 if bad or checked < 20 or noticed < 30 else 0)
