#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""stories.py WSUSCK HOST.dll: whole stories: snapshots -> check -> plan -> scripts -> the scripts run by the real
PowerShell engine against servers made from the snapshots -> collect again -> clean.

What WSUS does by itself (synchronizations, wsusutil) is tests/model/wsus.py, which shares nothing with the planner; what
the administration API does is FakeWsus.cs, through which alone the scripts reach a server. WSUSCK_STORIES=all runs every
one of the ten ways to break a tree by itself, and then all of them together; without it they run together only."""
import copy
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("proof", "whatif"):
    sys.path.insert(0, os.path.join(HERE, "..", folder))
import kit  # noqa: E402
from kit import guid  # noqa: E402
import whatif  # noqa: E402
import servers  # noqa: E402
from servers import Tree  # noqa: E402

SCRIPT = os.path.join(HERE, "..", "..", "examples", "Export-WsusSnapshot.ps1")

# A healthy tree of three tiers, in the language of tests/scenario/run.py.
DEMO = """
server hq
server ber parent=hq
server muc parent=ber
server lab parent=hq mode=autonomous
@hq set server fqdn=wsus-hq.example
@ber set server fqdn=wsus-ber.example
@muc set server fqdn=wsus-muc.example
@lab set server fqdn=wsus-lab.example
group Pilot
update u[1..9]
approval u[1..9]
update e1 eula=agreement
eula agreement
approval e1
update g1 lang=fr
language fr on
approval g1
"""

# Ten ways to break it. Each is a few lines on top, and what the check then says (tests/scenario/rules has each of the
# rules alone).
BREAKS = {
    "an approval is lost on a replica": ("@ber drop approval u1", {"WCK4001"}),
    "a replica approves what its upstream does not": ("@muc approval u2 group=Pilot", {"WCK4002"}),
    "a deadline differs": ("@muc set approval u3 deadline=+9d", {"WCK4005"}),
    "declined upstream only": ("@hq drop approval u4\n@hq decline u4", {"WCK3030"}),
    "declined on a replica, approved above": ("@muc drop approval u5\n@muc decline u5", {"WCK3031"}),
    "an update is missing below": ("@ber,muc forget u6", {"WCK3001"}),
    "a group is missing on a replica": ("@muc drop group Pilot", {"WCK4020"}),
    "an expired update is approved": ("set update u7 state=expired", {"WCK3034"}),
    "a license agreement is not accepted below": ("@ber,muc drop eula agreement", {"WCK4030"}),
    "approvals became inactive": ("language fr off", {"WCK4010"}),
}


# A tree before its root is built again: 60 approvals, a group of its own, a decline; visio will not be selected again.
REINSTALL = """
server hq
server ber parent=hq
@hq set server fqdn=wsus-hq.example
@ber set server fqdn=wsus-ber.example
product visio parent=win
group Pilot
group Ring parent=Pilot
update u[1..55]
approval u[1..50]
approval u[51..55] group=Ring
update v[1..3] product=visio
approval v[1..3]
update d1
decline d1
"""


class Stories(kit.Case):
    def tell(self, docs, now, name, overrides=()):
        """(tree, wsusck, plan): everything up to the scripts' end; each script must be done."""
        wsusck = self.wsusck(name)
        wsusck("import", *self.save(name + "-before", docs), codes=[0])
        tree = Tree(self.folder(name + "-tree"), docs, now)
        self.addCleanup(tree.close)
        plan = self.carry_out(tree, wsusck, now, name, overrides)
        return tree, wsusck, plan

    def carry_out(self, tree, wsusck, now, name, overrides=()):
        path, folder = os.path.join(wsusck.dir, name + ".json"), os.path.join(wsusck.dir, name + "-scripts")
        allow = [word for limit in overrides for word in ("--allow", limit)] + (["--reason", "a story"] if overrides else [])
        wsusck("--now", now, "plan", "-o", path, *allow, codes=[0])
        wsusck("--now", now, "script", path, "-o", folder, codes=[0])
        with open(os.path.join(folder, "run-order.json"), encoding="utf-8") as source:
            order = json.load(source)
        for entry in order:
            code = tree.run(entry["server"].split("/")[-1], os.path.join(folder, entry["script"]), folder)
            self.assertEqual(code, 0, tree.log())
        with open(path, encoding="utf-8") as source:
            return json.load(source)

    def again(self, tree, wsusck, name):
        """A night of scheduled synchronizations, then a second look: only what counts."""
        tree.world.scheduled()
        wsusck("import", *self.save(name + "-after", tree.collect()), codes=[0])
        _, report = wsusck.check("--now", tree.world.tick())
        return [f for f in report["findings"] if f["severity"] != "note"]

    def exported(self, tree, name):
        """A third look, through examples/Export-WsusSnapshot.ps1: what it sees of the same servers."""
        wsusck, now = self.wsusck(name + "-exported"), tree.world.tick()
        for server in tree.names:
            tree.write(server)
            wsusck("import", tree.exported(server, SCRIPT, wsusck.dir, now, "SameMethodEverywhere", "Relations"), codes=[0])
        _, report = wsusck.check("--now", now)
        return [f for f in report["findings"] if f["severity"] != "note"]

    def broken(self, breaks):
        text = DEMO + "\n" + "\n".join(BREAKS[b][0] for b in breaks)
        docs, now = kit.scenario_documents(os.path.join(self.folder("story"), "demo.test"), text)
        return docs, now

    def mend(self, name, breaks):
        docs, now = self.broken(breaks)
        probe = self.wsusck(name + "-probe")
        probe("import", *self.save(name + "-probe", docs), codes=[0])
        _, report = probe.check("--now", now)
        found = {f["rule"] for f in report["findings"]}
        for b in breaks:
            self.assertLessEqual(BREAKS[b][1], found, b)
        tree, wsusck, plan = self.tell(docs, now, name, ["removal_servers=2"])
        self.assertEqual([m for m in plan["manual"] if m["rule"] != "WCK4011"], [])
        self.assertEqual(self.again(tree, wsusck, name), [], tree.log())
        self.assertEqual(self.exported(tree, name), [])

    def test_a_healthy_tree_needs_nothing(self):
        docs, now = self.broken([])
        wsusck = self.wsusck()
        wsusck("import", *self.save("docs", docs), codes=[0])
        wsusck.check("--now", now, codes=[0])

    def test_ten_ways_to_break_a_tree_are_mended_together(self):
        self.mend("ten", list(BREAKS))

    def test_an_upstream_server_is_built_again_with_fewer_products(self):
        """whatif, prepare, the reinstallation, verify, restore, plan, scripts, clean."""
        docs, now = kit.scenario_documents(os.path.join(self.folder("story"), "demo.test"), REINSTALL)
        wsusck = self.wsusck("r")
        wsusck("import", *self.save("r-before", docs), codes=[0])
        wsusck.check("--now", now, codes=[0])
        change = os.path.join(wsusck.dir, "change.json")
        code, text, _ = wsusck("--now", now, "whatif", "--from-server", "hq", codes=[0])
        told = json.loads(text)
        told["changes"][0]["products"] = [p for p in told["changes"][0]["products"] if p["id"] != guid("visio")]
        with open(change, "w", encoding="utf-8") as out:
            json.dump(told, out)
        prediction, prepared = os.path.join(wsusck.dir, "prediction.json"), os.path.join(wsusck.dir, "prepared")
        wsusck("--now", now, "whatif", change, "-o", prediction, "--prepare", prepared, codes=[0])

        after = copy.deepcopy(docs)
        whatif.make({d["server"]["name"]: d for d in after}, told["changes"])
        for doc in after:  # the first synchronization of the new server ended a minute ago
            doc["server"]["collected_at"] = now
        hq = next(d for d in after if d["server"]["name"] == "hq")
        hq["sync_history"][0].update(started=now, ended=now)
        for u in hq["updates"]:
            u["arrived"] = now
        wsusck("import", *self.save("r-reinstalled", [hq]), codes=[0])
        _, text, _ = wsusck("--now", now, "whatif", "--verify", prediction, "--format", "json")
        verdict = json.loads(text)
        self.assertEqual((verdict["not_seen"], verdict["not_predicted"]), ([], []))

        tree = Tree(self.folder("r-tree"), docs + [hq], now)
        self.addCleanup(tree.close)
        restore = os.path.join(prepared, "01-hq.ps1")
        self.assertEqual(tree.run("hq", restore, prepared, "stops"), 0, tree.log())
        # visio is not selected any more, so what was decided about its updates has nothing to stand on: 3
        self.assertEqual(tree.run("hq", restore, prepared), 3, tree.log())
        new = tree.world.docs["hq"]
        self.assertEqual({g["name"] for g in new["groups"]}, {g["name"] for g in docs[0]["groups"]})
        self.assertEqual({a["update"] for a in new["approvals"]},
                         {a["update"] for a in docs[0]["approvals"]} - {guid(f"v{i}") for i in (1, 2, 3)})
        self.assertEqual({d["id"] for d in new["declined"]}, {guid("d1")})
        wsusck("import", *self.save("r-restored", tree.collect()), codes=[0])
        later = tree.world.tick()
        plan = self.carry_out(tree, wsusck, later, "r-plan", ["group_deletions=3"])
        self.assertIn("synchronize", {a["kind"] for a in plan["actions"]})
        self.assertEqual(self.again(tree, wsusck, "r"), [], tree.log())

    @unittest.skipUnless(os.environ.get("WSUSCK_STORIES") == "all", "WSUSCK_STORIES=all runs them one by one")
    def test_each_of_the_ten_is_mended_by_itself(self):
        for n, b in enumerate(BREAKS):
            with self.subTest(b):
                self.mend(f"way{n}", [b])


if __name__ == "__main__":
    kit.PROGRAM, servers.HOST = os.path.abspath(sys.argv[1]), os.path.abspath(sys.argv[2])
    unittest.main(argv=sys.argv[:1] + sys.argv[3:])
