# SPDX-License-Identifier: MIT
"""collect: what is refused, and what a server that cannot be read becomes."""

import os
import socket

from cli import Case, healthy, main


class Collect(Case):
    def closed_port(self):
        """A port of this machine where nobody listens as long as the socket is held."""
        s = socket.socket()
        s.bind(("127.0.0.1", 0))
        self.addCleanup(s.close)
        return s.getsockname()[1]

    def config(self, *servers, **more):
        self.write("wsusck.json", dict(more, servers=list(servers)))

    def test_files_and_a_dead_server(self):
        hq, berlin = healthy()
        self.write("hq.json", hq)
        self.config({"name": "hq", "source": "file:hq.json"},
                    {"name": "berlin", "source": f"http://127.0.0.1:{self.closed_port()}", "parent": "hq",
                     "mode": "replica", "api": "sync"})
        r = self.wsusck("collect", "--retry-base", "1", code=3)
        self.assertEqual(r.out, "")
        self.assertIn('could not read server "berlin"', r.err)
        rows = {s["server"]: s for s in self.wsusck("snapshot", "list", "--format", "json").json()}
        self.assertEqual(set(rows), {"hq", "berlin"})
        report = self.wsusck("check", "--format", "json", code=3).json()
        self.assertEqual({f["result"] for f in report["findings"]}, {"unknown"})
        self.assertEqual(self.wsusck("plan", "--format", "json").json()["actions"], [])

    def test_only_the_named_servers(self):
        self.write("hq.json", healthy()[0])
        self.config({"name": "hq", "source": "file:hq.json"}, {"name": "b", "source": "file:nowhere.json"})
        self.wsusck("collect", "hq")
        self.assertEqual([s["server"] for s in self.wsusck("snapshot", "list", "--format", "json").json()], ["hq"])
        self.assert_failed(self.run_wsusck("collect", "hq", "paris"), "paris", "hint: ")

    def test_without_configuration(self):
        self.assert_failed(self.run_wsusck("collect"), "no server is configured", "hint: ")
        self.assertFalse((self.work / "wsusck.db").exists())

    def test_sources_of_no_kind(self):
        for source in ("ftp://x", "gopher:x", "file:", "store:", "store:sqlite:x.db"):
            self.config({"name": "hq", "source": source})
            r = self.wsusck("collect", code=3)
            self.assertIn('could not read server "hq"', r.err, source)

    def test_a_password_file_that_others_may_read(self):
        pw = self.write("pw", "secret\n")
        os.chmod(pw, 0o644)
        self.config({"name": "hq", "source": f"http://127.0.0.1:{self.closed_port()}", "api": "sync",
                     "auth": {"kind": "ntlm", "user": "DOM\\me", "password_file": str(pw)}})
        r = self.wsusck("collect", "--retry-base", "1", code=3)
        self.assertIn("others may read it", r.err)
        self.assertIn("chmod 600", r.err)
        self.assertNotIn("secret", r.err)

    def test_a_password_that_is_not_there(self):
        self.config({"name": "hq", "source": f"http://127.0.0.1:{self.closed_port()}", "api": "sync",
                     "auth": {"kind": "ntlm", "user": "DOM\\me", "password_env": "NO_SUCH_VARIABLE"}})
        self.assertIn("NO_SUCH_VARIABLE", self.wsusck("collect", "--retry-base", "1", code=3).err)

    def test_another_store_as_a_source(self):
        self.wsusck("import", "-q", "--store", "sqlite:other.db", self.write("hq.json", healthy()[0]))
        self.config({"name": "hq", "source": "store:sqlite:other.db#hq"})
        self.wsusck("collect")
        self.assertEqual(self.wsusck("export", "hq").raw, self.wsusck("export", "hq", "--store", "sqlite:other.db").raw)

    def test_identity_is_kept(self):
        self.config({"name": "hq", "source": "file:x"})
        one = self.wsusck("collect", "--show-identity").out
        self.assertRegex(one, r"account GUID  [0-9a-f-]{36}")
        self.assertEqual(self.wsusck("collect", "--show-identity").out, one)

    def test_usage(self):
        for option, bad in (("--jobs", "0x"), ("--jobs", "65"), ("--pause", "-1"), ("--timeout", ""), ("--retry-base", "9e9")):
            self.assert_usage(self.run_wsusck("collect", option, bad), option)


if __name__ == "__main__":
    main()
