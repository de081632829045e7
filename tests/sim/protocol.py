#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The simulator against protocol.md: what a real server was seen to do, asked with a client that is not wsusck's.

    protocol.py SIM
"""
import base64
import copy
import os
import re
import socket
import sys
import unittest
import xml.etree.ElementTree as ET
from datetime import datetime, timezone

import simlib
from simlib import AUTH, AUTH_PATH, ROLLUP_PATH, SYNC, SYNC_PATH, Client, Fault, Sim, local

AT = datetime(2026, 11, 25, 5, 0, 0)
BINARY = None
UPD = "{http://schemas.microsoft.com/msus/2002/12/Update}"
ZERO = "00000000-0000-0000-0000-000000000000"


class Served(unittest.TestCase):
    """hq and berlin of the healthy tree, plus what `faults` plants."""
    faults = ""
    expect = 0

    def setUp(self):
        self.scratch = simlib.scratch()
        self.dir = self.scratch.name
        self.docs, _ = simlib.make_tree(os.path.join(self.dir, "tree"), AT, 200, True)
        self.prepare()
        self.sim = Sim(BINARY, [os.path.join(self.dir, "tree", n + ".json") for n in ("hq", "berlin")], self.dir,
                       self.faults, self.expect).__enter__()
        self.hq = Client(self.sim.ports["hq"])

    def prepare(self):
        pass

    def tearDown(self):
        self.sim.__exit__(None, None, None)
        self.scratch.cleanup()

    def fault(self, code, message, call, *args, **more):
        with self.assertRaises(Fault) as raised:
            call(*args, **more)
        self.assertEqual((raised.exception.status, raised.exception.code, raised.exception.message), (500, code, message))
        return raised.exception


class Protocol(Served):
    def test_authorization_names_the_plug_in_and_a_relative_url(self):
        info = self.hq.call("GetAuthConfig").find(f"{{{SYNC}}}AuthInfo/{{{SYNC}}}AuthPlugInInfo")
        self.assertEqual([e.text for e in info], ["DssTargeting", "DssAuthWebService/DssAuthWebService.asmx", None])

    def test_cookies_have_the_sizes_of_a_real_server_and_live_240_minutes(self):
        self.hq.login()
        self.assertEqual(len(base64.b64decode(self.hq.auth)), 432)
        data = re.search("<EncryptedData>(.*)</EncryptedData>", self.hq.cookie).group(1)
        until = re.search("<Expiration>(.*?)(\\.[0-9]+)?Z</Expiration>", self.hq.cookie).group(1)
        self.assertEqual(len(base64.b64decode(data)), 208)
        minutes = (datetime.fromisoformat(until) - datetime.now(timezone.utc).replace(tzinfo=None)).total_seconds() / 60
        self.assertTrue(235 < minutes <= 240, minutes)

    def test_a_cookie_of_another_server_is_invalid(self):
        other = Client(self.sim.ports["berlin"]).login()
        self.fault("InvalidCookie", "cookie", self.hq.list, True, cookie=other.cookie)

    def test_a_cookie_altered_in_its_expiration_is_invalid(self):
        self.hq.login()
        altered = self.hq.cookie.replace("Z</Expiration>", "0Z</Expiration>")
        self.fault("InvalidCookie", "cookie", self.hq.list, True, cookie=altered)
        self.assertTrue(self.hq.list(True)[1])

    def test_an_authorization_cookie_is_no_access_cookie(self):
        self.hq.login()
        forged = re.sub("<EncryptedData>.*</EncryptedData>", f"<EncryptedData>{self.hq.auth}</EncryptedData>", self.hq.cookie)
        self.fault("InvalidCookie", "cookie", self.hq.list, True, cookie=forged)

    def test_a_bad_account_name_is_called_machine_name(self):
        self.fault("InvalidParameters", "machineName", self.hq.call, "GetAuthorizationCookie",
                   "<accountName>a b</accountName><accountGuid>" + ZERO + "</accountGuid>", AUTH_PATH, AUTH)

    def test_another_major_version_is_incompatible(self):
        self.fault("IncompatibleProtocolVersion", "", self.hq.login, "2.0")
        self.fault("InvalidParameters", "protocolVersion", self.hq.login, "x")

    def test_configuration_has_the_field_order_of_wsus_10(self):
        self.hq.login()
        names = [local(e) for e in self.hq.call("GetConfigData", self.hq.cookie)]
        limits = [n for n in names if n.startswith("MaxNumber")]
        self.assertEqual([re.sub("MaxNumberOf|InRequest|PerRequest", "", n) for n in limits],
                         ["ComputerIds", "DriverSets", "PnpHardwareIds", "Updates"])
        self.assertIn("LanguageUpdateList", names)

    def test_a_config_anchor_drops_the_languages(self):
        self.hq.login()
        got = self.hq.call("GetConfigData", self.hq.cookie + "<configAnchor>1,2026-01-01 00:00:00.000</configAnchor>")
        self.assertNotIn("LanguageUpdateList", [local(e) for e in got])

    def test_the_answers_carry_the_headers_of_iis(self):
        self.hq.call("GetAuthConfig")
        self.assertEqual(self.hq.headers["Server"], "Microsoft-IIS/10.0")
        self.assertEqual(self.hq.headers["X-Powered-By"], "ASP.NET")
        self.assertEqual(self.hq.headers["Content-Type"], "text/xml; charset=utf-8")
        self.assertIsNotNone(self.hq.headers["Content-Length"])

    def test_prefixes_differ_between_services(self):
        _, sync = self.hq.post(SYNC_PATH, SYNC + "/GetAuthConfig", envelope("GetAuthConfig", SYNC))
        _, auth = self.hq.post(AUTH_PATH, AUTH + "/GetAuthorizationCookie", envelope("GetAuthorizationCookie", AUTH))
        self.assertTrue(sync.startswith(b"<?xml") and b"<soap:Envelope" in sync)
        self.assertTrue(auth.startswith(b"<s:Envelope"))

    def test_paths_have_no_case_and_may_begin_with_two_slashes(self):
        for path in (SYNC_PATH.lower(), "/" + SYNC_PATH):
            self.assertEqual(self.hq.post(path, SYNC + "/GetAuthConfig", envelope("GetAuthConfig", SYNC))[0], 200)
        self.assertEqual(self.hq.post("/ServerSyncWebService/ServerSyncProxy.asmx", SYNC + "/GetAuthConfig", "")[0], 404)

    def test_children_of_a_fault_detail_are_unqualified(self):
        raised = self.fault("InvalidParameters", "machineName", self.hq.call, "GetAuthorizationCookie", "", AUTH_PATH, AUTH)
        detail = next(e for e in ET.fromstring(raised.body).iter() if e.tag == "detail")
        self.assertEqual([e.tag for e in detail], ["ErrorCode", "Message", "ID", "Method"])
        self.assertEqual(detail[3].text, f'"{AUTH}/GetAuthorizationCookie"')

    def test_rollup_configuration_tells_the_server_id(self):
        got = self.hq.call("GetRollupConfiguration", "<cookie><Expiration>9999-12-31T23:59:59.9999999</Expiration>"
                           "<EncryptedData/></cookie>", ROLLUP_PATH)
        ids = {local(e): e.text for e in got}
        self.assertEqual(ids["ServerId"], self.docs["hq"]["server"]["server_id"])
        self.assertEqual(ids["RollupComputersMaxBatchSize"], "1500")

    def test_lists_hold_every_row_and_some_categories_twice(self):
        self.hq.login()
        anchor, updates = self.hq.list(False)
        self.assertRegex(anchor, r"^\d+,\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{3}$")
        self.assertEqual({(i.lower(), r) for i, r in updates}, {(u["id"], u["revision"]) for u in self.docs["hq"]["updates"]})
        _, categories = self.hq.list(True)
        self.assertEqual({i.lower() for i, _ in categories}, {c["id"] for c in self.docs["hq"]["categories"]})
        self.assertGreater(len(categories), len(self.docs["hq"]["categories"]))
        self.assertTrue(any(i != i.lower() for i, _ in updates), "some ids are upper case")

    def test_filters_work_together_or_not_at_all(self):
        self.hq.login()
        update = next(u for u in self.docs["hq"]["updates"] if u["products"])
        product = item("Categories", update["products"][0], "false")
        kind = item("Classifications", update["classification"], "false")
        self.assertEqual(self.hq.list(False, "|" + product)[1], [])
        self.assertEqual(self.hq.list(False, "|" + kind)[1], [])
        self.assertEqual(self.hq.list(False, "|<Categories/><Classifications/>")[1], [])
        both = {i.lower() for i, _ in self.hq.list(False, "|" + product + kind)[1]}
        self.assertEqual(both, {u["id"] for u in self.docs["hq"]["updates"] if update["products"][0] in u["products"] and
                                u["classification"] == update["classification"]})

    def test_an_anchor_gives_changes_unless_delta_is_false(self):
        self.hq.login()
        anchor, _ = self.hq.list(False)
        update = next(u for u in self.docs["hq"]["updates"] if u["products"])
        product, kind = update["products"][0], update["classification"]
        since = f"<Anchor>{anchor}</Anchor>|"
        self.assertEqual(self.hq.list(False, since)[1], [])
        changes = item("Categories", product, "true") + item("Classifications", kind, "true")
        self.assertEqual(self.hq.list(False, since + changes)[1], [])
        whole = item("Categories", product, "false") + item("Classifications", kind, "false")
        self.assertTrue(self.hq.list(False, since + whole)[1])
        self.fault("InvalidParameters", "filter", self.hq.list, False, "<Anchor>rubbish</Anchor>|")

    def test_only_the_time_of_an_anchor_counts(self):
        self.hq.login()
        anchor, _ = self.hq.list(False)
        self.assertEqual(self.hq.list(False, f"<Anchor>1{anchor[anchor.index(','):]}</Anchor>|")[1], [])

    def test_a_lower_protocol_version_gets_fewer_updates(self):
        old, new = self.hq.login("1.8").list(False)[1], self.hq.login("1.20").list(False)[1]
        missing = {i.lower() for i, _ in new} - {i.lower() for i, _ in old}
        self.assertEqual(missing, {u["id"] for u in self.docs["hq"]["updates"]
                                   if u["compatible_protocol_version"] == "1.20"})
        self.assertTrue(missing)

    def test_a_hundred_documents_are_served_and_one_more_is_refused(self):
        _, ids = self.hq.login().list(False)
        self.assertEqual(len(self.hq.data(ids[:100])), 100)
        self.fault("InvalidParameters", "updateIds", self.hq.data, ids[:101])
        self.fault("InvalidParameters", "updateIds", self.hq.data, [])
        self.assertEqual(len(self.hq.data([ids[0], ids[0]])), 2)

    def test_one_unknown_id_faults_the_whole_batch(self):
        _, ids = self.hq.login().list(False)
        self.fault("InternalServerError", "", self.hq.data, ids[:5] + [("12345678-1234-1234-1234-123456789abc", 1)])
        self.fault("InternalServerError", "", self.hq.data, [(ids[0][0], ids[0][1] + 77)])

    def test_documents_say_what_the_snapshot_says(self):
        by_id = {(u["id"], u["revision"]): u for u in self.docs["hq"]["updates"]}
        seen = 0
        for i, r, kind, blob, digests in self.hq.login().data(self.hq.list(False)[1][:100]):
            u = by_id[(i.lower(), r)]
            self.assertEqual([base64.b64decode(d).hex() for d in digests], sorted(f["digest"] for f in u["files"]))
            if kind == "XmlUpdateBlobCompressed":
                self.assertEqual(base64.b64decode(blob)[:4], b"MSCF")
                continue
            seen += 1
            root = ET.fromstring(blob)
            properties = root.find(UPD + "Properties")
            self.assertEqual(root[0].get("UpdateID").lower(), u["id"])
            self.assertEqual([e.text for e in properties.findall(UPD + "KBArticleID")], u["kb"])
            self.assertEqual(properties.get("EulaID"), u["eula"])
            self.assertEqual([e.text for e in properties.findall(UPD + "Language")], u["languages"])
            titles = {p.find(UPD + "Language").text: p.find(UPD + "Title").text
                      for p in root.find(UPD + "LocalizedPropertiesCollection")}
            self.assertEqual(titles["en"], u["title"])
        self.assertGreater(seen, 0)

    def test_compression_begins_above_5120_bytes(self):
        kinds = set()
        _, ids = self.hq.login().list(False)
        for n in range(0, len(ids), 100):
            for _, _, kind, blob, _ in self.hq.data(ids[n:n + 100]):
                kinds.add(kind)
                if kind == "XmlUpdateBlob":
                    self.assertLessEqual(len(blob.encode("utf-16-le")), 5120)
        self.assertEqual(kinds, {"XmlUpdateBlob", "XmlUpdateBlobCompressed"})

    def test_deployments_are_full_without_an_anchor_and_empty_after_it(self):
        anchor, _ = self.hq.login().list(False)
        got = self.hq.deployments(anchor)
        doc = self.docs["hq"]
        self.assertEqual(len(got["Deployments"]), len(doc["approvals"]))
        self.assertEqual({e.text for e in got["HiddenUpdates"]}, {d["id"] for d in doc["declined"]})
        self.assertEqual({e.text for e in got["AcceptedEulas"]}, {e["id"] for e in doc["eulas"]})
        later = self.hq.deployments(self.hq.list(False)[0], got["Anchor"].text)
        self.assertEqual((len(later["Deployments"]), len(later["DeadDeployments"])), (0, 0))
        self.assertEqual(len(later["Groups"]), len(doc["groups"]))
        self.fault("InvalidParameters", "syncAnchor", self.hq.deployments, "")

    def test_no_deadline_is_the_end_of_time_without_zone(self):
        anchor, _ = self.hq.login().list(False)
        got = self.hq.deployments(anchor)
        deadlines = {e.find(f"{{{SYNC}}}Deadline").text for e in got["Deployments"]}
        self.assertIn("9999-12-31T23:59:59.9999999", deadlines)
        self.assertFalse(any(d.endswith("Z") for d in deadlines))

    def test_unassigned_computers_has_no_parent(self):
        anchor, _ = self.hq.login().list(False)
        groups = {g[0].text: [local(e) for e in g] for g in self.hq.deployments(anchor)["Groups"]}
        self.assertNotIn("ParentGroupId", groups["b73ca6ed-5727-47f3-84de-015e03f6a88a"])
        self.assertIn("ParentGroupId", groups["a0a08746-4dbe-4a37-9adf-9e7652c0b421"])


class Forbidden(Served):
    expect = 9

    def test_an_action_outside_the_reads_fails_the_run(self):
        for action in ("DownloadFiles", "RollupDownstreamServers", "Ping", "GetDriverIdList"):
            status, _ = self.hq.post(SYNC_PATH, SYNC + "/" + action, envelope(action, SYNC))
            self.assertEqual(status, 500)
        self.assertEqual([line[1] for line in self.sim.lines()].count("FORBIDDEN"), 4)


class Planted(Served):
    faults = """
# each on its own call of hq
hq GetAuthConfig 1 status 401
hq GetAuthConfig 2 status 503
hq GetAuthConfig 3 html
hq GetAuthConfig 4 redirect http://127.0.0.1:1/
hq GetAuthConfig 5 garbage
hq GetAuthConfig 6 fault -
hq GetAuthConfig 7 fault ServerChanged:gone
hq GetAuthConfig 8 busy
hq GetAuthConfig 9 empty-element
hq GetAuthConfig 10 absent-element
hq GetAuthConfig 11 gzip
hq GetAuthConfig 12 content-type application/json
hq GetAuthConfig 13 truncate 100
hq GetAuthConfig 14-15 reset
hq GetAuthConfig 16 refuse
hq GetAuthConfig 17 slow 50
hq GetAuthConfig 18 stall 50
hq GetAuthConfig 19 huge 2
hq GetUpdateData 1 short 3
berlin * refuse
"""

    def ask(self):
        return self.hq.post(SYNC_PATH, SYNC + "/GetAuthConfig", envelope("GetAuthConfig", SYNC))

    def test_every_fault_does_what_it_says(self):
        import gzip
        import http.client
        import urllib.error
        self.assertEqual(self.ask()[0], 401)
        self.assertEqual(self.hq.headers.get_all("WWW-Authenticate"), ["Negotiate", "NTLM"])
        self.assertEqual((self.ask()[0], self.hq.headers["Server"]), (503, "Microsoft-HTTPAPI/2.0"))
        self.assertEqual((self.ask()[0], self.hq.headers["Content-Type"]), (200, "text/html; charset=utf-8"))
        with self.assertRaises(urllib.error.URLError):  # followed to a port where nobody is
            self.ask()
        with self.assertRaises(ET.ParseError):
            ET.fromstring(self.ask()[1])
        for code in (None, "ServerChanged", "ServerBusy"):
            with self.assertRaises(Fault) as raised:
                self.hq.call("GetAuthConfig")
            self.assertEqual(raised.exception.code, code)
        self.assertEqual(len(self.hq.call("GetAuthConfig")), 0)
        self.assertIsNone(self.hq.call("GetAuthConfig"))
        body = self.ask()[1]
        self.assertEqual(self.hq.headers["Content-Encoding"], "gzip")
        ET.fromstring(gzip.decompress(body))
        self.ask()
        self.assertEqual(self.hq.headers["Content-Type"], "application/json")
        self.assertEqual(len(self.ask()[1]), 100)
        for _ in range(2):
            with self.assertRaises((http.client.IncompleteRead, ConnectionError, urllib.error.URLError)):
                self.ask()
        with self.assertRaises((ConnectionError, urllib.error.URLError)):
            self.ask()
        for _ in range(2):
            ET.fromstring(self.ask()[1])
        self.assertGreaterEqual(len(self.ask()[1]), 2 << 20)
        self.assertTrue(self.hq.call("GetAuthConfig") is not None)

    def test_a_short_answer_leaves_out_the_rest_silently(self):
        ids = [(u["id"], u["revision"]) for u in self.docs["hq"]["updates"][:10]]
        for _ in range(19):  # use up what is planted on the first call
            try:
                self.ask()
            except Exception:
                pass
        self.hq.login()
        self.assertEqual(len(self.hq.data(ids)), 3)
        self.assertEqual(len(self.hq.data(ids)), 10)

    def test_a_server_that_is_down_refuses_to_connect(self):
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.sim.ports["berlin"]), 5)


class Changing(Served):
    """The document changes while it is read: a closing check must see it (protocol.md 2, step 11)."""

    def prepare(self):
        doc = copy.deepcopy(self.docs["hq"])
        self.gone = doc["approvals"].pop(0)
        self.new = doc["updates"].pop(0)
        path = os.path.join(self.dir, "later")
        os.mkdir(path)
        import make_tree
        self.before = os.path.join(self.dir, "tree", "hq.json")
        make_tree.write(self.docs["hq"], os.path.join(path, "hq.json"))
        doc["approvals"].append(dict(self.gone, deployment="11111111-0000-0000-0000-000000000001",
                                     update=doc["updates"][5]["id"], revision=doc["updates"][5]["revision"]))
        self.faults = f"hq GetDeployments 2 change {path}/hq.json\n"
        make_tree.write(doc, self.before)

    def test_a_change_shows_in_the_deltas_and_nowhere_else(self):
        anchor, _ = self.hq.login().list(False)
        first = self.hq.deployments(anchor)
        self.assertEqual(len(first["Deployments"]), len(self.docs["hq"]["approvals"]))
        self.hq.deployments(anchor, first["Anchor"].text)  # the change happens here, after the anchor
        anchor2, updates = self.hq.list(False, f"<Anchor>{anchor}</Anchor>|")
        self.assertEqual([(i.lower(), r) for i, r in updates], [(self.new["id"], self.new["revision"])])
        delta = self.hq.deployments(anchor2, first["Anchor"].text)
        guids = [d.find(f"{{{SYNC}}}DeploymentGuid").text for d in delta["Deployments"]]
        self.assertEqual(guids, [self.gone["deployment"]])
        self.assertEqual([e.text for e in delta["DeadDeployments"]], ["11111111-0000-0000-0000-000000000001"])


def item(name, id_, delta):
    return f"<{name}><IdAndDelta><Id>{id_}</Id><Delta>{delta}</Delta></IdAndDelta></{name}>"


def envelope(operation, ns):
    return ('<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
            f'<{operation} xmlns="{ns}"/></s:Body></s:Envelope>')


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    BINARY = sys.argv.pop(1)
    unittest.main()
