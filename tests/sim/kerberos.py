#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Logins against real peers: Kerberos (MIT KDC, Apache httpd with mod_auth_gssapi), NTLM (Samba's winbindd behind squid), a
server that offers nothing but Basic, and proxies that want a login.

    kerberos.py SIM WSUSCK

Each failure must name its cause and what to do. Exit 77: a peer is not installed.
"""
import base64
import os
import re
import sys
import tempfile
import unittest
import urllib.parse
from datetime import datetime

import authpeers
import simlib
from authpeers import Apache, Realms, Samba, Squid
from simlib import Wsusck

REALM, OTHER = "WSUSCK.TEST", "OTHER.TEST"
AT = datetime(2026, 11, 25, 5, 0, 0)
SIM = WSUSCK = PEERS = None


class Peers:
    """Everything once for all tests."""

    def __init__(self, folder):
        self.folder, self.open = folder, []
        os.chmod(folder, 0o755)
        self.docs, _ = simlib.make_tree(os.path.join(folder, "tree"), AT, 100, True)
        users = os.path.join(folder, "users")
        with open(users, "w", encoding="utf-8") as f:
            f.write(f"anna@{REALM} administrator\nrita@{REALM} reporter\nnora@{REALM} none\nCORP\\nina reporter\n")
        self.sim = self.add(simlib.Sim(SIM, [os.path.join(folder, "tree", "hq.json")], folder, more=["--admin-users", users])
                            .__enter__(), lambda s: s.__exit__(None, None, None))
        self.realms = self.add(Realms(folder, REALM, OTHER))
        for name in ("anna", "rita", "nora", "eve"):
            self.realms.user(REALM, name)
        self.realms.user(OTHER, "anna")
        keytab = self.realms.service(REALM, "HTTP/localhost")
        upstream = self.sim.ports["hq"]
        self.kerberos, self.basic, self.chosen = (authpeers.free_port() for _ in range(3))
        self.basic_users, words = authpeers.basic(folder, {"nina": "secret"})
        self.apache = self.add(Apache(folder, upstream, {
            self.kerberos: authpeers.gssapi(keytab),
            self.chosen: authpeers.gssapi(keytab)[:-1] + [f"Require user anna@{REALM}", "AuthzSendForbiddenOnFailure On"],
            self.basic: ["AuthType Basic", 'AuthName "WSUS"', f"AuthUserFile {words}", "Require valid-user"]},
            self.realms.env))
        self.plain_proxy = self.add(Squid(folder, self.basic_users))
        self.ntlm = None

    def with_ntlm(self):
        needs = [] if os.geteuid() == 0 else ["root, for winbindd"]
        needs += authpeers.missing(*Samba.NEEDS)
        if not needs and self.ntlm is None:
            samba = self.add(Samba(self.folder, {"nina": "secret"}))
            self.ntlm = self.add(Squid(self.folder, authpeers.ntlm(samba), self.sim.ports["hq"]))
        if needs:
            raise unittest.SkipTest("needs " + ", ".join(needs))
        return self.ntlm

    def add(self, peer, close=lambda p: p.close()):
        self.open.append((peer, close))
        return peer

    def close(self):
        for peer, close in reversed(self.open):
            close(peer)


class Login(unittest.TestCase):
    def setUp(self):
        self.scratch = tempfile.TemporaryDirectory(prefix="wck-login-", dir=PEERS.folder)
        self.dir = self.scratch.name

    def tearDown(self):
        self.scratch.cleanup()

    def wsusck(self, port, env=None, host="localhost", api="sync", **more):
        config = os.path.join(self.dir, "wsusck.json")
        simlib.save(config, {"servers": [{"name": "hq", "source": f"http://{host}:{port}", "api": api, **more}]})
        return Wsusck(WSUSCK, self.dir, config, {**PEERS.realms.cache("nobody"), "LC_ALL": "C", **(env or {})})

    def reads(self, wsusck):
        """Everything the channel tells was read, and is what the server holds."""
        wsusck("collect", "--retry-base", "1", codes=[0])
        got = wsusck.export("hq")
        self.assertEqual({(u["id"], u["revision"]) for u in got["updates"]},
                         {(u["id"], u["revision"]) for u in PEERS.docs["hq"]["updates"]})

    def fails(self, wsusck, *words, without=()):
        _, _, err = wsusck("collect", "--retry-base", "1", codes=[2, 3])
        for word in words:
            self.assertRegex(err, word)
        for word in (*without, "secret"):
            self.assertNotIn(word, err)
        return err


NEGOTIATE = {"auth": {"kind": "negotiate"}}


class Kerberos(Login):
    def test_a_ticket_opens_the_door(self):
        self.reads(self.wsusck(PEERS.kerberos, PEERS.realms.ticket("anna", REALM), **NEGOTIATE))

    def test_no_ticket(self):
        self.fails(self.wsusck(PEERS.kerberos, **NEGOTIATE), "HTTP 401", "Kerberos says: .*[Cc]redential", "kinit")

    def test_an_expired_ticket(self):
        ticket = PEERS.realms.expired("anna", REALM)
        self.fails(self.wsusck(PEERS.kerberos, ticket, **NEGOTIATE), "HTTP 401", "Kerberos says: .*[Ee]xpired", "kinit")

    def test_a_ticket_of_another_realm(self):
        ticket = PEERS.realms.ticket("anna", OTHER)
        self.fails(self.wsusck(PEERS.kerberos, ticket, **NEGOTIATE), "HTTP 401",
                   f"Kerberos says: .*krbtgt/{REALM}@{OTHER} not found", "realm")

    def test_an_address_has_no_service_principal(self):
        ticket = PEERS.realms.ticket("anna", REALM)
        self.fails(self.wsusck(PEERS.kerberos, ticket, host="127.0.0.1", **NEGOTIATE), "HTTP 401",
                   "Kerberos says: Server HTTP/127.0.0.1@.* not found in Kerberos database\\.\n", "full name")

    def test_the_kdc_is_not_there(self):
        config = os.path.join(self.dir, "krb5.conf")
        with open(PEERS.realms.env["KRB5_CONFIG"], encoding="utf-8") as f:
            text = re.sub(r"127\.0\.0\.1:\d+", f"127.0.0.1:{authpeers.free_port()}", f.read())
        with open(config, "w", encoding="utf-8") as f:
            f.write(text)
        ticket = PEERS.realms.ticket("rita", REALM)
        self.fails(self.wsusck(PEERS.kerberos, {**ticket, "KRB5_CONFIG": config}, **NEGOTIATE),
                   "Kerberos says: .*([Cc]annot contact any KDC)", "port 88")

    def test_a_reporter_reads_the_administration_service(self):
        """... and so does an administrator; both channels at once give every section."""
        for user in ("rita", "anna"):
            wsusck = self.wsusck(PEERS.kerberos, PEERS.realms.ticket(user, REALM), api="admin", **NEGOTIATE)
            wsusck("collect", "--retry-base", "1", codes=[0])
            coverage = wsusck.export("hq")["coverage"]
            self.assertEqual({coverage[s]["state"] for s in ("config", "groups", "approvals", "sync_history")}, {"complete"})
        self.reads(self.wsusck(PEERS.kerberos, PEERS.realms.ticket("rita", REALM), api="auto", **NEGOTIATE))

    def test_a_user_without_a_wsus_role(self):
        """Role 0 from the service itself, and 403 from IIS in front of it."""
        for user, word in (("nora", "role"), ("eve", "HTTP 403")):
            self.fails(self.wsusck(PEERS.kerberos, PEERS.realms.ticket(user, REALM), api="admin", **NEGOTIATE), word,
                       "WSUS Reporters")

    def test_without_a_role_the_other_channel_is_read(self):
        self.reads(self.wsusck(PEERS.kerberos, PEERS.realms.ticket("nora", REALM), api="auto", **NEGOTIATE))

    def test_without_a_login_nothing_is_shown(self):
        self.fails(self.wsusck(PEERS.kerberos), "wants a login", "Negotiate", "negotiate or ntlm")

    def test_a_user_who_may_not(self):
        self.fails(self.wsusck(PEERS.chosen, PEERS.realms.ticket("eve", REALM), **NEGOTIATE), "HTTP 403")
        self.reads(self.wsusck(PEERS.chosen, PEERS.realms.ticket("anna", REALM), **NEGOTIATE))


class BasicOnly(Login):
    def test_no_password_is_ever_sent_to_it(self):
        before = len(PEERS.apache.lines(PEERS.basic))
        for kind in ("negotiate", "ntlm"):
            auth = {"kind": kind, "user": "nina", "password_env": "PW"}
            self.fails(self.wsusck(PEERS.basic, {"PW": "secret"}, auth=auth), "HTTP 401", "methods: Basic", "cleartext")
        seen = PEERS.apache.lines(PEERS.basic)[before:]
        self.assertTrue(seen)
        for line in seen:
            self.assertNotIn("Basic", line[4])
            self.assertNotIn(base64.b64encode(b"nina:secret").decode(), line[4])

    def test_basic_over_http_is_refused_before_anything_is_sent(self):
        before = len(PEERS.apache.lines(PEERS.basic))
        auth = {"kind": "basic", "user": "nina", "password_env": "PW"}
        self.fails(self.wsusck(PEERS.basic, {"PW": "secret"}, auth=auth), "cleartext|no kind that is allowed", "ntlm")
        self.assertEqual(len(PEERS.apache.lines(PEERS.basic)), before)


class Ntlm(Login):
    def auth(self, user="CORP\\nina"):
        return {"auth": {"kind": "ntlm", "user": user, "password_env": "PW"}}

    def test_user_and_password_open_the_door(self):
        self.reads(self.wsusck(PEERS.with_ntlm().front, {"PW": "secret"}, **self.auth()))
        users = {line[2].replace("\\\\", "\\") for line in PEERS.ntlm.lines(PEERS.ntlm.front) if line[1] == "200"}
        self.assertEqual(users, {"CORP\\nina"})

    def test_a_wrong_password(self):
        self.fails(self.wsusck(PEERS.with_ntlm().front, {"PW": "wrong"}, **self.auth()), "did not accept the login by ntlm",
                   "HTTP 401", r"user \(DOMAIN\\user\) and password", without=["wrong"])

    def test_an_unknown_user(self):
        self.fails(self.wsusck(PEERS.with_ntlm().front, {"PW": "secret"}, **self.auth("CORP\\nobody")), "HTTP 401")

    def test_the_password_is_in_no_header(self):
        self.wsusck(PEERS.with_ntlm().front, {"PW": "secret"}, **self.auth())("collect", "--retry-base", "1", codes=[0])
        for line in PEERS.ntlm.lines(PEERS.ntlm.front):
            token = urllib.parse.unquote(line[3]).replace("NTLM ", "").rstrip("-")
            plain = base64.b64decode(token)
            self.assertNotIn(b"secret", plain.replace(b"\0", b""))


class Proxies(Login):
    def through(self, proxy, env=None, **more):
        return self.wsusck(PEERS.sim.ports["hq"], env, host="127.0.0.1",
                           proxy={"url": f"http://127.0.0.1:{proxy}", **more})

    def test_basic_where_it_is_allowed(self):
        self.reads(self.through(PEERS.plain_proxy.proxy, {"PW": "secret"}, user="nina", password_env="PW",
                                basic_in_cleartext=True))

    def test_a_password_that_is_not_right_any_more(self):
        self.fails(self.through(PEERS.plain_proxy.proxy, {"PW": "last-year"}, user="nina", password_env="PW",
                                basic_in_cleartext=True), "HTTP 407", "proxy", "password", without=["last-year"])

    def test_no_user(self):
        self.fails(self.through(PEERS.plain_proxy.proxy), "proxy wants a login", "HTTP 407", "Basic", '"proxy"')

    def test_basic_is_not_sent_in_cleartext_unless_allowed(self):
        before = len(PEERS.plain_proxy.lines(PEERS.plain_proxy.proxy))
        self.fails(self.through(PEERS.plain_proxy.proxy, {"PW": "secret"}, user="nina", password_env="PW"), "HTTP 407",
                   "Basic", "basic_in_cleartext")
        for line in PEERS.plain_proxy.lines(PEERS.plain_proxy.proxy)[before:]:
            self.assertNotIn("Basic", line[3])

    def test_ntlm(self):
        proxy = PEERS.with_ntlm().proxy
        self.reads(self.through(proxy, {"PW": "secret"}, user="CORP\\nina", password_env="PW"))
        self.fails(self.through(proxy, {"PW": "wrong"}, user="CORP\\nina", password_env="PW"), "HTTP 407", "password")

    def test_a_proxy_that_is_not_there(self):
        self.fails(self.through(authpeers.free_port()), "proxy", "127.0.0.1")


def setUpModule():
    global PEERS
    PEERS = Peers(SCRATCH.name)


def tearDownModule():
    PEERS.close()


def main():
    global SIM, WSUSCK, SCRATCH
    lacks = authpeers.missing(*authpeers.KDC, "faketime", "squid", "openssl", *Apache.NEEDS)
    if lacks:
        print("needs " + ", ".join(lacks) + ": krb5-kdc krb5-admin-server krb5-user apache2 libapache2-mod-auth-gssapi squid "
              "faketime")
        sys.exit(77)
    SIM, WSUSCK = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    SCRATCH = simlib.scratch()
    with SCRATCH:
        unittest.main(verbosity=1)


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main()
