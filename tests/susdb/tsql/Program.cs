// SPDX-License-Identifier: MIT
// Program.cs: every statement named on the command line is one SELECT that Microsoft's T-SQL parsers of SQL Server 2012
// and later accept, it reads and nothing else, and its line "-- needs:" names exactly the columns it uses.
// First the checks themselves are tried: what is broken on purpose must be found.
using System;
using System.Collections.Generic;
using System.IO;
using System.Linq;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace Wsusck.Tests;

/// <summary>Tables by alias, and the columns that are asked of them.</summary>
internal sealed class Uses : TSqlFragmentVisitor
{
    private readonly Dictionary<string, string> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<IList<Identifier>> _columns = new();
    public List<string> Problems { get; } = new();

    public override void Visit(NamedTableReference table)
    {
        string name = table.SchemaObject.BaseIdentifier.Value;
        _tables[table.Alias?.Value ?? name] = name;
        if (table.SchemaObject.SchemaIdentifier != null || table.SchemaObject.DatabaseIdentifier != null)
            Problems.Add($"{name} is named with a schema");
        if (table.TableHints.Count > 0)
            Problems.Add($"{name} is read with a hint");
    }

    public override void Visit(ColumnReferenceExpression column)
    {
        if (column.ColumnType == ColumnType.Regular)
            _columns.Add(column.MultiPartIdentifier.Identifiers);
        else
            Problems.Add("a column without a name");
    }

    public override void Visit(SelectStarExpression star) => Problems.Add("SELECT *");

    public override void Visit(SelectStatement select)
    {
        if (select.Into != null)
            Problems.Add("SELECT INTO");
    }

    public override void Visit(FunctionCall call) => Problems.Add($"function {call.FunctionName.Value}");

    public HashSet<string> Columns()
    {
        var found = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var parts in _columns)
        {
            string? table = parts.Count == 2 ? _tables.GetValueOrDefault(parts[0].Value)
                : parts.Count == 1 && _tables.Count == 1 ? _tables.Values.Single() : null;
            if (table == null)
                Problems.Add($"{string.Join('.', parts.Select(p => p.Value))} belongs to no table");
            else
                found.Add($"{table}.{parts[^1].Value}");
        }
        return found;
    }
}

internal static class Program
{
    private static readonly (string Name, TSqlParser Parser)[] Parsers =
    {
        ("SQL Server 2012", new TSql110Parser(true)), ("2014", new TSql120Parser(true)),
        ("2016", new TSql130Parser(true)), ("2017", new TSql140Parser(true)), ("2019", new TSql150Parser(true)),
        ("2022", new TSql160Parser(true)), ("2025", new TSql170Parser(true)),
    };

    private static HashSet<string> Needs(string sql)
    {
        string line = sql.Split('\n').FirstOrDefault(l => l.StartsWith("-- needs:", StringComparison.Ordinal)) ?? "";
        return line.Length == 0 ? new HashSet<string>()
            : line["-- needs:".Length..].Split(' ', StringSplitOptions.RemoveEmptyEntries)
                .Select(c => c.Trim()).ToHashSet(StringComparer.OrdinalIgnoreCase);
    }

    private static List<string> Judge(string sql)
    {
        var problems = new List<string>();
        TSqlFragment? tree = null;
        foreach (var (name, parser) in Parsers)
        {
            tree = parser.Parse(new StringReader(sql), out IList<ParseError> errors);
            problems.AddRange(errors.Select(e => $"{name}: line {e.Line}: {e.Message}"));
        }
        if (problems.Count > 0)
            return problems;
        var statements = ((TSqlScript)tree!).Batches.SelectMany(b => b.Statements).ToList();
        if (statements.Count != 1 || statements[0] is not SelectStatement)
            problems.Add("is not one SELECT");
        var uses = new Uses();
        tree!.Accept(uses);
        HashSet<string> used = uses.Columns(), needs = Needs(sql);
        problems.AddRange(uses.Problems);
        problems.AddRange(used.Except(needs, StringComparer.OrdinalIgnoreCase).Select(c => $"uses {c} and does not say so"));
        problems.AddRange(needs.Except(used, StringComparer.OrdinalIgnoreCase).Select(c => $"needs {c} and does not use it"));
        return problems;
    }

    private static int Main(string[] files)
    {
        (string Sql, string Wanted)[] broken =
        {
            ("-- needs: a.x\nSELECT x FRM a", "SQL Server 2012: line 2"),
            ("-- needs: a.x\nSELECT x FROM a LIMIT 1", "SQL Server 2012: line 2"),
            ("-- needs:\nDELETE FROM a", "is not one SELECT"),
            ("-- needs: a.x\nSELECT x FROM a; SELECT x FROM a", "is not one SELECT"),
            ("-- needs: a.x\nSELECT x INTO b FROM a", "SELECT INTO"),
            ("-- needs: a.x\nSELECT x, y FROM a", "uses a.y and does not say so"),
            ("-- needs: a.x a.y\nSELECT x FROM a", "needs a.y and does not use it"),
            ("-- needs: a.x\nSELECT * FROM a", "SELECT *"),
            ("-- needs: a.x\nSELECT x FROM a WITH (TABLOCKX)", "a is read with a hint"),
        };
        int failed = 0;
        foreach (var (sql, wanted) in broken)
            if (!Judge(sql).Any(p => p.StartsWith(wanted, StringComparison.Ordinal)))
            {
                failed++;
                Console.WriteLine($"not found: {wanted} in {sql}: {string.Join("; ", Judge(sql))}");
            }
        foreach (string file in files)
            foreach (string problem in Judge(File.ReadAllText(file)))
            {
                failed++;
                Console.WriteLine($"{Path.GetFileName(file)}: {problem}");
            }
        Console.WriteLine($"{files.Length + broken.Length} statements, {Parsers.Length} parsers, {failed} problems");
        return failed == 0 && files.Length > 0 ? 0 : 1;
    }
}
