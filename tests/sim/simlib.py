# SPDX-License-Identifier: MIT
"""What the tests of this folder share: a running wsusck-sim, a plain SOAP client, wsusck as a subprocess."""
import json
import os
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import xml.etree.ElementTree as ET
from xml.sax.saxutils import escape

SYNC = "http://www.microsoft.com/SoftwareDistribution"
AUTH = SYNC + "/Server/DssAuthWebService"
SYNC_PATH = "/ServerSyncWebService/ServerSyncWebService.asmx"
AUTH_PATH = "/DssAuthWebService/DssAuthWebService.asmx"
ROLLUP_PATH = "/ReportingWebService/ReportingWebService.asmx"
SANITIZER = ("AddressSanitizer", "LeakSanitizer", "runtime error:", "UndefinedBehaviorSanitizer", "ThreadSanitizer")


class Sim:
    """wsusck-sim over a list of documents; `with` ends it and checks its exit status."""

    def __init__(self, binary, documents, directory, faults="", expect=0, more=()):
        self.dir, self.expect = directory, expect
        self.config, self.ports_file = os.path.join(directory, "wsusck.json"), os.path.join(directory, "ports")
        self.log = os.path.join(directory, "sim.log")
        rules = os.path.join(directory, "faults")
        with open(rules, "w", encoding="utf-8") as f:
            f.write(faults)
        self.stderr = open(os.path.join(directory, "sim.err"), "w+", encoding="utf-8", errors="replace")
        self.process = subprocess.Popen([binary, "--tree", *documents, "--config-out", self.config, "--port-file",
                                         self.ports_file, "--faults", rules, "--log", self.log, "--duration", "1800",
                                         *more],
                                        stderr=self.stderr)

    def __enter__(self):
        for _ in range(600):  # the configuration is written last, when everything listens
            if os.path.exists(self.config):
                break
            if self.process.poll() is not None:
                raise SystemExit("wsusck-sim did not start: " + self.errors())
            time.sleep(0.05)
        with open(self.ports_file, encoding="utf-8") as f:
            self.ports = {name: int(port) for name, port in (line.rstrip("\n").split("\t") for line in f)}
        return self

    def errors(self):
        self.stderr.seek(0)
        return self.stderr.read()

    def lines(self):
        with open(self.log, encoding="utf-8") as f:
            return [line.rstrip("\n").split("\t") for line in f]

    def __exit__(self, kind, value, trace):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        text = self.errors()
        self.stderr.close()
        if kind is None:
            assert not any(s in text for s in SANITIZER), text
            assert code == self.expect, f"wsusck-sim ended with {code}, not {self.expect}: {text}"


class Fault(Exception):
    def __init__(self, status, code, message, body):
        super().__init__(f"HTTP {status} {code} {message}")
        self.status, self.code, self.message, self.body = status, code, message, body


def local(element):
    return element.tag.rsplit("}", 1)[-1]


class Client:
    """One downstream server as the protocol has it."""

    def __init__(self, port):
        self.port, self.cookie, self.headers, self.extra = port, None, {}, {}

    def post(self, path, action, body):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body.encode("utf-8"),
            {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": f'"{action}"', **self.extra})
        try:
            with urllib.request.urlopen(request, timeout=60) as r:
                self.headers = r.headers
                return r.status, r.read()
        except urllib.error.HTTPError as e:
            self.headers = e.headers
            return e.code, e.read()

    def call(self, operation, inner="", path=SYNC_PATH, ns=SYNC):
        status, data = self.post(path, f"{ns}/{operation}",
                                 '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap='
                                 f'"http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><{operation} xmlns="{ns}">'
                                 f"{inner}</{operation}></soap:Body></soap:Envelope>")
        root = ET.fromstring(data)
        body = root[0]
        if status != 200:
            detail = {local(e): e.text or "" for e in body.iter()}
            raise Fault(status, detail.get("ErrorCode"), detail.get("Message"), data)
        response = body[0]
        assert local(response) == operation + "Response", local(response)
        return response[0] if len(response) else None

    def login(self, version="1.20"):
        self.call("GetAuthConfig")
        auth = self.call("GetAuthorizationCookie", "<accountName>audit.example.org</accountName><accountGuid>"
                         "11111111-2222-3333-4444-555555555555</accountGuid>", AUTH_PATH, AUTH)
        plug_in, data = auth[0].text, auth[1].text
        got = self.call("GetCookie", f"<authCookies><AuthorizationCookie><PlugInId>{plug_in}</PlugInId><CookieData>{data}"
                        f"</CookieData></AuthorizationCookie></authCookies><protocolVersion>{version}</protocolVersion>")
        self.auth = data
        self.cookie = f"<cookie><Expiration>{got[0].text}</Expiration><EncryptedData>{got[1].text}</EncryptedData></cookie>"
        return self

    def list(self, config, inner="", cookie=None):
        """(anchor, [(id, revision)])"""
        got = self.call("GetRevisionIdList", (cookie or self.cookie) + "<filter>" + inner.split("|")[0] +
                        f"<GetConfig>{'true' if config else 'false'}</GetConfig>"
                        "<Get63LanguageOnly>false</Get63LanguageOnly>" + (inner + "|").split("|")[1] + "</filter>")
        return got[0].text, [(i[0].text, int(i[1].text)) for i in got[1]]

    def data(self, ids):
        """[(id, revision, kind of blob, text, digests)]"""
        got = self.call("GetUpdateData", self.cookie + "<updateIds>" + "".join(
            f"<UpdateIdentity><UpdateID>{i}</UpdateID><RevisionNumber>{r}</RevisionNumber></UpdateIdentity>"
            for i, r in ids) + "</updateIds>")
        return [(e[0][0].text, int(e[0][1].text), local(e[1]), e[1].text, [d.text for d in e[2]]) for e in got[0]]

    def deployments(self, sync, deployment=None):
        inner = f"<deploymentAnchor>{escape(deployment)}</deploymentAnchor>" if deployment else ""
        got = self.call("GetDeployments", self.cookie + inner + f"<syncAnchor>{escape(sync)}</syncAnchor>")
        return {local(e): e for e in got}


class Wsusck:
    """The program with a store of its own."""

    def __init__(self, binary, directory, config=None, env=None):
        self.binary, self.dir, self.config, self.env = binary, directory, config, env or {}
        self.store = "sqlite:" + os.path.join(directory, "store.db")

    def __call__(self, *args, codes=None, timeout=300):
        command = [self.binary, "--store", self.store] + (["--config", self.config] if self.config else []) + list(args)
        environment = {k: v for k, v in os.environ.items() if not k.startswith("WSUSCK_") and "proxy" not in k.lower()}
        environment["XDG_CONFIG_HOME"] = environment["HOME"] = self.dir
        environment.update(self.env)
        done = subprocess.run(command, cwd=self.dir, env=environment, capture_output=True, timeout=timeout)
        out, err = done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")
        assert done.returncode >= 0, f"{args}: killed by signal {-done.returncode}: {err}"
        assert not any(s in err or s in out for s in SANITIZER), f"{args}: {err}"
        if codes is not None:
            assert done.returncode in codes, f"{args}: exit {done.returncode}, expected one of {codes}:\n{err}\n{out[:3000]}"
        return done.returncode, out, err

    def export(self, server):
        return json.loads(self("export", server, codes=[0])[1])

    def check(self, *args, codes=None):
        """(exit, report)"""
        code, out, err = self("check", "--format", "json", *args, codes=codes)
        assert out, err
        return code, json.loads(out)


def read(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def save(path, value):
    with open(path, "w", encoding="utf-8") as f:
        json.dump(value, f)


def make_tree(directory, *args):
    import make_tree as generator
    docs, notes = generator.make(*args)
    os.makedirs(directory, exist_ok=True)
    for name, doc in docs.items():
        generator.write(doc, os.path.join(directory, name + ".json"))
    return docs, notes


def scratch():
    return tempfile.TemporaryDirectory(prefix="wck-sim-")
