#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proof 5: of five live servers one cannot be reached and one refuses GetDeployments. Exit 3, their facts unknown, no
false finding, and a plan that derives nothing from them. unread.py WSUSCK WSUSCK-SIM"""
import os
from datetime import datetime

import kit  # first: it knows where the others are
from kit import number

import simlib

NAMES = ("hq", "berlin", "munich", "paris", "lab")
FAULTS = "berlin * refuse\nmunich GetDeployments fault InternalServerError\n"
DEPLOYMENTS = {"declined", "groups", "approvals", "eulas"}
FROM_DEPLOYMENTS = {3030, 3031, 3034, 4001, 4002, 4003, 4004, 4005, 4006, 4007, 4008, 4010, 4011, 4020, 4021, 4022, 4023,
                    4024, 4030, 4031}


class Unread(kit.Case):
    def collected(self, healthy, faults):
        simlib.make_tree(self.folder("tree"), datetime(2026, 11, 25, 5, 0, 0), 200, healthy)
        files = [os.path.join(self.dir, "tree", n + ".json") for n in NAMES]
        tag = f"{healthy}-{bool(faults)}"
        with simlib.Sim(kit.SIM, files, self.folder("sim" + tag), faults) as sim:
            wsusck = self.wsusck("w" + tag, sim.config)
            code, _, _ = wsusck("collect", "--jobs", "4", "--retry-base", "1")
            code_check, report = wsusck.check()
            return code, code_check, report, self.plan(wsusck)

    def test_a_healthy_tree_is_unknown_in_part_and_nothing_else(self):
        collect, check, report, plan = self.collected(True, FAULTS)
        self.assertEqual((collect, check), (3, 3))
        self.assertEqual({(number(f), f["result"]) for f in report["findings"]}, {(9001, "unknown"), (9002, "unknown")})
        by_server = {}
        for f in report["findings"]:
            by_server.setdefault(f["server"].split("/")[-1], set()).add(f["object"]["name"])
        self.assertEqual(by_server["berlin"], {"berlin"})
        self.assertTrue(DEPLOYMENTS <= by_server["munich"])
        self.assertEqual(plan["actions"], [])
        self.assertEqual({m["fingerprint"] for m in plan["manual"]}, {f["fingerprint"] for f in report["findings"]})

    def test_a_broken_tree_keeps_what_is_known_and_gains_nothing(self):
        _, _, whole, _ = self.collected(False, "")
        _, check, report, plan = self.collected(False, FAULTS)
        known = {f["fingerprint"]: f for f in report["findings"] if f["result"] == "fail"}
        self.assertEqual(check, 1)
        new = [f for fingerprint, f in known.items() if fingerprint not in {f["fingerprint"] for f in whole["findings"]}]
        self.assertEqual([f for f in new if f["severity"] != "note"], [], "a fact that was not read made a finding")
        dark = [f for f in known.values() if f["server"].split("/")[-1] == "berlin" or f.get("upstream") == "hq/berlin"]
        self.assertEqual(dark, [])
        blind = [f for f in known.values() if f["server"].split("/")[-1] == "munich" and number(f) in FROM_DEPLOYMENTS]
        self.assertEqual(blind, [])
        self.assertTrue([f for f in known.values() if f["server"].split("/")[-1] in ("paris", "lab")])
        unknown = {f["fingerprint"] for f in report["findings"] if f["result"] == "unknown"}
        for action in plan["actions"]:
            self.assertFalse(unknown & set(action["answers"]), action)
            self.assertNotEqual(action["server"].split("/")[-1], "berlin", action)
            if action["server"].split("/")[-1] == "munich":
                self.assertEqual(action["kind"], "synchronize", action)


if __name__ == "__main__":
    kit.main()
