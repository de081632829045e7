#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proof 6: seven live servers in three tiers, read with --jobs 4: the report equals the one made from the files that the
servers were started from, as far as MS-WSUSSS can tell them. live_files.py WSUSCK WSUSCK-SIM"""
import os
from datetime import datetime, timedelta, timezone

import kit  # first: it knows where the others are

import live
import simlib


class LiveIsFiles(kit.Case):
    def test_seven_servers_read_live_and_from_their_files_give_one_report(self):
        docs, _ = simlib.make_tree(self.folder("tree"), datetime(2026, 11, 25, 5, 0, 0), 200, False)
        parents = {name: d["server"]["parent"] for name, d in docs.items()}
        self.assertEqual(len(docs), 7)
        self.assertEqual(max(self.depth(parents, n) for n in parents), 3)
        with simlib.Sim(kit.SIM, [os.path.join(self.dir, "tree")], self.folder("s")) as sim:
            four, one = self.wsusck("four", sim.config), self.wsusck("one", sim.config)
            four("collect", "--jobs", "4", "--retry-base", "1", codes=[0, 3])
            one("collect", "--jobs", "1", "--retry-base", "1", codes=[0, 3])
        files = self.wsusck("files")
        files("import", *self.save("told", [self.as_told(docs[n], four.export(n)) for n in docs]), codes=[0])
        later = datetime.now(timezone.utc).replace(tzinfo=None) + timedelta(minutes=1)
        now = later.strftime("%Y-%m-%dT%H:%M:%SZ")
        code, report = files.check("--now", now)
        self.assertGreater(len(report["findings"]), 15)
        for wsusck in (four, one):
            live_code, live_report = wsusck.check("--now", now)
            self.assertEqual(live_code, code)
            self.assertEqual(self.said(live_report), self.said(report))
            self.assertEqual(live_report["summary"], report["summary"])

    def depth(self, parents, name):
        return 1 + (self.depth(parents, parents[name]) if parents[name] else 0)

    def as_told(self, original, got):
        """The file's own rows, cut to the fields that the protocol carries; when and how it was read is the reader's."""
        doc = {k: got[k] for k in ("format", "format_version", "server", "coverage", "config")}
        for section, fields in live.TOLD.items():
            doc[section] = [{k: r[k] for k in fields if k in r} for r in original[section]]
        return doc

    def said(self, report):
        return [{k: v for k, v in f.items() if k != "evidence"} for f in report["findings"]]


if __name__ == "__main__":
    kit.main()
