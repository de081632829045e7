# SPDX-License-Identifier: MIT
"""Where the configuration and the store are found, and what is said about a bad one."""

from cli import Case, healthy, main


class Search(Case):
    """--config, ./wsusck.json, $XDG_CONFIG_HOME/wsusck/config.json, ~/.config/wsusck/config.json."""

    def store_of(self, *args, **more):
        """The path of the store that is used, as the error about its absence tells it."""
        r = self.run_wsusck("tree", *args, **more)
        self.assertEqual(r.code, 2)
        return r.err

    def test_order(self):
        xdg = self.dir / "xdg"
        config = {"--config": self.work / "given.json", "cwd": self.work / "wsusck.json",
                  "xdg": xdg / "wsusck" / "config.json", "home": self.home / ".config" / "wsusck" / "config.json"}
        env = {"XDG_CONFIG_HOME": str(xdg)}
        for name, path in config.items():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text('{"store": "sqlite:%s.db"}' % name.strip("-"))
        self.assertIn("config.db", self.store_of("--config", "given.json", env=env))
        self.assertIn("cwd.db", self.store_of(env=env))
        config["cwd"].unlink()
        self.assertIn("xdg.db", self.store_of(env=env))
        self.assertIn("home.db", self.store_of())
        config["home"].unlink()
        self.assertIn("wsusck.db", self.store_of())

    def test_store_option_wins_over_environment_over_configuration(self):
        self.write("wsusck.json", {"store": "sqlite:config.db"})
        self.assertIn("config.db", self.store_of())
        env = {"WSUSCK_STORE": "sqlite:env.db"}
        self.assertIn("env.db", self.store_of(env=env))
        self.assertIn("option.db", self.store_of("--store", "sqlite:option.db", env=env))
        self.assertIn("option.db", self.run_wsusck("--store", "sqlite:option.db", "tree").err)

    def test_a_store_is_made_where_it_is_said(self):
        self.wsusck("import", "--store", "sqlite:deep.db", self.write("hq.json", healthy()[0]))
        self.assertTrue((self.work / "deep.db").exists())
        self.assertFalse((self.work / "wsusck.db").exists())
        self.assertIn("hq", self.wsusck("tree", env={"WSUSCK_STORE": "sqlite:deep.db"}).out)

    def test_reading_makes_no_store(self):
        for command in (["tree"], ["check"], ["snapshot", "list"], ["export", "x"], ["store", "verify"], ["plan"]):
            self.assert_failed(self.run_wsusck(*command), "wsusck.db")
        self.assertEqual(list(self.work.iterdir()), [])

    def test_a_named_configuration_must_exist(self):
        self.assert_failed(self.run_wsusck("tree", "--config", "missing.json"), "missing.json")


class Bad(Case):
    def refused(self, text, *parts):
        self.write("wsusck.json", text)
        for command in (["tree"], ["collect"], ["import", "x.json"]):
            self.assert_failed(self.run_wsusck(*command), "wsusck.json", *parts)
        self.assertFalse((self.work / "wsusck.db").exists())

    def test_unknown_keys_name_their_path(self):
        self.refused({"servers": [{"name": "hq", "source": "file:x", "sorce": 1}]}, "servers[0]", "sorce")
        self.refused({"stroe": "sqlite:x"}, "stroe")
        self.refused({"waivers": [{"rule": "WCK4001", "reason": "x", "until": "2030-01-01"}]}, "waivers[0]", "until")

    def test_wrong_types_name_their_path(self):
        self.refused({"servers": [{"name": "hq", "source": 5}]}, "servers[0].source", "string")
        self.refused({"servers": {}}, "servers", "array")
        self.refused("[]", "object")

    def test_not_json(self):
        self.refused('{"store": ', "line 1")
        self.refused("", "wsusck.json")
        self.refused('{"store": "a", "store": "b"}', "store")

    def test_a_waiver_of_no_rule(self):
        self.import_servers(*healthy())
        self.write("wsusck.json", {"waivers": [{"rule": "WCK0042", "reason": "x"}]})
        self.assert_failed(self.run_wsusck("check"), "waivers[0].rule", "WCK0042")

    def test_a_waiver_needs_a_reason(self):
        self.refused({"waivers": [{"rule": "WCK4001"}]}, "waivers[0]", "reason")
        self.refused({"waivers": [{"rule": "WCK4001", "reason": "  "}]}, "waivers[0].reason")

    def test_no_password_fits_in(self):
        self.refused({"servers": [{"name": "hq", "source": "http://u:secret@hq:8530"}]}, "servers[0].source")
        self.refused({"servers": [{"name": "hq", "source": "http://hq:8530",
                                   "auth": {"kind": "ntlm", "password": "secret"}}]}, "auth", "password")

    def test_stores_of_no_kind(self):
        self.assert_failed(self.run_wsusck("tree", "--store", "oracle:x"), "oracle")
        self.assert_failed(self.run_wsusck("tree", "--store", ""), "hint: ")

    def test_a_file_that_is_no_store(self):
        self.write("wsusck.db", "this is no database " * 100)
        self.assert_failed(self.run_wsusck("tree"), "wsusck.db")
        self.assert_failed(self.run_wsusck("import", self.write("hq.json", healthy()[0])), "wsusck.db")
        self.assertTrue((self.work / "wsusck.db").read_text().startswith("this is no database"))


class Clock(Case):
    def test_now(self):
        self.import_servers(*healthy())
        self.wsusck("check", code=0)
        r = self.run_wsusck("check", "--now", "2026-06-01T00:00:00Z")
        self.assertNotEqual(r.code, 0)  # the snapshots are old by then
        self.assertIn("WCK9003", r.out)
        self.assert_usage(self.run_wsusck("check", "--now", "yesterday"), "--now")


if __name__ == "__main__":
    main()
