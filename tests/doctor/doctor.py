#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""doctor.py: `wsusck doctor` against real peers. Each case breaks one thing and expects the looks that are not well,
as step, result and rule; everything else must be well.

Usage: doctor.py WSUSCK [--only TEXT]      exit 77: what is missing is named
The cases of a namespace (firewall, DNS) need root or unprivileged user namespaces."""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time

import peers

try:
    import jsonschema
except ImportError:
    jsonschema = None

BAD = ("fail", "warning", "unknown")


class Bench:
    def __init__(self, program, folder):
        self.program, self.folder = program, pathlib.Path(folder)
        self.passed, self.failed, self.n = 0, 0, 0
        schema = pathlib.Path(__file__).parents[2] / "docs/formats/diagnosis.schema.json"
        self.validator = jsonschema.Draft202012Validator(json.loads(schema.read_text())) if jsonschema else None

    def snapshot(self, work, document):
        path = work / (document["server"]["name"] + ".json")
        path.write_text(json.dumps(document))
        subprocess.run([self.program, "--store", f"sqlite:{work}/s.db", "import", path, "-q"], check=True,
                       capture_output=True)

    def look(self, servers, *options, snapshots=(), env=None):
        self.n += 1
        work = self.folder / f"case{self.n}"
        work.mkdir()
        (work / "wsusck.json").write_text(json.dumps({"servers": servers}))
        for document in snapshots:
            self.snapshot(work, document)
        command = [self.program, "--store", f"sqlite:{work}/s.db", "--config", work / "wsusck.json", "doctor"]
        if "--microsoft" in options:
            options = [o for o in options if o != "--microsoft"]
        else:
            options = ["--no-microsoft", *options]
        done = subprocess.run([*command, *options, "--format", "json"], capture_output=True, text=True, timeout=120,
                              env={**os.environ, **(env or {})})
        if done.returncode not in (0, 1, 3):
            raise AssertionError(f"exit {done.returncode}: {done.stderr}")
        document = json.loads(done.stdout)
        if self.validator is not None:
            self.validator.validate(document)
        if document["summary"]["exit"] != done.returncode:
            raise AssertionError("the document names another exit status")
        return document

    def case(self, name, expected, servers, *options, says=(), **more):
        try:
            document = self.look(servers, *options, **more)
            bad = [(l["step"], l["result"], l["rule"]) for l in document["looks"] if l["result"] in BAD]
            text = json.dumps(document)
            if bad != list(expected):
                raise AssertionError(f"expected {list(expected)}, got {bad}\n" + "\n".join(
                    str(l) for l in document["looks"] if l["result"] in BAD))
            for phrase in says:
                if phrase not in text:
                    raise AssertionError(f"does not say {phrase!r}:\n{text}")
            self.passed += 1
        except (AssertionError, subprocess.SubprocessError, ValueError) as problem:
            self.failed += 1
            print(f"{name}: {problem}", flush=True)


def server(url, name="hq", **more):
    return {"name": name, "source": url, "mode": "autonomous", "api": "sync", **more}


def snapshot(name, config, parent=None, fqdn=None):
    return {"format": "wsusck-snapshot", "format_version": "1.0",
            "server": {"name": name, "parent": parent, "mode": "autonomous", "fqdn": fqdn,
                       "collected_at": "2026-11-25T05:00:00Z"},
            "coverage": {"config": {"state": "complete"}}, "config": config}


def services(b):
    site = peers.Web()
    b.case("a healthy server", [], [server(f"http://127.0.0.1:{site.port}")])
    assert {m for m, _ in site.seen} == {"GET", "HEAD"}, "only GET and HEAD may be sent"
    site.close()
    causes = {401: "anonymous", 403: "Require SSL", 404: "postinstall", 500: "12002", 503: "WsusPool"}
    for status, words in causes.items():
        site = peers.Web(status={"sync": status})
        b.case(f"sync service says {status}", [("service", "fail", "WCK7008")],
               [server(f"http://127.0.0.1:{site.port}")], says=[words, f"HTTP {status}"])
        site.close()
    for part in ("dss", "reporting", "client", "simple"):
        site = peers.Web(status={part: 503})
        b.case(f"{part} service is down", [("service", "fail", "WCK7008")], [server(f"http://127.0.0.1:{site.port}")],
               says=[peers.SERVICES[part]])
        site.close()
    site = peers.Web(status={"content": 403})
    b.case("content may not be read", [("content", "fail", "WCK7010")], [server(f"http://127.0.0.1:{site.port}")],
           says=["NETWORK SERVICE"])
    b.case("content is at Microsoft Update", [], [server(f"http://127.0.0.1:{site.port}")],
           snapshots=[snapshot("hq", {"content_on_microsoft_update": True, "sync_from_microsoft_update": True})])
    site.close()
    for clock, words in ((900, "ahead of"), (-900, "behind")):
        site = peers.Web(clock=clock)
        b.case(f"clock {words}", [("clock", "warning", "WCK9006")], [server(f"http://127.0.0.1:{site.port}")],
               says=[words])
        site.close()


def ways(b):
    port = peers.free_port()
    b.case("nothing listens", [("port", "fail", "WCK7003")], [server(f"http://127.0.0.1:{port}")],
           says=["refused", "not looked at"])
    b.case("a name that does not exist", [("name", "fail", "WCK7001")], [server("http://wsus.invalid:8530")],
           says=["repair DNS"])
    site = peers.Web()
    good = server(f"http://127.0.0.1:{site.port}")
    b.case("two servers, one dead", [("port", "fail", "WCK7003")], [good, server(f"http://127.0.0.1:{port}", "ber")])
    upstream = {"sync_from_microsoft_update": False}
    b.case("the upstream setting is right", [], [good],
           snapshots=[snapshot("ber", {**upstream, "upstream": {"name": "127.0.0.1", "port": site.port, "ssl": False,
                                                                 "replica": True}}, "hq"), snapshot("hq", {})])
    b.case("the upstream setting names a closed port", [("upstream", "fail", "WCK7003")], [good],
           snapshots=[snapshot("ber", {**upstream, "upstream": {"name": "127.0.0.1", "port": port, "ssl": False,
                                                                 "replica": True}}, "hq"), snapshot("hq", {})],
           says=["Test-NetConnection"])
    b.case("the upstream setting names a host that does not exist",
           [("upstream", "fail", "WCK7001"), ("snapshot", "warning", "WCK8005")], [good],
           snapshots=[snapshot("ber", {**upstream, "upstream": {"name": "wsus.invalid", "port": port, "ssl": False,
                                                                 "replica": True}}, "hq"), snapshot("hq", {})])
    b.case("the name has another form than the upstream server's own", [("upstream", "warning", "WCK7002")], [good],
           snapshots=[snapshot("ber", {**upstream, "upstream": {"name": "localhost", "port": site.port, "ssl": False,
                                                                 "replica": True}}, "hq"),
                      snapshot("hq", {}, fqdn="localhost.example.com")])
    site.close()


def certificates(b):
    c = peers.Certificates(b.folder)
    fail = [("tls", "fail", "WCK7009")]
    for name, context, expected, words in (
            ("good", c.make("good"), [], []),
            ("expired", c.make("expired", start=-400, days=365), fail, ["has expired", "Renew"]),
            ("not valid yet", c.make("early", start=30), fail, ["not yet valid"]),
            ("for another name", c.make("other", host="wsus.example.com"), fail, ["wsus.example.com"]),
            ("signed by itself", c.make("self", signed=False), fail, ["ca_file"]),
            ("TLS 1.1 only", c.old(), fail, ["TLSv1.1 only", "1.2"])):
        site = peers.Web(context=context)
        b.case(f"certificate: {name}", expected, [server(f"https://localhost:{site.port}", ca_file=c.ca)], says=words)
        site.close()
    site = peers.Web(context=c.make("soon", days=10))
    document = b.look([server(f"https://localhost:{site.port}", ca_file=c.ca)])
    b.passed += any(l["step"] == "tls" and l["result"] == "note" and "expires on" in l["seen"]
                    for l in document["looks"])
    site.close()
    site = peers.Web(context=c.make("unknown"))
    b.case("certificate: authority not installed", fail, [server(f"https://localhost:{site.port}")], says=["ca_file"])
    site.close()
    site = peers.Web(context=c.make("revoked"))
    lists = c.revocations("lists", "revoked")
    b.case("certificate: revoked", fail, [server(f"https://localhost:{site.port}", ca_file=c.ca, crl_file=lists)],
           says=["revoked"])
    b.case("certificate: not revoked", [], [server(f"https://localhost:{site.port}", ca_file=c.ca,
                                                   crl_file=c.revocations("empty"))])
    site.close()
    site = peers.Web()
    b.case("https on a port without TLS", fail, [server(f"https://localhost:{site.port}", ca_file=c.ca)],
           says=["does not speak TLS"])
    site.close()


def proxies(b):
    site = peers.Web()
    url = f"http://127.0.0.1:{site.port}"
    squid = peers.Squid(b.folder)
    b.case("a proxy without login", [], [server(url, proxy={"url": f"http://127.0.0.1:{squid.port}"})],
           says=["wants no login"])
    squid.close()
    b.case("the proxy is down", [("proxy", "fail", "WCK7007")],
           [server(url, proxy={"url": f"http://127.0.0.1:{squid.port}"})])
    b.case("the proxy's name does not exist", [("proxy", "fail", "WCK7001")],
           [server(url, proxy={"url": "http://proxy.invalid:3128"})])
    squid = peers.Squid(b.folder, {"svc": "secret"})
    proxy = {"url": f"http://127.0.0.1:{squid.port}"}
    login = {**proxy, "user": "svc", "password_env": "PROXY_PW", "basic_in_cleartext": True}
    b.case("the proxy wants a login, none is configured", [("proxy", "fail", "WCK7005")], [server(url, proxy=proxy)],
           says=["Basic", "password_env"])
    b.case("the proxy offers Basic only, which is not allowed", [("proxy", "fail", "WCK7005")],
           [server(url, proxy={**login, "basic_in_cleartext": False})], env={"PROXY_PW": "secret"},
           says=["basic_in_cleartext"])
    b.case("the password at the proxy has expired", [("proxy", "fail", "WCK7005")], [server(url, proxy=login)],
           env={"PROXY_PW": "last year's"}, says=["refused the login", "expired"])
    b.case("the login travels in cleartext", [("proxy", "warning", "WCK7006")], [server(url, proxy=login)],
           env={"PROXY_PW": "secret"}, says=["cleartext"])
    squid.close()
    site.close()


def nobody_listens_to_passwords(b):
    """The secret appears in no output."""
    for arguments in ([], ["--format", "json"]):
        work = b.folder / f"secret{len(arguments)}"
        work.mkdir()
        (work / "c.json").write_text(json.dumps({"servers": [server(
            "http://127.0.0.1:9", proxy={"url": "http://127.0.0.1:9", "user": "u", "password_env": "PROXY_PW"})]}))
        done = subprocess.run([b.program, "--store", f"sqlite:{work}/s.db", "--config", work / "c.json", "doctor",
                               "--no-microsoft", "-v", *arguments], capture_output=True, text=True,
                              env={**os.environ, "PROXY_PW": "hunter2hunter2"})
        if "hunter2" in done.stdout + done.stderr:
            b.failed += 1
            print("the password is shown")
        else:
            b.passed += 1


# ---- in a network of our own: DNS and a firewall ----

def run(*command, **more):
    subprocess.run(command, check=True, capture_output=True, text=True, **more)


def inside(b):
    run("ip", "link", "set", "lo", "up")
    run("ip", "addr", "add", "10.77.0.1/24", "dev", "lo")
    run("ip", "addr", "add", "10.77.0.2/24", "dev", "lo")
    resolv = b.folder / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions timeout:1 attempts:1\n")
    run("mount", "--bind", str(resolv), os.path.realpath("/etc/resolv.conf"))
    site = peers.Web(host="10.77.0.1", port=8530)
    b.case("no name server answers", [("name", "unknown", "WCK7001")], [server("http://hq.corp.test:8530")],
           says=["DNS is not reachable"])
    dns = subprocess.Popen(["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--no-resolv", "--no-hosts", "--user=root",
                            "--listen-address=127.0.0.1", "--bind-interfaces", "--local=/corp.test/", "--host-record=hq.corp.test,10.77.0.1",
                            "--host-record=two.corp.test,10.77.0.1", "--host-record=two.corp.test,10.77.0.2",
                            "--address=/microsoft.com/10.77.0.2", "--address=/windowsupdate.com/10.77.0.2",
                            "--address=/windows.com/10.77.0.2"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        for _ in range(100):
            if subprocess.run(["getent", "hosts", "hq.corp.test"], capture_output=True).returncode == 0:
                break
            time.sleep(0.05)
        behind_dns(b)
    finally:
        dns.terminate()
        dns.wait()
        site.close()


def behind_dns(b):
    good = server("http://hq.corp.test:8530")
    b.case("a name that resolves", [], [good])
    b.case("a wrong name", [("name", "fail", "WCK7001")], [server("http://hq2.corp.test:8530")])
    b.case("the wrong port, the right one answers", [("port", "fail", "WCK7003")], [server("http://hq.corp.test:8531")],
           says=["Port 8530 of it answers"])
    b.case("one of two addresses is dead", [("port", "warning", "WCK7003")], [server("http://two.corp.test:8530")],
           says=["1 of its 2 addresses"])
    run("nft", "add", "table", "inet", "wall")
    run("nft", "add", "chain", "inet", "wall", "out", "{ type filter hook output priority 0 ; }")
    for verdict, words in (("drop", "a firewall drops"), ("reject with tcp reset", "rejects")):
        run("nft", "add", "rule", "inet", "wall", "out", "tcp", "dport", "8530", *verdict.split())
        b.case(f"a firewall with {verdict}", [("port", "fail", "WCK7003")], [good], "--timeout", "1", says=[words])
        run("nft", "flush", "chain", "inet", "wall", "out")
    sites = [peers.Web(host="10.77.0.2", port=80), peers.Web(host="10.77.0.2", port=443)]
    root = server("http://hq.corp.test:8530")
    b.case("Microsoft Update can be reached", [], [root], "--microsoft")
    run("nft", "add", "rule", "inet", "wall", "out", "ip", "daddr", "10.77.0.2", "tcp", "dport", "443", "drop")
    blocked = ["sws.update.microsoft.com", "update.microsoft.com", "download.microsoft.com"]
    b.case("443 to Microsoft Update is blocked, seen from elsewhere", [("microsoft", "unknown", "WCK7004")] * 3, [root],
           "--microsoft", "--timeout", "1", says=[*blocked, "Test-NetConnection"])
    b.case("443 to Microsoft Update is blocked, on the server", [("microsoft", "fail", "WCK7004")] * 3, [root],
           "--microsoft", "--timeout", "1", "--here", says=blocked)
    for site in sites:
        site.close()


def enter_namespace(arguments):
    """The same program again, inside a network and mount namespace of its own."""
    gate = ["unshare", "-mn"] if os.geteuid() == 0 else ["unshare", "-rmn"]
    if subprocess.run([*gate, "true"], capture_output=True).returncode != 0:
        print("not run: firewall and DNS cases (they need root or user namespaces)")
        return 0
    return subprocess.run([*gate, sys.executable, os.path.abspath(__file__), arguments.wsusck, "--inside"]).returncode


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("wsusck")
    parser.add_argument("--inside", action="store_true")
    arguments = parser.parse_args()
    arguments.wsusck = os.path.abspath(arguments.wsusck)
    lacking = peers.missing("openssl", "squid", peers.Squid.needs, "dnsmasq", "nft", "ip", "unshare")
    if lacking:
        print("not run, needs: " + ", ".join(lacking))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # squid gives up root
        b = Bench(arguments.wsusck, folder)
        for part in [inside] if arguments.inside else [services, ways, certificates, proxies,
                                                       nobody_listens_to_passwords]:
            part(b)
    print(f"{b.passed} passed, {b.failed} failed")
    return 1 if b.failed or (not arguments.inside and enter_namespace(arguments)) else 0


if __name__ == "__main__":
    sys.exit(main())
