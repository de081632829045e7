# SPDX-License-Identifier: MIT
"""What the tests of the warehouse share: the program over stores of both kinds, and a PostgreSQL of their own."""
import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

TESTS = pathlib.Path(__file__).parents[1]
for folder in ("support", "oracle", "scenario"):
    sys.path.insert(0, str(TESTS / folder))
import generate  # noqa: E402
from postgres import Cluster, lacking  # noqa: E402

SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehaviorSanitizer")
NOW = generate.NOW


class Program:
    def __init__(self, path, folder):
        self.path, self.folder = os.path.abspath(path), pathlib.Path(folder)
        self.environment = {k: v for k, v in os.environ.items() if not k.startswith(("WSUSCK", "PG"))}
        self.environment["HOME"] = str(self.folder / "home")
        os.makedirs(self.environment["HOME"], exist_ok=True)

    def command(self, store, *arguments):
        return [self.path, "--store", store, "--now", NOW, *map(str, arguments)]

    def run(self, store, *arguments, expect=(0,), environment=None):
        done = subprocess.run(self.command(store, *arguments), cwd=self.folder, timeout=300, capture_output=True,
                              env={**self.environment, **(environment or {})})
        text = done.stderr.decode(errors="replace")
        assert not any(s in text for s in SANITIZER), text
        assert done.returncode in expect, f"{arguments} on {store}: exit {done.returncode}: {text}"
        return done

    def start(self, store, *arguments):
        return subprocess.Popen(self.command(store, *arguments), cwd=self.folder, env=self.environment,
                                stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)

    def listed(self, store):
        return json.loads(self.run(store, "snapshot", "list", "--format", "json").stdout)


def end(process, expect=(0,)):
    text = process.communicate(timeout=300)[1]
    assert not any(s in text for s in SANITIZER), text
    assert process.returncode in expect, f"exit {process.returncode}: {text}"
    return text


def write(folder, name, document):
    path = pathlib.Path(folder) / f"{name}.json"
    path.write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return path


@contextlib.contextmanager
def bench(program, **options):
    """A program and a cluster in a temporary folder; exit 77 without PostgreSQL."""
    if lacking():
        print("not run, needs: " + ", ".join(lacking()))
        sys.exit(77)
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(folder + "/pg")
        cluster = Cluster(folder + "/pg", **options)
        try:
            yield Program(program, folder), cluster
        finally:
            cluster.stop()


def database(cluster, name, more=""):
    cluster.sql("postgres", f"CREATE DATABASE {name} {more}")
    return cluster.uri(name)
