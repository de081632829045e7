# SPDX-License-Identifier: MIT
"""plan and script."""

import json

from cli import Case, different, healthy, main, server, unread


class Plan(Case):
    def test_every_finding_is_answered_waived_or_manual(self):
        self.import_servers(server("hq", "update u1", "update u2", "approval u1", "approval u2", "group Pilot", "language de on"),
                            server("berlin", "update u1", "update old needed=3", parent="hq"))
        self.write("wsusck.json", {"waivers": [{"rule": "WCK4020", "reason": "on purpose"}]})
        report = self.wsusck("check", "--format", "json", code=1).json()
        plan = self.wsusck("plan", "--format", "json").json()
        answered = {f for a in plan["actions"] for f in a["answers"]}
        manual = {m["fingerprint"] for m in plan["manual"]}
        for f in report["findings"]:
            where = (f["fingerprint"] in answered) + (f["fingerprint"] in manual) + (f["result"] == "waived")
            self.assertEqual(where, 1, f)
        self.assertLessEqual(answered | manual, {f["fingerprint"] for f in report["findings"]})
        self.assertEqual([a["order"] for a in plan["actions"]], sorted(a["order"] for a in plan["actions"]))

    def test_unknown_becomes_no_action(self):
        self.import_servers(*unread())
        self.assertEqual(self.wsusck("plan", "--format", "json").json()["actions"], [])

    def test_nothing_to_do(self):
        self.import_servers(*healthy())
        plan = self.wsusck("plan", "--format", "json").json()
        self.assertEqual((plan["actions"], plan["manual"]), ([], []))

    def test_the_document_is_written_beside_the_text(self):
        self.import_servers(*different())
        r = self.wsusck("plan", "-o", "plan.json")
        self.assertIn("answered by", r.out)
        self.assertEqual((self.work / "plan.json").read_bytes(), self.wsusck("plan", "--format", "json").raw)

    def test_max_actions(self):
        self.import_servers(server("hq", *[f"update u{i}" for i in range(4)], "approval u1"),
                            server("berlin", parent="hq"))
        n = len(self.wsusck("plan", "--format", "json").json()["actions"])
        self.assertGreater(n, 0)
        self.wsusck("plan", "--max-actions", n)
        if n > 1:
            self.assert_failed(self.run_wsusck("plan", "-o", "p.json", "--max-actions", n - 1))
            self.assertFalse((self.work / "p.json").exists())

    def test_usage(self):
        self.assert_usage(self.run_wsusck("plan", "extra"))
        self.assert_usage(self.run_wsusck("plan", "--format", "xml"), "text|json")


class Script(Case):
    def setUp(self):
        super().setUp()
        self.import_servers(*different())
        self.wsusck("plan", "-q", "-o", "plan.json")

    def test_one_script_a_server_and_its_undo_twin(self):
        r = self.wsusck("script", "plan.json", "-o", "scripts")
        self.assertEqual(r.out, "")
        names = sorted(p.name for p in (self.work / "scripts").iterdir())
        order = json.loads((self.work / "scripts" / "run-order.json").read_text())
        self.assertEqual(names, sorted(["run-order.json", "run-order.md"] + [o[k] for o in order for k in ("script", "undo")]))
        self.assertEqual([o["order"] for o in order], list(range(1, len(order) + 1)))
        for o in order:
            self.assertEqual(set(o), {"order", "tier", "server", "script", "undo", "actions", "after"})
            self.assertRegex(o["script"], r"^\d\d-[A-Za-z0-9._-]+\.ps1$")
            self.assertEqual(o["undo"], o["script"][:-4] + ".undo.ps1")
        self.assertEqual(len(r.err.splitlines()), len(names))
        self.assertEqual(self.wsusck("script", "-q", "plan.json", "-o", "scripts").err, "")

    def test_again_gives_the_same_bytes(self):
        self.wsusck("script", "plan.json", "-o", "a")
        self.wsusck("script", "plan.json", "-o", "b")
        for p in (self.work / "a").iterdir():
            self.assertEqual(p.read_bytes(), (self.work / "b" / p.name).read_bytes())

    def test_a_changed_plan_is_refused(self):
        text = (self.work / "plan.json").read_text()
        self.write("changed.json", text.replace('"synchronize"', '"verify"', 1))
        self.assert_failed(self.run_wsusck("script", "changed.json", "-o", "s"), "changed.json", "changed since", "hint: ")
        self.assertFalse((self.work / "s").exists())

    def test_bad_input(self):
        self.assert_failed(self.run_wsusck("script", "nowhere.json", "-o", "s"), "nowhere.json")
        self.assert_failed(self.run_wsusck("script", self.write("x.json", "{"), "-o", "s"), "x.json")
        self.assert_failed(self.run_wsusck("script", "berlin.json", "-o", "s"), "berlin.json", "format")
        self.assert_failed(self.run_wsusck("script", "plan.json", "-o", "plan.json"), "plan.json")

    def test_usage(self):
        self.assert_usage(self.run_wsusck("script", "-o", "s"), "plan")
        self.assert_usage(self.run_wsusck("script", "plan.json"), "-o")
        self.assert_usage(self.run_wsusck("script", "plan.json", "-o", "s", "--dialect", "cobol"), "--dialect")


if __name__ == "__main__":
    main()
