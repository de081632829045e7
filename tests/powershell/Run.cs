// SPDX-License-Identifier: MIT
// Run.cs: run DIR: the sample scripts of test_emit_script --write DIR against a fake server in every situation that
// cli.md promises something about. DIR gets a journal.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using Microsoft.UpdateServices.Administration;

namespace Wsusck.Tests
{
    internal static class Run
    {
        private static readonly Guid[] Groups = { Id("2222", 1), Id("2222", 2), new Guid("b73ca6ed-5727-47f3-84de-015e03f6a88a") };
        internal static int bad;

        internal static Guid Id(string head, int n) => new Guid(head + "0000-0000-0000-0000-" + n.ToString("x12"));

        // As test_emit_script's plan saw it: updates of a5, a6, a7, a9, a10 and a11, approvals of the last three.
        internal static Server Observed()
        {
            var server = new Server { Configuration = { ServerId = Id("7777", 1) } };
            server.Groups.AddRange(Groups.Select((g, i) => new Group { On = server, Id = g, Name = "g" + i }));
            server.Offered.Add(new Category { Id = Id("6666", 1) });
            server.OfferedClassifications.Add(new Category { Id = Id("6666", 2) });
            foreach (int n in new[] { 5, 6, 7, 9, 10, 11 })
                foreach (int revision in new[] { 200, 201 })
                    server.Updates.Add(new Update { On = server, UpdateId = Id("5555", n), Revision = revision });
            server.Updates.Where(u => u.UpdateId == Id("5555", 5)).ToList().ForEach(u => u.RequiresLicenseAgreementAcceptance = true);
            foreach (int n in new[] { 6, 7, 10, 11 })
            {
                Update one = server.Updates.First(u => u.UpdateId == Id("5555", n) && u.Revision == 201);
                Update other = server.Updates.First(u => u.UpdateId == Id("5555", n) && u.Revision == 200);
                one.Approvals.Add(new Approval { Of = one, ComputerTargetGroupId = Groups[0], Action = UpdateApprovalAction.Install,
                                                 Deadline = new DateTime(2025, 11, 24, 22, 0, 0) });
                other.Approvals.Add(new Approval { Of = other, ComputerTargetGroupId = Groups[1], Action = UpdateApprovalAction.NotApproved });
            }
            AdminProxy.Current = server;
            return server;
        }

        internal static void Is(string what, object want, object got)
        {
            if (Equals(want, got))
                return;
            bad++;
            Console.WriteLine($"NOT OK {what}: wanted {want}, got {got}");
        }

        internal static string Fresh(string folder)
        {
            string journal = Path.Combine(folder, "journal");
            if (Directory.Exists(journal))
                Directory.Delete(journal, true);
            Directory.CreateDirectory(journal);
            return journal;
        }

        internal static int All(string folder)
        {
            string first = Path.Combine(folder, "01-hq.ps1"), third = Path.Combine(folder, "03-hq.ps1");
            string undoFirst = Path.Combine(folder, "01-hq.undo.ps1"), undoThird = Path.Combine(folder, "03-hq.undo.ps1");
            WhatIfChangesNothing(folder, first, third);
            ASecondRunDoesNothing(folder, first, undoFirst);
            RemovalsComeBack(folder, third, undoThird);
            DriftSkips(folder, third);
            StartIsRefused(folder, first);
            StoppedAnywhereItGoesOn(folder, first);
            ItDoesWhatThePlanSays(folder, first);
            ItWaitsWhileTheConfigurationIsSaved(folder, first);
            AReplicaThatRefusesStopsIt(folder, third);
            EveryStepIsAskedFor(folder, first);
            Console.WriteLine(bad == 0 ? "the scripts keep their promises" : $"{bad} promises broken");
            return bad == 0 ? 0 : 1;
        }

        private static void WhatIfChangesNothing(string folder, params string[] scripts)
        {
            foreach (string script in scripts)
            {
                Server server = Observed();
                string journal = Fresh(folder), before = server.State();
                Engine.Script(script, journal, ("WhatIf", true));
                Is("-WhatIf changes nothing", before, server.State());
                Is("-WhatIf makes no calls that change", 0, server.Changes.Count);
                Is("-WhatIf writes no journal", 0, Directory.GetFiles(journal).Length);
            }
        }

        private static void ASecondRunDoesNothing(string folder, string script, string undo)
        {
            Server server = Observed();
            string journal = Fresh(folder), before = server.State();
            Is("the first run", 0, Engine.Script(script, journal));
            string after = server.State();
            int changes = server.Changes.Count;
            Is("something was done", true, changes > 5);
            Is("the product is selected", true, server.Products.Has(Id("6666", 1)));
            Is("the deadline is a day later", new DateTime(2025, 11, 25, 22, 0, 0), server.Updates.First(u => u.UpdateId == Id("5555", 6) && u.Revision == 201).Approvals[0].Deadline);
            Is("the languages are set", "de,en", string.Join(",", server.Configuration.Enabled));
            Is("a second run", 0, Engine.Script(script, journal));
            Is("a second run changes nothing", after, server.State());
            Is("a second run calls nothing", changes, server.Changes.Count);
            Is("undo", 0, Engine.Script(undo, journal));
            Is("undo brings the state back", before, server.State());
            changes = server.Changes.Count;
            Is("a second undo", 0, Engine.Script(undo, journal));
            Is("a second undo calls nothing", changes, server.Changes.Count);
            Is("after an undo the script works again", 0, Engine.Script(script, journal));
            Is("and gives the same state", after, server.State());
        }

        // wsusutil is not on this machine, so the last step is skipped: exit 3.
        private static void RemovalsComeBack(string folder, string script, string undo)
        {
            Server server = Observed();
            string journal = Fresh(folder), before = server.State();
            Is("removals, the tool is missing", 3, Engine.Script(script, journal));
            Is("it is declined", true, server.Updates.First(u => u.UpdateId == Id("5555", 11)).IsDeclined);
            Is("only that revision lost its approval", 1, server.Updates.Where(u => u.UpdateId == Id("5555", 10)).Sum(u => u.Approvals.Count));
            Is("undo of removals", 0, Engine.Script(undo, journal));
            Is("undo brings the removals back", before, server.State());
            Is("undo without a journal", 1, Engine.Script(undo, Fresh(folder)));
        }

        private static void DriftSkips(string folder, string script)
        {
            Server server = Observed();
            Update declined = server.Updates.First(u => u.UpdateId == Id("5555", 11) && u.Revision == 201);
            declined.Approvals.Clear();
            Is("drift is skipped", 3, Engine.Script(script, Fresh(folder)));
            Is("nothing is declined that changed meanwhile", false, declined.IsDeclined);
        }

        private static void StartIsRefused(string folder, string script)
        {
            Server server = Observed();
            server.Configuration.ServerId = Guid.NewGuid();
            Is("a wrong ServerId", 1, Engine.Script(script, Fresh(folder)));
            Is("a wrong server is left alone", 0, server.Changes.Count);
            server = Observed();
            server.Name = "WSUS-OTHER";
            Is("a wrong name", 1, Engine.Script(script, Fresh(folder)));
            server = Observed();
            server.Configuration.IsReplicaServer = true;
            Is("a replica", 1, Engine.Script(script, Fresh(folder)));
            server = Observed();
            server.Configuration.SyncFromMicrosoftUpdate = false;
            Is("not the root", 1, Engine.Script(script, Fresh(folder)));
            server = Observed();
            Is("a plan that is too old", 1, Engine.Script(script, Fresh(folder), ("MaxAgeHours", 24)));
            Is("all refused without a change", 0, server.Changes.Count);
        }

        // Exactly the calls of the plan, in its order.
        private static void ItDoesWhatThePlanSays(string folder, string script)
        {
            Server server = Observed();
            Engine.Script(script, Fresh(folder));
            string g = Groups[0].ToString();
            string[] want = { "save selection", "save selection", "save languages de,en", "synchronize", "accept license agreement",
                              "approve 201 Install " + g };
            Is("the calls of the plan", string.Join("; ", want), string.Join("; ", server.Changes.Take(want.Length)));
            Is("an un-decline takes every approval away and makes it again", "approve,approve,delete,delete",
               string.Join(",", server.Changes.Skip(want.Length).Select(c => c.Split(' ')[0]).OrderBy(c => c, StringComparer.Ordinal)));
        }

        private static void ItWaitsWhileTheConfigurationIsSaved(string folder, string script)
        {
            Server server = Observed();
            Engine.Script(script, Fresh(folder));
            string want = server.State();
            server = Observed();
            server.Saving = 2;
            Is("a server that is still saving is waited for", 0, Engine.Script(script, Fresh(folder)));
            Is("and then changed", want, server.State());
        }

        // The API throws InvalidOperationException although nothing spoke against it at the start.
        private static void AReplicaThatRefusesStopsIt(string folder, string script)
        {
            Server server = Observed();
            string journal = Fresh(folder), before = server.State();
            server.RefusesAsReplica = true;
            Is("a replica refuses", 2, Engine.Script(script, journal));
            Is("no approval and no decline is touched", 0, server.Changes.Count(c => !c.StartsWith("cancel", StringComparison.Ordinal)));
            server.RefusesAsReplica = false;
            Is("it goes on when it is none any more", 3, Engine.Script(script, journal)); // wsusutil is not here
            Is("it is declined then", true, server.Updates.First(u => u.UpdateId == Id("5555", 11)).IsDeclined);
        }

        private static void EveryStepIsAskedFor(string folder, string script)
        {
            Server server = Observed();
            string before = server.State();
            int asked = Engine.Asked;
            Is("no to all of them", 3, Engine.Script(script, Fresh(folder), ("Ask", Engine.No)));
            Is("asked for each of seven steps", 7, Engine.Asked - asked);
            Is("no changes nothing", before, server.State());
            Is("yes to all of them", 0, Engine.Script(script, Fresh(folder), ("Ask", Engine.Yes)));
            Is("yes changes something", false, before == server.State());
        }

        private static void StoppedAnywhereItGoesOn(string folder, string script)
        {
            Server whole = Observed();
            Engine.Script(script, Fresh(folder));
            string want = whole.State();
            for (int n = 0; n < whole.Changes.Count; n++)
            {
                Server server = Observed();
                string journal = Fresh(folder);
                server.FailAfter = n;
                Is($"stopped at change {n}", 2, Engine.Script(script, journal));
                Is($"goes on after change {n}", 0, Engine.Script(script, journal));
                Is($"the same end after change {n}", want, server.State());
            }
        }
    }
}
