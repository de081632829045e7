#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Collecting over https from servers with one thing wrong each: the message names the cause and what to do.

    tls.py SIM WSUSCK

The servers are OpenSSL's, in front of wsusck-sim; the certificates are made here. Exit 77: openssl is not installed.
"""
import os
import pathlib
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import unittest
import warnings
from datetime import datetime

import simlib
from simlib import Wsusck

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "doctor"))
import peers  # noqa: E402

AT = datetime(2026, 11, 25, 5, 0, 0)
SIM = WSUSCK = None


class Relay:
    """Accepts TLS (context None: anything) and passes what comes to `port`; 0: hangs up at once."""

    def __init__(self, context, port):
        self.context, self.upstream, self.connections = context, port, 0
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self.talk, args=(client,), daemon=True).start()

    def talk(self, client):
        try:
            if self.context is not None:
                client = self.context.wrap_socket(client, server_side=True)
            if self.upstream == 0:
                client.close()
                return
            server = socket.create_connection(("127.0.0.1", self.upstream))
        except OSError:
            client.close()
            return
        back = threading.Thread(target=self.pump, args=(server, client), daemon=True)
        back.start()
        self.pump(client, server)
        back.join()
        client.close()
        server.close()

    @staticmethod
    def pump(source, sink):
        try:
            while data := source.recv(65536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)
        except OSError:
            pass

    def close(self):
        self.listener.close()


class Authority(peers.Certificates):
    """Adds what the doctor's tests do not need: another name, an authority in between, short keys."""

    def __init__(self, folder, name="Test Authority"):
        self.folder = pathlib.Path(folder)
        peers.openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                      "-subj", f"/CN={name}", cwd=folder)
        self.ca = str(self.folder / "ca.pem")

    def below(self, send_chain):
        """A server whose certificate an authority in between issued."""
        run = lambda *a: peers.openssl(*a, cwd=self.folder)  # noqa: E731
        (self.folder / "mid.ext").write_text("basicConstraints=critical,CA:TRUE\n")
        (self.folder / "leaf.ext").write_text("subjectAltName=DNS:localhost\n")
        for name, cn in (("mid", "Authority in between"), ("leaf", "localhost")):
            run("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", f"/CN={cn}")
        run("x509", "-req", "-in", "mid.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "mid.pem",
            "-days", "30", "-extfile", "mid.ext")
        run("x509", "-req", "-in", "leaf.csr", "-CA", "mid.pem", "-CAkey", "mid.key", "-CAcreateserial", "-out", "leaf.pem",
            "-days", "30", "-extfile", "leaf.ext")
        chain = (self.folder / "leaf.pem").read_text() + ((self.folder / "mid.pem").read_text() if send_chain else "")
        (self.folder / "chain.pem").write_text(chain)
        return self.context("chain.pem", "leaf.key")

    def weak(self):
        run = lambda *a: peers.openssl(*a, cwd=self.folder)  # noqa: E731
        (self.folder / "weak.ext").write_text("subjectAltName=DNS:localhost\n")
        run("req", "-newkey", "rsa:1024", "-nodes", "-keyout", "weak.key", "-out", "weak.csr", "-subj", "/CN=localhost")
        run("x509", "-req", "-in", "weak.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", "weak.pem",
            "-days", "30", "-extfile", "weak.ext")
        return self.context("weak.pem", "weak.key")

    def context(self, certificate, key):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.load_cert_chain(self.folder / certificate, self.folder / key)
        return context


class Https(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = simlib.scratch()
        cls.folder = cls.scratch.name
        cls.docs, _ = simlib.make_tree(os.path.join(cls.folder, "tree"), AT, 60, True)
        cls.sim = simlib.Sim(SIM, [os.path.join(cls.folder, "tree", "hq.json")], cls.folder).__enter__()
        os.mkdir(os.path.join(cls.folder, "ca"))
        cls.authority = Authority(os.path.join(cls.folder, "ca"))
        cls.good = cls.authority.make("good")

    @classmethod
    def tearDownClass(cls):
        cls.sim.__exit__(None, None, None)
        cls.scratch.cleanup()

    def setUp(self):
        self.own = tempfile.TemporaryDirectory(prefix="wck-tls-", dir=self.folder)

    def tearDown(self):
        self.own.cleanup()

    def relay(self, context, upstream=None):
        relay = Relay(context, self.sim.ports["hq"] if upstream is None else upstream)
        self.addCleanup(relay.close)
        return relay

    def wsusck(self, port, scheme="https", ca=True, **more):
        config = os.path.join(self.own.name, "wsusck.json")
        server = {"name": "hq", "source": f"{scheme}://localhost:{port}", "api": "sync", **more}
        if ca:
            server.setdefault("ca_file", self.authority.ca)
        simlib.save(config, {"servers": [server]})
        return Wsusck(WSUSCK, self.own.name, config)

    def reads(self, port, **more):
        wsusck = self.wsusck(port, **more)
        wsusck("collect", "--retry-base", "1", codes=[0])
        self.assertEqual(len(wsusck.export("hq")["updates"]), len(self.docs["hq"]["updates"]))

    def fails(self, port, *words, **more):
        before = len(self.sim.lines())
        _, _, err = self.wsusck(port, **more)("collect", "--retry-base", "1", codes=[2, 3])
        for word in words:
            self.assertRegex(err, word)
        self.assertIn("hint: ", err)
        self.assertEqual(len(self.sim.lines()), before, "something was asked for over a connection that is not trusted")

    def test_a_good_certificate(self):
        self.reads(self.relay(self.good).port)

    def test_expired(self):
        self.fails(self.relay(self.authority.make("expired", start=-30, days=20)).port, "could not trust .* has expired",
                   "Renew .* IIS")

    def test_not_yet_valid(self):
        self.fails(self.relay(self.authority.make("early", start=2)).port, "not valid yet", "clocks")

    def test_another_name(self):
        self.fails(self.relay(self.authority.make("other", host="wsus.example.org")).port,
                   "certificate is for another name", "matches target host name 'localhost'", '"source"')

    def test_self_signed(self):
        context = self.authority.make("self", signed=False)
        self.fails(self.relay(context).port, "self-signed", '"ca_file"')
        self.reads(self.relay(context).port, ca_file=str(self.authority.folder / "self.pem"))

    def test_an_authority_that_the_system_does_not_know(self):
        self.fails(self.relay(self.good).port, "authority that is not trusted here", '"ca_file"', ca=False)

    def test_an_authority_that_is_not_in_the_file(self):
        folder = os.path.join(self.own.name, "another")
        os.mkdir(folder)
        self.fails(self.relay(self.good).port, 'not of an authority in "ca_file"', ca_file=Authority(folder).ca)

    def test_an_authority_in_between_that_the_server_does_not_send(self):
        self.reads(self.relay(self.authority.below(True)).port)
        self.fails(self.relay(self.authority.below(False)).port, 'not of an authority in "ca_file"', "in between")

    def test_revoked(self):
        context = self.authority.make("revoked")
        self.fails(self.relay(context).port, "was revoked", "why it was revoked",
                   crl_file=self.authority.revocations("with", "revoked"))
        self.reads(self.relay(context).port, crl_file=self.authority.revocations("without"))

    def test_without_a_list_nobody_knows_of_a_revocation(self):
        """docs: crl_file is the only way to notice."""
        context = self.authority.make("unnoticed")
        self.authority.revocations("unused", "unnoticed")
        self.reads(self.relay(context).port)

    def test_a_list_that_is_too_old(self):
        self.fails(self.relay(self.good).port, "list in \"crl_file\" has expired", "current list",
                   crl_file=self.authority.revocations("old", days="20260201000000Z"))

    def test_a_list_of_another_authority(self):
        folder = os.path.join(self.own.name, "another")
        os.mkdir(folder)
        another = Authority(folder, "Another Authority")
        another.make("any")  # writes the configuration
        self.fails(self.relay(self.good).port, "no revocation list of an authority", "root",
                   crl_file=another.revocations("its"))

    def test_files_that_are_none(self):
        text = os.path.join(self.own.name, "text")
        with open(text, "w", encoding="utf-8") as f:
            f.write("no certificate\n")
        port = self.relay(self.good).port
        for key in ("ca_file", "crl_file"):
            for path in (text, os.path.join(self.own.name, "absent")):
                self.fails(port, f'file in "{key}" could not be read', "PEM", **{key: path})

    def test_a_short_key(self):
        self.fails(self.relay(self.authority.weak()).port, "too weak", "2048")

    def test_nothing_newer_than_tls_1_1(self):
        relay = self.relay(self.authority.old())
        self.fails(relay.port, "no TLS from 1.2 on", "SCHANNEL")
        self.assertEqual(relay.connections, 1, "trying again cannot help")

    def test_a_port_that_speaks_no_tls(self):
        self.fails(self.sim.ports["hq"], "does not speak TLS", "8531")

    def test_http_to_a_port_of_tls(self):
        self.fails(self.relay(self.good).port, "could not get an answer", "https://", scheme="http")

    def test_a_server_that_hangs_up(self):
        self.fails(self.relay(None, 0).port, "TLS handshake failed", "IIS")


def main():
    global SIM, WSUSCK
    lacks = peers.missing("openssl")
    if lacks:
        print("needs openssl")
        sys.exit(77)
    SIM, WSUSCK = (os.path.abspath(sys.argv.pop(1)) for _ in range(2))
    warnings.simplefilter("ignore", DeprecationWarning)  # of TLS 1.1, which is what is wanted
    unittest.main(verbosity=1, warnings="ignore")


if __name__ == "__main__":
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    main()
