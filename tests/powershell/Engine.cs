// SPDX-License-Identifier: MIT
// Engine.cs: one script in a runspace of its own, with a host that answers questions and notes the exit status.
using System;
using System.Collections.Generic;
using System.Collections.ObjectModel;
using System.Linq;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Management.Automation.Runspaces;
using System.Security;

namespace Wsusck.Tests
{
    internal static class Engine
    {
        internal const int Yes = 0, No = 2; // PowerShell's own order: Yes, Yes to All, No, No to All, Suspend
        internal static int Asked;

        private sealed class Answers : PSHostUserInterface
        {
            internal int Answer = -1; // none: a question is a mistake
            public override PSHostRawUserInterface RawUI => null!;

            public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice)
            {
                Asked++;
                return Answer >= 0 ? Answer : throw new InvalidOperationException("nobody is there to answer: " + message);
            }

            public override Dictionary<string, PSObject> Prompt(string c, string m, Collection<FieldDescription> d) => throw new NotSupportedException();
            public override PSCredential PromptForCredential(string c, string m, string u, string t) => throw new NotSupportedException();
            public override PSCredential PromptForCredential(string c, string m, string u, string t, PSCredentialTypes a, PSCredentialUIOptions o) =>
                throw new NotSupportedException();
            public override string ReadLine() => throw new NotSupportedException();
            public override SecureString ReadLineAsSecureString() => throw new NotSupportedException();
            public override void Write(ConsoleColor f, ConsoleColor b, string value) { }
            public override void Write(string value) { }
            public override void WriteDebugLine(string message) { }
            public override void WriteErrorLine(string value) { }
            public override void WriteLine(string value) { }
            public override void WriteProgress(long sourceId, ProgressRecord record) { }
            public override void WriteVerboseLine(string message) { }
            public override void WriteWarningLine(string message) { }
        }

        private sealed class Host : PSHost
        {
            internal readonly Answers Answers = new Answers();
            internal int Exit = -1;
            public override string Name => "wsusck";
            public override Version Version => new Version(1, 0);
            public override Guid InstanceId { get; } = Guid.NewGuid();
            public override PSHostUserInterface UI => Answers;
            public override System.Globalization.CultureInfo CurrentCulture => System.Globalization.CultureInfo.InvariantCulture;
            public override System.Globalization.CultureInfo CurrentUICulture => System.Globalization.CultureInfo.InvariantCulture;
            public override void EnterNestedPrompt() { }
            public override void ExitNestedPrompt() { }
            public override void NotifyBeginApplication() { }
            public override void NotifyEndApplication() { }
            public override void SetShouldExit(int code) => Exit = code;
        }

        // "Ask": answer every question so; otherwise -Confirm:$false, or -WhatIf when that is among `more`.
        internal static int Script(string path, string journal, params (string, object)[] more)
        {
            var parameters = new List<(string, object)> { ("JournalFolder", journal) };
            if (!more.Any(m => m.Item1 == "MaxAgeHours"))
                parameters.Add(("MaxAgeHours", 87600));
            if (!more.Any(m => m.Item1 == "WhatIf" || m.Item1 == "Ask"))
                parameters.Add(("Confirm", false));
            return Run(path, parameters.Concat(more));
        }

        private static Runspace Open(Host host)
        {
            Runspace runspace = RunspaceFactory.CreateRunspace(host, InitialSessionState.CreateDefault2());
            runspace.Open();
            return runspace;
        }

        private static Runspace? kept;

        // A script that only reads leaves nothing behind in its runspace: one serves all of its runs.
        internal static void Read(string path, IEnumerable<(string, object)> parameters)
        {
            using PowerShell shell = PowerShell.Create();
            shell.Runspace = kept ??= Open(new Host());
            var command = new Command(path);
            foreach ((string name, object value) in parameters)
                command.Parameters.Add(name, value);
            shell.Commands.AddCommand(command);
            shell.Invoke();
        }

        internal static int Run(string path, IEnumerable<(string, object)> parameters)
        {
            var host = new Host();
            using Runspace runspace = Open(host);
            using PowerShell shell = PowerShell.Create();
            shell.Runspace = runspace;
            var command = new Command(path);
            foreach ((string name, object value) in parameters)
            {
                if (name == "Ask")
                    host.Answers.Answer = (int)value;
                else
                    command.Parameters.Add(name, value);
            }
            shell.Commands.AddCommand(command);
            shell.Invoke();
            object last = runspace.SessionStateProxy.GetVariable("LASTEXITCODE");
            return host.Exit >= 0 ? host.Exit : last is int code ? code : -1;
        }
    }
}
