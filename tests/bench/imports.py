# SPDX-License-Identifier: MIT
"""imports.py: what reading costs beyond what any parser must do: SOAP against a bare SAX2 pass, JSON against jansson;
what storing costs against rows of the same facts."""
import json
import os

from common import Failure, Folder, call, call_json, interleave, met, print_table, ratio, stopwatch, summary, tool

DEPLOYMENTS, UPDATES = 1_000_000, 100_000


def timed(options, directory, name, command, before=None):
    """A function that runs the program once; what it prints as JSON is merged into what it took."""
    output = os.path.join(directory, f"{name}.out")

    def run():
        if before:
            before()
        took = stopwatch(options, os.path.join(directory, "times"), [command], output=output)
        with open(output, encoding="utf-8") as text:
            said = text.read()
        return {**took, **({"said": json.loads(said)} if said.strip() else {})}
    return run


def own_seconds(took):
    """As if the program had done nothing but parse: its own count of processor time, without start and reading."""
    return [{**t, "wall_s": t["said"]["seconds"], "cpu_s": t["said"]["seconds"]} for t in took]


# --- SOAP ----------------------------------------------------------------------------------------------------------

def soap(options, deployments):
    with Folder(options, "soap") as directory:
        reply, program = os.path.join(directory, "reply.xml"), tool(options, "bench_soap")
        made = call_json([program, "make", reply, str(deployments)])
        took = interleave(options.rounds, {"sax2": timed(options, directory, "sax2", [program, "bare", reply]),
                                           "decoder": timed(options, directory, "decoder", [program, "decode", reply])})
        said = timed(options, directory, "decoder", [program, "decode", reply])()["said"]
    if said["rows"] != deployments:
        raise Failure(f"the decoder read {said['rows']} of {deployments} deployments")
    return {"part": "soap", "deployments": deployments, "bytes": made["bytes"], "record_mib": said["record_kib"] / 1024,
            "above_records_mib": (said["peak_kib"] - said["record_kib"]) / 1024,
            "contenders": {n: summary(own_seconds(t)) for n, t in took.items()}}


def run_soap(options):
    result = soap(options, options.deployments or DEPLOYMENTS)
    print(f"\nSOAP: {result['deployments']} deployments, {result['bytes'] / 1e6:.0f} MB in pieces of 64 KiB, seconds of the "
          f"processor in the parser; records {result['record_mib']:.0f} MiB")
    print_table(result["contenders"], "sax2")
    print(met("SOAP, against a bare SAX2 pass", ratio(result["contenders"]["decoder"], result["contenders"]["sax2"]), 1.5,
              "x", least=False))
    print(met("SOAP, memory above the records", result["above_records_mib"], 16, " MiB", least=False))
    yield result


def smoke_soap(options):
    with Folder(options, "soap") as directory:
        reply, program = os.path.join(directory, "reply.xml"), tool(options, "bench_soap")
        call_json([program, "make", reply, "2000"])
        call_json([program, "bare", reply])
        said = call_json([program, "decode", reply])
        if said["rows"] != 2000:
            raise Failure(f"the decoder read {said['rows']} of 2000 deployments")
    yield "SOAP: both read 2000 deployments"


# --- JSON ----------------------------------------------------------------------------------------------------------

def importer(options, directory, name, path):
    store = os.path.join(directory, f"{name}.db")

    def forget():
        for end in ("", "-wal", "-shm"):
            if os.path.exists(store + end):
                os.unlink(store + end)
    return timed(options, directory, name, [options.wsusck, "--store", f"sqlite:{store}", "--quiet", "import", path], forget)


def json_set(options, updates):
    with Folder(options, "json") as directory:
        program = tool(options, "bench_json")
        made = call_json([program, "make", directory, str(updates)])
        document, lines = (os.path.join(directory, f"snapshot.{end}") for end in ("json", "jsonl"))
        took = interleave(options.rounds, {
            "jansson document": timed(options, directory, "dom", [program, "dom", document]),
            "import document": importer(options, directory, "document", document),
            "read document": timed(options, directory, "read-document", [program, "read", document]),
            "jansson lines": timed(options, directory, "lines", [program, "lines", lines]),
            "import lines": importer(options, directory, "lines-import", lines),
            "read lines": timed(options, directory, "read-lines", [program, "read", lines])})
    said = {n: t[-1]["said"] for n, t in took.items() if n.startswith("read")}
    return {"part": "json", "updates": updates, **made,
            "above_records_mib": {n: (s["peak_kib"] - s["record_kib"]) / 1024 for n, s in said.items()},
            "record_mib": said["read lines"]["record_kib"] / 1024,
            "contenders": {n: summary(t) for n, t in took.items()}}


def run_json(options):
    result = json_set(options, options.updates or UPDATES)
    c = result["contenders"]
    print(f"\nJSON: {result['rows']} records, document {result['document_bytes'] / 1e6:.0f} MB, lines "
          f"{result['lines_bytes'] / 1e6:.0f} MB; records take {result['record_mib']:.0f} MiB. \"read\": without the store")
    print_table(c, "jansson document")
    for form in ("document", "lines"):
        print(met(f"JSON {form}, import against jansson (processor)", ratio(c[f"import {form}"], c[f"jansson {form}"], "cpu_s"),
                  1.5, "x", least=False))
        print(f"  memory above the records while reading: {result['above_records_mib'][f'read {form}']:.1f} MiB")
        print(met(f"JSON {form}, records a second of one core", result["rows"] / c[f"import {form}"]["cpu_s"] / 1e6, 1.5,
                  " M", least=True))
    yield result


def smoke_json(options):
    with Folder(options, "json") as directory:
        program = tool(options, "bench_json")
        made = call_json([program, "make", directory, "500"])
        for end, verb in (("json", "dom"), ("jsonl", "lines")):
            path = os.path.join(directory, f"snapshot.{end}")
            call_json([program, verb, path])
            importer(options, directory, verb, path)()
            if call_json([program, "read", path])["rows"] != made["rows"]:
                raise Failure(f"{path}: not all records were read")
    yield f"JSON: both forms of {made['rows']} records are read and imported"


# --- storing -------------------------------------------------------------------------------------------------------

STORED = ("50", "100000", "100000", "1e-5")


def run_store(options):
    """One run: it stores each snapshot in both, in turn, some hundred in all."""
    with Folder(options, "store") as directory:
        result = call_json([tool(options, "bench_store"), directory, *STORED])
    for when, goal in (("first", 5), ("later", 5)):
        took = result[when]
        print(f"\nStoring, {when} snapshot of {STORED[0]} servers: {took['rows']} rows, {took['store_s']:.1f} s against "
              f"{took['rows_s']:.1f} s, processor {took['store_cpu_s']:.1f} s against {took['rows_cpu_s']:.1f} s")
        print(met(f"storing, {when} snapshot, against rows of the same facts", took["rows_s"] / max(took["store_s"], 1e-6),
                  goal, "x", least=True))
    yield {"part": "store", "shape": STORED, **result}


def smoke_store(options):
    with Folder(options, "store") as directory:
        made = call_json([tool(options, "bench_store"), directory, "2", "500", "500", "1e-3"])
        rows = call(["sqlite3", "-readonly", os.path.join(directory, "facts.sqlite"),
                     "SELECT (SELECT count(*) FROM upd) + (SELECT count(*) FROM dec) + (SELECT count(*) FROM appr)"])
        listed = call([options.wsusck, "--store", f"sqlite:{directory}/store.db", "snapshot", "list"])
    if int(rows) != made["first"]["rows"] + made["later"]["rows"] or listed.count("wsusck") + listed.count("2026-") < 4:
        raise Failure(f"not all snapshots are in both: {rows.strip()} rows, {listed}")
    yield f"store: {rows.strip()} rows in both"
