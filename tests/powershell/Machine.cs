// SPDX-License-Identifier: MIT
// Machine.cs: machine DIR: the scripts of test_emit_script --write-machine DIR: upstream and proxy settings, groups,
// reset, services and permissions. sc.exe, icacls.exe and wsusutil.exe are programs of run.sh that write down how they
// are called.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.ServiceProcess;
using Microsoft.UpdateServices.Administration;

namespace Wsusck.Tests
{
    internal static class Machine
    {
        private static string Windows => Environment.GetEnvironmentVariable("SystemRoot")!;

        // As sample_machine_plan saw it: a downstream server with a proxy; two groups are to be made.
        private static Server Observed()
        {
            var server = new Server();
            server.Configuration.ServerId = Run.Id("7777", 1);
            server.Configuration.SyncFromMicrosoftUpdate = false;
            server.Configuration.UpstreamWsusServerName = "connection refused";
            server.Configuration.UseProxy = true;
            server.Configuration.AllowProxyCredentialsOverNonSsl = true;
            server.Groups.Add(new Group { On = server, Id = new Guid("b73ca6ed-5727-47f3-84de-015e03f6a88a"), Name = "Unassigned Computers" });
            server.Updates.Add(new Update { On = server, UpdateId = Run.Id("5555", 6), Revision = 201 });
            AdminProxy.Current = server;
            ServiceController.Installed["BITS"] = ServiceControllerStatus.Stopped;
            ServiceController.Starts["BITS"] = ServiceStartMode.Disabled;
            ServiceController.Installed["WsusService"] = ServiceControllerStatus.Running;
            ServiceController.Starts["WsusService"] = ServiceStartMode.Automatic;
            ServiceController.Calls.Clear();
            foreach (string left in Directory.GetFiles(Windows))
                File.Delete(left);
            return server;
        }

        private static string Programs() =>
            File.Exists(Path.Combine(Windows, "calls")) ? File.ReadAllText(Path.Combine(Windows, "calls")) : "";

        internal static int All(string folder)
        {
            string script = Path.Combine(folder, "01-hq.ps1"), undo = Path.Combine(folder, "01-hq.undo.ps1");
            Environment.CurrentDirectory = folder;
            Directory.CreateDirectory(Path.Combine(folder, "D:\\WSUS\\WsusContent")); // one name, on this system
            EverythingIsDoneOnce(folder, script, undo);
            WhatIfChangesNothing(folder, script);
            DriftSkips(folder, script, undo);
            AResetIsNeverFirst(folder, script);
            StoppedAnywhereItGoesOn(folder, script);
            FarAwayNothingOfTheMachineIsTouched(folder, script);
            Console.WriteLine(Run.bad == 0 ? "the scripts of the machine keep their promises" : $"{Run.bad} promises broken");
            return Run.bad == 0 ? 0 : 1;
        }

        private static void EverythingIsDoneOnce(string folder, string script, string undo)
        {
            Server server = Observed();
            string journal = Run.Fresh(folder), before = server.State();
            Run.Is("the machine's script", 0, Engine.Script(script, journal));
            Configuration now = server.GetConfiguration();
            Run.Is("upstream", "wsus-top.example 8531 True",
                   now.UpstreamWsusServerName + " " + now.UpstreamWsusServerPortNumber + " " + now.UpstreamWsusServerUseSsl);
            Run.Is("no cleartext", false, now.AllowProxyCredentialsOverNonSsl);
            Group below = server.Groups.First(g => g.Name == "Below");
            Run.Is("the group stands below the other one", server.Groups.Count - 2, server.Groups.IndexOf(below.GetParentTargetGroup()));
            Run.Is("the approval is for the group that was made", below.Id, server.Updates[0].Approvals.Single().ComputerTargetGroupId);
            Run.Is("calls", "save,save,create,create,approve,reset", string.Join(",", server.Changes.Select(c => c.Split(' ')[0])));
            Run.Is("services", "start BITS,stop WsusService,start WsusService", string.Join(",", ServiceController.Calls));
            string[] programs = Programs().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            Run.Is("sc.exe", "sc.exe|config|BITS|start=|demand", programs[0]);
            Run.Is("icacls.exe saves", true, programs[1].StartsWith("icacls.exe|D:\\WSUS\\WsusContent|/save|", StringComparison.Ordinal));
            Run.Is("icacls.exe grants", "icacls.exe|D:\\WSUS\\WsusContent|/grant|*S-1-5-20:(OI)(CI)F|*S-1-5-32-545:(OI)(CI)RX", programs[2]);
            int calls = server.Changes.Count;
            Run.Is("a second run", 0, Engine.Script(script, journal));
            Run.Is("a second run calls nothing", calls + " 3 3", server.Changes.Count + " " + ServiceController.Calls.Count + " " +
                   Programs().Split('\n', StringSplitOptions.RemoveEmptyEntries).Length);
            Run.Is("undo", 0, Engine.Script(undo, journal));
            Run.Is("undo brings the state back", before, server.State());
            Run.Is("icacls.exe restores", true, Programs().Contains("icacls.exe|D:\\WSUS|/restore|", StringComparison.Ordinal));
            calls = server.Changes.Count;
            Run.Is("a second undo", 0, Engine.Script(undo, journal));
            Run.Is("a second undo calls nothing", calls, server.Changes.Count);
        }

        private static void WhatIfChangesNothing(string folder, string script)
        {
            Server server = Observed();
            Engine.Script(script, Run.Fresh(folder), ("WhatIf", true));
            Run.Is("-WhatIf calls nothing", 0, server.Changes.Count + ServiceController.Calls.Count + Programs().Length);
        }

        private static void DriftSkips(string folder, string script, string undo)
        {
            Server server = Observed();
            server.Configuration.UpstreamWsusServerName = "another";
            string journal = Run.Fresh(folder);
            Run.Is("another upstream by now is left alone", 3, Engine.Script(script, journal));
            Run.Is("it is still named", "another", server.GetConfiguration().UpstreamWsusServerName);
            server.Groups.First(g => g.Name == "Below").GetComputerTargets().Add(new ComputerTarget());
            Run.Is("a group that has computers by now stays", 3, Engine.Script(undo, journal));
            Run.Is("it is there", true, server.Groups.Any(g => g.Name == "Below"));
            server = Observed();
            ServiceController.Installed.Remove("BITS");
            Run.Is("a service that is not installed is skipped", 3, Engine.Script(script, Run.Fresh(folder)));
        }

        private static void AResetIsNeverFirst(string folder, string script)
        {
            string text = File.ReadAllText(script), first = Path.Combine(folder, "reset-first.ps1");
            int steps = text.IndexOf("$Steps = @(", StringComparison.Ordinal), reset = text.IndexOf("    @{\r\n        Id = 'a7'", StringComparison.Ordinal);
            File.WriteAllText(first, text.Substring(0, steps) + "$Steps = @(\r\n" + text.Substring(reset));
            Server server = Observed();
            Run.Is("a reset as the first step is skipped", 3, Engine.Script(first, Run.Fresh(folder)));
            Run.Is("there is no reset", false, server.Changes.Contains("reset content"));
            File.Delete(first);
        }

        private static void StoppedAnywhereItGoesOn(string folder, string script)
        {
            Server whole = Observed();
            Engine.Script(script, Run.Fresh(folder));
            string want = whole.State();
            for (int n = 0; n < whole.Changes.Count; n++)
            {
                Server server = Observed();
                string journal = Run.Fresh(folder);
                server.FailAfter = n;
                Run.Is($"the machine's script, stopped at change {n}", 2, Engine.Script(script, journal));
                Run.Is($"goes on after change {n}", 0, Engine.Script(script, journal));
                Run.Is($"the same end after change {n}", want, server.State());
            }
        }

        private static void FarAwayNothingOfTheMachineIsTouched(string folder, string script)
        {
            Observed();
            Run.Is("from a management machine", 3, Engine.Script(script, Run.Fresh(folder), ("Server", "wsus-hq.example")));
            Run.Is("no service and no program is touched", 0, ServiceController.Calls.Count + Programs().Length);
        }
    }
}
