# SPDX-License-Identifier: MIT
"""help, version, completion; options that are wrong in every command."""

import re
import shutil
import subprocess

from cli import Case, main


class Help(Case):
    def commands(self):
        text = self.wsusck("help").out
        return re.findall(r"^  ([a-z]+) +\S", text[text.index("Commands:"):text.index("Common options:")], re.M)

    def test_there_is_help_for_every_command(self):
        names = self.commands()
        for needed in ("collect", "import", "export", "snapshot", "tree", "check", "diff", "plan", "script", "whatif",
                       "doctor", "rules", "explain", "help", "version", "completion"):
            self.assertIn(needed, names)
        for name in names:
            r = self.wsusck(name, "--help")
            self.assertTrue(r.out.startswith(f"wsusck {name}: "), name)
            self.assertIn(f"Usage: wsusck {name} [OPTION…]", r.out)
            self.assertIn("Common options:", r.out)
            self.assertIn("Exit status: 0 ", r.out)
            self.assertEqual(r.err, "")
            self.assertEqual(self.wsusck(name, "-h").out, r.out)
            self.assertEqual(self.wsusck("help", name).out, r.out)
            self.assertLess(max(map(len, r.out.splitlines())), 121, name)

    def test_help_is_help_in_each_spelling(self):
        text = self.wsusck("help").out
        self.assertEqual(self.wsusck("--help").out, text)
        self.assertEqual(self.wsusck("-h").out, text)

    def test_the_exit_statuses(self):
        text = self.wsusck("help", "exit").out
        self.assertEqual(re.findall(r"^ *(\d+)  ", text, re.M), ["0", "1", "2", "3", "64"])

    def test_help_on_nothing(self):
        self.assert_usage(self.run_wsusck("help", "frobnicate"), "frobnicate")

    def test_version(self):
        text = self.wsusck("version").out
        self.assertRegex(text, r"^wsusck \d+\.\d+\.\d+\n")
        self.assertEqual(self.wsusck("--version").out, text)

    def test_wrong_in_every_command(self):
        for name in self.commands():
            self.assert_usage(self.run_wsusck(name, "--no-such-option"), "--no-such-option", f'"wsusck {name} --help"')
            self.assert_usage(self.run_wsusck(name, "-Z"), "-Z")
            self.assert_usage(self.run_wsusck(name, "--store"), "--store", "value")
            self.assert_usage(self.run_wsusck(name, "--quiet=yes"), "--quiet")

    def test_wrong_commands(self):
        self.assert_usage(self.run_wsusck(), "no command")
        self.assert_usage(self.run_wsusck("frobnicate"), "frobnicate")
        self.assert_usage(self.run_wsusck("--quiet"), "no command")
        self.assert_usage(self.run_wsusck("\x1b[31m"), "\\u{1b}")
        self.assert_usage(self.run_wsusck("check", "--\x1b[31m"), "\\u{1b}")

    def test_common_options_stand_anywhere(self):
        self.assert_failed(self.run_wsusck("--store", "sqlite:a.db", "tree"), "a.db")
        self.assert_failed(self.run_wsusck("tree", "--store=sqlite:a.db"), "a.db")
        self.assert_failed(self.run_wsusck("--store=sqlite:a.db", "tree", "-q"), "a.db")

    def test_operands_behind_two_dashes(self):
        self.assert_failed(self.run_wsusck("import", "--", "--odd.json"), "--odd.json")


class Completion(Case):
    def script(self, shell):
        return self.wsusck("completion", shell).out

    def test_bash(self):
        path = self.write("c.bash", self.script("bash"))
        subprocess.run(["bash", "-n", path], check=True)
        # what would be offered
        ask = ('. ./c.bash; COMP_WORDS=(wsusck "$@"); COMP_CWORD=$#; _wsusck; printf "%s\\n" "${COMPREPLY[@]}"')
        offered = lambda *words: subprocess.run(["bash", "-c", ask, "x", *words], cwd=self.work, check=True,
                                                capture_output=True, text=True).stdout.split()
        self.assertEqual(offered("ch"), ["check"])
        self.assertIn("whatif", offered(""))
        self.assertEqual(offered("check", "--fail"), ["--fail-on"])
        self.assertIn("--store", offered("check", "--s"))
        self.assertEqual(offered("check", "--fail-on", "w"), ["warning"])
        self.assertEqual(offered("check", "--format", "js"), ["json"])

    def test_zsh(self):
        path = self.write("c.zsh", self.script("zsh"))
        if shutil.which("zsh") is None:
            self.skipTest("zsh is not installed")
        subprocess.run(["zsh", "-n", path], check=True)

    def test_fish(self):
        text = self.script("fish")
        for line in text.splitlines():
            self.assertTrue(line.startswith("complete -c wsusck "), line)
            self.assertEqual(line.replace("\\'", "").count("'") % 2, 0, line)
        if shutil.which("fish") is None:
            self.skipTest("fish is not installed")
        subprocess.run(["fish", "-n", self.write("c.fish", text)], check=True)

    def test_bad(self):
        self.assert_usage(self.run_wsusck("completion"), "bash, zsh or fish")
        self.assert_usage(self.run_wsusck("completion", "tcsh"), "bash, zsh or fish")
        self.assert_usage(self.run_wsusck("completion", "bash", "zsh"))


if __name__ == "__main__":
    main()
