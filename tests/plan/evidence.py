#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""evidence.py WSUSCK: scripts are made from a plan only while it rests on what is known (reliability.md 13).

One tree, one plan (decline an expired update at hq, then what a synchronization brings to ber), and twelve things that
can happen between the plan and the scripts. `plan show` shows the plan in every one of them."""
import collections
import copy
import json
import os
import random
import sys
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "proof"))
import kit  # noqa: E402
from kit import guid  # noqa: E402

TREE = """
server hq
server ber parent=hq
update u[1..3]
approval u[1..3]
update d[1..{declines}] state=expired
approval d[1..{declines}]
@ber drop approval u2
"""
LATER = "2026-03-10T18:00:00Z"  # six hours after NOW


class Done(collections.namedtuple("Done", "returncode stdout stderr")):
    pass


class Evidence(kit.Case):
    def make(self, declines=2, *more, exit_code=0):
        text = TREE.format(declines=declines)
        self.docs, self.now = kit.scenario_documents(os.path.join(self.dir, "tree.test"), text)
        program = self.wsusck()
        self.w = lambda *args, **codes: Done(*program(*args, **codes))
        self.home, self.store = program.dir, os.path.join(program.dir, "store.db")
        self.w("import", *self.save("now", self.docs), codes=[0])
        self.path = os.path.join(self.home, "plan.json")
        return self.w("--now", self.now, "plan", "-o", self.path, *more, codes=[exit_code])

    def document(self):
        with open(self.path, encoding="utf-8") as f:
            return json.load(f)

    def newer(self, change, *servers):
        """Collected an hour later, with `change(document)` made on those servers."""
        later = [copy.deepcopy(d) for d in self.docs if d["server"]["name"] in servers]
        for doc in later:
            doc["server"]["collected_at"] = doc["server"]["server_time"] = "2026-03-10T13:00:00Z"
            change(doc)
        self.w("import", *self.save("later", later), codes=[0])

    def script(self, *options, now=LATER):
        folder = os.path.join(self.dir, "scripts")
        done = self.w("--now", now, "script", self.path, "-o", folder, *options)
        self.assertEqual(done.returncode == 0, os.path.isdir(folder), done.stderr)
        shown = self.w("--now", now, "plan", "show", self.path, codes=[0])
        self.assertIn("decline", shown.stdout)
        return done, shown

    def works(self, *options, now=LATER):
        done, shown = self.script(*options, now=now)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done, shown

    def refused(self, word, *options, now=LATER):
        done, shown = self.script(*options, now=now)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(word, done.stderr)
        self.assertIn("hint: ", done.stderr)
        self.assertIn(word, shown.stderr)

    # ---- age ----

    def test_01_a_day_old_and_no_older(self):
        self.make()
        self.works(now="2026-03-11T12:00:00Z")

    def test_02_one_second_older_is_too_old(self):
        self.make()
        self.refused("older than 24 hours", now="2026-03-11T12:00:01Z")

    def test_03_how_old_can_be_said(self):
        self.make()
        self.works("--max-age", "48", now="2026-03-12T11:00:00Z")

    # ---- newer snapshots ----

    def test_04_a_newer_snapshot_with_the_same_facts(self):
        self.make()
        self.newer(lambda doc: None, "hq", "ber")
        self.works()

    def test_05_a_newer_snapshot_with_other_facts_that_do_not_matter(self):
        self.make()
        self.newer(lambda doc: doc["updates"][0].update(title="renamed by Microsoft"), "hq", "ber")
        self.works()

    def test_06_more_to_do_by_now_is_said(self):
        self.make()

        def another(doc):
            next(u for u in doc["updates"] if u["id"] == guid("u3"))["state"] = "expired"
        self.newer(another, "hq", "ber")
        done, _ = self.works()
        self.assertIn("1 more action", done.stderr)

    def test_07_declined_meanwhile(self):
        self.make()

        def declined(doc):
            doc["approvals"] = [a for a in doc["approvals"] if a["update"] != guid("d1")]
            doc["declined"].append({"id": guid("d1"), "revision": 1, "time": "2026-03-10T12:30:00Z", "admin": None})
        self.newer(declined, "hq", "ber")
        self.refused("newer snapshots")

    def test_08_approved_for_another_group_meanwhile(self):
        self.make()

        def moved(doc):
            for a in doc["approvals"]:
                if a["update"] == guid("d1"):
                    a["group"] = guid("Unassigned")
        self.newer(moved, "hq")
        self.refused("newer snapshots")

    def test_09_another_server_by_that_name(self):
        self.make()
        self.newer(lambda doc: doc["server"].update(server_id=guid("reinstalled")), "hq")
        self.refused("another ServerId")

    def test_10_torn(self):
        self.make()

        def torn(doc):
            doc["coverage"]["updates"] = {"state": "partial", "reason": "changed while it was read (torn)"}
        self.newer(torn, "hq")
        self.refused("newer snapshots")

    def test_11_could_not_be_read_any_more(self):
        self.make()

        def dark(doc):
            for section in list(doc["coverage"]):
                doc["coverage"][section] = {"state": "unknown", "reason": "connection refused"}
            for key in ("updates", "approvals", "declined", "groups", "categories", "languages", "eulas", "sync_history"):
                doc[key] = []
        self.newer(dark, "hq")
        self.refused("newer snapshots")

    def test_12_suspect(self):
        self.make()
        self.newer(lambda doc: doc.update(updates=[], approvals=[], declined=[]), "hq")
        self.refused("newer snapshots")

    def test_13_carried_to_a_machine_without_a_store(self):
        self.make()
        os.rename(self.store, self.store + ".elsewhere")
        done, _ = self.works()
        self.assertIn("not compared", done.stderr)

    # ---- the document ----

    def test_14_a_flipped_byte(self):
        self.make()
        with open(self.path, "rb") as source:
            whole = source.read()
        rng = random.Random(7)
        for _ in range(3):  # every byte: tests/unit/codec
            at = rng.randrange(len(whole))
            flipped = bytearray(whole)
            flipped[at] ^= 1 << rng.randrange(7)
            with open(self.path, "wb") as out:
                out.write(flipped)
            done = self.w("--now", LATER, "script", self.path, "-o", os.path.join(self.dir, "scripts"), codes=[2])
            self.assertIn("could not read", done.stderr)
            self.assertFalse(os.path.isdir(os.path.join(self.dir, "scripts")))

    def test_15_policy_and_plan_are_bound(self):
        self.make()
        one = self.document()
        self.make(2, "--allow", "actions=60", "--reason", "ticket 7")
        other = self.document()
        self.assertNotEqual(one["policy"], other["policy"])
        self.assertNotEqual(one["digest"], other["digest"])
        self.assertEqual(other["limits"]["actions"]["reason"], "ticket 7")
        self.assertIsNone(other["limits"]["decline_share"]["reason"])
        done = self.w("plan", "diff", self.path, self.path, codes=[0])
        self.assertIn("0 only in the first", done.stdout)

    # ---- limits ----

    def test_16_over_a_limit_gives_a_plan_and_no_scripts(self):
        done = self.make(30)
        self.assertIn("over", done.stderr)
        self.assertIn("Over a limit", done.stdout)
        done, _ = self.script()
        self.assertEqual(done.returncode, 2)
        self.assertIn("approval_share", done.stderr)
        self.make(30, "--allow", "approval_share=100", "--reason", "lab")
        done, shown = self.script()
        self.assertEqual(done.returncode, 2)
        self.assertIn("decline_share", done.stderr)  # one override stands for itself
        self.make(30, "--allow", "decline_share=100", "--allow", "approval_share=100", "--reason", "the old lab")
        _, shown = self.works()
        self.assertIn("the old lab", shown.stdout)

    def test_17_wrong_usage(self):
        self.make()
        for options in (["--allow", "actions=60"], ["--allow", "action=1", "--reason", "x"],
                        ["--allow", "actions", "--reason", "x"], ["--allow", "actions=-1", "--reason", "x"],
                        ["--allow", "actions=1", "--allow", "actions=2", "--reason", "x"], ["show"], ["diff", "a"],
                        ["nonsense", "a"]):
            self.w("plan", *options, codes=[64])
        self.w("plan", "show", "/nowhere", codes=[2])

    def test_18_diff(self):
        self.make(2)
        first = self.path + ".first"
        os.rename(self.path, first)
        self.w("--now", self.now, "plan", "-o", self.path, codes=[0])
        self.w("plan", "diff", first, self.path, codes=[0])
        self.newer(lambda doc: doc["approvals"].clear(), "ber")
        self.newer(lambda doc: next(a for a in doc["approvals"] if a["update"] == guid("d1")).update(
            deadline="2026-04-01T00:00:00Z"), "hq")
        self.w("--now", LATER, "plan", "-o", self.path, codes=[0])
        done = self.w("plan", "diff", first, self.path, codes=[1])
        self.assertIn("1 not the same", done.stdout)


    # ---- the trap ----

    def test_19_an_empty_upstream_server_gives_no_action(self):
        """A public script that declines what upstream did not approve would decline everything here."""
        self.make(1)
        docs, now = kit.scenario_documents(os.path.join(self.dir, "trap.test"), """
server hq
server ber parent=hq
server muc parent=ber
update u[1..150]
approval u[1..120]
snapshot -1d
@hq drop update *
@hq drop approval *
""")
        program = self.wsusck("trap")
        program("import", *self.save("trap", docs), codes=[0])
        _, report = program.check("--now", now, codes=[3])
        self.assertEqual([(f["rule"], f["server"], f["result"], f["evidence"]) for f in report["findings"]],
                         [("WCK9005", "hq", "unknown",
                           {"updates": "0, last time 151", "approvals": "0, last time 120"})])
        path = os.path.join(program.dir, "plan.json")
        program("--now", now, "plan", "-o", path, codes=[3])
        with open(path, encoding="utf-8") as f:
            plan = json.load(f)
        self.assertEqual(plan["actions"], [])
        self.assertEqual({m["rule"] for m in plan["manual"]}, {"WCK9005"})
        program("--now", now, "script", path, "-o", os.path.join(program.dir, "s"), codes=[0])
        self.assertEqual(sorted(os.listdir(os.path.join(program.dir, "s"))), ["run-order.json", "run-order.md"])


if __name__ == "__main__":
    kit.PROGRAM = os.path.abspath(sys.argv[1])
    unittest.main(argv=sys.argv[:1] + sys.argv[2:])
