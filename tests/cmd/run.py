#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""run.py TEST_EMIT_SCRIPT_CMD FOLDER: the scripts of the command-line dialect, unchanged, executed by the cmd.exe of
wine. The programs that they call are stand-ins (standin.c) in a Windows folder of the test's own, which write down how
they are called and return what a case tells them. FOLDER is for wine's own files, and is removed at the end.

wine's cmd.exe is not Microsoft's: what is shown is that the scripts do what they promise in one implementation of the
language. Exit 77: there is no wine, or it cannot run a program."""
import os
import shutil
import subprocess
import sys
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
EMIT = FOLDER = CASE = None
ALL = os.environ.get("WSUSCK_STORIES") == "all"  # a run starts some forty programs, each of them a new process of wine
PROGRAMS = {"windows/System32": ("net", "sc", "reg", "icacls", "choice", "findstr"), "programs/Update Services/Tools": ("wsusutil",)}
# Where the scripts lie, and the folder of the content: with characters that mean something to cmd.exe (no %, which wine
# looks at twice). Others never come into a script (test_emit_script_cmd).
PLACE, CONTENT = "a & b ^(1)! x=y;z", "D:\\WSUS (2)\\c-d_e.f g"
# Set before a script begins, they mean nothing to it.
VARIABLES = (("RC", "9"), ("DO", "0"), ("ASK", "1"), ("STEP", "&exit 9"), ("CD", "x"), ("ERRORLEVEL", "0"))
SYSTEM, TOOLS = "C:\\case\\windows\\System32\\", "C:\\case\\programs\\Update Services\\Tools\\"


def wine(*command, timeout=120, quiet=False):
    """What a program of wine said and returned; one that stays must not hold our end of a pipe."""
    environment = {k: v for k, v in os.environ.items() if k not in ("DISPLAY", "WAYLAND_DISPLAY")}
    environment.update(WINEPREFIX=os.path.join(FOLDER, "prefix"), WINEDEBUG="-all", WINEARCH="win64", WINEDLLOVERRIDES="mscoree,mshtml,winemenubuilder.exe=")
    out = subprocess.DEVNULL if quiet else subprocess.PIPE
    return subprocess.run(command, env=environment, stdout=out, stderr=out, timeout=timeout, stdin=subprocess.DEVNULL)


def build(target):
    """standin.c as a Windows program, by the compiler and the linker of this system."""
    o = target + ".o"
    subprocess.run(["gcc", "-Os", "-c", "-ffreestanding", "-fPIE", "-fno-ident", "-mno-red-zone", "-fno-stack-protector", "-fno-jump-tables",
                    "-fno-asynchronous-unwind-tables", "-fcf-protection=none", "-fvisibility=hidden", "-fno-builtin", "-fno-tree-loop-distribute-patterns",
                    "-Wall", "-Wextra", "-Werror", os.path.join(HERE, "standin.c"), "-o", o], check=True)
    subprocess.run(["objcopy", "-R", ".comment", "-R", ".note.GNU-stack", "-R", ".note.gnu.property", o], check=True)
    subprocess.run(["ld", "-m", "i386pep", "--subsystem", "console", "--image-base", "0x400000", "-s", "-e", "start", "-o", target, o], check=True)


def prepare():
    """'' or why nothing can be run."""
    global CASE
    for program in ("wine", "gcc", "ld", "objcopy"):
        if shutil.which(program) is None:
            return f"there is no {program}"
    os.makedirs(FOLDER, exist_ok=True)
    CASE = os.path.join(FOLDER, "prefix", "drive_c", "case")
    try:
        if shutil.which("wineserver"):
            wine("wineserver", "-p120", quiet=True)  # stays between two runs; ended below
        made = wine("wine", "cmd", "/c", "exit 5", timeout=300)
        if made.returncode != 5:
            return "wine cannot run cmd.exe: " + made.stderr.decode(errors="replace")[-300:]
        build(os.path.join(FOLDER, "standin.exe"))
    except subprocess.TimeoutExpired:
        return "wine does not answer"
    except subprocess.CalledProcessError as e:
        return f"the stand-in cannot be built: {e.cmd[0]} ended with {e.returncode}"
    return ""


class Scripts(unittest.TestCase):
    def setUp(self):
        shutil.rmtree(CASE, ignore_errors=True)
        for folder, names in PROGRAMS.items():
            os.makedirs(os.path.join(CASE, folder))
            for name in names:
                os.link(os.path.join(FOLDER, "standin.exe"), os.path.join(CASE, folder, name + ".exe"))
        os.makedirs(os.path.join(CASE, PLACE))
        subprocess.run([EMIT, "--write", os.path.join(CASE, PLACE), CONTENT], check=True)
        self.answer()

    def answer(self, *lines):
        """What programs return and say: (STATUS, part of the command line, text)."""
        with open(os.path.join(CASE, "answers.txt"), "w", encoding="ascii", newline="") as out:
            out.writelines("|".join((str(s), part, text)) + "\n" for s, part, text in lines)

    def run_script(self, name, *options, computer="WSUS-HQ"):
        """(exit status, what it says, the programs it called)"""
        driver = os.path.join(CASE, "driver.cmd")
        settings = [("SystemRoot", "C:\\case\\windows"), ("ProgramFiles", "C:\\case\\programs"), ("COMPUTERNAME", computer), *VARIABLES]
        with open(driver, "w", encoding="ascii", newline="\r\n") as out:
            out.write("@echo off\n" + "".join(f'set "{k}={v}"\n' for k, v in settings))
            # without "call": wine forgets the status of a called file
            out.write(f'"C:\\case\\{PLACE}\\{name}" {" ".join(options)}\n')
        done = wine("wine", "cmd", "/c", "C:\\case\\driver.cmd")
        path = os.path.join(CASE, "calls.txt")
        calls = []
        if os.path.exists(path):
            with open(path, encoding="ascii") as source:
                calls = [line.rstrip("\n").replace(SYSTEM, "").replace(TOOLS, "").replace('"', "").strip() for line in source]
            os.remove(path)
        return done.returncode, (done.stdout + done.stderr).decode("ascii").replace("\r", ""), calls

    STEPS = ["wsusutil.exe checkhealth", "wsusutil.exe reset", "sc.exe config BITS start= demand", "net.exe start BITS", "sc.exe query BITS",
             "net.exe stop WsusService /y", "sc.exe query WsusService", "net.exe start WsusService", "sc.exe query WsusService",
             f"icacls.exe {CONTENT} /save C:\\case\\{PLACE}\\01-hq.a10.acl",
             f"icacls.exe {CONTENT} /grant *S-1-5-20:(OI)(CI)F *S-1-5-32-545:(OI)(CI)RX"]
    START = ["net.exe session", "reg.exe query HKLM\\SOFTWARE\\Microsoft\\Update Services\\Server\\Setup /v TargetDir"]

    def journal(self, name="01-hq.journal.txt"):
        path = os.path.join(CASE, PLACE, name)
        if not os.path.exists(path):
            return []
        with open(path, encoding="ascii") as source:
            return [line.split()[1:] for line in source]

    def test_a_run_is_exactly_its_steps_a_second_one_none_and_undo_goes_back(self):
        code, said, calls = self.run_script("01-hq.cmd", "/y")
        self.assertEqual((code, calls), (0, self.START + self.STEPS), said)
        self.assertEqual(said, "".join(f"a{n} done\n" for n in (1, 7, 8, 9, 10)) + "end exit 0\n")
        self.assertEqual(self.journal(), [[f"a{n}", "done"] for n in (1, 7, 8, 9, 10)])
        code, said, calls = self.run_script("01-hq.cmd", "/y")
        self.assertEqual((code, calls), (0, self.START), said)
        self.assertEqual(said.count(" already "), 5)
        undo = [f"icacls.exe D:\\WSUS (2) /restore C:\\case\\{PLACE}\\01-hq.a10.acl"]
        for done, more in ((undo, "a10 done"), ([], "a10 already undo_set_permissions")):
            code, said, calls = self.run_script("01-hq.undo.cmd", "/y")
            self.assertEqual((code, calls), (0, self.START + done), said)
            self.assertIn(more, said)

    def test_nothing_done_is_nothing_to_undo(self):
        code, said, calls = self.run_script("01-hq.undo.cmd", "/y")
        self.assertEqual((code, calls), (0, self.START), said)
        self.assertIn("a10 already, nothing was saved", said)

    def test_whatif_does_nothing(self):
        code, said, calls = self.run_script("01-hq.cmd", "/WhatIf")
        self.assertEqual((code, calls), (0, self.START))
        self.assertEqual(said.splitlines()[0], "a1 whatif verify")
        self.assertEqual((said.count(" whatif "), self.journal()), (5, []))

    def test_a_step_that_fails_stops_it_and_the_next_run_goes_on_there(self):
        """A program of .NET that dies has a negative status. What failed is named, with the status."""
        cases = [(-532462766, "wsusutil.exe\" reset", "a7 reset_content", -532462766), (2, "stop WsusService", "a9 restart_service", 1),
                 (1332, "/grant", "a10 set_permissions", 1332), (1, "checkhealth", "a1 verify", 1), (5, "sc.exe\" config", "a8 restart_service", 5),
                 (3, "/save", "a10 set_permissions", 3)]
        for status, part, step, said_status in cases if ALL else cases[:1]:
            with self.subTest(part):
                self.setUp()
                self.answer((status, part, ""))
                code, said, first = self.run_script("01-hq.cmd", "/y")
                self.assertEqual(code, 2, said)
                self.assertIn(f"{step} error: the program above ended with {said_status}", said)
                self.assertIn("end exit 2", said)
                begun = step.split()[0]
                self.assertNotIn([begun, "done"], self.journal())
                self.assertEqual(first, (self.START + self.STEPS)[:len(first)])
                self.answer()
                code, said, second = self.run_script("01-hq.cmd", "/y")
                self.assertEqual(code, 0, said)
                self.assertEqual(self.journal(), [[f"a{n}", "done"] for n in (1, 7, 8, 9, 10)])
                again = [call for call in second[len(self.START):] if call in first]
                self.assertEqual([c for c in self.STEPS if c not in first], [c for c in second if c not in first], said)
                self.assertTrue(again or part in ("checkhealth",), second)  # the step that failed, from its beginning

    @unittest.skipUnless(ALL, "WSUSCK_STORIES=all")
    def test_a_service_that_does_not_start_is_an_error(self):
        self.answer((2, "start WsusService", ""))
        code, said, calls = self.run_script("01-hq.cmd", "/y")
        self.assertEqual((code, calls[-1]), (2, "sc.exe query WsusService"), said)
        self.assertIn("a9 restart_service error", said)

    def test_where_it_must_not_run_it_does_nothing(self):
        for options, more, why in (((), {"computer": "OTHER"}, "this is OTHER, and the plan is for wsus-hq"), (("/whatif", "/y"), {}, "one of them"),
                                   (("/force",), {}, "the options are"), (("/y",), {"answers": [(2, "session", "")]}, "as an administrator")):
            with self.subTest(why):
                self.answer(*more.pop("answers", []))
                code, said, calls = self.run_script("01-hq.cmd", *options, **more)
                self.assertEqual(code, 1, said)
                self.assertIn("refused: ", said)
                self.assertIn(why, said)
                self.assertEqual([c for c in calls if c != "net.exe session"], [])
        self.assertEqual(self.journal(), [])

    def test_every_step_is_asked_for(self):
        """choice.exe returns 2 for No."""
        self.answer((2, "a7 reset_content", ""), (1, "choice.exe", ""))
        code, said, calls = self.run_script("01-hq.cmd")
        self.assertEqual(code, 3, said)
        self.assertIn("a7 skipped reset_content: not confirmed", said)
        self.assertEqual(len([c for c in calls if c.startswith("choice.exe")]), 5)
        self.assertEqual([c for c in calls[2:] if not c.startswith("choice.exe")], [s for s in self.STEPS if s != "wsusutil.exe reset"])

    @unittest.skipUnless(ALL, "WSUSCK_STORIES=all")
    def test_wsusutil_is_where_setup_put_it(self):
        os.makedirs(os.path.join(CASE, "else where", "Tools"))
        os.rename(os.path.join(CASE, "programs", "Update Services", "Tools", "wsusutil.exe"), os.path.join(CASE, "else where", "Tools", "wsusutil.exe"))
        self.answer((0, "TargetDir", "    TargetDir    REG_SZ    C:\\case\\else where"))
        code, said, calls = self.run_script("01-hq.cmd", "/y")
        self.assertEqual(code, 0, said)
        self.assertIn("C:\\case\\else where\\Tools\\wsusutil.exe reset", calls)


if __name__ == "__main__":
    EMIT, FOLDER = (os.path.abspath(a) for a in sys.argv[1:3])
    reason = prepare()
    if reason:
        print("skipped, the scripts of the command-line dialect were not run:", reason)
        sys.exit(77)
    try:
        result = unittest.main(argv=sys.argv[:1] + sys.argv[3:], exit=False).result
    finally:
        if shutil.which("wineserver"):
            wine("wineserver", "-k", quiet=True)
        shutil.rmtree(FOLDER, ignore_errors=True)  # some 700 MB
    sys.exit(not result.wasSuccessful())
