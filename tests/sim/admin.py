#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""The administration API of the simulator against MS-WSUSAR, asked with a client that is not wsusck's.

    admin.py SIM
"""
import copy
import os
import pickle
import re
import sys
import unittest
import xml.etree.ElementTree as ET
from datetime import datetime, timedelta

import make_tree
import simlib
from simlib import Client, Sim, local

AT = datetime(2026, 11, 25, 5, 0, 0)
BINARY = None
TREE = {n: pickle.dumps(d) for n, d in make_tree.make(AT, 200, True)[0].items()}
NS = "http://www.microsoft.com/SoftwareDistribution/Server/ApiRemotingWebService"
PATH = "/ApiRemoting30/WebService.asmx"
XSI = "{http://www.w3.org/2001/XMLSchema-instance}"
ZERO = "00000000-0000-0000-0000-000000000000"
SCOPE = ('<updateScopeXml>&lt;UpdateScope ApprovedStates="-1" /&gt;</updateScopeXml><preferredCulture>en</preferredCulture>'
         "<publicationState>2147483647</publicationState>")
EVER = ("<fromTimeAtTarget>2000-01-01T00:00:00Z</fromTimeAtTarget><toTimeAtTarget>2100-01-01T00:00:00Z</toTimeAtTarget>"
        "<fromTimeAtServer>2000-01-01T00:00:00Z</fromTimeAtServer><toTimeAtServer>2100-01-01T00:00:00Z</toTimeAtServer>")


class AdminFault(Exception):
    def __init__(self, status, text, kind, body):
        super().__init__(f"HTTP {status} {text}")
        self.status, self.text, self.kind, self.body = status, text, kind, body


def cell(e):
    """(type, value); nil is (None, None)."""
    if e.get(XSI + "nil") == "true":
        return None, None
    kind = (e.get(XSI + "type") or "").rsplit(":", 1)[-1]
    text = e.text or ""
    if kind in ("int", "long", "short", "unsignedByte"):
        return kind, int(text)
    return kind, text == "true" if kind == "boolean" else text


def values(row):
    found = row.find(f"{{{NS}}}Values")
    return [] if found is None else [cell(e) for e in found]


def rows(result):
    return [[v for _, v in values(r)] for r in result if local(r) == "GenericReadableRow"]


class Admin(Client):
    headers_out = {}

    def raw(self, operation, inner=""):
        return self.post(PATH, f"{NS}/{operation}", '<?xml version="1.0" encoding="utf-8"?><soap:Envelope xmlns:soap='
                         f'"http://schemas.xmlsoap.org/soap/envelope/"><soap:Body><{operation} xmlns="{NS}">{inner}'
                         f"</{operation}></soap:Body></soap:Envelope>")

    def ask(self, operation, inner=""):
        status, data = self.raw(operation, inner)
        if status != 200:
            try:
                root = ET.fromstring(data)
            except ET.ParseError:
                raise AdminFault(status, None, None, data) from None
            kind = next((e.get("Type") for e in root.iter("Exception")), None)
            raise AdminFault(status, next((e.text for e in root.iter("faultstring")), None), kind, data)
        response = ET.fromstring(data)[0][0]
        assert local(response) == operation + "Response", local(response)
        return response[0] if len(response) else None

    def table(self, operation, inner=""):
        return rows(self.ask(operation, inner))

    def named(self, operation, inner=""):
        result = self.ask(operation, inner)
        return {local(e): None if e.get(XSI + "nil") == "true" else e.text or "" for e in result}

    def updates(self, operation="ExecuteSPSearchUpdates", inner=SCOPE):
        return {local(s): rows(s) for s in self.ask(operation, inner)}


def revision(name, id_, number):
    return f"<{name}><UpdateId>{id_}</UpdateId><RevisionNumber>{number}</RevisionNumber></{name}>"


class Served(unittest.TestCase):
    faults, expect, more, names = "", 0, (), ("hq", "berlin", "hamburg", "lab", "lab-qa")

    def setUp(self):
        self.scratch = simlib.scratch()
        self.dir = self.scratch.name
        os.mkdir(os.path.join(self.dir, "tree"))
        self.docs = {n: pickle.loads(TREE[n]) for n in self.names}
        self.prepare()
        for name in self.names:
            make_tree.write(self.docs[name], self.path(name))
        self.sim = Sim(BINARY, [self.path(n) for n in self.names], self.dir, self.faults, self.expect,
                       [m.replace("DIR", self.dir) for m in self.more]).__enter__()
        self.hq, self.berlin = Admin(self.sim.ports["hq"]), Admin(self.sim.ports["berlin"])

    def path(self, name):
        return os.path.join(self.dir, "tree", name + ".json")

    def prepare(self):
        pass

    def tearDown(self):
        self.sim.__exit__(None, None, None)
        self.scratch.cleanup()

    def refused(self, kind, call, *args):
        with self.assertRaises(AdminFault) as raised:
            call(*args)
        self.assertEqual((raised.exception.status, raised.exception.kind), (500, kind))
        return raised.exception

    def doc(self, section, name="hq"):
        return self.docs[name][section]


class Values(Served):
    def prepare(self):
        self.docs["hq"]["config"]["next_sync"] = "2026-11-25T14:05:00.5Z"

    def test_version_protocol_and_role_are_one_value(self):
        self.assertEqual(self.hq.ask("GetServerVersion").text, self.doc("server")["version"])
        self.assertEqual(self.hq.ask("GetServerProtocolVersion").text, "1.20")
        self.assertEqual(self.hq.ask("GetCurrentUserRole").text, "2")

    def test_configuration_is_an_element_of_named_children(self):
        result = self.berlin.ask("ExecuteSPGetConfiguration")
        self.assertEqual([local(e) for e in result], ["Configuration"])
        got = {local(e): None if e.get(XSI + "nil") else e.text for e in result[0]}
        want = self.doc("config", "berlin")
        self.assertEqual((got["UpstreamServerName"], got["ServerPortNumber"], got["ReplicaMode"], got["SyncToMU"]),
                         (want["upstream"]["name"], str(want["upstream"]["port"]), "true", "false"))
        self.assertEqual(self.hq.ask("ExecuteSPGetConfiguration")[0].find(f"{{{NS}}}UpstreamServerName").get(XSI + "nil"),
                         "true")

    def test_all_comes_first_among_the_languages(self):
        got = self.hq.table("ExecuteSPGetAllLanguagesWithEnabledState")
        self.assertEqual(got[0][:2], ["all", False])
        self.assertEqual({r[0]: r[1] for r in got}, {l["code"]: l["enabled"] for l in self.doc("languages")})

    def test_the_subscription_has_the_order_of_the_schema(self):
        got = self.hq.named("GetSubscription")
        self.assertEqual(list(got), ["synchronizeAutomaticallyTimeOfDay", "LastModifiedBy", "LastModifiedTime",
                                     "LastSynchronizationTime", "SynchronizeAutomatically", "Anchor", "DeploymentAnchor",
                                     "NumberOfSynchronizationsPerDay", "IsCategoryOnly"])
        want = self.doc("config")["schedule"]
        h, m, s = map(int, want["time_of_day"].split(":"))
        self.assertEqual(got["synchronizeAutomaticallyTimeOfDay"], str(h * 3600 + m * 60 + s))
        self.assertEqual(got["NumberOfSynchronizationsPerDay"], str(want["per_day"]))

    def test_times_have_no_zone(self):
        self.assertRegex(self.hq.named("GetSubscription")["LastSynchronizationTime"], r"^\d{4}-\d\d-\d\dT[\d:.]+$")
        self.assertEqual(self.hq.ask("GetSubscriptionNextSynchronizationTime").text + "Z", self.doc("config")["next_sync"])

    def test_nothing_runs(self):
        self.assertEqual(self.hq.table("GetServerSyncProgress"), [[0, 0, 0]])
        self.assertNotIn(self.hq.ask("GetSubscriptionState").text, ("2", "3"))

    def test_downloads_are_two_numbers_in_an_order_that_is_not_fixed(self):
        got = [sorted(v for _, v in values(a.ask("ExecuteSPGetContentDownloadProgress"))) for a in (self.hq, self.berlin)]
        self.assertTrue(all(len(g) == 2 and 0 < g[0] <= g[1] for g in got), got)
        self.assertEqual(list(self.hq.ask("ExecuteSPGetComponentsWithErrors")), [])


class Lists(Served):
    def categories(self, classifications):
        return self.hq.table("ExecuteSPGetCategories", "<preferredCulture>en</preferredCulture><retrieveUpdateClassifications>"
                             f"{classifications}</retrieveUpdateClassifications><fromSyncDate>0001-01-01T00:00:00</fromSyncDate>"
                             "<toSyncDate>9999-12-31T23:59:59.9999999</toSyncDate>")

    def test_categories_are_classifications_or_the_rest(self):
        kinds = {"UpdateClassification": "classification", "Product": "product", "ProductFamily": "product_family",
                 "Company": "company"}
        got = self.categories("true") + self.categories("false")
        self.assertEqual({(r[1], kinds[r[2]], r[7]) for r in got},
                         {(c["id"], c["kind"], c["title"]) for c in self.doc("categories") if c["kind"] in kinds.values()})
        self.assertEqual({r[2] for r in self.categories("true")}, {"UpdateClassification"})
        self.assertTrue(all(len(r) == 12 for r in got))

    def test_a_cell_says_its_type(self):
        row = self.hq.ask("ExecuteSPGetCategoryById", "<preferredCulture>en</preferredCulture><retrieveUpdateClassification>true"
                          "</retrieveUpdateClassification><id>0fa1201d-4330-4fa8-8ae9-b877473b6441</id>")
        got = values(row)
        self.assertEqual([k for k, _ in got], ["int", "guid", "string", "boolean", "boolean", "int", None, "string", "string",
                                               None, "dateTime", "int"])
        self.assertEqual(got[7][1], "Security Updates")

    def test_families_have_products(self):
        family = next(c for c in self.doc("categories") if c["kind"] == "product_family")
        got = self.hq.table("ExecuteSPGetSubcategories", f"<preferredCulture>en</preferredCulture><categoryId>{family['id']}"
                            "</categoryId>")
        self.assertEqual({r[1] for r in got}, {c["id"] for c in self.doc("categories") if c["parent"] == family["id"]
                                               and c["kind"] == "product"})

    def test_the_selection_is_what_the_document_says(self):
        for kind, flag in (("selected_products", "false"), ("selected_classifications", "true")):
            got = self.hq.table("GetSubscriptionCategories", "<preferredCulture>en</preferredCulture>"
                                f"<retrieveUpdateClassifications>{flag}</retrieveUpdateClassifications>")
            self.assertEqual({r[1] for r in got}, set(self.doc("config")[kind]))

    def test_groups_of_computers_and_the_one_of_servers(self):
        got = self.hq.table("ExecuteSPGetAllTargetGroups")
        self.assertEqual({(r[2], r[1], r[5] or None) for r in got if r[0] == "Computers"},
                         {(g["id"], g["name"], g["parent"]) for g in self.doc("groups")})
        self.assertEqual([r[2] for r in got if r[0] != "Computers"], ["d374f42a-9be2-4163-a0fa-3c86a401b7a7"])
        top = next(g for g in self.doc("groups") if g["parent"] is None)
        children = self.hq.table("ExecuteSPGetChildTargetGroups", f"<id>{top['id']}</id>")
        self.assertEqual({r[2] for r in children}, {g["id"] for g in self.doc("groups") if g["parent"] == top["id"]})


class Updates(Served):
    def prepare(self):  # an older revision beside the newest, and an approval that still names it
        old = copy.deepcopy(next(u for u in self.doc("updates") if u["deployable"] and u["kb"]))
        self.old = (old["id"], old["revision"] - 1)
        old["revision"] -= 1
        self.docs["hq"]["updates"].append(old)

    def visible(self):
        return [u for u in self.doc("updates") if u["deployable"]]

    def test_members_of_bundles_are_not_listed(self):
        got = self.hq.updates()["minimalProperties"]
        self.assertEqual({(r[0], r[1]) for r in got}, {(u["id"], u["revision"]) for u in self.visible()})
        self.assertTrue(any(not u["deployable"] for u in self.doc("updates")))
        self.assertEqual(int(self.hq.ask("ExecuteSPGetUpdateCount", SCOPE).text), len(got))

    def test_columns_are_those_a_public_client_reads(self):
        declined = {d["id"] for d in self.doc("declined")}
        superseded = {s for u in self.doc("updates") for s in u["supersedes"]}
        newest = {}
        for u in self.visible():
            newest[u["id"]] = max(newest.get(u["id"], 0), u["revision"])
        for r in self.hq.updates()["minimalProperties"]:
            u = next(u for u in self.visible() if (u["id"], u["revision"]) == (r[0], r[1]))
            self.assertEqual(len(r), 35)
            self.assertEqual((r[16], r[17] + "Z", r[20]), (int(u["state"] == "expired"), u["created"], u["eula"]))
            self.assertEqual((r[21], r[22], r[24]), (u["eula"] is not None, u["id"] in declined,
                                                     u["revision"] == newest[u["id"]]))
            self.assertEqual((r[26], r[28], r[29], r[34]), (bool(u["supersedes"]), u["severity"] or "Unspecified", u["title"],
                                                            u["id"] in superseded))

    def test_side_sets_are_keyed_by_the_local_revision_id(self):
        got = self.hq.updates()
        keys = {r[2]: (r[0], r[1]) for r in got["minimalProperties"]}
        self.assertEqual(len(keys), len(got["minimalProperties"]))
        self.assertEqual(sorted((*keys[r[0]], r[1]) for r in got["kbArticles"]),
                         sorted((u["id"], u["revision"], k) for u in self.visible() for k in u["kb"]))
        titles = {c["id"]: c["title"] for c in self.doc("categories")}
        self.assertEqual(sorted((*keys[r[0]], r[2]) for r in got["localizedCategoryTitleRows"] if r[1] == "Product"),
                         sorted((u["id"], u["revision"], titles[p]) for u in self.visible() for p in u["products"]))

    def test_one_update_by_id_and_by_category(self):
        u = self.visible()[0]
        one = self.hq.updates("ExecuteSPGetUpdateById", "<preferredCulture>en</preferredCulture>" +
                              revision("id", u["id"], u["revision"]))["minimalProperties"]
        self.assertEqual([(r[0], r[1]) for r in one], [(u["id"], u["revision"])])
        some = self.hq.updates("ExecuteSPGetUpdatesByCategory", f"<preferredCulture>en</preferredCulture><categoryId>"
                               f"{u['products'][0]}</categoryId><approvedStates>16777215</approvedStates>"
                               "<maxResultCount>100000</maxResultCount>")["minimalProperties"]
        self.assertEqual({(r[0], r[1]) for r in some},
                         {(v["id"], v["revision"]) for v in self.visible() if u["products"][0] in v["products"]})

    def test_supersession_is_told_both_ways(self):
        u = next(u for u in self.visible() if u["supersedes"])
        older = self.hq.updates("ExecuteSPGetUpdatesSupersededByUpdate", "<preferredCulture>en</preferredCulture>" +
                                revision("id", u["id"], u["revision"]))["minimalProperties"]
        self.assertEqual({r[0] for r in older}, set(u["supersedes"]))
        newer = self.hq.updates("ExecuteSPGetUpdatesThatSupersedeUpdate", "<preferredCulture>en</preferredCulture>" +
                                revision("id", older[0][0], older[0][1]))["minimalProperties"]
        self.assertIn(u["id"], {r[0] for r in newer})

    def test_approvals_have_the_published_columns(self):
        """Those of members of bundles are not in the scope, as the members are not."""
        got = self.hq.table("ExecuteSPGetDeployments", SCOPE)
        seen = {u["id"] for u in self.visible()}
        wanted = [a for a in self.doc("approvals") if a["update"] in seen]
        words = {"install": 0, "uninstall": 1, "scan": 2, "block": 3}

        def code(action):
            return words[action] if action in words else int(action.removeprefix("other:"))
        self.assertEqual(sorted((r[8], r[9], r[10], r[2]) for r in got),
                         sorted((a["update"], a["revision"], a["group"], code(a["action"])) for a in wanted))
        self.assertTrue(all(len(r) == 11 for r in got))
        none = [r for r in got if r[4] == "9999-12-31T23:59:59.997"]
        self.assertEqual(len(none), sum(a["deadline"] is None for a in wanted))
        a = wanted[0]
        by = self.hq.table("ExecuteSPGetDeploymentsByUpdate3", revision("id", a["update"], a["revision"]) +
                           "<targetGroupId/><deploymentAction>2147483647</deploymentAction><fromDeploymentDate>2000-01-01"
                           "</fromDeploymentDate><toDeploymentDate>2100-01-01</toDeploymentDate>")
        self.assertEqual(sorted(map(str, by)), sorted(str(r) for r in got if r[8] == a["update"] and r[9] == a["revision"]))

    def test_metadata_of_approved_updates_is_three_sets(self):
        sets = self.hq.ask("ExecuteSPGetApprovedUpdatesMetaData")
        self.assertEqual([local(s) for s in sets], ["ArrayOfGenericReadableRow"] * 3)
        meta, files, approvals = map(rows, sets)
        held = {(u["id"], u["revision"]) for u in self.doc("updates")}
        self.assertEqual({(r[0], r[1]) for r in meta},
                         {(a["update"], a["revision"]) for a in self.doc("approvals")} & held)
        self.assertTrue(all((r[3] is None) != (r[4] is None) for r in meta))
        self.assertTrue(any(r[3] for r in meta) and files)
        self.assertEqual(len(approvals), len(self.doc("approvals")))

    def test_license_agreements_are_asked_for_one_by_one(self):
        accepted = {e["id"] for e in self.doc("eulas")}
        u = next(u for u in self.visible() if u["eula"] in accepted)
        got = self.hq.ask("ExecuteSPGetEulaAcceptances", revision("id", u["id"], u["revision"]))
        self.assertEqual(values(got)[0][1].lower(), u["eula"])
        none = next(u for u in self.visible() if u["eula"] not in accepted)
        self.assertIsNone(self.hq.ask("ExecuteSPGetEulaAcceptances", revision("id", none["id"], none["revision"])))

    def test_an_unknown_update_is_not_found(self):
        self.refused("Microsoft.UpdateServices.Administration.WsusObjectNotFoundException", self.hq.ask,
                     "ExecuteSPGetUpdateById", "<preferredCulture>en</preferredCulture>" + revision("id", ZERO, 1))

    def test_a_scope_that_is_not_understood_is_refused_not_answered_with_everything(self):
        self.refused("System.InvalidOperationException", self.hq.ask, "ExecuteSPSearchUpdates",
                     SCOPE.replace("ApprovedStates", "TextIncludes"))


class Tree(Served):
    def downstream(self, admin, nested, parent=ZERO):
        return admin.table("ExecuteSPGetAllDownstreamServers", f"<parentServerId>{parent}</parentServerId>"
                           f"<includeNestedChildren>{nested}</includeNestedChildren>")

    def test_the_whole_tree_or_the_children(self):
        ids = {n: self.doc("server", n)["server_id"] for n in self.names}
        got = {r[1]: r for r in self.downstream(self.hq, "true")}
        self.assertEqual(set(got), {ids[n] for n in ("berlin", "hamburg", "lab", "lab-qa")})
        self.assertEqual({r[1] for r in self.downstream(self.hq, "false")}, {ids["berlin"], ids["lab"]})
        self.assertEqual((got[ids["berlin"]][3], got[ids["hamburg"]][3]), (ZERO, ids["berlin"]))
        self.assertEqual((got[ids["lab"]][6], got[ids["lab-qa"]][6]), (False, True))
        self.assertEqual(got[ids["lab"]][5], self.doc("server", "lab")["version"])
        self.assertTrue(all(len(r) == 7 for r in got.values()))
        self.assertEqual({r[1] for r in self.downstream(self.hq, "true", ids["lab"])}, {ids["lab-qa"]})

    def test_a_leaf_knows_nobody(self):
        self.assertEqual(self.downstream(Admin(self.sim.ports["hamburg"]), "true"), [])
        self.assertEqual({r[1] for r in self.downstream(self.berlin, "true")}, {self.doc("server", "hamburg")["server_id"]})

    def test_one_by_id(self):
        id_ = self.doc("server", "hamburg")["server_id"]
        got = self.hq.ask("ExecuteSPGetDownstreamServer", f"<id>{id_}</id>")
        self.assertEqual(values(got)[1], ("guid", id_))


class History(Served):
    ids = "".join(f"<EventIdFilter><NamespaceId>2</NamespaceId><EventId>{n}</EventId></EventIdFilter>" for n in range(381, 388))

    def prepare(self):
        start = AT - timedelta(days=3)

        def run(hours, result, trigger="scheduled", text=None):
            at = start + timedelta(hours=hours)
            return {"started": at.strftime("%Y-%m-%dT%H:%M:%SZ"), "result": result, "trigger": trigger, "error_text": text,
                    "ended": (at + timedelta(minutes=9)).strftime("%Y-%m-%dT%H:%M:%SZ")}

        for name in ("hq", "berlin"):
            self.docs[name]["sync_history"] = [run(0, "succeeded"), run(5, "failed", "manual", "HTTP <503> & more"),
                                               run(9, "canceled")]
        self.docs["hq"]["sync_history"].append(dict(run(20, "running"), ended=None))
        self.docs["berlin"]["server"]["version"] = "3.1.7600.226"

    def events(self, admin, ids=None, when=EVER):
        result = admin.ask("ExecuteSPSearchEventHistory", "<eventHistoryFilter><eventIdFilter>" + (ids or self.ids) +
                           f"</eventIdFilter>{when}</eventHistoryFilter>")
        out = []
        for row in result:
            e = {local(c): [s.text for s in c] if local(c) == "ReplacementStrings" else c.text for c in row}
            out.append((int(e["EventId"]), e["TimeAtServer"] + "Z", e["ReplacementStrings"]))
        return sorted(out, key=lambda e: e[1])

    def test_runs_are_pairs_of_events(self):
        runs = self.doc("sync_history")
        self.assertEqual(self.events(self.hq), [
            (381, runs[0]["started"], []), (384, runs[0]["ended"], []), (382, runs[1]["started"], []),
            (386, runs[1]["ended"], ["HTTP <503> & more"]), (381, runs[2]["started"], []), (385, runs[2]["ended"], []),
            (381, runs[3]["started"], [])])

    def test_an_old_server_cancels_with_another_number(self):
        self.assertIn(387, [e[0] for e in self.events(self.berlin)])
        self.assertNotIn(385, [e[0] for e in self.events(self.berlin)])

    def test_a_running_synchronization_shows_in_state_and_progress(self):
        self.assertEqual(self.hq.ask("GetSubscriptionState").text, "2")
        self.assertGreater(self.hq.table("GetServerSyncProgress")[0][1], 0)

    def test_filters_are_obeyed(self):
        one = "<EventIdFilter><NamespaceId>2</NamespaceId><EventId>386</EventId></EventIdFilter>"
        self.assertEqual([e[0] for e in self.events(self.hq, one)], [386])
        self.assertEqual(self.events(self.hq, one.replace(">2<", ">1<")), [])
        first = self.doc("sync_history")[0]["ended"]
        self.assertEqual(len(self.events(self.hq, None, EVER.replace("2100-01-01T00:00:00Z", first))), 2)

    def test_the_order_is_that_of_the_schema(self):
        row = self.hq.ask("ExecuteSPSearchEventHistory", f"<eventHistoryFilter>{EVER}</eventHistoryFilter>")[0]
        self.assertEqual([local(e) for e in row],
                         ["EventInstanceId", "EventId", "NamespaceId", "SourceId", "TimeAtTarget", "TimeAtServer", "StateId",
                          "SeverityId", "Win32HResult", "MessageTemplate", "ComputerId", "AppName", "MiscData",
                          "ReplacementStrings", "UpdateId", "RevisionNumber", "DeviceId"])

    def test_a_filter_without_times_overflows(self):
        self.refused("System.Data.SqlTypes.SqlTypeException", self.hq.ask, "ExecuteSPSearchEventHistory",
                     "<eventHistoryFilter/>")


class Refusals(Served):
    def prepare(self):
        self.docs["hq"]["coverage"]["updates"] = {"state": "partial", "reason": "test"}

    def test_a_missing_parameter_is_named_and_its_letter_case_counts(self):
        raised = self.refused("System.ArgumentNullException", self.berlin.ask, "ExecuteSPSearchUpdates",
                              SCOPE.replace("preferredCulture", "PreferredCulture"))
        self.assertIn("---> System.ArgumentNullException: Value cannot be null.\nParameter name: preferredCulture\n   at ",
                      raised.text)

    def test_what_the_document_does_not_hold_is_never_an_empty_list(self):
        self.refused("System.Data.SqlClient.SqlException", self.hq.ask, "ExecuteSPSearchUpdates", SCOPE)
        self.assertTrue(self.hq.table("ExecuteSPGetDeployments", SCOPE))


class Forbidden(Served):
    expect = 9

    def test_a_write_fails_the_run(self):
        self.refused(None, self.hq.ask, "ExecuteSPDeclineUpdate", f"<updateId>{ZERO}</updateId>")
        self.assertIn("FORBIDDEN", [line[1] for line in self.sim.lines()])


class WrongService(Served):
    expect = 9

    def test_an_operation_of_another_service_fails_the_run(self):
        status, _ = self.hq.post(PATH, simlib.SYNC + "/GetAuthConfig", "<x/>")
        self.assertEqual(status, 500)


class Shapes(Served):
    more = ("--admin-rows", "published")

    def test_published_rows_stand_one_place_further_left_and_have_no_title(self):
        got = self.hq.updates()["minimalProperties"]
        u = {(u["id"], u["revision"]): u for u in self.doc("updates")}
        self.assertTrue(all(r[16] + "Z" == u[r[0], r[1]]["created"] and r[27] == (u[r[0], r[1]]["severity"] or "Unspecified")
                            for r in got))
        self.assertTrue(all(len(r) == 30 and u[r[0], r[1]]["title"] not in r for r in got))

    def test_published_approvals_are_text(self):
        row = values(self.hq.ask("ExecuteSPGetDeployments", SCOPE)[0])
        self.assertEqual([k for k, _ in row], ["string", "int", "int", "string", "string", "string", "string", "boolean",
                                               "string", "int", "string"])
        self.assertRegex(row[0][1], r"^\d{4}-\d\d-\d\d \d\d:")


class Longer(Served):
    more = ("--admin-rows", "longer")

    def test_every_row_has_cells_of_unknown_meaning_at_its_end(self):
        self.assertTrue(all(len(r) == 38 for r in self.hq.updates()["minimalProperties"]))
        self.assertTrue(all(len(r) == 14 for r in self.hq.table("ExecuteSPGetDeployments", SCOPE)))
        self.assertIn("ElementOfALaterBuild", [local(e) for e in self.hq.ask("ExecuteSPGetConfiguration")[0]])


class Users(Served):
    more = ("--admin-users", "DIR/users")

    def prepare(self):
        with open(os.path.join(self.dir, "users"), "w", encoding="utf-8") as f:
            f.write("# who\nanna@WSUSCK.TEST administrator\nrita@WSUSCK.TEST reporter\nnora@WSUSCK.TEST none\n")

    def role(self, user):
        self.hq.extra = {"X-Remote-User": user} if user else {}
        try:
            return self.hq.ask("GetCurrentUserRole").text
        except AdminFault as f:
            return f.status

    def test_roles_follow_the_name_that_a_proxy_in_front_found(self):
        self.assertEqual([self.role(u) for u in ("anna@WSUSCK.TEST", "rita@WSUSCK.TEST", "nora@WSUSCK.TEST",
                                                 "eve@WSUSCK.TEST", None)], ["2", "1", "0", 403, 401])
        self.assertEqual(self.hq.headers.get_all("WWW-Authenticate"), ["Negotiate", "NTLM"])


class Faults(Served):
    faults = """
        berlin ExecuteSPGetAllTargetGroups 1 drop-column 1
        berlin ExecuteSPGetAllTargetGroups 2 null-column 1@0
        berlin ExecuteSPGetAllTargetGroups 3 mistype 2:int
        berlin ExecuteSPGetAllTargetGroups 4 mistype 3:garbage@1
        berlin ExecuteSPGetAllTargetGroups 5 mistype 3:none@1
        berlin ExecuteSPGetAllTargetGroups 6 cut-rows 2
        berlin ExecuteSPGetAllTargetGroups 7 longer-rows 5
        berlin ExecuteSPSearchUpdates 1 mistype kbArticles/1:int
        berlin ExecuteSPSearchUpdates 2 drop-column 29
        berlin GetSubscription 1 drop-element LastSynchronizationTime
        berlin GetSubscription 2 set-element LastSynchronizationTime:yesterday
        berlin GetSubscription 3 set-element LastModifiedBy
        berlin GetCurrentUserRole 1 role 0
        berlin GetCurrentUserRole 2 role Administrator
        berlin GetServerVersion 1 status 401
        berlin GetServerVersion 2 status 403
        berlin GetServerVersion 3 status 500
        berlin GetServerVersion 4 status 503
        berlin GetServerVersion 5 truncate 200
        berlin GetServerVersion 6 empty-element
        berlin GetServerVersion 7 absent-element
        berlin GetServerVersion 8 fault System.UnauthorizedAccessException:Access_is_denied.
        berlin ExecuteSPGetComponentsWithErrors components SelfUpdate,WSUS_Content
        berlin ExecuteSPSearchEventHistory 1 reason 3
        berlin ExecuteSPSearchEventHistory 2 control entity
        berlin ExecuteSPSearchEventHistory 3 control raw
        berlin ExecuteSPSearchEventHistory 4 localized
        """

    def prepare(self):
        self.docs["berlin"]["sync_history"] = [{"started": "2026-11-20T01:00:00Z", "ended": "2026-11-20T01:05:00Z",
                                                "result": "failed", "trigger": "scheduled", "error_text": "HTTP 503"}]

    def test_columns(self):
        good = [r for r in self.hq.table("ExecuteSPGetAllTargetGroups")]
        got = [[values(r) for r in self.berlin.ask("ExecuteSPGetAllTargetGroups")] for _ in range(3)]
        body = self.berlin.raw("ExecuteSPGetAllTargetGroups")[1]
        self.assertEqual(body.count(b'xsi:type="xsd:int">garbage<'), 1)
        got += [[values(r) for r in self.berlin.ask("ExecuteSPGetAllTargetGroups")] for _ in range(3)]
        self.assertEqual({len(r) for r in got[0]}, {5})
        self.assertEqual([r[1][1] is None for r in got[1]], [True] + [False] * (len(good) - 1))
        self.assertEqual({r[2] for r in got[2]}, {("int", 7)})
        self.assertEqual((got[3][0][3], got[3][1][3]), (("int", 100), ("", "100")))
        self.assertEqual({len(r) for r in got[4]}, {2})
        self.assertEqual({len(r) for r in got[5]}, {11})

    def test_columns_of_one_set(self):
        got = self.berlin.updates()
        self.assertEqual({r[1] for r in got["kbArticles"]}, {7})
        self.assertEqual({len(r) for r in got["minimalProperties"]}, {35})
        got = self.berlin.updates()
        self.assertEqual({len(r) for r in got["minimalProperties"]}, {34})
        self.assertEqual({len(r) for r in got["kbArticles"]}, {2})

    def test_elements_and_roles(self):
        got = [self.berlin.named("GetSubscription") for _ in range(3)]
        self.assertNotIn("LastSynchronizationTime", got[0])
        self.assertEqual((got[1]["LastSynchronizationTime"], got[2]["LastModifiedBy"]), ("yesterday", None))
        self.assertEqual([self.berlin.ask("GetCurrentUserRole").text for _ in range(3)], ["0", "Administrator", "2"])
        self.assertEqual([e.text for e in self.berlin.ask("ExecuteSPGetComponentsWithErrors")], ["SelfUpdate", "WSUS_Content"])

    def test_replies_that_are_none(self):
        self.assertEqual([self.berlin.raw("GetServerVersion")[0] for _ in range(4)], [401, 403, 500, 503])
        self.assertEqual(len(self.berlin.raw("GetServerVersion")[1]), 200)
        self.assertIsNone(self.berlin.ask("GetServerVersion").text)
        self.assertIsNone(self.berlin.ask("GetServerVersion"))
        self.assertIn("Access is denied.", self.refused("System.UnauthorizedAccessException", self.berlin.ask,
                                                        "GetServerVersion").text)

    def test_reasons(self):
        body = [self.berlin.raw("ExecuteSPSearchEventHistory", f"<eventHistoryFilter>{EVER}</eventHistoryFilter>")[1]
                for _ in range(4)]
        self.assertGreater(len(body[0]), 3 << 20)
        self.assertIn(b"a&#x1;z", body[1])
        self.assertIn(b"a\x01z", body[2])
        self.assertIn(b"Grund: %1.", body[3])


def main():
    global BINARY
    BINARY = os.path.abspath(sys.argv.pop(1))
    unittest.main(verbosity=1)


if __name__ == "__main__":
    if len(sys.argv) < 2 or re.match("-", sys.argv[1]):
        sys.exit(__doc__)
    main()
