# SPDX-License-Identifier: MIT
"""peers.py: what `wsusck doctor` is tried against: a web server with WSUS's paths, certificates of every kind, squid."""
import datetime
import http.server
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import threading
import time

SERVICES = {
    "sync": "/ServerSyncWebService/ServerSyncWebService.asmx",
    "dss": "/DssAuthWebService/DssAuthWebService.asmx",
    "reporting": "/ReportingWebService/ReportingWebService.asmx",
    "client": "/ClientWebService/Client.asmx",
    "simple": "/SimpleAuthWebService/SimpleAuth.asmx",
    "admin": "/ApiRemoting30/WebService.asmx",
    "content": "/Content/anonymousCheckFile.txt",
}


class Web:
    """A WSUS site as far as GET and HEAD see it. status: path name → HTTP status that replaces the healthy one."""

    def __init__(self, host="127.0.0.1", port=0, context=None, status=None, clock=0, methods=("Negotiate", "NTLM")):
        status = {"admin": 401, **(status or {})}
        by_path = {path: status.get(name, 200) for name, path in SERVICES.items()}
        seen = self.seen = []

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                code = by_path.get(self.path, 404)
                seen.append((self.command, self.path))
                body = b"<html>service</html>" if self.command == "GET" else b""
                self.send_response(code)
                if code == 401:
                    for method in methods:
                        self.send_header("WWW-Authenticate", method)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_HEAD = answer

            def date_time_string(self, timestamp=None):
                return super().date_time_string(time.time() + clock)

            def log_message(self, *arguments):
                pass

        class Server(http.server.ThreadingHTTPServer):
            address_family = socket.AF_INET6 if ":" in host else socket.AF_INET

            def handle_error(self, request, client):  # a client that hangs up after the handshake is no news
                pass

        self.server = Server((host, port), Handler)
        if context is not None:
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True,
                                                     do_handshake_on_connect=False)
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def openssl(*arguments, cwd):
    subprocess.run(["openssl", *arguments], cwd=cwd, check=True, capture_output=True)


class Certificates:
    """One authority, and certificates with one thing wrong each."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650",
                "-subj", "/CN=Test Authority", cwd=folder)
        self.ca = str(self.folder / "ca.pem")

    def make(self, name, host="localhost", start=-1, days=365, signed=True):
        day = datetime.timedelta(days=1)
        now = datetime.datetime.now(datetime.timezone.utc)
        form = "%Y%m%d%H%M%SZ"
        extension = self.folder / f"{name}.ext"
        extension.write_text(f"subjectAltName=DNS:{host}\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.csr",
                "-subj", f"/CN={host}", cwd=self.folder)
        issuer = ["-cert", "ca.pem", "-keyfile", "ca.key"] if signed else ["-selfsign", "-keyfile", f"{name}.key"]
        (self.folder / f"{name}.idx").write_text("")
        (self.folder / "ca.cnf").write_text(
            "[ca]\ndefault_ca=d\n[d]\nnew_certs_dir=.\ndatabase=$ENV::INDEX\nrand_serial=yes\ndefault_md=sha256\n"
            "policy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
        subprocess.run(["openssl", "ca", "-batch", "-config", "ca.cnf", *issuer, "-in", f"{name}.csr", "-out",
                        f"{name}.pem", "-startdate", (now + start * day).strftime(form), "-enddate",
                        (now + (start + days) * day).strftime(form), "-extfile", f"{name}.ext", "-notext"],
                       cwd=self.folder, check=True, capture_output=True, env={**os.environ, "INDEX": f"{name}.idx"})
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.folder / f"{name}.pem", self.folder / f"{name}.key")
        return context

    def revocations(self, name, revoked=None, days="30"):
        """A list of the authority's, with the certificate `revoked` in it; its path."""
        index = self.folder / f"{name}.list.idx"
        index.write_text("")
        common = ["openssl", "ca", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key"]
        env = {**os.environ, "INDEX": index.name}
        if revoked is not None:
            subprocess.run([*common, "-revoke", f"{revoked}.pem"], cwd=self.folder, check=True, capture_output=True, env=env)
        subprocess.run([*common, "-gencrl", "-md", "sha256", "-out", f"{name}.crl",
                        *(["-crldays", days] if days.isdigit() else ["-crl_lastupdate", "20260101000000Z", "-crl_nextupdate",
                                                                     days])],
                       cwd=self.folder, check=True, capture_output=True, env=env)
        return str(self.folder / f"{name}.crl")

    def old(self):
        """A server that speaks TLS 1.1 and nothing newer."""
        context = self.make("old")
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        return context


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Squid:
    """A real squid; users: name → password (Basic), None: no login wanted."""

    needs = "/usr/lib/squid/basic_ncsa_auth"

    def __init__(self, folder, users=None):
        self.port = free_port()
        self.folder = pathlib.Path(folder) / f"squid{self.port}"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        lines = [f"http_port 127.0.0.1:{self.port}", f"pid_filename {self.folder}/squid.pid",
                 f"access_log none", f"cache_log {self.folder}/cache.log", "cache deny all", "shutdown_lifetime 0 seconds",
                 f"coredump_dir {self.folder}", "pinger_enable off"]
        if users is not None:
            words = self.folder / "users"
            words.write_text("".join(
                f"{name}:{subprocess.run(['openssl', 'passwd', '-apr1', password], capture_output=True, text=True, check=True).stdout}"
                for name, password in users.items()))
            words.chmod(0o644)
            lines += [f"auth_param basic program {self.needs} {words}", "auth_param basic realm test",
                      "acl known proxy_auth REQUIRED", "http_access allow known", "http_access deny all"]
        else:
            lines += ["http_access allow all"]
        (self.folder / "squid.conf").write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen(["squid", "-N", "-f", self.folder / "squid.conf"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        self.wait()

    def wait(self):
        for _ in range(300):
            try:
                socket.create_connection(("127.0.0.1", self.port), 1).close()
                return
            except OSError:
                if self.process.poll() is not None:
                    log = self.folder / "cache.log"
                    raise RuntimeError("squid ended: " + (log.read_text()[-800:] if log.exists() else "no log"))
                time.sleep(0.1)
        raise RuntimeError("squid does not answer")

    def close(self):
        self.process.terminate()
        self.process.wait()


def missing(*programs):
    return [p for p in programs if shutil.which(p) is None and not os.path.exists(p)]
