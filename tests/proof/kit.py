# SPDX-License-Identifier: MIT
"""kit.py: what the proofs share: the program, the simulated servers, scenarios as documents."""
import json
import os
import sys
import unittest
from pathlib import Path

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("sim", "model", "scenario"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import run as scenario  # noqa: E402
import simlib  # noqa: E402

PROGRAM = SIM = None


class Case(unittest.TestCase):
    maxDiff = 4000

    def setUp(self):
        self.scratch = simlib.scratch()
        self.dir = self.scratch.name

    def tearDown(self):
        self.scratch.cleanup()

    def folder(self, name):
        path = os.path.join(self.dir, name)
        os.makedirs(path, exist_ok=True)
        return path

    def wsusck(self, name="w", config=None):
        return simlib.Wsusck(PROGRAM, self.folder(name), config)

    def save(self, name, documents):
        """The documents as files, in the order given."""
        folder, paths = self.folder(name), []
        for i, doc in enumerate(documents):
            paths.append(os.path.join(folder, f"{i:02}-{doc['server']['name']}.json"))
            simlib.save(paths[-1], doc)
        return paths

    def plan(self, wsusck, *args):
        path = os.path.join(wsusck.dir, "plan.json")
        wsusck(*args, "plan", "-o", path, codes=[0])
        return simlib.read(path)


def scenario_documents(path, text):
    """The documents of a scenario (scenario/run.py), in time order, and the time of the check."""
    Path(path).write_text(text, encoding="utf-8")
    told = scenario.Scenario(Path(path))
    return [json.loads(t) for docs in told.generations for _, t in docs], scenario.rfc3339(told.now)


def guid(name):
    return scenario.guid(name)


def number(finding):
    return int(finding["rule"][3:])


def main():
    global PROGRAM, SIM
    PROGRAM = os.path.abspath(sys.argv.pop(1))
    SIM = os.path.abspath(sys.argv.pop(1)) if len(sys.argv) > 1 and not sys.argv[1].startswith("-") else None
    unittest.main(module="__main__")
