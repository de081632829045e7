// SPDX-License-Identifier: MIT
// Reading.cs: what a snapshot document says, as the reading members of the stand-in server (FakeReading.cs), with the
// times as the API gives them: UTC, of an unspecified kind.
using System;
using System.Collections.Generic;
using System.Collections.Specialized;
using System.Globalization;
using System.Linq;
using System.Text.Json.Nodes;
using Microsoft.UpdateServices.Administration;

namespace Wsusck.Tests
{
    internal static class Reading
    {
        private static string? Text(JsonNode? node) => node?.GetValue<string>();
        private static IEnumerable<JsonObject> Rows(JsonNode? list) => ((JsonArray?)list ?? new JsonArray()).Select(r => (JsonObject)r!);
        private static Guid Id(JsonNode? node) => new Guid(Text(node)!);
        private static bool Flag(JsonNode? node) => node is not null && node.GetValue<bool>();

        internal static DateTime Time(JsonNode? node, DateTime none) => node is null
            ? none
            : DateTime.SpecifyKind(DateTime.Parse(Text(node)!, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal), DateTimeKind.Unspecified);

        private static StringCollection Strings(JsonNode? list, string before = "")
        {
            var all = new StringCollection();
            all.AddRange(((JsonArray?)list ?? new JsonArray()).Select(t => before + Text(t)).ToArray());
            return all;
        }

        internal static void Fill(Server server, JsonObject doc)
        {
            Identity(server, (JsonObject)doc["server"]!);
            Config(server, (JsonObject)doc["config"]!);
            Categories(server, doc);
            foreach (JsonObject u in Rows(doc["updates"]))
                One(server, server.Updates.First(x => x.UpdateId == Id(u["id"]) && x.Revision == u["revision"]!.GetValue<int>()), u, doc);
            History(server, doc);
            Below(server, doc);
        }

        private static void Identity(Server server, JsonObject s)
        {
            if (s["version"] is not null)
                server.Version = new Version(Text(s["version"])!);
            if (s["protocol_version"] is not null)
                server.ServerProtocolVersion = new Version(Text(s["protocol_version"])!);
        }

        private static void Config(Server server, JsonObject config)
        {
            Configuration c = server.Configuration;
            c.DownloadUpdateBinariesAsNeeded = Flag(config["lazy_sync"]);
            c.HostBinariesOnMicrosoftUpdate = Flag(config["content_on_microsoft_update"]);
            if (config["schedule"] is JsonObject schedule)
            {
                server.Automatic = Flag(schedule["automatic"]);
                server.TimeOfDay = TimeSpan.Parse(Text(schedule["time_of_day"])!, CultureInfo.InvariantCulture);
                server.PerDay = schedule["per_day"]!.GetValue<int>();
            }
            server.NextSync = Time(config["next_sync"], DateTime.MinValue);
            if (config["proxy"] is not JsonObject proxy)
                return;
            c.UseProxy = true;
            c.ProxyName = Text(proxy["host"])!;
            c.ProxyServerPort = proxy["port"]!.GetValue<int>();
            c.ProxyUserName = Text(proxy["user"]) ?? "";
            c.AllowProxyCredentialsOverNonSsl = Flag(proxy["basic_in_cleartext"]);
        }

        // Detectoids are none of the categories that the API lists.
        private static void Categories(Server server, JsonObject doc)
        {
            var kinds = new Dictionary<string, UpdateCategoryType> {
                ["company"] = UpdateCategoryType.Company, ["product_family"] = UpdateCategoryType.ProductFamily, ["product"] = UpdateCategoryType.Product };
            var rows = Rows(doc["categories"]).ToDictionary(r => Id(r["id"]));
            server.Offered.RemoveAll(c => !kinds.ContainsKey(Text(rows[c.Id]["kind"])!));
            foreach (Category c in server.Offered.Concat(server.OfferedClassifications))
            {
                JsonObject row = rows[c.Id];
                c.Title = Text(row["title"]) ?? "";
                c.Kind = kinds.TryGetValue(Text(row["kind"])!, out UpdateCategoryType kind) ? kind : null;
                c.Above = row["parent"] is null ? null : server.Offered.FirstOrDefault(x => x.Id == Id(row["parent"]));
            }
        }

        private static void One(Server server, Update to, JsonObject u, JsonObject doc)
        {
            to.Title = Text(u["title"]) ?? "";
            to.UpdateType = Text(u["type"]) == "driver" ? UpdateType.Driver : UpdateType.Software;
            to.KnowledgebaseArticles = Strings(u["kb"]);
            to.SecurityBulletins = Strings(u["bulletins"]);
            to.MsrcSeverity = Text(u["severity"]) is string severity ? Enum.Parse<MsrcSeverity>(severity) : MsrcSeverity.Unspecified;
            to.CreationDate = Time(u["created"], DateTime.MinValue);
            to.ArrivalDate = Time(u["arrived"], DateTime.MinValue);
            to.Member = u["deployable"] is not null && !Flag(u["deployable"]);
            to.Classification = u["classification"] is null ? null : server.OfferedClassifications.FirstOrDefault(c => c.Id == Id(u["classification"]));
            to.Categories = Rows(doc["categories"]).Where(r => ((JsonArray)u["products"]!).Any(p => Id(p) == Id(r["id"])))
                                                   .SelectMany(r => server.Offered.Where(c => c.Id == Id(r["id"]) || (r["parent"] is not null && c.Id == Id(r["parent"]))))
                                                   .Distinct().ToList();
            to.Codes = u["languages"] is JsonArray codes ? codes.Count == 0 ? new[] { "all" } : codes.Select(c => Text(c)!).ToArray() : Array.Empty<string>();
            to.Superseded = ((JsonArray)u["supersedes"]!).Select(Id).ToList();
            to.Bundled = Rows(u["bundles"]).Select(b => (Id(b["id"]), b["revision"]!.GetValue<int>())).ToList();
            License(to, u, doc);
            foreach (JsonObject a in Rows(doc["approvals"]))
                if (to.Approvals.FirstOrDefault(x => Matches(x, a)) is Approval approval)
                    Describe(approval, a);
        }

        private static bool Matches(Approval x, JsonObject a) =>
            Id(a["update"]) == x.Of.UpdateId && a["revision"]!.GetValue<int>() == x.Of.Revision && Id(a["group"]) == x.ComputerTargetGroupId;

        private static void Describe(Approval approval, JsonObject a)
        {
            if (a["deployment"] is not null)
                approval.Id = Id(a["deployment"]);
            approval.CreationDate = Time(a["changed"], DateTime.MinValue);
            approval.AdministratorName = Text(a["admin"]) ?? "";
        }

        private static void License(Update to, JsonObject u, JsonObject doc)
        {
            if (u["eula"] is null)
                return;
            JsonObject? accepted = Rows(doc["eulas"]).FirstOrDefault(e => Id(e["id"]) == Id(u["eula"]));
            to.License = new LicenseAgreement { Id = Id(u["eula"]), IsAccepted = accepted is not null };
            if (accepted is null)
                return;
            to.License.AcceptedDate = Time(accepted["accepted"], DateTime.MinValue);
            to.License.AdministratorName = Text(accepted["admin"]) ?? "";
        }

        private static void History(Server server, JsonObject doc)
        {
            server.History.Clear();
            foreach (JsonObject r in Rows(doc["sync_history"]))
            {
                var run = new SynchronizationInfo { Id = Guid.NewGuid(), StartTime = Time(r["started"], DateTime.MinValue), EndTime = Time(r["ended"], DateTime.MinValue) };
                run.Result = Enum.Parse<SynchronizationResult>(Text(r["result"])!, true);
                run.StartedManually = Text(r["trigger"]) == "manual";
                run.Error = Text(r["error"]) is string error ? Enum.Parse<SynchronizationError>(error) : SynchronizationError.NotApplicable;
                run.ErrorText = Text(r["error_text"]) ?? "";
                run.Failures.AddRange(Rows(r["update_errors"]).Select(e => new SynchronizationUpdateErrorInfo {
                    UpdateId = new UpdateRevisionId(Id(e["update"]), 1), Error = Enum.Parse<SynchronizationUpdateError>(Text(e["error"])!), ErrorText = Text(e["text"]) ?? "" }));
                server.History.Add(run);
            }
            server.History.Add(new SynchronizationInfo()); // NeverRun, DateTime.MinValue: nothing to tell
        }

        private static void Below(Server server, JsonObject doc)
        {
            var never = new DateTime(1753, 1, 1);
            server.Below.Clear();
            foreach (JsonObject d in Rows(doc["host"]?["downstream_servers"]))
                server.Below.Add(new DownstreamServer {
                    Id = Id(d["id"]), FullDomainName = Text(d["full_name"])!, IsReplica = Flag(d["replica"]),
                    SyncsFromDownstreamServer = d["parent"] is not null, ParentServerId = d["parent"] is null ? server.Configuration.ServerId : Id(d["parent"]),
                    LastSyncTime = Time(d["last_sync"], never), LastRollupTime = Time(d["last_rollup"], never),
                    Version = d["version"] is null ? new Version(0, 0) : new Version(Text(d["version"])!),
                });
        }
    }
}
