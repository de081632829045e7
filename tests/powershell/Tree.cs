// SPDX-License-Identifier: MIT
// Tree.cs: tree DIR: a whole tree of servers, each a snapshot document DIR/NAME.json. Commands come on standard input:
//   run NAME SCRIPT JOURNALFOLDER     run the script on that server; answer: exit N
//   export NAME SCRIPT OUT [WORD=VALUE…] [MEMBER!N]   export it with Export-WsusSnapshot.ps1; MEMBER! throws, after N calls;
//                                     answer: exit 0, or exit 1
//   stops NAME SCRIPT JOURNALFOLDER   stop it after each of its first 50 changes (WSUSCK_STORIES=all, else every fifth) and
//                                     run it again, each time on a server as in the document: the same end as in one go;
//                                     answer: exit N wrong ends
// While a script runs, "sync NAME" goes to standard output when it starts a synchronization: whoever reads it (stories.py)
// brings DIR/NAME.json up to date as WSUS would, and answers "ok". What the scripts say goes to DIR/log.
using System;
using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Linq;
using System.Text.Json.Nodes;
using Microsoft.UpdateServices.Administration;

namespace Wsusck.Tests
{
    internal static class Tree
    {
        private const string AllComputers = "a0a08746-4dbe-4a37-9adf-9e7652c0b421", Downstream = "d374f42a-9be2-4163-a0fa-3c86a401b7a7";

        internal static int All(string folder)
        {
            TextReader commands = Console.In;
            TextWriter answers = Console.Out;
            using var log = new StreamWriter(Path.Combine(folder, "log"), true) { AutoFlush = true };
            Console.SetOut(log);
            for (string? line = commands.ReadLine(); line != null; line = commands.ReadLine())
            {
                string[] words = line.Split('\t');
                string path = Path.Combine(folder, words[1] + ".json");
                var server = new Documented(path);
                server.Wsus.Synchronized = () =>
                {
                    server.Save();
                    answers.WriteLine("sync " + words[1]);
                    answers.Flush();
                    if (commands.ReadLine() != "ok")
                        throw new InvalidOperationException("the synchronization failed");
                    server.Load();
                };
                AdminProxy.Current = server.Wsus;
                int exit = words[0] == "stops"    ? Stops(path, words[2], words[3])
                           : words[0] == "export" ? Export(server.Wsus, words[2], words[3], words.Skip(4))
                                                  : Engine.Script(words[2], words[3]);
                if (words[0] == "run")
                    server.Save();
                answers.WriteLine("exit " + exit);
                answers.Flush();
            }
            return 0;
        }

        private static int Export(Server server, string script, string output, IEnumerable<string> words)
        {
            var parameters = new List<(string, object)> { ("Path", output) };
            foreach (string word in words)
            {
                string[] fault = word.Split('!'), pair = word.Split('=', 2);
                if (fault.Length == 2)
                    (server.Broken, server.BreaksAfter) = (fault[0], int.Parse(fault[1], CultureInfo.InvariantCulture));
                else
                    parameters.Add((pair[0], pair.Length == 2 ? pair[1] : true));
            }
            try
            {
                Engine.Read(script, parameters);
                return server.Changes.Count == 0 ? 0 : 1;
            }
            catch (System.Management.Automation.RuntimeException e)
            {
                Console.WriteLine(e.ErrorRecord + " " + e.ErrorRecord.ScriptStackTrace);
                return 1;
            }
        }

        private static (int, string, int) Once(string document, string script, string journal, int failAfter)
        {
            Server server = new Documented(document).Wsus;
            server.FailAfter = failAfter;
            AdminProxy.Current = server;
            int exit = Engine.Script(script, journal);
            if (failAfter != int.MaxValue && exit == 2)
                exit = Engine.Script(script, journal);
            return (exit, server.State(), server.Changes.Count);
        }

        private static int Stops(string document, string script, string journal)
        {
            int wrong = 0, every = Environment.GetEnvironmentVariable("WSUSCK_STORIES") == "all" ? 1 : 5;
            (int exit, string want, int changes) = Once(document, script, Fresh(journal), int.MaxValue);
            for (int n = 0; n < 50 && n < changes; n += every)
            {
                (int code, string state, int _) = Once(document, script, Fresh(journal), n);
                if (code == exit && state == want)
                    continue;
                wrong++;
                Console.WriteLine($"stopped after change {n}: exit {code}, wanted {exit}\n{state}\nwanted\n{want}");
            }
            Fresh(journal);
            Console.WriteLine($"{changes} changes, {wrong} wrong ends");
            return changes < 50 ? 1000 + changes : wrong;
        }

        private static string Fresh(string folder)
        {
            foreach (string left in Directory.GetFiles(folder, "*.jsonl"))
                File.Delete(left);
            return folder;
        }

        // A server made from a document and written back; what the API does not show stays as it was.
        private sealed class Documented
        {
            internal readonly Server Wsus = new Server();
            private readonly string path;
            private JsonObject doc = null!;

            internal Documented(string path)
            {
                this.path = path;
                Load();
            }

            private static string? Text(JsonNode? node) => node?.GetValue<string>();
            private static IEnumerable<JsonObject> Rows(JsonNode? list) => ((JsonArray)list!).Select(r => (JsonObject)r!);
            private static Guid Id(JsonNode? node) => new Guid(Text(node)!);

            // In place: the script holds the server.
            internal void Load()
            {
                doc = (JsonObject)JsonNode.Parse(File.ReadAllText(path))!;
                var server = (JsonObject)doc["server"]!;
                var config = (JsonObject)doc["config"]!;
                Wsus.Name = Text(server["fqdn"]) ?? Text(server["name"])!;
                Wsus.Configuration = new Configuration
                {
                    On = Wsus, ServerId = server["server_id"] is null ? Guid.Empty : Id(server["server_id"]),
                    IsReplicaServer = Text(server["mode"]) == "replica", SyncFromMicrosoftUpdate = server["parent"] is null,
                    Supported = Rows(doc["languages"]).Select(l => Text(l["code"])!).Where(c => c != "all").ToArray(),
                    Enabled = Rows(doc["languages"]).Where(l => l["enabled"]!.GetValue<bool>()).Select(l => Text(l["code"])!).Where(c => c != "all").ToArray(),
                    AllUpdateLanguagesEnabled = Rows(doc["languages"]).Any(l => Text(l["code"]) == "all" && l["enabled"]!.GetValue<bool>()),
                };
                if (config["upstream"] is JsonObject upstream)
                {
                    Wsus.Configuration.UpstreamWsusServerName = Text(upstream["name"]) ?? "";
                    Wsus.Configuration.UpstreamWsusServerPortNumber = upstream["port"]?.GetValue<int>() ?? 8530;
                    Wsus.Configuration.UpstreamWsusServerUseSsl = upstream["ssl"]?.GetValue<bool>() ?? false;
                }
                LoadGroups();
                LoadCategories(config);
                LoadUpdates();
                Reading.Fill(Wsus, doc);
            }

            private void LoadGroups()
            {
                Wsus.Groups.Clear();
                Wsus.Groups.AddRange(Rows(doc["groups"]).Select(g => new Group { On = Wsus, Id = Id(g["id"]), Name = Text(g["name"])! }));
                foreach (JsonObject g in Rows(doc["groups"]).Where(g => g["parent"] is not null))
                    Wsus.Groups.First(x => x.Id == Id(g["id"])).Parent = Wsus.Groups.FirstOrDefault(x => x.Id == Id(g["parent"]));
            }

            private void LoadCategories(JsonObject config)
            {
                Wsus.Offered.Clear();
                Wsus.OfferedClassifications.Clear();
                foreach (JsonObject c in Rows(doc["categories"]))
                    (Text(c["kind"]) == "classification" ? Wsus.OfferedClassifications : Wsus.Offered).Add(new Category { Id = Id(c["id"]) });
                Wsus.Products = Selected(config["selected_products"]);
                Wsus.Classifications = Selected(config["selected_classifications"]);
            }

            private static CategoryCollection Selected(JsonNode? list)
            {
                var all = new CategoryCollection();
                foreach (JsonNode? id in list as JsonArray ?? new JsonArray())
                    all.Add(new Category { Id = Id(id) });
                return all;
            }

            private void LoadUpdates()
            {
                HashSet<Guid> accepted = Rows(doc["eulas"]).Select(e => Id(e["id"])).ToHashSet(), declined = Rows(doc["declined"]).Select(d => Id(d["id"])).ToHashSet();
                Wsus.Updates.Clear();
                foreach (JsonObject u in Rows(doc["updates"]))
                    Wsus.Updates.Add(new Update
                    {
                        On = Wsus, UpdateId = Id(u["id"]), Revision = u["revision"]!.GetValue<int>(), IsDeclined = declined.Contains(Id(u["id"])),
                        State = UpdateState.NotReady, RequiresLicenseAgreementAcceptance = u["eula"] is not null && !accepted.Contains(Id(u["eula"])),
                        PublicationState = Text(u["state"]) == "expired" ? PublicationState.Expired : PublicationState.Published,
                    });
                foreach (JsonObject a in Rows(doc["approvals"]).Where(Shown))
                {
                    Update? of = Wsus.Updates.FirstOrDefault(u => u.UpdateId == Id(a["update"]) && u.Revision == a["revision"]!.GetValue<int>());
                    of?.Approvals.Add(new Approval { Of = of, ComputerTargetGroupId = Id(a["group"]), Action = ActionOf(a), Deadline = Deadline(a) });
                }
            }

            private static bool Shown(JsonObject a) =>
                Text(a["group"]) != Downstream && (Text(a["action"]) == "install" || Text(a["action"]) == "uninstall" || Text(a["action"]) == "block");

            private static UpdateApprovalAction ActionOf(JsonObject a) => Text(a["action"]) switch
            {
                "install" => UpdateApprovalAction.Install, "uninstall" => UpdateApprovalAction.Uninstall, _ => UpdateApprovalAction.NotApproved
            };

            private static DateTime Deadline(JsonObject a) => a["deadline"] is null
                ? DateTime.MaxValue
                : DateTime.Parse(Text(a["deadline"])!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal);

            internal void Save()
            {
                SaveApprovals();
                SaveDeclined();
                SaveGroups();
                foreach (JsonObject u in Rows(doc["updates"]).Where(u => u["eula"] is not null))
                {
                    bool waits = Wsus.Updates.Any(x => x.UpdateId == Id(u["id"]) && x.RequiresLicenseAgreementAcceptance);
                    if (!waits && !Rows(doc["eulas"]).Any(e => Text(e["id"]) == Text(u["eula"])))
                        ((JsonArray)doc["eulas"]!).Add(new JsonObject { ["id"] = Text(u["eula"]), ["update"] = Text(u["id"]), ["accepted"] = null, ["admin"] = "b" });
                }
                foreach (JsonObject l in Rows(doc["languages"]))
                    l["enabled"] = Text(l["code"]) == "all" ? Wsus.Configuration.AllUpdateLanguagesEnabled
                                                             : Wsus.Configuration.Enabled.Contains(Text(l["code"]));
                doc["config"]!["selected_products"] = Ids(Wsus.Products, doc["config"]!["selected_products"]);
                doc["config"]!["selected_classifications"] = Ids(Wsus.Classifications, doc["config"]!["selected_classifications"]);
                File.WriteAllText(path, doc.ToJsonString());
            }

            private static JsonNode? Ids(CategoryCollection all, JsonNode? before) => before is null
                ? null
                : new JsonArray(all.Cast<Category>().Select(c => c.Id.ToString()).OrderBy(c => c, StringComparer.Ordinal).Select(c => (JsonNode)c!).ToArray());

            // Rows that are still so keep everything about them.
            private void SaveApprovals()
            {
                var kept = new JsonArray();
                List<JsonObject> old = Rows(doc["approvals"]).ToList();
                foreach (JsonObject a in old.Where(a => !Shown(a)))
                    kept.Add(a.DeepClone());
                foreach (Update u in Wsus.Updates)
                    foreach (Approval a in u.Approvals)
                    {
                        JsonObject? same = old.FirstOrDefault(o => Shown(o) && Id(o["update"]) == u.UpdateId && o["revision"]!.GetValue<int>() == u.Revision &&
                                                                   Id(o["group"]) == a.ComputerTargetGroupId && ActionOf(o) == a.Action &&
                                                                   Deadline(o) == a.Deadline && !a.Made);
                        kept.Add(same is not null ? same.DeepClone() : NewRow(u, a));
                    }
                doc["approvals"] = kept;
            }

            private static JsonObject NewRow(Update u, Approval a) => new JsonObject
            {
                ["deployment"] = Guid.NewGuid().ToString(), ["update"] = u.UpdateId.ToString(), ["revision"] = u.Revision,
                ["group"] = a.ComputerTargetGroupId.ToString(),
                ["action"] = a.Action == UpdateApprovalAction.Install ? "install" : a.Action == UpdateApprovalAction.Uninstall ? "uninstall" : "block",
                ["deadline"] = a.Deadline.Year >= 9999 ? null : a.Deadline.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture),
                ["go_live"] = null, ["changed"] = null, ["admin"] = "b", ["assigned"] = null, ["priority"] = null,
            };

            private void SaveDeclined()
            {
                HashSet<Guid> now = Wsus.Updates.Where(u => u.IsDeclined).Select(u => u.UpdateId).ToHashSet();
                HashSet<Guid> listed = Wsus.Updates.Select(u => u.UpdateId).ToHashSet();
                List<JsonObject> kept = Rows(doc["declined"]).Where(d => now.Contains(Id(d["id"])) || !listed.Contains(Id(d["id"]))).ToList();
                var all = new JsonArray(kept.Select(d => d.DeepClone()).ToArray());
                foreach (Guid id in now.Except(kept.Select(d => Id(d["id"]))))
                    all.Add(new JsonObject { ["id"] = id.ToString(), ["revision"] = Wsus.Updates.Last(u => u.UpdateId == id).Revision, ["time"] = null, ["admin"] = "b" });
                doc["declined"] = all;
            }

            private void SaveGroups()
            {
                var all = new JsonArray();
                foreach (Group g in Wsus.Groups)
                {
                    JsonObject? old = Rows(doc["groups"]).FirstOrDefault(o => Id(o["id"]) == g.Id);
                    all.Add(old is not null ? old.DeepClone()
                                            : new JsonObject { ["id"] = g.Id.ToString(), ["name"] = g.Name,
                                                               ["parent"] = g.Parent is null ? AllComputers : g.Parent.Id.ToString() });
                }
                doc["groups"] = all;
            }
        }
    }
}
