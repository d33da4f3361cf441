using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using Xunit;

namespace EchoClr.Testing;

/// <summary>A migrated database of its own for one test, with a data directory: SQLite in a folder, or a fresh database on the SQL Server that <c>ECHOCLR_TEST_SQLSERVER</c> names.</summary>
public sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>A connection string without a database; the login must be allowed to create some.</summary>
    public const string ServerVariable = "ECHOCLR_TEST_SQLSERVER";

    private readonly TemporaryFolder _folder = new();
    private readonly string? _serverDatabase;

    private TestDatabase(DatabaseProvider provider, string? serverDatabase)
    {
        _serverDatabase = serverDatabase;
        Options = new DataOptions { Directory = _folder.Path, Provider = provider, ConnectionString = serverDatabase is null ? null : ConnectionString(serverDatabase) };
        Database = new Database(Options);
        Blobs = new BlobStore(_folder.Path);
    }

    public DataOptions Options { get; }
    public Database Database { get; }
    public BlobStore Blobs { get; }

    /// <summary>Skips the calling test, with the reason, where the provider is not at hand.</summary>
    public static async Task<TestDatabase> CreateAsync(DatabaseProvider provider = DatabaseProvider.Sqlite, bool migrate = true)
    {
        string? name = null;
        if (provider == DatabaseProvider.SqlServer)
        {
            Assert.SkipWhen(Environment.GetEnvironmentVariable(ServerVariable) is null, $"no SQL Server here: {ServerVariable} is not set");
            name = $"echoclr_test_{Guid.NewGuid():N}";
            await OnServerAsync($"CREATE DATABASE {name}");
        }

        var database = new TestDatabase(provider, name);
        if (migrate)
            await new Migrator(database.Database, TimeProvider.System).ApplyAsync(CancellationToken.None);
        return database;
    }

    public async ValueTask DisposeAsync()
    {
        if (_serverDatabase is null)
            SqliteConnection.ClearAllPools();
        else
            await OnServerAsync($"ALTER DATABASE {_serverDatabase} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE {_serverDatabase}");
        _folder.Dispose();
    }

    private static string ConnectionString(string database) =>
        new SqlConnectionStringBuilder(Environment.GetEnvironmentVariable(ServerVariable)) { InitialCatalog = database }.ConnectionString;

    private static async Task OnServerAsync(string sql)
    {
        await using var connection = new SqlConnection(ConnectionString("master"));
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // the only variable part is a name of ours
        command.CommandText = sql;
#pragma warning restore CA2100
        await command.ExecuteNonQueryAsync();
    }
}
