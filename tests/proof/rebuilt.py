#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proof 2: the upstream server was rebuilt with fewer products. Its updates split into the three remedies; the plan,
carried out on the model of WSUS, leaves nothing to find. rebuilt.py WSUSCK"""
import copy
import os
import unittest

import kit  # first: it knows where the others are
from kit import guid, number

import apply
import wsus

REBUILT = """
server hq
server ber parent=hq mode=%s
product office parent=win
product visio parent=win
update n[1..3] product=office
update d[1..4] product=visio
update t[1..2]
update k[1..5]
%s
@ber set update n3 needed=12
snapshot -1d

@hq set server id=reinstalled
@hq set config selected_products=p1
@hq forget n[1..3]
@hq forget d[1..4]
@hq drop update t[1..2]
@hq sync -20m result=running
"""


class Rebuilt(kit.Case):
    def story(self, mode, approvals):
        docs, now = kit.scenario_documents(os.path.join(self.dir, "story.test"), REBUILT % (mode, approvals))
        wsusck = self.wsusck()
        wsusck("import", *self.save("before", docs), codes=[0])
        _, report = wsusck.check("--now", now, codes=[1])
        return docs, now, wsusck, report, self.plan(wsusck, "--now", now)

    def split(self, report):
        return {rule: {f["object"]["update"] for f in report["findings"] if number(f) == rule} for rule in
                (3001, 3010, 3011, 3012, 3013)}

    def after(self, docs, now, wsusck, plan):
        """The second check, once the plan is carried out and a night has passed."""
        world = wsus.World(docs, now)
        for action in plan["actions"]:
            apply.do(world, action)
        world.scheduled()
        later = copy.deepcopy(list(world.docs.values()))
        for doc in later:
            doc["server"]["collected_at"] = doc["server"]["server_time"] = world.tick()
        wsusck("import", *self.save("after", later), codes=[0])
        code, report = wsusck.check("--now", world.tick())
        return world, code, report

    def assert_three_remedies(self, report):
        self.assertEqual(self.split(report), {
            3001: set(), 3010: {guid(f"n{i}") for i in (1, 2, 3)}, 3011: {guid(f"d{i}") for i in (1, 2, 3, 4)},
            3012: {guid(f"t{i}") for i in (1, 2)}, 3013: set()})

    def test_an_autonomous_child_is_clean_after_the_plan(self):
        docs, now, wsusck, report, plan = self.story("autonomous", "@ber approval n[1..2]\n@ber approval k[1..5]")
        self.assert_three_remedies(report)
        kinds = [(a["kind"], a["server"]) for a in plan["actions"]]
        self.assertEqual(kinds.count(("select_product", "hq")), 1)
        self.assertEqual(kinds.count(("cancel_download", "hq/ber")), 4)
        self.assertEqual(kinds.count(("decline", "hq/ber")), 4)
        self.assertEqual({guid(f"d{i}") for i in (1, 2, 3, 4)},
                         {a["object"]["update"] for a in plan["actions"] if a["kind"] == "decline"})
        self.assertEqual({kind for kind, _ in kinds}, {"select_product", "synchronize", "cancel_download", "decline"})
        manual = {m["rule"] for m in plan["manual"]}
        self.assertEqual(manual, {"WCK1005"}, plan["manual"])
        world, code, second = self.after(docs, now, wsusck, plan)
        self.assertEqual([f for f in second["findings"] if f["severity"] != "note"], [])
        self.assertEqual(code, 0)
        self.assertTrue({guid(f"n{i}") for i in (1, 2, 3)} <= {r["id"] for r in world.docs["hq"]["updates"]})

    def test_on_a_replica_nothing_is_declined_and_only_the_lost_approvals_stay(self):
        """The new upstream never had the approvals of the old one: no synchronization can take them away (case B6)."""
        docs, now, wsusck, report, plan = self.story("replica", "approval n[1..2]\napproval k[1..5]")
        self.assert_three_remedies(report)
        self.assertEqual([a for a in plan["actions"] if a["kind"] in ("decline", "approve", "unapprove")], [])
        self.assertEqual({m["rule"] for m in plan["manual"]}, {"WCK1005", "WCK3011"})
        _, _, second = self.after(docs, now, wsusck, plan)
        left = {(number(f), f["object"].get("update")) for f in second["findings"] if f["severity"] != "note"}
        lost = {(4002, guid("n1")), (4002, guid("n2"))}
        self.assertEqual({x for x in left if x[0] != 3011}, lost)
        self.assertEqual({x for x in left if x[0] == 3011}, {(3011, guid(f"d{i}")) for i in (1, 2, 3, 4)})


if __name__ == "__main__":
    kit.main()
