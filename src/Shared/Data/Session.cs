using System.Data.Common;
using Dapper;

namespace EchoClr.Shared.Data;

/// <summary>One open connection, with its transaction when there is one: what a store's statements run in.</summary>
public sealed class Session(DbConnection connection, DbTransaction? transaction, CancellationToken cancellationToken)
{
    /// <summary>Returns the number of rows changed.</summary>
    public Task<int> ExecuteAsync(string sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    public async Task<IReadOnlyList<T>> QueryAsync<T>(string sql, object? parameters = null) => (await connection.QueryAsync<T>(Command(sql, parameters))).AsList();

    /// <summary>The one row, or default where there is none.</summary>
    public Task<T?> FindAsync<T>(string sql, object? parameters = null) => connection.QuerySingleOrDefaultAsync<T>(Command(sql, parameters));

    /// <summary>The first column of the one row that there must be.</summary>
    public Task<T> ScalarAsync<T>(string sql, object? parameters = null) => connection.QuerySingleAsync<T>(Command(sql, parameters));

    private CommandDefinition Command(string sql, object? parameters) => new(sql, parameters, transaction, cancellationToken: cancellationToken);
}
