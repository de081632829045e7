# SPDX-License-Identifier: MIT
"""cli.py: what the black-box tests of the command line share. Each test has a folder and a store of its own, so tests
run in any order and beside each other. $WSUSCK names the program."""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "scenario"))
import run as scenario  # noqa: E402  (documents of healthy servers, one statement changes them)

PROGRAM = os.environ.get("WSUSCK", "wsusck")
NOW = scenario.rfc3339(scenario.BASE)


def model(name, parent=None, mode=None):
    """number: the minute of the day's synchronization; servers differ in it."""
    return scenario.Server(name, parent, mode or ("autonomous" if parent is None else "replica"),
                           number=sum(name.encode()) % 60)


def server(name, *statements, parent=None, mode=None):
    """A snapshot document of a healthy server, changed by statements of tests/scenario/run.py."""
    s = model(name, parent, mode)
    for statement in statements:
        s.do(statement.split())
    return json.loads(s.document(scenario.moment("-10m")))


class Result:
    def __init__(self, done):
        self.code = done.returncode
        self.raw = done.stdout
        self.out = done.stdout.decode(errors="surrogateescape")
        self.err = done.stderr.decode(errors="surrogateescape")

    def json(self):
        return json.loads(self.out)


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        # in memory where there is such a place: stores sync to disk, and nothing here is about disks
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) and not os.environ.get("TMPDIR") else None
        folder = tempfile.TemporaryDirectory(prefix="wsusck-cli-", dir=memory)
        self.addCleanup(folder.cleanup)
        self.dir = Path(folder.name)
        self.home = self.dir / "home"
        self.home.mkdir()
        self.work = self.dir / "work"
        self.work.mkdir()

    def run_wsusck(self, *args, env=None, cwd=None, stdout=subprocess.PIPE):
        """Run it; a sanitizer's report is never an exit status that a test could expect."""
        clean = {k: v for k, v in os.environ.items()
                 if not k.startswith(("WSUSCK_", "XDG_", "NO_COLOR", "CLICOLOR")) and k.lower() not in
                 ("http_proxy", "https_proxy", "all_proxy")}
        clean.update(HOME=str(self.home), WSUSCK_NOW=NOW, ASAN_OPTIONS="exitcode=99", UBSAN_OPTIONS="exitcode=99",
                     LC_ALL="C")
        clean.update(env or {})
        done = subprocess.run([PROGRAM, *map(str, args)], cwd=cwd or self.work, env=clean, stdin=subprocess.DEVNULL,
                              stdout=stdout, stderr=subprocess.PIPE, timeout=120)
        if stdout != subprocess.PIPE:
            done.stdout = b""
        result = Result(done)
        self.assertNotIn("Sanitizer", result.err)
        self.assertGreaterEqual(result.code, 0, f"killed by a signal: {result.err}")
        return result

    def wsusck(self, *args, code=0, **more):
        result = self.run_wsusck(*args, **more)
        self.assertEqual(result.code, code, f"{args}: {result.err}{result.out[-2000:]}")
        return result

    def write(self, name, content):
        path = self.work / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(content, (dict, list)):
            content = json.dumps(content)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    def import_servers(self, *documents):
        for document in documents:
            self.wsusck("import", "--quiet", self.write(document["server"]["name"] + ".json", document))

    def assert_failed(self, result, *parts, code=2):
        """cli.md: exit 2, one line `wsusck: could not …: reason`, a hint line where there is something to do."""
        self.assertEqual(result.code, code, result.err + result.out)
        self.assertEqual(result.out, "")
        lines = result.err.splitlines()
        self.assertTrue(lines and lines[0].startswith("wsusck: "), result.err)
        self.assertTrue(all(line.startswith(("hint: ", "detail: ")) for line in lines[1:]), result.err)
        self.assertFalse(lines[0].endswith("."), result.err)
        for part in parts:
            self.assertIn(part, result.err)

    def assert_usage(self, result, *parts):
        """Wrong usage: 64, nothing on standard output, the last line says where to look."""
        self.assertEqual(result.code, 64, result.err + result.out)
        self.assertEqual(result.out, "")
        lines = result.err.splitlines()
        self.assertEqual(len(lines), 2, result.err)
        self.assertTrue(lines[0].startswith("wsusck: "))
        self.assertRegex(lines[1], r'^Try "wsusck .*--help"\.$')
        for part in parts:
            self.assertIn(part, result.err)


# The trees that most tests need.
def healthy():
    return server("hq"), server("berlin", parent="hq")


def different():
    """One error (an approval is missing below), nothing else."""
    return server("hq", "update u1", "approval u1"), server("berlin", "update u1", parent="hq")


def unread():
    """Nothing wrong, but the approvals below were not read."""
    return server("hq"), server("berlin", "coverage approvals=unknown:refused", parent="hq")


def main():
    unittest.main(verbosity=1)
