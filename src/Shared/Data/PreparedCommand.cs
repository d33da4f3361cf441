using System.Data;
using System.Data.Common;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Data.Sqlite;

namespace EchoClr.Shared.Data;

/// <summary>A command as the caller makes and disposes it; behind it one of its connection's, which stays prepared.</summary>
internal sealed class PreparedCommand(PreparedConnection connection) : DbCommand
{
    private SqliteCommand? _kept;

    [AllowNull]
    public override string CommandText
    {
        get => _kept?.CommandText ?? "";
        set
        {
            // Dapper writes a list of keys into the text while it adds the parameters, and holds their collection meanwhile: it must stay the same one.
            if (_kept is null)
                _kept = connection.Take(value ?? "");
            else
                _kept.CommandText = value;
        }
    }

    public override int CommandTimeout { get; set; } = connection.DefaultTimeout;

    public override CommandType CommandType
    {
        get => CommandType.Text;
        set => ArgumentOutOfRangeException.ThrowIfNotEqual(value, CommandType.Text);
    }

    public override bool DesignTimeVisible { get; set; }

    public override UpdateRowSource UpdatedRowSource { get; set; }

    protected override DbConnection? DbConnection { get; set; } = connection;

    protected override DbParameterCollection DbParameterCollection => Kept.Parameters;

    protected override DbTransaction? DbTransaction { get; set; }

    private SqliteCommand Kept => _kept ?? throw new InvalidOperationException("the command has no text yet");

    public override void Cancel() { } // SQLite's library cannot either

    public override int ExecuteNonQuery() => Ready().ExecuteNonQuery();

    public override object? ExecuteScalar() => Ready().ExecuteScalar();

    public override void Prepare() => Ready().Prepare();

    protected override DbParameter CreateDbParameter() => new SqliteParameter();

    protected override DbDataReader ExecuteDbDataReader(CommandBehavior behavior) => Ready().ExecuteReader(behavior);

    protected override void Dispose(bool disposing)
    {
        if (disposing && _kept is not null)
            connection.GiveBack(_kept);
        _kept = null;
        base.Dispose(disposing);
    }

    private SqliteCommand Ready()
    {
        Kept.CommandTimeout = CommandTimeout;
        Kept.Transaction = (SqliteTransaction?)DbTransaction;
        return Kept;
    }
}
