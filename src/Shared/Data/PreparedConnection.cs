using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace EchoClr.Shared.Data;

/// <summary>A connection to SQLite that keeps what it has run prepared, by its text, until it is closed. For one caller at a time.</summary>
internal sealed class PreparedConnection(string connectionString) : SqliteConnection(connectionString)
{
    /// <summary>All statements of one received object are some twenty. Lists of keys make texts that differ, so there must be an end.</summary>
    private const int MostKept = 64;

    private readonly Dictionary<string, SqliteCommand> _idle = new(StringComparer.Ordinal);

    /// <summary>A command for this text that nobody else has.</summary>
    public SqliteCommand Take(string sql)
    {
        if (_idle.Remove(sql, out var kept))
            return kept;
#pragma warning disable CA2100 // the text is what the caller of CreateCommand set, as in any command
        return new SqliteCommand(sql, this);
#pragma warning restore CA2100
    }

    /// <summary>Takes a command back, at rest and without parameters.</summary>
    public void GiveBack(SqliteCommand command)
    {
        command.Parameters.Clear();
        if (_idle.Count >= MostKept || !_idle.TryAdd(command.CommandText, command))
            command.Dispose();
    }

    protected override DbCommand CreateDbCommand() => new PreparedCommand(this);
}
