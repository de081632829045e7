# SPDX-License-Identifier: MIT
"""history: what appears and goes between two looks at a tree, and how long it was there. The trees are written in the
language of scenarios (tests/scenario/run.py); the program is $WSUSCK."""
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

HERE = pathlib.Path(__file__).parent
sys.path.insert(0, str(HERE.parent / "scenario"))
import run as scenarios  # noqa: E402

WSUSCK = os.path.abspath(os.environ.get("WSUSCK", "wsusck"))
TREE = """server hq
server ber parent=hq
update u1
update u2
approval u1
"""


class History(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory(prefix="wsusck-")
        self.path = pathlib.Path(self.folder.name)

    def tearDown(self):
        self.folder.cleanup()

    def call(self, *arguments, code=0):
        done = subprocess.run([WSUSCK, "--store", "sqlite:x.db", *arguments], cwd=self.path, capture_output=True, text=True,
                              timeout=120, stdin=subprocess.DEVNULL)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return done.stdout if code != 2 else done.stderr

    def tree(self, text):
        """Imports every generation of a scenario."""
        file = self.path / "x.test"
        file.write_text(text, encoding="utf-8")
        scenario = scenarios.Scenario(file)
        for n, generation in enumerate(scenario.generations):
            for name, document in generation:
                (self.path / f"{n}-{name}.json").write_text(document, encoding="utf-8")
            self.call("--now", scenarios.rfc3339(scenario.now), "import", *[f"{n}-{name}.json" for name, _ in generation])

    def document(self, *arguments):
        document = json.loads(self.call("history", "--format", "json", *arguments))
        try:
            import jsonschema
        except ImportError:
            return document
        schema = json.loads((HERE.parents[1] / "docs/formats/history.schema.json").read_text(encoding="utf-8"))
        jsonschema.validate(document, schema, cls=jsonschema.Draft202012Validator)
        return document

    @staticmethod
    def rules(items):
        return [(i["rule"], i["server"]) for i in items]

    def test_a_finding_appears_stays_and_goes(self):
        self.tree(TREE + "snapshot -3d\n@ber drop approval u1\nsnapshot -2d\n@ber drop update u2\nsnapshot -1d\n"
                  "@ber approval u1\n")
        doc = self.document()
        self.assertEqual([r["at"] for r in doc["rounds"]], ["2026-03-07T12:00:00Z", "2026-03-08T12:00:00Z",
                                                            "2026-03-09T12:00:00Z", "2026-03-10T11:50:00Z"])
        self.assertEqual([r["compared"] for r in doc["rounds"]], [False, True, True, True])
        appeared = [self.rules(r["appeared"]) for r in doc["rounds"]]
        self.assertEqual([a for a in appeared[1] if a[0] == "WCK4001"], [("WCK4001", "hq/ber")])
        self.assertIn(("WCK3001", "hq/ber"), appeared[2])
        self.assertNotIn(("WCK4001", "hq/ber"), appeared[2] + appeared[3])
        self.assertIn(("WCK4001", "hq/ber"), self.rules(doc["rounds"][3]["went"]))
        gone = next(i for i in doc["rounds"][3]["went"] if i["rule"] == "WCK4001")
        self.assertEqual(gone["since"], "2026-03-08T12:00:00Z")
        still = next(i for i in doc["open"] if i["rule"] == "WCK3001")
        self.assertEqual(still["since"], "2026-03-09T12:00:00Z")
        self.assertEqual(still["object"]["update"], scenarios.guid("u2"))

    def test_the_newest_look_is_what_check_says_as_of_then(self):
        self.tree(TREE + "snapshot -1d\n@ber drop approval u1\n@ber drop update u2\n")
        report = json.loads(self.call("--now", "2026-03-10T11:50:00Z", "check", "--format", "json", code=1))
        self.assertEqual([i["fingerprint"] for i in self.document()["open"]],
                         [f["fingerprint"] for f in report["findings"]])

    def test_text_says_what_changed_with_the_last_look(self):
        self.tree(TREE + "snapshot -1d\n@ber drop approval u1\n")
        text = self.call("history")
        self.assertRegex(text, r"2026-03-09 12:00 UTC +2 +0 +0 +0 +0 +- +-\n")
        self.assertIn("since 2026-03-09 12:00 UTC\n  + error WCK4001 hq/ber", text)
        self.assertRegex(text, r"open now, and since when\n +2026-03-10 11:50 UTC  error WCK4001 hq/ber")
        self.assertEqual(text, self.call("history"))

    def test_a_tree_that_stays_as_it_is(self):
        self.tree(TREE + "snapshot -1d\n")
        text = self.call("history")
        self.assertIn("nothing changed", text)
        self.assertIn("nothing is open now", text)

    def test_one_server_and_the_last_looks_only(self):
        self.tree(TREE + "server mun parent=hq\nsnapshot -2d\n@ber drop approval u1\n@mun drop update u2\nsnapshot -1d\n")
        doc = self.document("mun")
        self.assertEqual({i["server"] for r in doc["rounds"] for i in r["appeared"]}, {"hq/mun"})
        self.assertEqual({i["server"] for i in doc["open"]}, {"hq/mun"})
        self.assertEqual(len(self.document("--last", "2")["rounds"]), 2)
        self.assertIn("at least 2026-03-09 12:00 UTC", self.call("history", "--last", "2"))

    def test_a_server_that_came_later_has_a_history_from_then_on(self):
        self.tree(TREE + "snapshot -2d\nserver mun parent=hq\n@mun drop update u2\nsnapshot -1d\n")
        self.assertEqual([r["at"] for r in self.document("mun")["rounds"]], ["2026-03-09T12:00:00Z", "2026-03-10T11:50:00Z"])

    def test_bad_use(self):
        self.assertIn("could not", self.call("history", code=2))
        self.tree(TREE)
        self.assertIn('could not find server "nobody"', self.call("history", "nobody", code=2))
        self.call("history", "a", "b", code=64)
        self.call("history", "--last", "0", code=64)


if __name__ == "__main__":
    unittest.main()
