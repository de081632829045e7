// SPDX-License-Identifier: MIT
// Program.cs: syntax DIR|FILE…: every .ps1 must parse without an error, for Windows PowerShell 5.1 too. parse: and call
// no command but those listed here and the functions it defines itself (reliability.md 11 e). run DIR: see Run.cs. Exit 0 all good, 1 something is wrong,
// 2 wrong usage.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using System.Management.Automation.Language;

namespace Wsusck.Tests
{
    internal static class Program
    {
        // The cmdlets a script may use. Everything else is a .NET call or a function of its own.
        private static readonly HashSet<string> Allowed =
            new HashSet<string>(StringComparer.OrdinalIgnoreCase) { "Set-StrictMode" };

        private static int Main(string[] args)
        {
            if (args.Length == 2 && args[0] == "run")
                return Run.All(Path.GetFullPath(args[1]));
            if (args.Length == 3 && args[0] == "host")
                return HostFacts.All(Path.GetFullPath(args[1]), Path.GetFullPath(args[2]));
            if (args.Length == 2 && args[0] == "tree")
                return Tree.All(Path.GetFullPath(args[1]));
            if (args.Length == 2 && args[0] == "machine")
                return Machine.All(Path.GetFullPath(args[1]));
            if (args.Length < 2 || (args[0] != "parse" && args[0] != "syntax"))
            {
                Console.Error.WriteLine("usage: wsusck-powershell parse|syntax DIR|FILE… | run DIR | machine DIR | tree DIR | host SCRIPT OUT");
                return 2;
            }
            List<string> files = args.Skip(1).SelectMany(Scripts).ToList();
            int bad = files.Sum(f => Check(f, args[0] == "parse"));
            Console.WriteLine($"{files.Count} scripts, {bad} complaints");
            return files.Count == 0 ? 2 : bad == 0 ? 0 : 1;
        }

        private static IEnumerable<string> Scripts(string path)
        {
            return Directory.Exists(path)
                       ? Directory.GetFiles(path, "*.ps1").OrderBy(p => p, StringComparer.Ordinal)
                       : new[] { path };
        }

        private static int Check(string file, bool commands)
        {
            ScriptBlockAst ast = Parser.ParseInput(File.ReadAllText(file), out _, out ParseError[] errors);
            int bad = errors.Length;
            foreach (ParseError error in errors)
                Console.WriteLine($"{file}:{error.Extent.StartLineNumber}: {error.Message}");
            HashSet<string> own = ast.FindAll(a => a is FunctionDefinitionAst, true)
                                     .Select(a => ((FunctionDefinitionAst)a).Name)
                                     .ToHashSet(StringComparer.OrdinalIgnoreCase);
            foreach (CommandAst command in ast.FindAll(a => a is CommandAst, true).Cast<CommandAst>())
            {
                if (!commands || IsAllowed(command, own))
                    continue;
                bad++;
                Console.WriteLine($"{file}:{command.Extent.StartLineNumber}: not on the list of commands: {command.Extent.Text}");
            }
            return bad + Newer(file, ast);
        }

        // Windows PowerShell 5.1 must read it too: nothing that came with 7 may be there.
        private static int Newer(string file, ScriptBlockAst ast)
        {
            List<Ast> found = ast.FindAll(IsNewer, true).ToList();
            foreach (Ast a in found)
                Console.WriteLine($"{file}:{a.Extent.StartLineNumber}: not in Windows PowerShell 5.1: {a.Extent.Text}");
            return found.Count;
        }

        private static bool IsNewer(Ast a)
        {
            return a is TernaryExpressionAst || a is PipelineChainAst || a is PipelineAst { Background: true } ||
                   a is ScriptBlockAst { CleanBlock: not null } ||
                   a is BinaryExpressionAst { Operator: TokenKind.QuestionQuestion } ||
                   a is AssignmentStatementAst { Operator: TokenKind.QuestionQuestionEquals } ||
                   a is MemberExpressionAst { NullConditional: true } || a is IndexExpressionAst { NullConditional: true } ||
                   a is ConstantExpressionAst { Value: System.Numerics.BigInteger };
        }

        // The programs that are started, word by word.
        private static readonly HashSet<string> Programs = new HashSet<string> {
            "& $tool removeinactiveapprovals",
            "& $tool config $Step.Service 'start=' $Step.Start",
            "& $tool $Step.Path '/save' $file",
            "& $tool $Step.Path '/grant' '*S-1-5-20:(OI)(CI)F' '*S-1-5-32-545:(OI)(CI)RX'",
            "& $tool $above '/restore' (Get-AclFile $Step)",
        };

        private static bool IsAllowed(CommandAst command, HashSet<string> own)
        {
            string name = command.GetCommandName();
            if (name != null)
                return Allowed.Contains(name) || own.Contains(name);
            return Programs.Contains(command.Extent.Text);
        }
    }
}
