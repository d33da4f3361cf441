using EchoClr.Shared.Data;
using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace EchoClr.Shared.Tests.Data.SqlServer;

/// <summary>Tables and columns after every migration, as SQL Server 2019's own grammar reads the scripts.</summary>
internal sealed class ServerSchema
{
    public Dictionary<string, HashSet<string>> Tables { get; } = new(StringComparer.OrdinalIgnoreCase);

    public List<string> Errors { get; } = [];

    /// <param name="statements">What the sources send: the ledger of migrations is made there, before the first of them.</param>
    public static ServerSchema Read(IEnumerable<CollectedStatement> statements)
    {
        var schema = new ServerSchema();
        foreach (var made in statements.Where(statement => statement.Sql.Contains("CREATE TABLE", StringComparison.Ordinal)))
            schema.Apply(made.Where, made.Sql);
        foreach (var migration in Migrator.ForProvider(DatabaseProvider.SqlServer))
            schema.Apply(migration.Name, migration.Sql);
        return schema;
    }

    /// <summary>SQL Server 2019 (compatibility level 150), with QUOTED_IDENTIFIER on, as SqlClient sets it.</summary>
    public static TSqlFragment? Parse(string where, string sql, List<string> errors)
    {
        using var reader = new StringReader(sql);
        var fragment = new TSql150Parser(initialQuotedIdentifiers: true).Parse(reader, out var found);
        errors.AddRange(found.Select(error => $"{where}: {error.Message} (line {error.Line}): {sql.Split('\n')[error.Line - 1].Trim()}"));
        return found.Count == 0 ? fragment : null;
    }

    private void Apply(string where, string sql)
    {
        if (Parse(where, sql, Errors) is { } script)
            script.Accept(new Ddl(this, where));
    }

    private sealed class Ddl(ServerSchema schema, string where) : TSqlFragmentVisitor
    {
        public override void Visit(CreateTableStatement node) =>
            schema.Tables.Add(node.SchemaObjectName.BaseIdentifier.Value, [.. node.Definition.ColumnDefinitions.Select(column => column.ColumnIdentifier.Value)]);

        public override void Visit(AlterTableAddTableElementStatement node) =>
            schema.Tables[node.SchemaObjectName.BaseIdentifier.Value].UnionWith(node.Definition.ColumnDefinitions.Select(column => column.ColumnIdentifier.Value));

        public override void Visit(AlterTableDropTableElementStatement node)
        {
            foreach (var element in node.AlterTableDropTableElements.Where(element => element.TableElementType == TableElementType.Column))
                schema.Tables[node.SchemaObjectName.BaseIdentifier.Value].Remove(element.Name.Value);
        }

        // A trigger must be alone in its batch, so it comes as a text within the script.
        public override void Visit(ExecuteStatement node)
        {
            if (node.ExecuteSpecification.ExecutableEntity is ExecutableStringList { Strings: var strings })
                schema.Apply(where + " EXEC", string.Concat(strings.OfType<StringLiteral>().Select(text => text.Value)));
        }
    }
}
