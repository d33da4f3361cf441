using System.Text.RegularExpressions;
using EchoClr.Testing;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace EchoClr.Shared.Tests.Data.SqlServer;

/// <summary>
/// Every statement that the sources can send to SQL Server, by the grammar of SQL Server 2019 and against the migrated schema. No server runs here: what a plan costs, how locks wait and what
/// its types convert is not shown by this.
/// </summary>
public sealed partial class TSqlTests
{
    private static readonly Lazy<StatementCollector> Collected = new(StatementCollector.Run);

    [Fact]
    public void EveryStatement_ParsesAsTSql_AndNamesWhatIsThere()
    {
        var schema = ServerSchema.Read(Collected.Value.Statements);
        Assert.Empty(schema.Errors);
        var (faults, calls) = (new List<string>(), new HashSet<string>());
        foreach (var statement in Collected.Value.Statements.Where(statement => !IsForSqliteAlone(statement)))
        {
            // Dapper writes a list as (@Keys1, @Keys2, …).
            if (ServerSchema.Parse(statement.Where, List().Replace(statement.Sql, "IN ($1)"), faults) is not { } parsed)
                continue;
            calls.Add(statement.Where);
            var needed = StatementCheck.Run(schema, statement.Where, parsed, faults);
            if (statement.Parameters is { } given)
                faults.AddRange(needed.Where(name => !given.Contains(name)).Select(name => $"{statement.Where}: @{name} is not among the members of its argument"));
        }
        Assert.True(faults.Count == 0, string.Join('\n', faults.Distinct()));
        // The scripts, which the schema was read from; and the search of DICOMweb, whose conditions are put together by attribute: its own tests run those, on SQLite.
        Assert.All(Collected.Value.Unknown, call => Assert.True(call.Contains("Migrator.cs", StringComparison.Ordinal) || call.Contains("HeldObjectStore.cs", StringComparison.Ordinal), call));
        Assert.True(calls.Count > 200, $"only {calls.Count} calls were found");
    }

    [Fact]
    public void Scripts_ForLogins_ParseAndNameOnlyOurTables()
    {
        var faults = new List<string>();
        var files = Directory.GetFiles(Path.Combine(RealData.RepositoryRoot, "infra", "sqlserver"), "*.sql");
        Assert.Equal(2, files.Length);
        foreach (var file in files)
            ServerSchema.Parse(Path.GetFileName(file), File.ReadAllText(file), faults);
        Assert.Empty(faults);
    }

    [Theory]
    [InlineData("SELECT id FROM study LIMIT 5")]
    [InlineData("INSERT INTO association (id) VALUES ('a') RETURNING id")]
    [InlineData("INSERT INTO association (id) VALUES ('a') ON CONFLICT DO NOTHING")]
    [InlineData("SELECT 'a' || patient_id FROM study")]
    [InlineData("SELECT IFNULL(patient_id, '') FROM study")]
    [InlineData("SELECT id FROM study WHERE first_received_at < datetime('now')")]
    [InlineData("SELECT id FROM study WHERE patient_number = '1'")]
    [InlineData("SELECT s.id FROM studies s")]
    [InlineData("SELECT * FROM (SELECT id FROM study ORDER BY id) page")]
    [InlineData("DELETE FROM study AS s WHERE s.id = 1")]
    [InlineData("SELECT id FROM study WHERE patient_id IS NOT NULL AND (SELECT 1)")]
    public void WhatOnlySqliteKnows_IsFound(string sql)
    {
        var faults = new List<string>();
        if (ServerSchema.Parse("here", sql, faults) is { } parsed)
            StatementCheck.Run(ServerSchema.Read([]), "here", parsed, faults);
        Assert.NotEmpty(faults);
    }

    /// <summary>Behind a question for the provider: SQLite's own examination, and a snapshot.</summary>
    private static bool IsForSqliteAlone(CollectedStatement statement) =>
        statement.Sql.StartsWith("PRAGMA ", StringComparison.Ordinal) || statement.Sql.Contains("pragma_foreign_key_check", StringComparison.Ordinal) || statement.Sql.StartsWith("VACUUM INTO", StringComparison.Ordinal);

    [GeneratedRegex(@"\bIN (@\w+)")]
    private static partial Regex List();
}
