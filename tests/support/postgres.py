#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""postgres.py PROGRAM…: runs a program with a PostgreSQL of its own, which ends with it; the program finds its URI in
WCK_TEST_POSTGRES. As a module: Cluster, for tests that do more with the server. exit 77: PostgreSQL is not installed."""
import glob
import os
import pathlib
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import time


def lacking():
    """Names of the packages that are missing."""
    return [] if glob.glob("/usr/lib/postgresql/*/bin/initdb") else ["postgresql"]


class Cluster:
    """A PostgreSQL of our own in a folder, on a socket there; with `port` also on 127.0.0.1."""

    def __init__(self, folder, settings="", port=None):
        self.folder = pathlib.Path(folder)
        self.settings = f"-k {folder} -c fsync=off -c listen_addresses='{'127.0.0.1' if port else ''}' " \
                        f"{f'-p {port}' if port else ''} {settings}"
        self.port = port
        self.bin = sorted(glob.glob("/usr/lib/postgresql/*/bin"))[-1]
        self.prefix = []
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "postgres")
            self.prefix = ["setpriv", "--reuid", "postgres", "--regid", str(pwd.getpwnam("postgres").pw_gid),
                           "--clear-groups"]
        os.chmod(folder, 0o755)
        self.run("initdb", "-D", f"{folder}/data", "-A", "trust", "-U", "wsus", "-E", "UTF8", "--no-locale", "-N")
        self.start()

    def run(self, program, *arguments, text=None):
        done = subprocess.run([*self.prefix, f"{self.bin}/{program}", *arguments], input=text, capture_output=True,
                              text=True, cwd=self.folder)
        if done.returncode != 0:
            raise RuntimeError(f"{program}: {done.stderr}")
        return done.stdout

    def start(self):
        try:
            self.run("pg_ctl", "-D", f"{self.folder}/data", "-w", "-l", f"{self.folder}/log", "-o", self.settings, "start")
        except RuntimeError:
            print("".join((self.folder / "log").read_text().splitlines(True)[-20:]), flush=True)
            raise

    def where(self):
        return ["-h", str(self.folder), "-U", "wsus", *(["-p", str(self.port)] if self.port else [])]

    def sql(self, database, text):
        return self.run("psql", *self.where(), "-X", "-d", database, "-v", "ON_ERROR_STOP=1", "-qAt", text=text)

    def uri(self, database="postgres", **more):
        more = {"host": self.folder, "user": "wsus", **({"port": self.port} if self.port else {}), **more}
        return f"postgresql:///{database}?" + "&".join(f"{k}={v}" for k, v in more.items())

    def stop(self):
        self.run("pg_ctl", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def kill(self):
        """Every process of the server at once, as a power cut would."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        children = pathlib.Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        os.kill(pid, signal.SIGSTOP)  # it must not start others meanwhile
        for process in [*map(int, children), pid]:
            try:
                os.kill(process, signal.SIGKILL)
            except ProcessLookupError:
                pass
        while any(os.path.exists(f"/proc/{p}") and "Z" not in state(p) for p in [*map(int, children), pid]):
            time.sleep(0.01)
        for left in (self.folder / "data/postmaster.pid", *self.folder.glob(".s.PGSQL.*")):  # the pid may be a zombie's
            left.unlink()


def state(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return "Z"


def main():
    if lacking():
        print("not run, needs: " + ", ".join(lacking()))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        os.mkdir(folder + "/pg")
        cluster = Cluster(folder + "/pg")
        try:
            return subprocess.run(sys.argv[1:], env={**os.environ, "WCK_TEST_POSTGRES": cluster.uri()}).returncode
        finally:
            cluster.stop()


if __name__ == "__main__":
    sys.exit(main())
