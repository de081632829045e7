// SPDX-License-Identifier: MIT
// HostFacts.cs: host SCRIPT OUT: the functions of Export-WsusSnapshot.ps1 that look at the machine, run by PowerShell
// itself against stand-ins for the registry, services, IIS and logs. First everything answers, then everything refuses.
// OUT gets a whole document with the facts of the first run, for "wsusck import".
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Language;
using System.Management.Automation.Runspaces;
using System.Text.Json;

namespace Microsoft.Web.Administration
{
    public sealed class PeriodicRestart { public long PrivateMemory => 1843200; }
    public sealed class Recycling { public PeriodicRestart PeriodicRestart => new PeriodicRestart(); }
    public sealed class Pool
    {
        public string Name { get; set; } = "";
        public string State => "Started";
        public Recycling Recycling => new Recycling();
    }
    public sealed class Binding
    {
        public string Protocol { get; set; } = "";
        public string BindingInformation { get; set; } = "";
    }
    public sealed class Site
    {
        public string Name => "WSUS Administration";
        public Binding[] Bindings => new[] { new Binding { Protocol = "http", BindingInformation = "*:8530:" },
                                             new Binding { Protocol = "https", BindingInformation = "[::]:8531:wsus" } };
    }
    public sealed class ServerManager
    {
        public static bool Refuse;
        public ServerManager()
        {
            if (Refuse)
                throw new UnauthorizedAccessException("no IIS\tfor you");
        }
        public Pool[] ApplicationPools => new[] { new Pool { Name = "DefaultAppPool" }, new Pool { Name = "WsusPool" } };
        public Site[] Sites => new[] { new Site() };
    }
}

namespace Wsusck.Tests
{
    internal static class HostFacts
    {
        public sealed class HistoryEvent
        {
            public DateTime CreationDate => new DateTime(2026, 11, 20, 3, 0, 0, DateTimeKind.Utc);
            public int WsusEventId { get; set; }
            public bool IsError { get; set; }
            public string Message { get; set; } = "";
        }

        public sealed class Subscription
        {
            public bool Refuse;
            public HistoryEvent[] GetEventHistory(DateTime from, DateTime to)
            {
                if (Refuse)
                    throw new InvalidOperationException("no history");
                if ((to - from).TotalDays != 90)
                    throw new ArgumentException("90 days were expected");
                return Enumerable.Range(0, 2100)
                    .Select(i => new HistoryEvent { WsusEventId = i == 2099 ? 386 : 384, IsError = i == 2099, Message = i + " \"x\"" })
                    .ToArray();
            }
        }

        public sealed class Config
        {
            public bool UseProxy => true;
            public string ProxyName => "proxy";
            public int ProxyServerPort => 8080;
            public string ProxyUserName => "svc";
            public string ProxyUserDomain => "CONTOSO";
            public string ProxyPassword => "hunter2";
            public bool AnonymousProxyAccess => false;
            public bool HasProxyPassword => true;
            public bool AllowProxyCredentialsOverNonSsl => true;
            public string LocalContentCachePath => @"D:\WSUS\WsusContent";
        }

        // The registry, and cmdlets that only Windows has.
        private const string Answers = @"
$script:Registry = @{
    'HKLM:\SOFTWARE\Microsoft\Update Services\Server\Setup' = @{ ContentDir = 'D:\WSUS'; SqlServerName = 'MICROSOFT##WID'; PortNumber = 8530; EncryptionParam = 'hunter2' }
    'HKLM:\SYSTEM\CurrentControlSet\Services\W3SVC' = @{ DelayedAutostart = 1 }
    'HKLM:\SOFTWARE\Microsoft\Windows NT\CurrentVersion' = @{ CurrentBuildNumber = '20348'; CurrentMajorVersionNumber = 10; CurrentMinorVersionNumber = 0; CurrentVersion = '6.3'; UBR = 4297 }
    'HKLM:\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Client' = @{ Enabled = 1 }
    'HKLM:\SOFTWARE\Microsoft\.NETFramework\v4.0.30319' = @{ SchUseStrongCrypto = 1 }
}
function Test-Path { param($LiteralPath) return $script:Registry.ContainsKey($LiteralPath) -or $LiteralPath -like 'D:*' }
function Get-ItemProperty { param($LiteralPath) return [pscustomobject]$script:Registry[$LiteralPath] }
function Get-Service {
    [pscustomobject]@{ Name = 'bits'; Status = 'Stopped'; StartType = 'Disabled' }
    [pscustomobject]@{ Name = 'WsusService'; Status = 'Running'; StartType = 'Automatic' }
    [pscustomobject]@{ Name = 'W3SVC'; Status = 'StartPending'; StartType = 'Automatic' }
    [pscustomobject]@{ Name = 'MSSQL$MICROSOFT##WID'; Status = 'Running'; StartType = 'Automatic' }
    [pscustomobject]@{ Name = 'Spooler'; Status = 'Running'; StartType = 'Automatic' }
}
function Get-Acl { param($LiteralPath) if ($LiteralPath -eq 'D:\') { throw 'access is denied' }; return [pscustomobject]@{ Sddl = 'D:(A;;FA;;;NS)(A;;FR;;;BU)' } }
function Get-WinEvent { param($FilterHashtable, $MaxEvents)
    [pscustomobject]@{ TimeCreated = [DateTime]::new(2026, 11, 24, 10, 0, 0, [DateTimeKind]::Utc); Id = 12052; ProviderName = 'Windows Server Update Services'; LevelDisplayName = 'Error'; Message = 'down' }
    [pscustomobject]@{ TimeCreated = $null; Id = 1; ProviderName = 'Windows Server Update Services'; LevelDisplayName = ''; Message = '' }
}
function Get-BitsTransfer { param([switch]$AllUsers)
    [pscustomobject]@{ DisplayName = 'WSUS'; JobState = 'Error'; ErrorDescription = 'e'; FileList = @([pscustomobject]@{ RemoteName = 'http://u:hunter2@x/a' }) }
    [pscustomobject]@{ DisplayName = 'other'; JobState = 'Transferring'; ErrorDescription = ''; FileList = @() }
}
";
        private const string Refusals = @"
function Test-Path { param($LiteralPath) throw 'access is denied' }
function Get-Service { throw 'access is denied' }
function Get-Acl { param($LiteralPath) throw 'access is denied' }
function Get-WinEvent { param($FilterHashtable, $MaxEvents) throw 'access is denied' }
function Get-BitsTransfer { param([switch]$AllUsers) throw 'access is denied' }
";

        private static int bad;

        private static void Is(string what, object want, object? got)
        {
            if (Equals(want, got))
                return;
            bad++;
            Console.WriteLine($"NOT OK {what}: wanted {want}, got {got}");
        }

        // Everything of the script but its last part, which would connect to a server: functions, and plain variables.
        private static string Functions(string script)
        {
            ScriptBlockAst ast = Parser.ParseFile(script, out _, out ParseError[] errors);
            foreach (ParseError error in errors)
                Console.WriteLine($"{script}:{error.Extent.StartLineNumber}: {error.Message}");
            bad += errors.Length;
            IEnumerable<string> parts = ast.EndBlock.Statements
                .Where(s => s is FunctionDefinitionAst || s.Extent.Text.StartsWith("$Invariant") || s.Extent.Text.StartsWith("$HistoryDays") ||
                            s.Extent.Text.StartsWith("$MaxEvents") || s.Extent.Text.StartsWith("Set-StrictMode"))
                .Select(s => s.Extent.Text);
            return string.Join("\n", parts) + "\n$ErrorActionPreference = 'Stop'\n$script:Notes = @{}\n";
        }

        private static Microsoft.UpdateServices.Administration.Server Below(bool refuses)
        {
            var server = new Microsoft.UpdateServices.Administration.Server { Broken = refuses ? "GetDownstreamServers" : "" };
            server.Below.Add(new Microsoft.UpdateServices.Administration.DownstreamServer {
                Id = Run.Id("9999", 1), FullDomainName = "wsus-\u00fc \"1\".example", IsReplica = true, Version = new Version(10, 0, 20348, 1) });
            return server;
        }

        private static (JsonElement Row, string Text) Facts(string functions, string stubs, Subscription subscription)
        {
            using Runspace runspace = RunspaceFactory.CreateRunspace(InitialSessionState.CreateDefault2());
            runspace.Open();
            using PowerShell shell = PowerShell.Create(runspace);
            shell.AddScript(functions + stubs + "ConvertTo-JsonText (Get-HostRow $args[2] $args[0] $args[1] $true)")
                .AddArgument(new Config()).AddArgument(subscription).AddArgument(Below(subscription.Refuse));
            string text = (string)shell.Invoke().Single().BaseObject;
            return (JsonDocument.Parse(text).RootElement, text);
        }

        internal static int All(string script, string output)
        {
            string functions = Functions(script);
            Answered(functions, output);
            Refused(functions);
            if (bad > 0)
                Console.WriteLine(Facts(functions, Answers, new Subscription()).Row.GetProperty("unread"));
            Console.WriteLine(bad == 0 ? "the machine is read as it is" : $"{bad} facts are wrong");
            return bad == 0 ? 0 : 1;
        }

        private static string Of(JsonElement row, params object[] path)
        {
            foreach (object step in path)
            {
                if (step is string key ? !row.TryGetProperty(key, out JsonElement next) : (int)step >= row.GetArrayLength())
                    return "nothing";
                row = step is string name ? row.GetProperty(name) : row[(int)step];
            }
            return row.ValueKind == JsonValueKind.String ? row.GetString()! : row.GetRawText();
        }

        private static void Answered(string functions, string output)
        {
            (JsonElement row, string text) = Facts(functions, Answers, new Subscription());
            Is("refusals: the drive, and its space, as D: is no drive here", 2, row.GetProperty("unread").EnumerateObject().Count());
            Is("build", "10.0.20348.4297", Of(row, "os_build"));
            Is("no secret leaves", false, text.Contains("hunter2"));
            Is("BITS", "{\"name\":\"BITS\",\"state\":\"stopped\",\"start\":\"disabled\"}", Of(row, "services", 0));
            Is("WSUS", "running", Of(row, "services", 1, "state"));
            Is("a state between", "unknown", Of(row, "services", 2, "state"));
            Is("delayed", "automatic_delayed", Of(row, "services", 2, "start"));
            Is("not installed", "missing", Of(row, "services", 3, "state"));
            Is("database", "MSSQL$MICROSOFT##WID", Of(row, "services", 4, "name"));
            Is("no other services", 5, row.GetProperty("services").GetArrayLength());
            Is("setup", "8530", Of(row, "registry", "PortNumber"));
            Is("pool", "{\"state\":\"started\",\"private_memory_kb\":1843200}", Of(row, "wsus_pool"));
            Is("binding", "8531", Of(row, "iis", "bindings", 1, "port"));
            Is("folder", @"D:\WSUS\WsusContent", Of(row, "content", "acl", 0, "path"));
            Is("folder above", @"D:\WSUS", Of(row, "content", "acl", 1, "path"));
            Is("a folder that refuses", "access is denied", Of(row, "unread", @"content.acl D:\"));
            Is("proxy", "true", Of(row, "proxy", "basic_in_cleartext"));
            Is("event", "12052", Of(row, "events", 0, "id"));
            Is("events and history, the newest", 2001, row.GetProperty("events").GetArrayLength());
            Is("history", "{\"time\":\"2026-11-20T03:00:00Z\",\"id\":386,\"source\":\"WSUS\",\"level\":\"Error\",\"text\":\"2099 \\\"x\\\"\"}", Of(row, "events", 2000));
            Is("a server below that never synchronized", "{\"full_name\":\"wsus-\u00fc \\\"1\\\".example\",\"id\":\"" + Run.Id("9999", 1) +
               "\",\"last_sync\":null,\"last_rollup\":null,\"version\":\"10.0.20348.1\",\"replica\":true}", Of(row, "downstream_servers", 0));
            Is("tls", "1", Of(row, "tls", "TLS 1.2 Client Enabled"));
            Is("a job in error", "http://x/a", Of(row, "bits_jobs", 0, "url"));
            Is("jobs that run", 1, row.GetProperty("bits_jobs").GetArrayLength());
            File.WriteAllText(output, "{\"format\":\"wsusck-snapshot-lines\",\"format_version\":\"1.0\",\"server\":{\"name\":\"hq\"}," +
                                      "\"coverage\":{\"host\":{\"state\":\"partial\"}},\"host\":" + text + "}\n{\"end\":true,\"rows\":0}\n");
        }

        private static void Refused(string functions)
        {
            Microsoft.Web.Administration.ServerManager.Refuse = true;
            (JsonElement row, string text) = Facts(functions, Refusals, new Subscription { Refuse = true });
            foreach (string part in new[] { "os_build", "registry", "services", "events", "bits_jobs", "tls" })
            {
                Is(part + " refused", "access is denied", Of(row, "unread", part));
                Is(part + " is not there", "nothing", Of(row, part));
            }
            Is("iis refused", "no IIS for you", Of(row, "unread", "iis"));
            Is("history refused", "no history", Of(row, "unread", "events.history"));
            Is("downstream servers refused", "no answer from GetDownstreamServers", Of(row, "unread", "downstream_servers"));
            Is("no downstream server is listed", "nothing", Of(row, "downstream_servers"));
            Is("permissions refused", "access is denied", Of(row, "unread", @"content.acl D:\WSUS\WsusContent"));
            Is("no folder is listed", "[]", Of(row, "content", "acl"));
            Is("the proxy is known all the same", "proxy", Of(row, "proxy", "host"));
        }
    }
}
