# SPDX-License-Identifier: MIT
"""check tells first why a server does not synchronize, then what differs because of it; and whose fault it is."""

import socket

from cli import Case, main, server

FAILED = "sync -20m ended=-19m result=failed error=UssBusy"


def blocks(text):
    """{path: lines} of the blocks of a report."""
    out, path = {}, None
    for line in text.splitlines():
        if line.startswith(("hq", "lab")) and "  last good sync " in line:
            path = line.split(" ", 1)[0]
            out[path] = []
        elif not line.strip():
            path = None
        elif path is not None:
            out[path].append(line)
    return out


class Reasons(Case):
    def text(self, *documents, zone="UTC"):
        self.import_servers(*documents)
        return self.wsusck("check", "--output", self.dir / "report.txt", code=1, env={"TZ": zone}) and \
            (self.dir / "report.txt").read_text(encoding="utf-8")

    def assert_order(self, lines, *parts):
        at = 0
        for part in parts:
            found = next((i for i in range(at, len(lines)) if part in lines[i]), None)
            self.assertIsNotNone(found, f"{part!r} is not there, or not behind the one before:\n" + "\n".join(lines))
            at = found + 1

    def test_why_then_what_then_the_rest(self):
        lines = blocks(self.text(server("hq", "update u1", "approval u1", "product p2"),
                                 server("berlin", FAILED, "update u1", "set server mode=autonomous", "coverage groups=complete",
                                        "set config uss_replica=true", "drop sync -4h", "sync -26h",
                                        parent="hq")))["hq/berlin"]
        self.assert_order(lines, "why it does not synchronize", "WCK6001", "heals by itself: yes",
                          "at fault: the upstream server", "remedy:", "WCK6004", "what differs because of it", "WCK2006",
                          "besides", "WCK1007")
        self.assertEqual(sum("why it does not synchronize" in line for line in lines), 1)

    def test_the_next_attempt_in_three_zones(self):
        text = self.text(server("hq"), server("berlin", FAILED, "machine utc_offset_minutes=60", parent="hq"),
                         zone="Asia/Kolkata")
        for part in ("next attempt: 2026-03-10 12:11 UTC, 17:41 here (UTC+05:30)\n",
                     "on its clock: 2026-03-10 13:11, UTC+01:00\n",
                     "tries: 1 of 3\n"):
            self.assertIn(part, text)

    def test_a_sibling_that_is_served_clears_the_upstream_server(self):
        text = self.text(server("hq"), server("berlin", FAILED, parent="hq"), server("munich", "sync -15m", parent="hq"))
        lines = blocks(text)["hq/berlin"]
        self.assert_order(lines, "WCK6001", "at fault: this server or its link", "WCK6006",
                          "hq/munich synchronized from hq in the same window")
        self.assertNotIn("hq/munich", blocks(text))

    def test_all_children_failed_and_what_follows_folds_into_the_parent(self):
        text = self.text(server("hq", "update u1", "approval u1"),
                         server("berlin", FAILED, "update u1", parent="hq"), server("munich", FAILED, "update u1", parent="hq"))
        found = blocks(text)
        self.assert_order(found["hq"], "WCK6007", "all 2 downstream servers failed", "folded: 2 failed synchronizations")
        self.assert_order(found["hq/berlin"], "why it does not synchronize: see hq (WCK6007)", "what differs because of it",
                          "WCK4001")
        for rule in ("WCK6001", "WCK6004", "WCK6005"):
            self.assertNotIn(rule, text)

    def test_one_child_that_fails_by_its_own_fault_says_nothing_of_the_parent(self):
        text = self.text(server("hq"), server("berlin", FAILED, parent="hq"),
                         server("munich", "sync -20m ended=-19m result=failed error=LocalDBConnectFail", parent="hq"))
        self.assertNotIn("WCK6007", text)
        self.assert_order(blocks(text)["hq/munich"], "WCK6001", "at fault: this server")

    def test_all_roots_failed_at_once(self):
        text = self.text(server("hq", FAILED), server("lab", FAILED))
        for root in ("hq", "lab"):
            self.assert_order(blocks(text)[root], "why it does not synchronize", "WCK6001", "WCK6008")

    def test_a_tree_that_synchronizes_is_not_told_why_it_does_not(self):
        text = self.text(server("hq", "update u1", "approval u1"), server("berlin", "update u1", parent="hq"))
        self.assertNotIn("why it does not", text)
        self.assertIn("WCK4001", text)


class Doctor(Case):
    def test_only_the_servers_that_are_named_are_judged(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            port = s.getsockname()[1]
            own = ("service BITS stopped disabled", f"set config uss_name=127.0.0.1 uss_port={port}")
            self.import_servers(server("hq", "service BITS stopped disabled"), server("berlin", *own, parent="hq"),
                                server("munich", *own, parent="hq"))
            looks = self.wsusck("doctor", "berlin", "--no-microsoft", "--format", "json", code=1).json()["looks"]
        self.assertEqual({look["server"] for look in looks}, {"berlin"})
        self.assertIn(("snapshot", "WCK7011"), {(look["step"], look["rule"]) for look in looks})

    def test_a_build_that_is_not_known_is_said_not_to_be_known(self):
        def builds(*statements):
            self.import_servers(server("hq", *statements))
            looks = self.wsusck("doctor", "hq", "--no-microsoft", "--format", "json", code=self.code).json()["looks"]
            return [(look["result"], look["seen"]) for look in looks if look["rule"] == "WCK8004"]

        self.code = 0
        self.assertEqual([(r, s[:9]) for r, s in builds()], [("note", "not known")])
        self.assertEqual([(r, s[:9]) for r, s in builds("machine os_build=12345.6")], [("note", "not known")])
        self.assertEqual(builds("machine os_build=26100.33158"), [])
        self.code = 1
        self.assertEqual([r for r, _ in builds("machine os_build=26100.6000")], ["fail"])


if __name__ == "__main__":
    main()
