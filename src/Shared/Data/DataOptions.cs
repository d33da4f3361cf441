using System.ComponentModel.DataAnnotations;

namespace EchoClr.Shared.Data;

/// <summary>Where rows and objects are kept.</summary>
public sealed class DataOptions
{
    public const string SectionName = "Data";

    /// <summary>The folder of objects, results and, for SQLite, the database. Shared by all hosts when roles run on several machines.</summary>
    [Required]
    public string Directory { get; set; } = "data";

    /// <summary>sqlite (one file, the default) or sqlserver.</summary>
    public DatabaseProvider Provider { get; set; } = DatabaseProvider.Sqlite;

    /// <summary>Needed for SQL Server; for SQLite null means <c>echoclr.db</c> in <see cref="Directory"/>.</summary>
    public string? ConnectionString { get; set; }

    /// <summary>Whether a start brings the schema up to date. Off where the login may not (<c>infra/sqlserver</c>): then <c>./echoclr migrate</c> does it, by a login that may.</summary>
    public bool MigrateAtStart { get; set; } = true;
}

/// <summary>The two databases that every statement is written for.</summary>
public enum DatabaseProvider
{
    Sqlite,
    SqlServer,
}
