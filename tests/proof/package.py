#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Proof 7: a real `wsusutil export` package gives the counts that were taken from it by hand, and one digest however often
it is imported. package.py WSUSCK. The package is Microsoft's and no part of the project: it is looked for as
$WCK_SHARED_DATA/WSUS.cab and as ../shared/data/WSUS.cab beside the checkout."""
import collections
import json
import os
import sys

import kit

PLACES = [os.path.join(os.environ["WCK_SHARED_DATA"], "WSUS.cab")] if os.environ.get("WCK_SHARED_DATA") else []
PLACES.append(os.path.join(kit.HERE, "..", "..", "..", "shared", "data", "WSUS.cab"))
PACKAGE = next((p for p in PLACES if os.path.exists(p)), None)


class RealPackage(kit.Case):
    def digest(self, wsusck):
        return json.loads(wsusck("snapshot", "list", "--format", "json", codes=[0])[1])[-1]["digest"]

    def test_counts_and_one_digest(self):
        one, other = self.wsusck("one"), self.wsusck("other")
        _, _, talk = one("-v", "import", PACKAGE, "--server", "real", codes=[0])
        self.assertIn("4125 records, 4087 distinct", talk)
        doc = one.export("real")
        self.assertEqual(len(doc["languages"]), 39)
        self.assertEqual([r["code"] for r in doc["languages"] if r["enabled"]], ["all"])
        kinds = collections.Counter(c["kind"] for c in doc["categories"])
        self.assertEqual({k: kinds[k] for k in ("classification", "product", "product_family", "company")},
                         {"classification": 12, "product": 356, "product_family": 57, "company": 2})
        self.assertEqual(len(doc["categories"]) + len(doc["updates"]), 4087)
        self.assertEqual(doc["coverage"]["approvals"]["state"], "unknown")
        first = self.digest(one)
        one("import", PACKAGE, "--server", "real", codes=[0])
        other("import", PACKAGE, "--server", "real", codes=[0])
        self.assertEqual(self.digest(one), first)
        self.assertEqual(self.digest(other), first)
        check = ("--now", "2024-06-20T00:00:00Z", "check", "--format", "json")
        self.assertEqual(one(*check)[1], one(*check, "--verify")[1])


if __name__ == "__main__":
    if PACKAGE is None:
        print("skipped: WSUS.cab lies neither in $WCK_SHARED_DATA nor in ../shared/data beside the checkout")
        sys.exit(77)
    kit.main()
