using System.Reflection;
using System.Security.Cryptography;
using System.Text;

namespace EchoClr.Shared.Data;

/// <summary>Brings the database to the newest schema: forward only, one process at a time, each migration in its own transaction, as often as one likes.</summary>
public sealed class Migrator(Database database, TimeProvider time)
{
    private static readonly Assembly Resources = typeof(Migrator).Assembly;

    /// <summary>Returns how many migrations were applied; 0 when the database was current.</summary>
    public async Task<int> ApplyAsync(CancellationToken cancellationToken)
    {
        var applied = 0;
        var migrations = ForProvider(database.Provider);
        foreach (var migration in migrations)
            applied += await ApplyAsync(migration, cancellationToken) ? 1 : 0;

        var newest = await database.ReadAsync(session => session.ScalarAsync<int>("SELECT MAX(number) FROM schema_migration"), cancellationToken);
        if (newest > migrations[^1].Number)
            throw new InvalidOperationException($"the database has schema {newest}, newer than this program's {migrations[^1].Number}; run the newer program");
        return applied;
    }

    /// <summary>Brings the schema up to date where <see cref="DataOptions.MigrateAtStart"/> allows it, else only looks.</summary>
    /// <exception cref="InvalidOperationException">The schema is not this program's, and may not be changed here.</exception>
    public async Task<int> PrepareAsync(DataOptions options, CancellationToken cancellationToken)
    {
        if (options.MigrateAtStart)
            return await ApplyAsync(cancellationToken);
        var (applied, newest) = (await FindSchemaAsync(cancellationToken), ForProvider(database.Provider)[^1].Number);
        return applied == newest ? 0 : throw new InvalidOperationException(
            $"the database has schema {applied} and this program needs {newest}, and Data:MigrateAtStart is off; {(applied < newest ? "run ./echoclr migrate" : "run the newer program")}");
    }

    /// <summary>The number of the newest migration that the database has; 0 for an empty one.</summary>
    public Task<int> FindSchemaAsync(CancellationToken cancellationToken) => database.ReadAsync(async session =>
        await session.ScalarAsync<int>(database.Provider == DatabaseProvider.Sqlite
            ? "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'"
            : "SELECT COUNT(*) FROM sys.tables WHERE object_id = OBJECT_ID('schema_migration')") == 0
                ? 0 : await session.ScalarAsync<int>("SELECT COALESCE(MAX(number), 0) FROM schema_migration"), cancellationToken);

    /// <summary>The migrations of one dialect, in order. A test compares the two lists.</summary>
    public static IReadOnlyList<Migration> ForProvider(DatabaseProvider provider)
    {
        var suffix = provider == DatabaseProvider.Sqlite ? ".sqlite.sql" : ".sqlserver.sql";
        return [.. from resource in Resources.GetManifestResourceNames()
                   where resource.StartsWith("Migrations/", StringComparison.Ordinal) && resource.EndsWith(suffix, StringComparison.Ordinal)
                   let name = resource["Migrations/".Length..^suffix.Length]
                   orderby name
                   select new Migration(int.Parse(name[..4]), name, Read(resource))];
    }

    private Task<bool> ApplyAsync(Migration migration, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        // The lock is the transaction itself in SQLite (BEGIN IMMEDIATE), an application lock held by the transaction in SQL Server.
        if (database.Provider == DatabaseProvider.SqlServer)
            await session.ExecuteAsync("DECLARE @result int; EXEC @result = sp_getapplock 'echoclr-migration', 'Exclusive', 'Transaction', 60000; IF @result < 0 THROW 50000, 'another process is migrating this database', 1;");
        await session.ExecuteAsync(CreateLedger(database.Provider));

        var sha256 = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(migration.Sql)));
        var known = await session.FindAsync<string>("SELECT sha256 FROM schema_migration WHERE number = @Number", new { migration.Number });
        if (known is not null && known != sha256)
            throw new InvalidOperationException($"migration {migration.Name} was edited after it had been applied to this database; write a new migration instead");
        if (known is not null)
            return false;

        await session.ExecuteAsync(migration.Sql);
        await session.ExecuteAsync(
            "INSERT INTO schema_migration (number, name, sha256, applied_at) VALUES (@Number, @Name, @Sha256, @AppliedAt)",
            new { migration.Number, migration.Name, Sha256 = sha256, AppliedAt = time.GetUtcNow() });
        return true;
    }, cancellationToken);

    private static string CreateLedger(DatabaseProvider provider) => provider == DatabaseProvider.Sqlite
        ? "CREATE TABLE IF NOT EXISTS schema_migration (number INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, applied_at TEXT NOT NULL) STRICT"
        : "IF OBJECT_ID('schema_migration') IS NULL CREATE TABLE schema_migration (number int NOT NULL PRIMARY KEY, name nvarchar(200) NOT NULL, sha256 nvarchar(64) NOT NULL, applied_at datetimeoffset(3) NOT NULL)";

    private static string Read(string resource)
    {
        using var reader = new StreamReader(Resources.GetManifestResourceStream(resource)!);
        return reader.ReadToEnd();
    }
}

/// <summary>One numbered step of the schema in one dialect.</summary>
public sealed record Migration(int Number, string Name, string Sql);
