using System.Data.Common;
using Dapper;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace EchoClr.Shared.Data;

/// <summary>
/// Transactions one after another, tried again when another writer was in the way. In SQLite they share one connection, which keeps its statements prepared: to parse those of a
/// received object takes several times as long as to run them. For one caller at a time.
/// </summary>
public sealed class DatabaseWriter(Database database) : IAsyncDisposable
{
    /// <summary>A deadlock or a lost race for a unique key is settled at the first repetition; more than a few means something else.</summary>
    private const int MaxTries = 5;

    private DbConnection? _connection;

    /// <summary>Runs <paramref name="work"/> in one transaction. It may run more than once, so it must leave nothing behind outside the database.</summary>
    public async Task<T> WriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await TryWriteAsync(work, cancellationToken);
            }
            catch (DbException exception) when (attempt < MaxTries && LostARace(exception))
            {
                await Task.Yield();
            }
        }
    }

    public ValueTask DisposeAsync() => CloseAsync();

    private async Task<T> TryWriteAsync<T>(Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        var keep = false;
        try
        {
            _connection ??= await database.OpenAsync(cancellationToken);
            if (database.Provider == DatabaseProvider.SqlServer)
                return await WriteSqlServerAsync(_connection, work, cancellationToken);
            var result = await WriteSqliteAsync(_connection, work, cancellationToken);
            keep = true;
            return result;
        }
        finally
        {
            // After a failure the next transaction inherits nothing; and SQL Server's library looks after its connections itself.
            if (!keep)
                await CloseAsync();
        }
    }

    private async ValueTask CloseAsync()
    {
        var connection = _connection;
        _connection = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    private static async Task<T> WriteSqlServerAsync<T>(DbConnection connection, Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var result = await work(new Session(connection, transaction, cancellationToken));
        await transaction.CommitAsync(cancellationToken);
        return result;
    }

    /// <summary>
    /// Without the library's transaction object: a commit that finds the disk full has rolled back by itself, the object rolls back once more, and that error
    /// ("no transaction is active") would hide the first and keep the connection from closing.
    /// </summary>
    private static async Task<T> WriteSqliteAsync<T>(DbConnection connection, Func<Session, Task<T>> work, CancellationToken cancellationToken)
    {
        // IMMEDIATE, so that a reader never has to become a writer half-way (SQLITE_BUSY_SNAPSHOT).
        await connection.ExecuteAsync(new CommandDefinition("BEGIN IMMEDIATE", cancellationToken: cancellationToken));
        try
        {
            var result = await work(new Session(connection, null, cancellationToken));
            await connection.ExecuteAsync(new CommandDefinition("COMMIT", cancellationToken: cancellationToken));
            return result;
        }
        catch
        {
            try
            {
                await connection.ExecuteAsync("ROLLBACK");
            }
            catch (SqliteException)
            {
                // It was rolled back already; the first error is the one to tell.
            }
            throw;
        }
    }

    /// <summary>Deadlock victim, or a unique key that another transaction took between our look and our insert.</summary>
    private static bool LostARace(DbException exception) => exception switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode is 1555 or 2067, // primary key, unique
        SqlException sqlServer => sqlServer.Number is 1205 or 2601 or 2627,
        _ => false,
    };
}
