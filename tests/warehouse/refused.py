#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""refused.py WSUSCK: what is no store of ours, may not be read, or cannot prove who it is, is refused with a reason and a
remedy and left as it is; and no password is ever shown."""
import os
import pathlib
import socket
import subprocess
import sys

import lib

SECRET = "s3cret-Pa55"
HOST = "2130706433"  # 127.0.0.1 as a number: a name that does not look like this machine
TLS = ("-c ssl=on -c ssl_cert_file={0}/server.crt -c ssl_key_file={0}/server.key -c hba_file={0}/hba "
       "-c password_encryption=scram-sha-256")


def says(program, store, *parts, arguments=("snapshot", "list"), environment=None):
    """The command ends with 2, and its message has all these parts and no secret."""
    text = program.run(store, *arguments, expect=(2,), environment=environment).stderr.decode()
    for part in parts:
        assert part in text, f"{store}: no \"{part}\" in: {text}"
    assert SECRET not in text, text
    assert "hint: " in text, text


# --- whose is it? ---------------------------------------------------------------------------------------------------

def schemas(program, cluster):
    document = lib.write(program.folder, "doc", lib.generate.make(1, 0).now[0])
    write = ("import", document)
    store = lib.database(cluster, "schemas")
    says(program, store, "it is empty", "wsusck collect")
    program.run(store, *write)
    good = program.listed(store)
    state = "SELECT application, version FROM wsusck.store"
    for change, part in (("version = 2", "made by a newer wsusck (schema 2)"), ("version = 0", "another program's"),
                         ("application = 7", "another program's")):
        was = cluster.sql("schemas", state).strip().split("|")
        cluster.sql("schemas", f"UPDATE wsusck.store SET {change}")
        changed = cluster.sql("schemas", state)
        for arguments in (("snapshot", "list"), write):
            says(program, store, part, arguments=arguments)
        assert cluster.sql("schemas", state) == changed
        cluster.sql("schemas", f"UPDATE wsusck.store SET application = {was[0]}, version = {was[1]}")
    assert program.listed(store) == good
    cluster.sql("schemas", "DROP SCHEMA wsusck CASCADE; CREATE SCHEMA wsusck; CREATE TABLE wsusck.store (version text)")
    for arguments in (("snapshot", "list"), write):
        says(program, store, "another program's", "not touched", arguments=arguments)
    assert cluster.sql("schemas", "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                                  "WHERE nspname = 'wsusck'").strip() == "1"
    cluster.sql("schemas", "DROP SCHEMA wsusck CASCADE; CREATE SCHEMA wsusck; CREATE TABLE public.mine (x int)")
    program.run(store, *write)  # made ready by an administrator, beside something else
    assert [r["digest"] for r in program.listed(store)] == [r["digest"] for r in good]
    print("schemas of others, newer and broken ones are refused and left alone")


def places(program, cluster):
    says(program, cluster.uri("nowhere"), 'database "nowhere" does not exist', "Create the database")
    says(program, "postgresql:///x?host=/nowhere", "No such file or directory", "socket")
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        says(program, f"postgresql://127.0.0.1:{s.getsockname()[1]}/x", "Connection refused", "127.0.0.1")
    latin = lib.database(cluster, "latin", "ENCODING 'LATIN1' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0")
    says(program, latin, "cannot hold every name", "UTF8")
    for uri in (f"postgresql://me:{SECRET}@127.0.0.1/x", f"postgres:///x?password={SECRET}",
                f"postgresql:///x?sslpassword={SECRET}", f"postgresql://me:{SECRET}@[bad/x", f"pgsql://me:{SECRET}@h/x",
                f"postgresql:///x?passwort={SECRET}"):
        says(program, uri)
        says(program, uri, environment={"WSUSCK_STORE": uri})
    says(program, f"postgresql://me:{SECRET}@127.0.0.1/x", "its URI holds a password", "passfile")
    print("places without a database are told, passwords in a URI refused")


def damage(program, cluster):
    store = lib.database(cluster, "damage")
    program.run(store, "import", *[lib.write(program.folder, f"d{i}", d) for i, d in
                                   enumerate(lib.generate.make(3, 2).now)])
    program.run(store, "store", "verify")
    cluster.sql("postgres", "CREATE DATABASE whole TEMPLATE damage")
    last = "digest = (SELECT digest FROM wsusck.chunk ORDER BY 1 DESC LIMIT 1)"
    for change in (f"UPDATE wsusck.chunk SET data = data || 'x' WHERE {last}", f"DELETE FROM wsusck.chunk WHERE {last}",
                   "DELETE FROM wsusck.snapshot WHERE id = (SELECT max(id) FROM wsusck.snapshot)",
                   "UPDATE wsusck.snapshot SET collected_at = collected_at + 1",
                   "UPDATE wsusck.snapshot SET server = 'other' WHERE id = 1",
                   f"UPDATE wsusck.chunk SET digest = sha256(digest) WHERE {last}",
                   "DELETE FROM wsusck.meta", "DROP TABLE wsusck.document",
                   "UPDATE wsusck.snapshot SET manifest = substr(manifest, 2)"):
        cluster.sql("postgres", "DROP DATABASE damage; CREATE DATABASE damage TEMPLATE whole")
        cluster.sql("damage", change)
        text = program.run(store, "store", "verify", expect=(2,)).stderr.decode()
        assert "could not" in text and "/damage?" in text, (change, text)
    print("damage is told by verify")


def roles(program, cluster):
    document = lib.write(program.folder, "doc", lib.generate.make(2, 0).now[0])
    owner = lib.database(cluster, "roles")
    program.run(owner, "import", document)
    page = (lib.TESTS.parent / "docs/warehouse.md").read_text()
    grants = page[page.index("GRANT USAGE"):page.index("```", page.index("GRANT USAGE"))]
    cluster.sql("roles", "".join(f"CREATE ROLE {r} LOGIN;" for r in ("wsus_reader", "wsus_collector", "nobody")) + grants)
    reader, collector, nobody = (cluster.uri("roles", user=u) for u in ("wsus_reader", "wsus_collector", "nobody"))
    program.run(reader, "check", expect=(0, 1, 3))
    program.run(reader, "store", "verify")
    other = lib.generate.make(4, 0).now[0]
    other["server"]["name"] = "other"
    more = lib.write(program.folder, "more", other)
    says(program, reader, "permission denied", "docs/warehouse.md", arguments=("import", more))
    program.run(collector, "import", more)
    says(program, collector, "permission denied", "docs/warehouse.md", arguments=("snapshot", "remove", "1"))
    says(program, nobody, "permission denied", "docs/warehouse.md")
    program.run(owner, "snapshot", "remove", "1")
    program.run(owner, "store", "verify")
    print("roles with the rights that docs/warehouse.md lists can do what it says, and nothing else")


# --- who is it? -----------------------------------------------------------------------------------------------------

def openssl(folder, *arguments):
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True)


def authority(folder, name):
    openssl(folder, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{name}.key", "-out", f"{name}.crt",
            "-days", "2", "-subj", f"/CN={name}", "-addext", "basicConstraints=critical,CA:TRUE")


def certificate(folder, ca, name):
    openssl(folder, "req", "-newkey", "rsa:2048", "-nodes", "-keyout", "server.key", "-out", "server.csr", "-subj",
            f"/CN={name}")
    pathlib.Path(folder, "names").write_text(f"subjectAltName=DNS:{name}\n")
    openssl(folder, "x509", "-req", "-in", "server.csr", "-CA", f"{ca}.crt", "-CAkey", f"{ca}.key", "-days", "2",
            "-CAcreateserial", "-extfile", "names", "-out", "server.crt")
    os.chmod(pathlib.Path(folder, "server.key"), 0o600)


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def tls(program, folder):
    keys = folder / "keys"
    keys.mkdir()
    authority(keys, "ours")
    authority(keys, "theirs")
    certificate(keys, "ours", HOST)
    (keys / "hba").write_text("local all all trust\nhostssl all wsus 127.0.0.1/32 scram-sha-256\n")
    (folder / "tls").mkdir()
    if os.geteuid() == 0:
        for path in (keys, *keys.iterdir()):
            lib.shutil.chown(path, "postgres")
    port = free_port()
    cluster = lib.Cluster(folder / "tls", TLS.format(keys), port)
    try:
        cluster.sql("postgres", f"ALTER ROLE wsus PASSWORD '{SECRET}'")
        who_is_it(program, keys, f"postgresql://wsus@{HOST}:{port}/postgres", port)
        cluster.sql("postgres", "ALTER SYSTEM SET ssl = off; SELECT pg_reload_conf()")
        cluster.stop()
        cluster.settings = cluster.settings.replace("-c ssl=on", "")
        cluster.start()
        says(program, f"postgresql://wsus@{HOST}:{port}/postgres?sslrootcert={keys}/ours.crt", "does not support SSL",
             environment={"PGSSLMODE": "prefer"})
    finally:
        cluster.stop()


def who_is_it(program, keys, uri, port):
    passfile = program.folder / "passfile"
    passfile.write_text(f"*:*:*:*:{SECRET}\n")
    passfile.chmod(0o600)
    known = {"PGPASSFILE": str(passfile)}
    ours, theirs = f"{uri}?sslrootcert={keys}/ours.crt", f"{uri}?sslrootcert={keys}/theirs.crt"
    says(program, uri, "root certificate file", "sslrootcert", environment=known)
    says(program, uri, "root certificate file", environment={**known, "PGSSLMODE": "disable"})
    says(program, theirs, "certificate verify failed", "nothing was sent", environment=known)
    says(program, f"{ours}&host=other.example&hostaddr=127.0.0.1&sslmode=verify-full", "does not match host name",
         "as its certificate does", environment=known)
    document = lib.write(program.folder, "doc", lib.generate.make(1, 0).now[0])
    program.run(ours, "import", document, environment=known)
    assert program.run(ours, "snapshot", "list", environment={"PGPASSWORD": SECRET}).returncode == 0
    program.run(f"{uri}?sslmode=require", "snapshot", "list", environment=known)
    program.run(f"postgresql://wsus@127.0.0.1:{port}/postgres", "snapshot", "list", environment=known)
    says(program, ours, "no password supplied", "passfile")
    says(program, ours, "password authentication failed", "passfile", environment={"PGPASSWORD": SECRET + "x"})
    passfile.chmod(0o644)
    text = program.run(ours, "snapshot", "list", expect=(2,), environment=known).stderr.decode()
    assert "permissions should be u=rw (0600) or less" in text and "no password supplied" in text, text
    print("a server that cannot prove who it is gets nothing; passwords come from where they may")


def main():
    with lib.bench(sys.argv[1]) as (program, cluster):
        schemas(program, cluster)
        places(program, cluster)
        damage(program, cluster)
        roles(program, cluster)
        tls(program, program.folder)


main()
