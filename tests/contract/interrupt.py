#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""interrupt.py SIM WSUSCK: Ctrl-C and kill -9 while wsusck imports and collects, at points that the test chooses by what
has happened, not by the clock. The store is then what it was, with whole snapshots more or none, and goes on working."""
import os
import signal
import subprocess
import sys
import time
from datetime import datetime

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "sim"))
import simlib  # noqa: E402

SIM, WSUSCK = sys.argv[1:3]
AT = datetime(2026, 11, 25, 5, 0, 0)
NOW = "2026-11-25T06:00:00Z"


def wsusck(*args, expect=0):
    done = subprocess.run([WSUSCK, "--store", "sqlite:store.db", "--now", NOW, *args], capture_output=True, text=True,
                          timeout=300)
    assert not any(s in done.stderr for s in simlib.SANITIZER), done.stderr
    assert done.returncode == expect, f"{args} ended with {done.returncode}, not {expect}: {done.stderr}"
    return done.stdout


def start(*args):
    return subprocess.Popen([WSUSCK, "--store", "sqlite:store.db", "--now", NOW, *args], stderr=subprocess.PIPE,
                            stdout=subprocess.DEVNULL, text=True)


def end(process):
    text = process.communicate(timeout=300)[1]
    assert not any(s in text for s in simlib.SANITIZER), text
    return process.returncode, text


def listed():
    """{server: [snapshot ids]}; the store verifies."""
    wsusck("store", "verify")
    found = {}
    for line in wsusck("snapshot", "list").splitlines():
        words = line.split()
        if words and words[0].isdigit():
            found.setdefault(words[1], []).append(words[0])
    return found


def facts(server):
    """What the latest snapshot says, without when it was collected."""
    document = wsusck("export", server)
    return "\n".join(l for l in document.splitlines() if '"collected_at"' not in l)


def new_store(*documents):
    for name in os.listdir("."):
        if name.startswith("store.db"):
            os.unlink(name)
    wsusck("import", *documents)
    return listed()


# --- import ---------------------------------------------------------------------------------------------------------

def import_through_pipe(documents):
    before = new_store(documents[0])
    os.mkfifo("pipe")
    process = start("import", "pipe")
    with open(documents[1], "rb") as source, open("pipe", "wb") as out:
        out.write(source.read())
    code, text = end(process)
    assert code == 0, text
    assert len(listed()) == len(before) + 1
    os.unlink("pipe")
    print("import: a pipe is a file")


def import_interrupted(documents):
    before = new_store(documents[0])
    os.mkfifo("pipe")
    for number, code in ((signal.SIGINT, 130), (signal.SIGTERM, 143)):
        process = start("import", documents[1], "pipe", documents[2])
        out = open("pipe", "wb")  # blocks until wsusck has stored the first and opens the second
        process.send_signal(number)
        try:
            with open(documents[3], "rb") as source:
                out.write(source.read())
            out.close()
        except BrokenPipeError:
            pass  # it stopped reading at once
        got, text = end(process)
        assert got == code, (got, text)
        assert "interrupted" in text, text
        assert listed() == before, listed()
    os.unlink("pipe")
    wsusck("import", *documents[1:4])
    assert len(listed()) == 4
    print("import: interrupted between two files, all or none of them")


def import_killed(documents):
    new_store(documents[0])
    os.mkfifo("pipe")
    process = start("import", documents[1], "pipe", documents[2])
    out = open("pipe", "wb")
    process.kill()
    out.close()
    end(process)
    os.unlink("pipe")
    found = listed()  # one is whole already, and nothing takes it back
    assert len(found) in (1, 2), found
    wsusck("import", *documents[1:4])
    assert len(listed()) == 4
    print("import: killed between two files, whole snapshots only")


def import_at_any_time(documents):
    started = time.monotonic()
    whole = new_store(*documents)
    lasts = time.monotonic() - started
    wanted = {name: facts(name) for name in whole}
    ended = set()
    for i in range(16):
        new_store(documents[0])
        process = start("import", *documents[1:])
        time.sleep(lasts * i / 12)  # wherever it is then: whatever comes out must be right
        process.send_signal(signal.SIGINT if i % 2 == 0 else signal.SIGKILL)
        ended.add(end(process)[0])
        found = listed()
        assert i % 2 == 1 or len(found) in (1, len(documents)), found
        assert all(facts(name) == wanted[name] for name in found)
    assert ended <= {0, 130, -signal.SIGINT, -signal.SIGKILL}, ended
    print("import: interrupted and killed at sixteen other points")


# --- collect --------------------------------------------------------------------------------------------------------

def wait_for_calls(sim, n, process):
    while process.poll() is None and (not os.path.exists(sim.log) or len(sim.lines()) < n):
        time.sleep(0.01)


def collect_interrupted(documents, directory):
    with simlib.Sim(SIM, documents, directory, faults="* * slow 25\n") as sim:
        new_store(documents[0])
        wsusck("--config", sim.config, "collect")
        complete = listed()
        wanted = {name: facts(name) for name in complete}
        calls = len(sim.lines())
        assert calls > 30, calls
        partly = 0
        for i in range(12):
            before = new_store(documents[0])
            already = len(sim.lines())
            process = start("--config", sim.config, "collect", "--jobs", "2")
            wait_for_calls(sim, already + 1 + i * calls // 12, process)
            process.send_signal(signal.SIGINT if i % 3 != 2 else signal.SIGKILL)
            code, text = end(process)
            assert code in (0, 130, -signal.SIGKILL), (code, text)
            found = listed()
            for name, ids in found.items():
                if ids[-1] in before.get(name, []):
                    continue
                assert facts(name) == wanted[name], name  # whole, as without the interruption
            partly += 0 < len(found) < len(complete)
        assert partly > 0
        new_store(documents[0])
        wsusck("--config", sim.config, "collect")
        assert {name: facts(name) for name in listed()} == wanted
    print("collect: interrupted and killed at twelve points, whole snapshots only")


def main():
    with simlib.scratch() as directory:
        simlib.make_tree(directory, AT, 200, True)
        documents = [os.path.join(directory, n + ".json") for n in ("hq", "berlin", "munich", "paris")]
        os.chdir(directory)
        import_through_pipe(documents)
        import_interrupted(documents)
        import_killed(documents)
        import_at_any_time(documents)
        collect_interrupted(documents, directory)


main()
