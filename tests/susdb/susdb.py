#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""susdb.py: the statements of sql/susdb through ODBC against SUSDB's tables, here in a real PostgreSQL of its own.

A consistent random tree of tests/oracle/generate.py gives the facts; they are put into tables laid out as domain notes
say, read back with `wsusck collect` (source odbc:…), and must be the facts that the document says. Then one thing is
broken at a time: a column that is not there, a permission, the server.

Usage: susdb.py WSUSCK      exit 77: what is missing is named"""
import glob
import json
import os
import pathlib
import random
import subprocess
import sys
import tempfile

for folder in ("oracle", "support"):
    sys.path.insert(0, str(pathlib.Path(__file__).parents[1] / folder))
import generate  # noqa: E402
from postgres import Cluster, lacking as postgres_lacking  # noqa: E402

TABLES = """
CREATE TABLE tbConfigurationA (ConfigurationID int, ServerId uuid, SyncToMU smallint, UpstreamServerName varchar(256),
  ServerPortNumber int, UpstreamServerUseSSL smallint, UseProxy smallint, ProxyName varchar(256), ProxyServerPort int,
  AnonymousProxyAccess smallint, ProxyUserName varchar(256), ProxyPassword varchar(728), HostOnMu smallint);
CREATE TABLE tbConfigurationB (ConfigurationID int, ServerSupportsAllLanguages smallint,
  SubscriptionFailureNumberOfRetries int, SubscriptionFailureWaitBetweenRetriesTime bigint,
  MaxNumberOfIdsToRequestDataFromUss int);
CREATE TABLE tbConfigurationC (ConfigurationID int, ReplicaMode smallint, LazySync smallint,
  AllowProxyCredentialsOverNonSsl smallint);
CREATE TABLE tbSchedule (ScheduleTarget int, ScheduleID int, ScheduledRunTime timestamp);
CREATE TABLE tbSchemaVersion (ComponentName varchar(20), BuildNumber varchar(20), SchemaVersion int);
CREATE TABLE tbLanguage (LanguageID int, ShortLanguage varchar(16), LongLanguage varchar(32), Enabled smallint,
  UssEnabled smallint);
CREATE TABLE tbDownstreamServerTarget (TargetID int, AccountName varchar(255), AccountServerID uuid,
  ParentServerTargetID int, LastSyncTime timestamp, LastRollupTime timestamp, LastDeploymentSyncTime timestamp,
  Version varchar(32), IsReplica smallint);
CREATE TABLE tbDeadDeployment (DeploymentGuid uuid, UpdateID uuid, RevisionNumber int, TargetGroupID uuid,
  TargetGroupTypeID smallint, ActionID int, TimeOfDeath timestamp, AdminNameWhoDeleted varchar(385));
CREATE TABLE tbCategoryInSubscription (SubscriptionID int, CategoryID int);
CREATE TABLE tbUpdate (LocalUpdateID int PRIMARY KEY, UpdateID uuid UNIQUE, IsHidden smallint, ImportedTime timestamp);
CREATE TABLE tbRevision (RevisionID int PRIMARY KEY, LocalUpdateID int, RevisionNumber int, IsLatestRevision smallint);
CREATE TABLE tbProperty (RevisionID int, PublicationState int, CreationDate timestamp, ExplicitlyDeployable smallint,
  UpdateType varchar(256), MsrcSeverity varchar(20), EulaID uuid, CompatibleProtocolVersion varchar(20));
CREATE TABLE tbPreComputedLocalizedProperty (RevisionID int, ShortLanguage varchar(16), Title varchar(200));
CREATE TABLE tbCategory (CategoryID int, ParentCategoryID int, CategoryType varchar(256));
CREATE TABLE tbPrecomputedCategoryLocalizedProperty (CategoryID int, ShortLanguage varchar(16), Title varchar(200));
CREATE TABLE tbRevisionInCategory (RevisionID int, CategoryID int, Expanded smallint);
CREATE TABLE tbRevisionLanguage (RevisionID int, LanguageID int, Expanded smallint);
CREATE TABLE tbKBArticleForRevision (RevisionID int, KBArticleID varchar(15));
CREATE TABLE tbSecurityBulletinForRevision (RevisionID int, SecurityBulletinID varchar(15));
CREATE TABLE tbRevisionSupersedesUpdate (RevisionID int, SupersededUpdateID uuid);
CREATE TABLE tbBundleDependency (RevisionID int, BundledRevisionID int);
CREATE TABLE tbFile (FileDigest bytea, FileName varchar(256), Size bigint);
CREATE TABLE tbFileForRevision (RevisionID int, FileDigest bytea);
CREATE TABLE tbDeployment (DeploymentID int, DeploymentGuid uuid, RevisionID int, TargetGroupID uuid,
  TargetGroupTypeID smallint, ActionID int, DeploymentTime timestamp, GoLiveTime timestamp, Deadline timestamp,
  AdminName varchar(385), IsAssigned smallint, Priority int, LastChangeTime timestamp);
CREATE TABLE tbTargetGroup (TargetGroupID uuid, Name varchar(256), ParentGroupID uuid);
CREATE TABLE tbEulaAcceptance (EulaID uuid, AcceptedDate timestamp, AdminName varchar(385));
CREATE TABLE tbStateMachineState (StateMachineID int, StateID int, StateName varchar(64));
CREATE TABLE tbEventInstance (EventID smallint, EventNamespaceID int, TimeAtServer timestamp, MiscData text,
  ReplacementStrings text, EventOrdinalNumber bigint);
CREATE TABLE tbFileOnServer (FileDigest bytea, DesiredState int, ActualState int);
"""
ACTIONS = {"install": 0, "uninstall": 1, "scan": 2, "block": 3}
TYPES = {"company": "Company", "product_family": "ProductFamily", "product": "Product",
         "classification": "UpdateClassification"}


def literal(value):
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return str(int(value))
    if isinstance(value, int):
        return str(value)
    if isinstance(value, bytes):
        return f"'\\x{value.hex()}'"
    return "'" + value.replace("'", "''") + "'"


class Rows:
    def __init__(self):
        self.lines = [TABLES]

    def add(self, table, **columns):
        self.lines.append(f"INSERT INTO {table} ({', '.join(columns)}) "
                          f"VALUES ({', '.join(map(literal, columns.values()))});")


def fill(doc):
    """A snapshot document as SUSDB rows."""
    rows, config, up = Rows(), doc["config"], doc["config"]["upstream"] or {}
    rows.add("tbConfigurationA", ConfigurationID=1, ServerId=doc["server"]["server_id"],
             SyncToMU=config["sync_from_microsoft_update"], UpstreamServerName=up.get("name"),
             ServerPortNumber=up.get("port", 8530), UpstreamServerUseSSL=up.get("ssl", False), UseProxy=False,
             AnonymousProxyAccess=True, ProxyPassword="never read", HostOnMu=config["content_on_microsoft_update"])
    rows.add("tbConfigurationB", ConfigurationID=1, ServerSupportsAllLanguages=doc["languages"][0]["enabled"],
             SubscriptionFailureNumberOfRetries=3, SubscriptionFailureWaitBetweenRetriesTime=15,
             MaxNumberOfIdsToRequestDataFromUss=100)
    rows.add("tbConfigurationC", ConfigurationID=1, ReplicaMode=doc["server"]["mode"] == "replica",
             LazySync=config["lazy_sync"], AllowProxyCredentialsOverNonSsl=False)
    rows.add("tbSchemaVersion", ComponentName="CoreDB", BuildNumber="10.0.26100.1", SchemaVersion=1)
    for l in doc["languages"]:
        rows.add("tbLanguage", LanguageID=l["id"], ShortLanguage=l["code"], LongLanguage=l["name"],
                 Enabled=l["enabled"], UssEnabled=l["code"] in ("all", "de", "en"))
    local = catalogue(rows, doc)
    updates(rows, doc, local)
    decisions(rows, doc, local)
    return "\n".join(rows.lines)


def catalogue(rows, doc):
    """LocalUpdateID by GUID; categories are updates of their own."""
    local = {c["id"]: n for n, c in enumerate(doc["categories"], 1)}
    for c in doc["categories"]:
        n = local[c["id"]]
        rows.add("tbUpdate", LocalUpdateID=n, UpdateID=c["id"], IsHidden=False)
        rows.add("tbRevision", RevisionID=n, LocalUpdateID=n, RevisionNumber=c["revision"], IsLatestRevision=True)
        rows.add("tbProperty", RevisionID=n, UpdateType="Detectoid" if c["kind"] == "detectoid" else "Category")
        if c["kind"] in TYPES:
            rows.add("tbCategory", CategoryID=n, ParentCategoryID=local.get(c["parent"]), CategoryType=TYPES[c["kind"]])
            rows.add("tbPrecomputedCategoryLocalizedProperty", CategoryID=n, ShortLanguage="en", Title=c["title"])
    for c in doc["config"]["selected_products"] + doc["config"]["selected_classifications"]:
        rows.add("tbCategoryInSubscription", SubscriptionID=1, CategoryID=local[c])
    return local


def updates(rows, doc, local):
    declined = {d["id"] for d in doc["declined"]}
    language = {l["code"]: l["id"] for l in doc["languages"]}
    newest, files = {}, {}
    for u in doc["updates"]:
        newest[u["id"]] = max(newest.get(u["id"], 0), u["revision"])
    for n, u in enumerate(doc["updates"], 1000):
        if u["id"] not in local:
            local[u["id"]] = n
            rows.add("tbUpdate", LocalUpdateID=n, UpdateID=u["id"], IsHidden=u["id"] in declined,
                     ImportedTime=u["arrived"][:-1])
        local[u["id"], u["revision"]] = n
        rows.add("tbRevision", RevisionID=n, LocalUpdateID=local[u["id"]], RevisionNumber=u["revision"],
                 IsLatestRevision=u["revision"] == newest[u["id"]])
        rows.add("tbProperty", RevisionID=n, PublicationState=0, CreationDate=u["created"][:-1],
                 ExplicitlyDeployable=u["deployable"], UpdateType=u["type"].capitalize(), MsrcSeverity="Unspecified",
                 EulaID=u["eula"], CompatibleProtocolVersion=u["compatible_protocol_version"])
        rows.add("tbPreComputedLocalizedProperty", RevisionID=n, ShortLanguage="en", Title=u["title"])
        rows.add("tbPreComputedLocalizedProperty", RevisionID=n, ShortLanguage="de", Title="anders")
        for c in u["products"] + [u["classification"]]:
            rows.add("tbRevisionInCategory", RevisionID=n, CategoryID=local[c], Expanded=False)
        for code in u["languages"]:
            rows.add("tbRevisionLanguage", RevisionID=n, LanguageID=language[code], Expanded=False)
        for s in u["supersedes"]:
            rows.add("tbRevisionSupersedesUpdate", RevisionID=n, SupersededUpdateID=s)
        for f in u["files"]:
            digest = bytes.fromhex(f["digest"])
            if digest not in files:
                rows.add("tbFile", FileDigest=digest, FileName=f["name"], Size=f["size"])
            files[digest] = True
            rows.add("tbFileForRevision", RevisionID=n, FileDigest=digest)
    for d in declined - {u["id"] for u in doc["updates"]}:
        rows.add("tbUpdate", LocalUpdateID=len(local) + 5000, UpdateID=d, IsHidden=True)


def decisions(rows, doc, local):
    for g in doc["groups"] + [{"id": generate.DOWNSTREAM, "name": "Downstream Servers", "parent": None}]:
        rows.add("tbTargetGroup", TargetGroupID=g["id"], Name=g["name"], ParentGroupID=g["parent"])
    for n, a in enumerate(doc["approvals"], 1):
        rows.add("tbDeployment", DeploymentID=n, DeploymentGuid=a["deployment"],
                 RevisionID=local[a["update"], a["revision"]], TargetGroupID=a["group"], TargetGroupTypeID=0,
                 ActionID=ACTIONS[a["action"]], GoLiveTime=a["go_live"][:-1],
                 Deadline=a["deadline"] and a["deadline"][:-1], AdminName=a["admin"], IsAssigned=a["assigned"],
                 Priority=a["priority"], LastChangeTime=a["changed"][:-1])
    history(rows, doc)
    below(rows, doc)
    for e in doc["eulas"]:
        rows.add("tbEulaAcceptance", EulaID=e["id"], AcceptedDate=e["accepted"][:-1], AdminName=e["admin"])


def removal(n):
    return {"update": f"00000000-0000-4000-8000-{n:012x}", "revision": n, "group": generate.DOWNSTREAM,
            "action": "uninstall" if n % 2 else "install", "time": generate.at(500 - n / 3), "by": "WUS Server"}


def below(rows, doc):
    """Two servers below, one under the other; approvals that were removed, one for what is no group of people."""
    for n, name in enumerate(("z.example", "a.example"), 1):
        rows.add("tbDownstreamServerTarget", TargetID=n, AccountName=name, AccountServerID=removal(n)["update"],
                 ParentServerTargetID=n - 1, LastSyncTime=generate.at(5)[:-1], LastRollupTime=generate.at(6)[:-1],
                 LastDeploymentSyncTime=generate.at(7)[:-1], Version="10.0.20348.1", IsReplica=n == 1)
    for n in range(1, 1003):
        r = removal(n)
        rows.add("tbDeadDeployment", UpdateID=r["update"], RevisionNumber=n, TargetGroupID=r["group"],
                 TargetGroupTypeID=0, ActionID=ACTIONS[r["action"]], TimeOfDeath=r["time"][:-1],
                 AdminNameWhoDeleted=r["by"])
    rows.add("tbDeadDeployment", UpdateID=removal(1)["update"], RevisionNumber=1, TargetGroupID=generate.DOWNSTREAM,
             TargetGroupTypeID=1, ActionID=0, TimeOfDeath=generate.at(1)[:-1])


def host_facts():
    server = {"last_sync": generate.at(5), "last_rollup": generate.at(6), "last_approval_sync": generate.at(7),
              "version": "10.0.20348.1"}
    return {"downstream_servers": [
                {"full_name": "a.example", "id": removal(2)["update"], "parent": removal(1)["update"], "replica": False,
                 **server},
                {"full_name": "z.example", "id": removal(1)["update"], "replica": True, **server}],
            "languages_enabled_upstream": ["de", "en"],
            "removed_approvals": [removal(n) for n in range(1002, 2, -1)]}


def history(rows, doc):
    """Two events a run; one of another namespace, and one that is no run, stand among them."""
    def event(number, when, **more):
        rows.add("tbEventInstance", EventID=number, EventNamespaceID=more.pop("space", 2), TimeAtServer=when[:-1],
                 EventOrdinalNumber=len(rows.lines), **more)
    for run in doc["sync_history"]:
        event(382 if run["trigger"] == "manual" else 381, run["started"])
        failed = run["result"] == "failed"
        if run["ended"]:
            event({"succeeded": 384, "failed": 386, "canceled": 387}[run["result"]], run["ended"],
                  MiscData=f"83={run['number']}\t84=whatever" if failed else None,
                  ReplacementStrings=run["error_text"] if failed else None)
        event(386, run["started"], space=1, ReplacementStrings="of a client")
        event(364, run["started"], ReplacementStrings="a file")


class Bench:
    def __init__(self, program, folder, cluster, driver):
        self.program, self.folder, self.cluster, self.driver = program, pathlib.Path(folder), cluster, driver
        self.n = self.passed = self.failed = 0

    def collect(self, database, user="wsus", extra=""):
        self.n += 1
        work = self.folder / f"c{self.n}"
        work.mkdir()
        source = f"odbc:Driver={self.driver};Servername={self.cluster.folder};Database={database};Username={user};" \
                 f"ByteaAsLongVarBinary=1;MaxLongVarcharSize=65536{extra}"
        (work / "c.json").write_text(json.dumps({"servers": [{"name": "hq", "source": source}]}))
        base = [self.program, "--store", f"sqlite:{work}/s.db", "--config", work / "c.json", "--now", generate.NOW]
        done = subprocess.run([*base, "collect"], capture_output=True, text=True, timeout=120)
        shown = subprocess.run([*base, "export", "hq"], capture_output=True, text=True, timeout=60)
        return done, json.loads(shown.stdout) if shown.returncode == 0 else None

    def expect(self, name, found, wanted):
        if found == wanted:
            self.passed += 1
            return
        self.failed += 1
        print(f"{name}:\n  expected {json.dumps(wanted)[:1500]}\n  found    {json.dumps(found)[:1500]}", flush=True)


def facts(doc, section):
    """The section without what SUSDB cannot tell or this layout does not hold."""
    drop = {"updates": ("needed_by", "prerequisites"), "declined": ("revision", "time", "admin"), "eulas": ("update",)}
    rows = [{k: v for k, v in r.items() if k not in drop.get(section, ())} for r in doc[section]]
    if section == "categories":
        rows = [r for r in rows if r["kind"] != "detectoid"]
    return sorted(rows, key=lambda r: json.dumps(r, sort_keys=True))


def run(hours, result, **more):
    return {"started": generate.at(hours), "ended": generate.at(hours, 300), "result": result, "trigger": "scheduled",
            "error": None, "error_text": None, "update_errors": [], **more}


def usable(seed):
    """A root whose updates' languages are known and whose approvals name revisions that are there."""
    tree = generate.Tree(random.Random(seed))
    doc = tree.now[0]
    for u in doc["updates"]:
        u["languages"] = u["languages"] or []
        u["arrived"] = generate.at(100)  # SUSDB keeps one time for all revisions of an update
    doc["sync_history"] = [
        run(50, "succeeded"), run(26, "failed", number=6, error="UssNotFound", error_text="the remote name"),
        run(20, "canceled", trigger="manual"), run(2, "succeeded"), run(1, "unknown", ended=None)]
    return doc


def canonical(bench, doc):
    work = bench.folder / f"d{bench.n}"
    work.mkdir()
    for r in doc["sync_history"]:
        r.pop("number", None)
    (work / "d.json").write_text(json.dumps(doc))
    base = [bench.program, "--store", f"sqlite:{work}/s.db", "--now", generate.NOW]
    subprocess.run([*base, "import", work / "d.json", "-q", "--server", "hq"], check=True, capture_output=True)
    return json.loads(subprocess.run([*base, "export", "hq"], check=True, capture_output=True, text=True).stdout)


def round_trip(bench, seed):
    doc = usable(seed)
    database = f"susdb{seed}"
    bench.cluster.sql("postgres", f"CREATE DATABASE {database}")
    bench.cluster.sql(database, fill(doc))
    done, found = bench.collect(database)
    bench.expect(f"seed {seed}: exit", (done.returncode, done.stderr if done.returncode else ""), (0, ""))
    if found is None:
        return
    wanted = canonical(bench, doc)
    for section in ("languages", "categories", "updates", "declined", "groups", "approvals", "eulas", "sync_history"):
        bench.expect(f"seed {seed}: {section}", facts(found, section), facts(wanted, section))
        bench.expect(f"seed {seed}: {section} coverage", found["coverage"][section]["state"], "complete")
    for key in ("selected_products", "selected_classifications", "sync_from_microsoft_update", "lazy_sync",
                "content_on_microsoft_update"):
        bench.expect(f"seed {seed}: config.{key}", found["config"][key], wanted["config"][key])
    bench.expect(f"seed {seed}: host", found["host"], host_facts())
    bench.expect(f"seed {seed}: identity", found["server"]["server_id"], wanted["server"]["server_id"])


def broken(bench):
    bench.cluster.sql("postgres", "CREATE DATABASE broken TEMPLATE susdb1")
    bench.cluster.sql("broken", "ALTER TABLE tbDeployment RENAME COLUMN Deadline TO DeadLine2")
    done, found = bench.collect("broken")
    bench.expect("a column that is not there: exit", done.returncode, 0)
    bench.expect("a column that is not there", found["coverage"]["approvals"],
                 {"state": "unknown", "reason": "SUSDB has no column tbDeployment.Deadline"})
    bench.expect("the rest stays", found["coverage"]["updates"]["state"], "complete")
    bench.cluster.sql("broken", "ALTER TABLE tbDownstreamServerTarget RENAME COLUMN IsReplica TO Replica")
    done, found = bench.collect("broken")
    bench.expect("a host fact that is not there", found["coverage"]["host"],
                 {"state": "partial", "reason": "SUSDB has no column tbDownstreamServerTarget.IsReplica"})
    bench.expect("the other host facts", sorted(found["host"]), ["languages_enabled_upstream", "removed_approvals"])
    bench.cluster.sql("postgres", "CREATE ROLE reader LOGIN")
    bench.cluster.sql("susdb1", "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader; "
                                "REVOKE SELECT ON tbEulaAcceptance FROM reader")
    done, found = bench.collect("susdb1", user="reader")
    bench.expect("a table that may not be read", found["coverage"]["eulas"]["state"], "unknown")
    bench.expect("the others may", found["coverage"]["groups"]["state"], "complete")
    done, found = bench.collect("nowhere")
    bench.expect("a database that is not there: exit", done.returncode, 3)
    bench.expect("a database that is not there", "could not open the database" in done.stderr, True)
    done, found = bench.collect("susdb1", extra=";PWD=secret")
    bench.expect("a password in the source", done.returncode != 0 and "secret" not in done.stderr, True)


def main():
    program = os.path.abspath(sys.argv[1])
    drivers = glob.glob("/usr/lib/*/odbc/psqlodbcw.so")
    lacking = [] if drivers else ["odbc-postgresql"]
    lacking += postgres_lacking()
    if lacking:
        print("not run, needs: " + ", ".join(lacking))
        return 77
    with tempfile.TemporaryDirectory() as folder:
        os.mkdir(folder + "/pg")
        os.chmod(folder, 0o755)
        cluster = Cluster(folder + "/pg")
        try:
            bench = Bench(program, folder, cluster, drivers[0])
            for seed in range(1, 6):
                round_trip(bench, seed)
            broken(bench)
        finally:
            cluster.stop()
    print(f"{bench.passed} passed, {bench.failed} failed")
    return 1 if bench.failed or not bench.passed else 0


if __name__ == "__main__":
    sys.exit(main())
