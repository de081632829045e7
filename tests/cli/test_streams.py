# SPDX-License-Identifier: MIT
"""Result on stdout, talk on stderr; --output is atomic; colour, progress, quiet, verbose."""

import os
import pty
import stat
import subprocess

from cli import NOW, PROGRAM, Case, different, healthy, main


class Streams(Case):
    def test_result_and_talk_do_not_mix(self):
        r = self.wsusck("import", self.write("hq.json", healthy()[0]))
        self.assertEqual(r.out, "")
        self.assertIn("hq: snapshot 1:", r.err)
        for command in (["check"], ["tree"], ["snapshot", "list"], ["export", "hq"], ["rules"], ["plan"]):
            r = self.run_wsusck(*command)
            self.assertNotEqual(r.out, "", command)
            self.assertEqual(r.err, "", command)

    def test_quiet_says_nothing_but_errors(self):
        hq = self.write("hq.json", healthy()[0])
        self.assertEqual(self.wsusck("import", "-q", hq).err, "")
        self.assertNotEqual(self.run_wsusck("import", "--quiet", "nowhere.json").err, "")

    def test_output_writes_the_result_to_a_file(self):
        self.import_servers(*different())
        plain = self.wsusck("check", code=1).out
        r = self.wsusck("check", "--output", "out.txt", code=1)
        self.assertEqual(r.out, "")
        self.assertEqual((self.work / "out.txt").read_text(), plain)
        for command in (["tree"], ["snapshot", "list"], ["export", "hq"], ["rules"], ["explain", "WCK4001"], ["plan"]):
            wanted = self.run_wsusck(*command)
            r = self.wsusck(*command, "--output", "same.txt", code=wanted.code)
            self.assertEqual(r.raw, b"")
            self.assertEqual((self.work / "same.txt").read_bytes(), wanted.raw, command)

    def test_output_replaces_a_file_whole(self):
        self.import_servers(*healthy())
        old = self.write("out.txt", "old")
        keep = os.open(old, os.O_RDONLY)  # a reader that opened the old file goes on reading it
        self.wsusck("tree", "--output", "out.txt")
        self.assertEqual(os.read(keep, 100), b"old")
        os.close(keep)
        self.assertIn("hq", old.read_text())
        self.assertEqual([p.name for p in self.work.glob("out.txt*")], ["out.txt"])

    def test_a_failure_leaves_the_old_output(self):
        old = self.write("out.txt", "old")
        self.assert_failed(self.run_wsusck("check", "--output", "out.txt"))
        self.assertEqual(old.read_text(), "old")

    def test_output_where_nothing_can_be_written(self):
        self.import_servers(*healthy())
        self.assert_failed(self.run_wsusck("tree", "--output", "no/such/dir/x"), "no/such/dir/x")

    def test_files_do_not_become_secret_or_public(self):
        self.import_servers(*healthy())
        self.wsusck("tree", "--output", "tree.txt")
        mode = stat.S_IMODE((self.work / "wsusck.db").stat().st_mode)
        self.assertEqual(mode & 0o077, 0, "the store is the user's alone")


class Color(Case):
    ESC = "\x1b["

    def setUp(self):
        super().setUp()
        self.import_servers(*different())

    def on_terminal(self, *args, **env):
        """stdout is a terminal."""
        master, slave = pty.openpty()
        full = dict(os.environ, HOME=str(self.home), WSUSCK_NOW=NOW)
        full.pop("NO_COLOR", None)
        full.update(env)
        done = subprocess.Popen([PROGRAM, *args], cwd=self.work, env=full, stdout=slave, stderr=subprocess.PIPE)
        os.close(slave)
        out = b""
        try:
            while piece := os.read(master, 65536):
                out += piece
        except OSError:
            pass
        done.wait(60)
        done.stderr.close()
        os.close(master)
        return out.decode()

    def test_auto_colours_terminals_only(self):
        self.assertNotIn(self.ESC, self.wsusck("check", code=1).out)
        self.assertIn(self.ESC, self.on_terminal("check"))

    def test_always_and_never(self):
        self.assertIn(self.ESC, self.wsusck("check", "--color", "always", code=1).out)
        self.assertNotIn(self.ESC, self.on_terminal("check", "--color", "never"))
        self.assert_usage(self.run_wsusck("check", "--color", "rainbow"), "auto|always|never")

    def test_no_color_is_honoured_and_always_wins(self):
        self.assertNotIn(self.ESC, self.on_terminal("check", NO_COLOR="1"))
        self.assertIn(self.ESC, self.on_terminal("check", NO_COLOR=""))  # no-color.org: not when empty
        self.assertIn(self.ESC, self.wsusck("check", "--color=always", code=1, env={"NO_COLOR": "1"}).out)

    def test_files_have_no_colour(self):
        self.wsusck("check", "--color", "auto", "--output", "x.txt", code=1)
        self.assertNotIn(self.ESC, (self.work / "x.txt").read_text())
        self.wsusck("check", "--color", "always", "--format", "text=y.txt", code=1)
        self.assertNotIn(self.ESC, (self.work / "y.txt").read_text())


class Progress(Case):
    def test_progress_is_talk(self):
        hq = self.write("hq.json", healthy()[0])
        for mode in ("auto", "always", "never", "json"):
            r = self.wsusck("import", "--progress", mode, hq)
            self.assertEqual(r.out, "")
        self.assert_usage(self.run_wsusck("import", "--progress", "sometimes", hq), "auto|always|never|json")


if __name__ == "__main__":
    main()
