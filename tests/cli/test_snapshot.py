# SPDX-License-Identifier: MIT
"""import, export, snapshot list|show|diff|remove|prune, store migrate|verify|copy."""

import json

from cli import Case, healthy, main, model, scenario, server


class Import(Case):
    def test_export_of_an_import_is_the_same_to_the_byte(self):
        self.import_servers(server("hq", "update u1 title=x lang=de,en kb=5000001", "approval u1 deadline=+3d",
                                   "decline u2", "eula e1 update=u1", "sync -9h result=failed error=WebException"))
        first = self.wsusck("export", "hq").raw
        self.wsusck("import", "--store", "sqlite:two.db", self.write("again.json", first))
        second = self.wsusck("export", "hq", "--store", "sqlite:two.db").raw
        self.assertEqual(first, second)
        document = json.loads(first)
        self.assertEqual(document["format"], "wsusck-snapshot")
        self.assertRegex(document["digest"], "^[0-9a-f]{64}$")

    def test_rows_in_any_order_give_the_same_bytes(self):
        one = server("hq", "update u1", "update u2", "approval u1", "approval u2")
        two = json.loads(json.dumps(one))
        for section in ("updates", "approvals", "groups", "categories", "languages"):
            two[section].reverse()
        self.import_servers(one)
        a = self.wsusck("export", "hq").raw
        r = self.wsusck("import", self.write("two.json", two))
        self.assertIn("already there", r.err)
        self.assertEqual(self.wsusck("export", "hq").raw, a)
        self.assertEqual(len(self.wsusck("snapshot", "list", "--format", "json").json()), 1)

    def test_the_name_parent_and_mode_can_be_said(self):
        self.wsusck("import", self.write("x.json", server("x")))
        self.wsusck("import", "--server", "branch", "--parent", "x", "--mode", "replica", self.write("y.json", server("y")))
        r = self.wsusck("snapshot", "list", "--format", "json").json()
        self.assertEqual([(s["server"], s["parent"], s["mode"]) for s in r],
                         [("branch", "x", "replica"), ("x", None, "autonomous")])

    def test_several_files_are_all_or_nothing(self):
        good = self.write("hq.json", healthy()[0])
        bad = self.write("bad.json", '{"format": "wsusck-snapshot"')
        self.assert_failed(self.run_wsusck("import", "-q", good, bad), "bad.json")
        self.assertEqual(self.wsusck("snapshot", "list", "--format", "json").json(), [])

    def test_usage(self):
        hq = self.write("hq.json", healthy()[0])
        self.assert_usage(self.run_wsusck("import"), "no file")
        self.assert_usage(self.run_wsusck("import", "--server", "x", hq, hq), "one file")
        self.assert_usage(self.run_wsusck("import", "--mode", "boss", hq), "replica|autonomous")

    def refused(self, content, *parts):
        before = None
        if (self.work / "wsusck.db").exists():
            before = self.wsusck("snapshot", "list").out
        self.assert_failed(self.run_wsusck("import", self.write("in.json", content)), "in.json", *parts)
        if before is not None:
            self.assertEqual(self.wsusck("snapshot", "list").out, before)

    def test_bad_input_names_the_place_and_leaves_the_store(self):
        self.import_servers(healthy()[0])
        good = healthy()[1]
        self.refused("")
        self.refused("PK\x03\x04 this is a zip")
        self.refused("{}", "format")
        self.refused(dict(good, format_version="2.0"), "format_version", "newer")
        self.refused(json.dumps(good)[:-20])
        bad = json.loads(json.dumps(good))
        bad["updates"][0]["revision"] = "one"
        self.refused(bad, "updates[0].revision", "string")
        bad = json.loads(json.dumps(good))
        bad["approvals"] = [{"update": "not a guid"}]
        self.refused(bad, "approvals[0].update")
        self.refused(json.dumps(good).encode() + b"\xff")
        self.refused(json.dumps(good) + "{}")

    def test_files_that_cannot_be_read(self):
        self.assert_failed(self.run_wsusck("import", "nowhere.json"), "nowhere.json", "No such file")
        self.assert_failed(self.run_wsusck("import", str(self.work)), str(self.work))
        self.assert_failed(self.run_wsusck("import", self.write("odd\x1b[31mname.json", "{")), "odd\\u{1b}")

    def test_a_cabinet_that_is_none(self):
        self.assert_failed(self.run_wsusck("import", self.write("x.cab", b"MSCF" + b"\0" * 60)), "x.cab")


class Export(Case):
    def test_by_name_by_path_and_by_snapshot(self):
        self.import_servers(*healthy())
        self.assertEqual(self.wsusck("export", "berlin").raw, self.wsusck("export", "hq/berlin").raw)
        self.assertEqual(self.wsusck("export", "berlin", "--snapshot", "2").raw, self.wsusck("export", "berlin").raw)
        self.assert_failed(self.run_wsusck("export", "paris"), 'server "paris"', "hint: ")
        self.assert_failed(self.run_wsusck("export", "berlin", "--snapshot", "77"), "77")
        self.assert_failed(self.run_wsusck("export", "berlin", "--snapshot", "x"), '"x"')

    def test_a_snapshot_of_another_server_is_no_export_of_this_one(self):
        self.import_servers(*healthy())
        self.assert_failed(self.run_wsusck("export", "berlin", "--snapshot", "1"), "1")

    def test_usage(self):
        self.assert_usage(self.run_wsusck("export"), "server")
        self.assert_usage(self.run_wsusck("export", "a", "b"), "server")


class Snapshot(Case):
    def setUp(self):
        super().setUp()
        hq, _ = healthy()
        self.import_servers(hq, server("berlin", parent="hq"))
        later = model("berlin", "hq")
        later.do("update u9 rev=7".split())
        self.wsusck("import", "-q", self.write("later.json", later.document(scenario.moment("now"))))

    def ids(self):
        return sorted(r["id"] for r in self.wsusck("snapshot", "list", "--format", "json").json())

    def test_list(self):
        text = self.wsusck("snapshot", "list").out.splitlines()
        self.assertEqual(len(text), 4)
        rows = self.wsusck("snapshot", "list", "--format", "json").json()
        self.assertEqual([(r["server"], r["id"]) for r in rows], [("berlin", 2), ("berlin", 3), ("hq", 1)])
        self.assertEqual([r["id"] for r in self.wsusck("snapshot", "list", "berlin", "--format", "json").json()], [2, 3])
        for row in rows:
            self.assertRegex(row["digest"], "^[0-9a-f]{64}$")
            self.assertEqual(set(row), {"id", "server", "parent", "mode", "collected_at", "updates", "approvals",
                                        "declined", "digest"})

    def test_show_is_the_canonical_document(self):
        self.assertEqual(self.wsusck("snapshot", "show", "3").raw, self.wsusck("export", "berlin").raw)
        self.assert_failed(self.run_wsusck("snapshot", "show", "9"), "9")
        self.assert_failed(self.run_wsusck("snapshot", "show", "nine"), "nine", "snapshot list")
        self.assert_failed(self.run_wsusck("snapshot", "show", "0"))
        self.assert_failed(self.run_wsusck("snapshot", "show", "99999999999999999999"))

    def test_diff_shows_what_came_and_went(self):
        r = self.wsusck("snapshot", "diff", "2", "3", code=1)
        came = [line for line in r.out.splitlines() if line.startswith("+") and '"revision":7' in line.replace(" ", "")]
        self.assertEqual(len(came), 1, r.out)
        back = self.wsusck("snapshot", "diff", "3", "2", code=1).out.splitlines()
        self.assertEqual(sorted(line[1:] for line in back if line.startswith("-")),
                         sorted(line[1:] for line in r.out.splitlines() if line.startswith("+")))
        self.assertEqual(self.wsusck("snapshot", "diff", "3", "3").out, "")

    def test_remove(self):
        self.wsusck("snapshot", "remove", "3")
        self.assertEqual(self.ids(), [1, 2])
        self.assert_failed(self.run_wsusck("snapshot", "remove", "3"), "3")
        self.assert_failed(self.run_wsusck("snapshot", "remove", "all"), "all")
        self.wsusck("store", "verify")
        self.wsusck("snapshot", "remove", "1", "2")
        self.assertEqual(self.wsusck("snapshot", "list", "--format", "json").json(), [])

    def test_a_list_of_ids_with_a_bad_one_removes_nothing(self):
        self.assert_failed(self.run_wsusck("snapshot", "remove", "1", "77"), "77")
        self.assertEqual(self.ids(), [1, 2, 3])

    def test_usage(self):
        for args in ([], ["burn"], ["show"], ["show", "1", "2"], ["diff", "1"], ["remove"], ["list", "a", "b"],
                     ["prune"], ["prune", "--keep", "0"], ["list", "--keep", "2"], ["remove", "1", "--dry-run"],
                     ["prune", "--keep", "x"]):
            self.assert_usage(self.run_wsusck("snapshot", *args))


class Prune(Case):
    """hq and berlin were looked at six times; berlin was down the last four times."""

    def setUp(self):
        super().setUp()
        for i in range(6):
            for name, parent in (("hq", None), ("berlin", "hq")):
                m = model(name, parent)
                if name == "berlin" and i > 1:
                    m.do("coverage all=unknown:down".split())
                self.wsusck("import", "-q", self.write(f"{name}{i}.json", m.document(scenario.moment(f"-{6 - i}h"))))

    def left(self):
        found = {}
        for row in self.wsusck("snapshot", "list", "--format", "json").json():
            found.setdefault(row["server"], []).append(row["id"])
        return found

    def test_the_newest_stay_and_the_last_that_tells_something(self):
        before = self.wsusck("check", "--format", "json", code=3).raw
        r = self.wsusck("snapshot", "prune", "--keep", "2", "--dry-run")
        self.assertIn("would remove 7 of 12 snapshots of 2 servers", r.out)
        self.assertEqual({k: len(v) for k, v in self.left().items()}, {"hq": 6, "berlin": 6})
        r = self.wsusck("snapshot", "prune", "--keep", "2")
        self.assertIn("removed 7 of 12 snapshots of 2 servers", r.out)
        self.assertEqual(self.left(), {"hq": [9, 11], "berlin": [4, 10, 12]})
        self.assertEqual(self.wsusck("check", "--format", "json", code=3).raw, before)
        self.wsusck("store", "verify")
        self.assertIn("removed 0 of 5", self.wsusck("snapshot", "prune", "--keep", "2").out)

    def test_one_server(self):
        self.wsusck("snapshot", "prune", "--keep", "1", "hq")
        self.assertEqual(self.left(), {"hq": [11], "berlin": [2, 4, 6, 8, 10, 12]})
        self.assert_failed(self.run_wsusck("snapshot", "prune", "--keep", "1", "nobody"), "nobody", "snapshot list")
        self.wsusck("snapshot", "prune", "--keep", "100")
        self.assertEqual(len(self.left()["berlin"]), 6)


class Copy(Case):
    def test_everything_arrives_and_nothing_twice(self):
        hq, _ = healthy()
        self.import_servers(hq, server("berlin", "update u3", "approval u3", parent="hq"))
        first = self.wsusck("snapshot", "list", "--format", "json").json()
        r = self.wsusck("store", "copy", "sqlite:wsusck.db", "sqlite:two.db")
        self.assertEqual(r.out, "copied 2 snapshots (0 were there), 0 documents, 0 values\n")
        self.assertEqual(self.wsusck("snapshot", "list", "--format", "json", "--store", "sqlite:two.db").json(), first)
        self.wsusck("store", "verify", "--store", "sqlite:two.db")
        self.wsusck("import", "-q", self.write("more.json", server("munich", parent="hq")))
        r = self.wsusck("store", "copy", "sqlite:wsusck.db", "sqlite:two.db")
        self.assertEqual(r.out, "copied 1 snapshots (2 were there), 0 documents, 0 values\n")

    def test_what_cannot_be_copied(self):
        self.assert_failed(self.run_wsusck("store", "copy", "sqlite:none.db", "sqlite:two.db"), "none.db")
        self.assertFalse((self.work / "two.db").exists())
        for args in (["copy"], ["copy", "sqlite:a"], ["copy", "a", "b", "c"], ["migrate", "x"], ["frob"], []):
            self.assert_usage(self.run_wsusck("store", *args))

    def test_migrate_makes_a_store(self):
        self.wsusck("store", "migrate")
        self.assertTrue((self.work / "wsusck.db").exists())
        self.wsusck("store", "verify")
        self.assertEqual(self.wsusck("snapshot", "list", "--format", "json").json(), [])


class Verify(Case):
    def test_damage_is_found(self):
        self.import_servers(*healthy())
        self.wsusck("store", "verify")
        path = self.work / "wsusck.db"
        data = bytearray(path.read_bytes())
        at = data.find(b"berlin.example")
        self.assertGreater(at, 0)
        data[at] ^= 1
        path.write_bytes(data)
        self.assert_failed(self.run_wsusck("store", "verify"))

    def test_usage(self):
        self.assert_usage(self.run_wsusck("store"), "verify")
        self.assert_usage(self.run_wsusck("store", "burn"), "verify")


if __name__ == "__main__":
    main()
