# SPDX-License-Identifier: MIT
"""Exit statuses of check: 0, 1, 2, 3, 64 and their order; --exit-zero, --fail-on; --format nagios has its own."""

from cli import Case, different, healthy, main, server, unread


class Exit(Case):
    def test_consistent_is_0(self):
        self.import_servers(*healthy())
        self.assertIn("consistent: 2 servers, 0 errors", self.wsusck("check", code=0).out)

    def test_differences_are_1(self):
        self.import_servers(*different())
        r = self.wsusck("check", code=1)
        self.assertIn("WCK4001", r.out)
        self.assertIn("differences: 2 servers, 1 error,", r.out)

    def test_not_looked_at_is_3(self):
        self.import_servers(*unread())
        r = self.wsusck("check", code=3)
        self.assertIn("refused", r.out)
        self.assertIn("not everything was looked at", r.out)

    def test_differences_come_before_not_looked_at(self):
        hq, berlin = different()
        self.import_servers(hq, berlin, server("munich", "coverage updates=unknown:down", parent="hq"))
        self.wsusck("check", code=1)

    def test_an_error_comes_before_differences(self):
        self.import_servers(*different())
        self.assert_failed(self.run_wsusck("check", "nowhere"), 'server "nowhere"')

    def test_usage_comes_before_an_error(self):
        self.assert_usage(self.run_wsusck("check", "--no-such", "nowhere"), "--no-such")
        self.assert_usage(self.run_wsusck("check", "--format", "pdf"), "--format")

    def test_exit_zero_hides_1_and_3_only(self):
        self.import_servers(*different())
        self.assertIn("WCK4001", self.wsusck("check", "--exit-zero", code=0).out)
        self.assert_failed(self.run_wsusck("check", "--exit-zero", "nowhere"))
        self.assert_usage(self.run_wsusck("check", "--exit-zero", "--nonsense"))

    def test_exit_zero_hides_not_looked_at(self):
        self.import_servers(*unread())
        self.wsusck("check", "--exit-zero", code=0)

    def test_fail_on_is_a_threshold(self):
        # a note: the update arrived upstream after the last good synchronization
        self.import_servers(server("hq", "update u1 arrived=-1h"), server("berlin", parent="hq"))
        self.wsusck("check", code=0)
        self.wsusck("check", "--fail-on", "error", code=0)
        self.wsusck("check", "--fail-on", "note", code=1)
        self.assert_usage(self.run_wsusck("check", "--fail-on", "never"), "error|warning|note")

    def test_fail_on_error_lets_warnings_pass(self):
        self.import_servers(server("hq", "update u1", "approval u1 deadline=+1d"),
                            server("berlin", "update u1", "approval u1 deadline=+2d", parent="hq"))
        self.assertIn("1 warning", self.wsusck("check", code=1).out)
        r = self.wsusck("check", "--fail-on", "error", code=0)
        self.assertNotIn("differences:", r.out)
        self.assertEqual(self.wsusck("check", "--fail-on", "error", "--format", "json").json()["summary"]["exit"], 0)

    def test_waived_findings_never_make_1(self):
        self.import_servers(*different())
        self.write("wsusck.json", {"waivers": [{"rule": "WCK4001", "reason": "agreed"}]})
        r = self.wsusck("check", code=0)
        self.assertIn("1 waived", r.out)
        self.assertIn("agreed", r.out)

    def test_nothing_to_look_at_is_an_error(self):
        self.assert_failed(self.run_wsusck("check"), "hint: ")
        self.wsusck("import", self.write("hq.json", healthy()[0]))
        self.wsusck("snapshot", "remove", "1")
        self.assert_failed(self.run_wsusck("check"), "no snapshots", "hint: ")

    def test_interrupted_or_full_output_is_an_error(self):
        self.import_servers(*healthy())
        with open("/dev/full", "wb") as full:
            self.assertEqual(self.run_wsusck("check", stdout=full).code, 2)


class Nagios(Case):
    def one_line(self, *args, code):
        r = self.wsusck("check", "--format", "nagios", *args, code=code)
        self.assertEqual(r.out.count("\n"), 1, r.out)
        self.assertLess(len(r.out), 1000)
        self.assertRegex(r.out, r"^WSUSCK (OK|WARNING|CRITICAL|UNKNOWN): [^|\n]+( \| [a-z]+=\d+;;;0( [a-z]+=\d+;;;0)*)?\n$")
        return r.out

    def test_ok(self):
        self.import_servers(*healthy())
        self.assertIn("OK", self.one_line(code=0))

    def test_critical(self):
        self.import_servers(*different())
        self.assertIn("CRITICAL: 2 servers, 1 error", self.one_line(code=2))

    def test_warning(self):
        self.import_servers(server("hq", "update u1", "approval u1 deadline=+1d"),
                            server("berlin", "update u1", "approval u1 deadline=+2d", parent="hq"))
        self.assertIn("WARNING", self.one_line(code=1))
        self.assertIn("OK", self.one_line("--fail-on", "error", code=0))

    def test_unknown(self):
        self.import_servers(*unread())
        self.assertIn("UNKNOWN", self.one_line(code=3))

    def test_that_it_could_not_look_is_unknown_too(self):
        r = self.run_wsusck("check", "--format", "nagios")
        self.assertEqual(r.code, 3)
        self.assertRegex(r.out, r"^WSUSCK UNKNOWN: could not [^|\n]+\n$")
        self.assertIn("wsusck: could not", r.err)

    def test_exit_zero_would_hide_everything(self):
        self.assert_usage(self.run_wsusck("check", "--format", "nagios", "--exit-zero"), "contradict")

    def test_a_file_beside_it_leaves_the_exit_status_alone(self):
        self.import_servers(*different())
        self.wsusck("check", "--format", "nagios=state.txt", code=1)
        self.assertIn("CRITICAL", (self.work / "state.txt").read_text())


if __name__ == "__main__":
    main()
