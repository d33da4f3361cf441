using System.Data;
using System.Data.Common;
using Dapper;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace EchoClr.Shared.Data;

/// <summary>Opens connections to the configured database and runs work in them.</summary>
public sealed class Database
{
    /// <summary>How long a SQLite writer waits for another one: far longer than any of our transactions, shorter than a sender's DIMSE time-out (30 s and more).</summary>
    private const int BusyTimeoutMs = 10_000;

    private readonly string _connectionString;

    static Database()
    {
        DefaultTypeMap.MatchNamesWithUnderscores = true;
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset));
        SqlMapper.RemoveTypeMap(typeof(DateTimeOffset?));
        SqlMapper.AddTypeHandler(new UtcTimeHandler());
    }

    public Database(DataOptions options)
    {
        Provider = options.Provider;
        _connectionString = Provider switch
        {
            DatabaseProvider.Sqlite => SqliteConnectionString(options),
            DatabaseProvider.SqlServer => options.ConnectionString ?? throw new ArgumentException("Data:ConnectionString is needed for Data:Provider=sqlserver"),
            _ => throw new ArgumentOutOfRangeException(nameof(options), $"Data:Provider: {options.Provider}"),
        };
    }

    public DatabaseProvider Provider { get; }

    /// <summary>Behind an ORDER BY: the first <c>@Take</c> rows, which is what an index in that order can stop at.</summary>
    internal string FirstRows => Provider == DatabaseProvider.Sqlite ? "LIMIT @Take" : "OFFSET 0 ROWS FETCH NEXT @Take ROWS ONLY";

    /// <summary>Behind an ORDER BY: <c>@Take</c> rows after the first <c>@Skip</c>.</summary>
    internal string SomeRows => Provider == DatabaseProvider.Sqlite ? "LIMIT @Take OFFSET @Skip" : "OFFSET @Skip ROWS FETCH NEXT @Take ROWS ONLY";

    /// <summary>Runs queries that need not see one snapshot.</summary>
    public async Task<T> ReadAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var connection = await OpenAsync(cancellationToken);
        return await work(new Session(connection, null, cancellationToken));
    }

    /// <summary>Runs <paramref name="work"/> in one transaction. It may run more than once, so it must leave nothing behind outside the database.</summary>
    public async Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var writer = new DatabaseWriter(this);
        return await writer.WriteAsync(work, cancellationToken);
    }

    public Task WriteAsync(Func<Session, Task> work, CancellationToken cancellationToken) =>
        WriteAsync(async session => { await work(session); return true; }, cancellationToken);

    internal async Task<DbConnection> OpenAsync(CancellationToken cancellationToken)
    {
        if (Provider == DatabaseProvider.SqlServer)
        {
            var sqlServer = new SqlConnection(_connectionString);
            await sqlServer.OpenAsync(cancellationToken);
            return sqlServer;
        }

        SystemSqlite.Use();
        var sqlite = new PreparedConnection(_connectionString);
        await sqlite.OpenAsync(cancellationToken);
        // synchronous=FULL: each commit is flushed before it returns, because a C-STORE is answered Success on the strength of it.
        await sqlite.ExecuteAsync($"PRAGMA busy_timeout={BusyTimeoutMs}; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;");
        return sqlite;
    }

    private static string SqliteConnectionString(DataOptions options)
    {
        if (options.ConnectionString is null)
            Directory.CreateDirectory(options.Directory);
        var builder = new SqliteConnectionStringBuilder(options.ConnectionString ?? "") { ForeignKeys = true, DefaultTimeout = BusyTimeoutMs / 1000 };
        if (builder.DataSource.Length == 0)
            builder.DataSource = Path.GetFullPath(Path.Combine(options.Directory, "echoclr.db"));
        return builder.ToString();
    }

    /// <summary>The database itself is in trouble (full, locked, unreachable, damaged), as against a row that it would not take.</summary>
    public static bool IsUnavailable(Exception exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteErrorCode is not (1 or 18 or 19 or 20 or 25), // error in the statement, too big, constraint, mismatch, range
        SqlException sqlServer => sqlServer.Class >= 17 || sqlServer.Number is -2 or 0 or 53 or 258 or 4060 or 18456,
        DbException => true,
        _ => false,
    };

    /// <summary>
    /// There is no room for more rows, and none was written. SQLite says so by two words: full, and, where even its wal-index finds no room, before anything is written,
    /// SQLITE_IOERR_SHMSIZE.
    /// </summary>
    public static bool IsFull(Exception exception) =>
        exception is SqliteException { SqliteErrorCode: 13 } or SqliteException { SqliteExtendedErrorCode: 4874 } or SqlException { Number: 1105 or 9002 };

    /// <summary>UTC to the millisecond: text in SQLite, so that it sorts as it reads; datetimeoffset in SQL Server.</summary>
    private sealed class UtcTimeHandler : SqlMapper.TypeHandler<DateTimeOffset>
    {
        private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

        public override void SetValue(IDbDataParameter parameter, DateTimeOffset value) =>
            parameter.Value = parameter is SqliteParameter ? value.UtcDateTime.ToString(Format) : value.ToUniversalTime();

        public override DateTimeOffset Parse(object value) =>
            value is DateTimeOffset time ? time : DateTimeOffset.ParseExact((string)value, Format, null, System.Globalization.DateTimeStyles.AssumeUniversal);
    }
}
