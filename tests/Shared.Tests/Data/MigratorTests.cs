using System.Text.RegularExpressions;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed partial class MigratorTests
{
    private static readonly string[] TablesOfTheDesign =
    [
        "association", "study", "instance", "study_version", "study_version_instance", "clip", "video_view", "analysis", "finding", "result_object",
        "delivery", "commitment_report", "label", "schedule", "training_run", "model", "instance_conflict",
    ];

    [Theory, EachDatabase]
    public async Task ApplyAsync_Twice_SecondTimeDoesNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, migrate: false);
        var migrator = new Migrator(test.Database, TimeProvider.System);
        Assert.Equal(Migrator.ForProvider(provider).Count, await migrator.ApplyAsync(default));
        Assert.Equal(0, await migrator.ApplyAsync(default));
    }

    [Theory, EachDatabase]
    public async Task ApplyAsync_EightAtOnce_EachMigrationIsAppliedOnce(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider, migrate: false);
        var runs = Enumerable.Range(0, 8).Select(_ => Task.Run(() => new Migrator(test.Database, TimeProvider.System).ApplyAsync(default)));
        Assert.Equal(Migrator.ForProvider(provider).Count, (await Task.WhenAll(runs)).Sum());
    }

    [Theory, EachDatabase]
    public async Task ApplyAsync_MigrationEditedAfterwards_IsRefused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE schema_migration SET sha256 = 'other' WHERE number = 1"), default);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => new Migrator(test.Database, TimeProvider.System).ApplyAsync(default));
        Assert.Contains("0001_create_tables", refusal.Message);
    }

    [Theory, EachDatabase]
    public async Task ApplyAsync_DatabaseOfANewerProgram_IsRefused(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.Database.WriteAsync(session => session.ExecuteAsync("INSERT INTO schema_migration (number, name, sha256, applied_at) SELECT 9999, 'later', 'x', applied_at FROM schema_migration WHERE number = 1"), default);
        var refusal = await Assert.ThrowsAsync<InvalidOperationException>(() => new Migrator(test.Database, TimeProvider.System).ApplyAsync(default));
        Assert.Contains("newer", refusal.Message);
    }

    [Fact]
    public void BothDialects_HaveTheSameTablesAndColumns()
    {
        var sqlite = Schema(DatabaseProvider.Sqlite);
        Assert.Equal(sqlite, Schema(DatabaseProvider.SqlServer));
        foreach (var table in TablesOfTheDesign)
            Assert.Contains(sqlite, line => line.StartsWith(table + "("));
    }

    [Fact]
    public async Task Sqlite_IsTheSystemsOne_AndFlushesEveryCommit()
    {
        await using var test = await TestDatabase.CreateAsync();
        var (version, synchronous, journal, foreignKeys) = await test.Database.ReadAsync(async session => (
            Version.Parse(await session.ScalarAsync<string>("SELECT sqlite_version()")),
            await session.ScalarAsync<int>("PRAGMA synchronous"),
            await session.ScalarAsync<string>("PRAGMA journal_mode"),
            await session.ScalarAsync<int>("PRAGMA foreign_keys")), default);
        Assert.True(version >= new Version(3, 37), $"STRICT tables need 3.37; this is {version}");
        Assert.Equal((2, "wal", 1), (synchronous, journal, foreignKeys)); // 2 is FULL
    }

    private static List<string> Schema(DatabaseProvider provider) =>
    [
        .. from migration in Migrator.ForProvider(provider)
           from Match table in Table().Matches(migration.Sql)
           let columns = from Match column in Column().Matches(table.Groups[2].Value) select $"{column.Groups[1].Value} {column.Groups[2].Value}"
           select $"{table.Groups[1].Value}({string.Join(", ", columns)})",
    ];

    [GeneratedRegex(@"CREATE TABLE (\w+) \((.*?)\n\)", RegexOptions.Singleline)]
    private static partial Regex Table();

    [GeneratedRegex(@"^    ([a-z]\w+) .*?\b(NOT NULL|NULL)", RegexOptions.Multiline)]
    private static partial Regex Column();
}
