# SPDX-License-Identifier: MIT
"""Real peers that want to know who asks: an MIT KDC per realm, and Apache httpd with mod_auth_gssapi in front of wsusck-sim.

Everything lies in one folder and listens on loopback with ports of its own; nothing under /etc is read or changed but the
list of mechanisms that the package gss-ntlmssp installs. Only what was started here is stopped."""
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "doctor"))
from peers import free_port  # noqa: E402

MODULES = pathlib.Path("/usr/lib/apache2/modules")
KDC = ("krb5kdc", "kdb5_util", "kadmin.local", "kinit", "klist")
NTLM = pathlib.Path("/etc/gss/mech.d/mech.ntlmssp.conf")


def which(program):
    return shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def missing(*needs):
    """Programs, and modules of Apache as mod_*, that are not there."""
    return [n for n in needs if not ((MODULES / f"{n}.so").exists() if n.startswith("mod_") else which(n))]


def wait_for(port, process, log):
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if process.poll() is not None:
                raise RuntimeError(f"{process.args[0]} ended: " + (log.read_text()[-1500:] if log.exists() else "no log"))
            time.sleep(0.1)
    raise RuntimeError(f"{process.args[0]} does not answer")


def end(process):
    if process.poll() is None:
        process.terminate()
    process.wait(60)


class Realms:
    """KDCs of realms that do not trust each other. A host belongs to the first of them."""

    def __init__(self, folder, *names):
        self.folder, self.names = pathlib.Path(folder) / "krb5", names
        self.folder.mkdir()
        self.ports = {n: free_port() for n in names}
        self.processes = []
        config = self.folder / "krb5.conf"
        realms = "".join(f"  {n} = {{\n    kdc = 127.0.0.1:{p}\n  }}\n" for n, p in self.ports.items())
        config.write_text(f"[libdefaults]\n  default_realm = {names[0]}\n  dns_lookup_kdc = false\n  dns_lookup_realm = false\n"
                          "  dns_canonicalize_hostname = false\n  rdns = false\n  udp_preference_limit = 1\n"
                          f"[realms]\n{realms}[domain_realm]\n  localhost = {names[0]}\n")
        self.env = {**os.environ, "KRB5_CONFIG": str(config), "KRB5RCACHENAME": "none:", "LC_ALL": "C"}
        for name in names:
            self.start(name)

    def profile(self, name):
        return {**self.env, "KRB5_KDC_PROFILE": str(self.folder / f"{name}.kdc.conf")}

    def run(self, name, *command, text=None):
        done = subprocess.run([which(command[0]), *command[1:]], env=self.profile(name) if name else self.env, input=text,
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(command)}: {done.stderr or done.stdout}")
        return done.stdout

    def start(self, name):
        log = self.folder / f"{name}.log"
        (self.folder / f"{name}.kdc.conf").write_text(
            f"[kdcdefaults]\n  kdc_listen = \"\"\n  kdc_tcp_listen = 127.0.0.1:{self.ports[name]}\n[realms]\n  {name} = {{\n"
            f"    database_name = {self.folder}/{name}.db\n    key_stash_file = {self.folder}/{name}.stash\n"
            f"    acl_file = {self.folder}/{name}.acl\n    max_life = 10h\n  }}\n[logging]\n  kdc = FILE:{log}\n")
        self.run(name, "kdb5_util", "-r", name, "create", "-s", "-P", "master of the test")
        process = subprocess.Popen([which("krb5kdc"), "-n", "-r", name], env=self.profile(name), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL)
        self.processes.append(process)
        wait_for(self.ports[name], process, log)

    def user(self, realm, name, password="secret"):
        self.run(realm, "kadmin.local", "-r", realm, "-q", f"addprinc -pw {password} {name}@{realm}")

    def service(self, realm, principal):
        """A key table for a service; its path."""
        path = self.folder / (principal.replace("/", "-") + ".keytab")
        self.run(realm, "kadmin.local", "-r", realm, "-q", f"addprinc -randkey {principal}@{realm}")
        self.run(realm, "kadmin.local", "-r", realm, "-q", f"ktadd -k {path} {principal}@{realm}")
        path.chmod(0o644)
        return path

    def cache(self, name):
        return {"KRB5_CONFIG": self.env["KRB5_CONFIG"], "KRB5CCNAME": f"FILE:{self.folder}/{name}.cc"}

    def ticket(self, user, realm, *options, password="secret"):
        """What a process that shall own the ticket has in its environment."""
        env = self.cache(f"{user}@{realm}" + "".join(options).replace(" ", ""))
        done = subprocess.run([which("kinit"), *options, f"{user}@{realm}"], env={**self.env, **env}, input=password + "\n",
                              capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"kinit {user}: {done.stderr}")
        return env

    def expired(self, user, realm, password="secret"):
        """A ticket of ten minutes that was given out two hours ago, by the same KDC with its clock set back: nothing has to
        wait until a ticket has run out, and until the five minutes of grace are over."""
        port, log = free_port(), self.folder / "past.log"
        profile, config = self.folder / "past.kdc.conf", self.folder / "past.conf"
        profile.write_text((self.folder / f"{realm}.kdc.conf").read_text().replace(f":{self.ports[realm]}", f":{port}"))
        config.write_text((self.folder / "krb5.conf").read_text().replace(f":{self.ports[realm]}", f":{port}"))
        past = [which("faketime"), "-f", "-2h"]
        env = {**self.env, "KRB5_CONFIG": str(config), "KRB5_KDC_PROFILE": str(profile)}
        kdc = subprocess.Popen([*past, which("krb5kdc"), "-n", "-r", realm], env=env, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, start_new_session=True)
        try:
            wait_for(port, kdc, log)
            own = self.cache(f"{user}-expired")
            done = subprocess.run([*past, which("kinit"), "-l", "10m", f"{user}@{realm}"], input=password + "\n",
                                  env={**env, "KRB5CCNAME": own["KRB5CCNAME"]}, capture_output=True, text=True)
            if done.returncode != 0:
                raise RuntimeError(f"kinit {user} two hours ago: {done.stderr}")
        finally:
            os.killpg(kdc.pid, signal.SIGTERM)  # faketime does not hand a signal on to what it started
            kdc.wait(60)
        return own

    def close(self):
        for process in self.processes:
            end(process)


class Apache:
    """A reverse proxy. sites: port → lines of its <Location "/">; `upstream` is where all of them lead."""

    NEEDS = ("apache2", "mod_auth_gssapi", "mod_proxy_http", "mod_headers", "mod_auth_basic", "mod_ssl")

    def __init__(self, folder, upstream, sites, env=None):
        self.folder = pathlib.Path(folder) / f"httpd{upstream}"
        self.folder.mkdir()
        self.folder.chmod(0o755)
        self.access = self.folder / "access.log"
        modules = ["mpm_event", "authn_core", "authz_core", "authz_user", "authn_file", "auth_basic", "auth_gssapi", "proxy",
                   "proxy_http", "headers", "ssl"]
        log = self.folder / "error.log"
        lines = [f"ServerRoot {self.folder}", f"PidFile {self.folder}/pid", f"DefaultRuntimeDir {self.folder}",
                 "ServerName localhost", f"ErrorLog {log}", "LogLevel info auth_gssapi:debug", "StartServers 1",
                 "KeepAlive On", "Timeout 60",
                 'LogFormat "%p\\t%m\\t%U\\t%>s\\t%u\\t%{Authorization}i" all', f"CustomLog {self.access} all"]
        lines += [f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in modules if (MODULES / f"mod_{m}.so").exists()]
        if os.geteuid() == 0:
            lines += ["User www-data", "Group www-data"]
        for port, inside in sites.items():
            lines += [f"Listen 127.0.0.1:{port}", f"<VirtualHost 127.0.0.1:{port}>",
                      *(i[1:] for i in inside if i.startswith("^")), '<Location "/">',
                      *(i for i in inside if not i.startswith("^")), "</Location>",
                      'RequestHeader set X-Remote-User expr=%{REMOTE_USER}',
                      f"ProxyPass / http://127.0.0.1:{upstream}/ keepalive=On", "</VirtualHost>"]
        (self.folder / "httpd.conf").write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([which("apache2"), "-DFOREGROUND", "-f", str(self.folder / "httpd.conf")],
                                        env={**os.environ, "KRB5RCACHENAME": "none:", **(env or {})},
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for port in sites:
            wait_for(port, self.process, log)

    def lines(self, port):
        """[method, path, status, user, Authorization] of the calls that reached the port."""
        with open(self.access, encoding="utf-8", errors="replace") as f:
            return [l.rstrip("\n").split("\t")[1:] for l in f if l.startswith(f"{port}\t")]

    def errors(self):
        return (self.folder / "error.log").read_text(errors="replace")

    def close(self):
        end(self.process)


class Samba:
    """winbindd with accounts of its own, which checks the answers to NTLM challenges. libnss_wrapper gives it the users of a
    file and the place of its socket, so that nothing of the machine is used."""

    NEEDS = ("winbindd", "smbpasswd", "ntlm_auth", "squid")
    WRAPPER = "libnss_wrapper.so"

    def __init__(self, folder, users):
        self.folder = pathlib.Path(folder) / "samba"
        for name in ("private", "lock", "state", "cache", "run", "pipe", "ncalrpc"):
            (self.folder / name).mkdir(parents=True)
        f, log = self.folder, self.folder / "log"
        (f / "passwd").write_text("root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n" + "".join(
            f"{u}:x:{7001 + i}:65534:{u}:/:/bin/false\n" for i, u in enumerate(users)))
        (f / "group").write_text("root:x:0:\nnogroup:x:65534:\n")
        (f / "smb.conf").write_text(
            f"[global]\nworkgroup = CORP\nnetbios name = CORP\nserver role = standalone server\n"
            f"passdb backend = tdbsam:{f}/private/passdb.tdb\nprivate dir = {f}/private\nlock directory = {f}/lock\n"
            f"state directory = {f}/state\ncache directory = {f}/cache\npid directory = {f}/run\nncalrpc dir = {f}/ncalrpc\n"
            f"winbindd socket directory = {f}/pipe\nlog file = {log}\ndisable netbios = yes\ninterfaces = lo\n"
            "bind interfaces only = yes\nidmap config * : backend = tdb\nidmap config * : range = 100000-200000\n")
        helper = f / "helper"
        helper.write_text(f"#!/bin/sh\nexport LD_PRELOAD={self.WRAPPER} NSS_WRAPPER_PASSWD={f}/passwd NSS_WRAPPER_GROUP={f}/group "
                          f'SELFTEST_WINBINDD_SOCKET_DIR={f}/pipe\nexec "$@"\n')
        helper.chmod(0o755)
        for user, password in users.items():
            subprocess.run([helper, which("smbpasswd"), "-c", f / "smb.conf", "-s", "-a", user], check=True, text=True,
                           input=f"{password}\n{password}\n", capture_output=True)
        with open(log, "wb") as out:
            self.process = subprocess.Popen([helper, which("winbindd"), "-F", "--debug-stdout", "--no-process-group", "-s",
                                             f / "smb.conf"], stdout=out, stderr=subprocess.STDOUT)
        self.program = f"{helper} {which('ntlm_auth')} --configfile={f}/smb.conf --helper-protocol=squid-2.5-ntlmssp"
        self.wait(users)

    def wait(self, users):
        user, password = next(iter(users.items()))
        for _ in range(300):
            done = subprocess.run([self.folder / "helper", which("ntlm_auth"), f"--configfile={self.folder}/smb.conf",
                                   f"--username={user}", "--domain=CORP", f"--password={password}"], capture_output=True)
            if done.returncode == 0:
                (self.folder / "state" / "winbindd_privileged").chmod(0o755)  # squid has a user of its own
                return
            if self.process.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError("winbindd does not answer: " + (self.folder / "log").read_text(errors="replace")[-1500:])

    def close(self):
        """winbindd starts samba-dcerpcd in a session of its own, which outlives it."""
        end(self.process)
        for entry in pathlib.Path("/proc").glob("[0-9]*"):
            try:
                ours = f"--configfile={self.folder}/smb.conf".encode() in (entry / "cmdline").read_bytes().split(b"\0")
                if ours:
                    os.kill(int(entry.name), signal.SIGTERM)
            except OSError:  # it ended meanwhile
                pass


class Squid:
    """A real squid that wants a login: `proxy` is a forward proxy, `front` a site in front of `upstream`."""

    def __init__(self, folder, login, upstream=None):
        self.proxy, self.front = free_port(), free_port()
        self.folder = pathlib.Path(folder) / f"squid{self.proxy}"
        self.folder.mkdir()
        self.folder.chmod(0o777)
        self.access, log = self.folder / "access.log", self.folder / "cache.log"
        lines = [f"http_port 127.0.0.1:{self.proxy}", f"pid_filename {self.folder}/pid", "cache deny all",
                 "logformat all %>lp\t%rm\t%>Hs\t%un\t%{Authorization}>h%{Proxy-Authorization}>h",
                 f"access_log stdio:{self.access} all", f"cache_log {log}", "shutdown_lifetime 0 seconds",
                 f"coredump_dir {self.folder}", "pinger_enable off", *login, "acl known proxy_auth REQUIRED",
                 "http_access allow known", "http_access deny all"]
        if upstream is not None:
            lines += [f"http_port 127.0.0.1:{self.front} accel defaultsite=localhost no-vhost",
                      f"cache_peer 127.0.0.1 parent {upstream} 0 no-query no-digest originserver name=wsus",
                      f"acl front myport {self.front}", "cache_peer_access wsus allow front",
                      'request_header_add X-Remote-User "%un" all']
        (self.folder / "squid.conf").write_text("\n".join(lines) + "\n")
        self.process = subprocess.Popen([which("squid"), "-N", "-f", self.folder / "squid.conf"], stdout=subprocess.DEVNULL,
                                        stderr=subprocess.DEVNULL)
        wait_for(self.proxy, self.process, log)

    def lines(self, port):
        """[method, status, user, Authorization or Proxy-Authorization] of the calls that reached the port."""
        with open(self.access, encoding="utf-8", errors="replace") as f:
            return [l.rstrip("\n").split("\t")[1:] for l in f if l.startswith(f"{port}\t")]

    def close(self):
        end(self.process)


def ntlm(samba):
    return [f"auth_param ntlm program {samba.program}", "auth_param ntlm children 3", "auth_param ntlm keep_alive on"]


def basic(folder, users):
    words = pathlib.Path(folder) / "basic-users"
    words.write_text("".join(
        f"{u}:{subprocess.run(['openssl', 'passwd', '-apr1', p], capture_output=True, text=True, check=True).stdout}"
        for u, p in users.items()))
    words.chmod(0o644)
    return [f"auth_param basic program /usr/lib/squid/basic_ncsa_auth {words}", "auth_param basic realm proxy"], words


def gssapi(keytab, *more, mechanism="krb5"):
    return ["AuthType GSSAPI", 'AuthName "WSUS"', f"GssapiCredStore keytab:{keytab}", f"GssapiAllowedMech {mechanism}",
            "GssapiConnectionBound On", *more, "Require valid-user"]
