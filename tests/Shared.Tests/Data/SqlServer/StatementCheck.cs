using Microsoft.SqlServer.TransactSql.ScriptDom;

namespace EchoClr.Shared.Tests.Data.SqlServer;

/// <summary>Looks through one parsed statement for what SQL Server would only say when it runs: tables and columns that are not there, functions that it does not have, an ORDER BY where it may not stand.</summary>
internal sealed class StatementCheck : TSqlFragmentVisitor
{
    /// <summary>What our statements may call: all of it is in SQL Server 2012 and later, and in SQLite.</summary>
    private static readonly HashSet<string> Functions = new(["COUNT", "SUM", "MIN", "MAX", "AVG", "ROW_NUMBER", "ABS"], StringComparer.OrdinalIgnoreCase);

    /// <summary>What statements for SQL Server alone may call besides.</summary>
    private static readonly HashSet<string> ServerFunctions = new(["OBJECT_ID", "SCOPE_IDENTITY", "LEN", "SUBSTRING"], StringComparer.OrdinalIgnoreCase);

    private readonly ServerSchema _schema;
    private readonly string _where;
    private readonly List<string> _faults;
    private readonly Dictionary<string, HashSet<string>> _tables = new(StringComparer.OrdinalIgnoreCase);
    private readonly HashSet<string> _named = new(StringComparer.OrdinalIgnoreCase);
    private readonly List<ColumnReferenceExpression> _columns = [];
    private readonly HashSet<string> _declared = new(StringComparer.OrdinalIgnoreCase);

    private StatementCheck(ServerSchema schema, string where, List<string> faults) => (_schema, _where, _faults) = (schema, where, faults);

    public HashSet<string> Variables { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Adds what is wrong; gives the parameters that the statement needs.</summary>
    public static IReadOnlySet<string> Run(ServerSchema schema, string where, TSqlFragment statement, List<string> faults)
    {
        var check = new StatementCheck(schema, where, faults);
        statement.Accept(check);
        foreach (var column in check._columns)
            check.CheckColumn([.. column.MultiPartIdentifier.Identifiers.Select(part => part.Value)]);
        check.Variables.ExceptWith(check._declared);
        return check.Variables;
    }

    public override void Visit(NamedTableReference node)
    {
        var name = node.SchemaObject.BaseIdentifier.Value;
        if (node.SchemaObject.SchemaIdentifier?.Value == "sys")
        {
            Add(name, ["object_id", "name"]); // of its catalogue views, those that we ask for
            return;
        }
        if (_schema.Tables.TryGetValue(name, out var columns))
            Add(node.Alias?.Value ?? name, columns);
        else if (!_tables.ContainsKey(name)) // the target of DELETE alias FROM …
            _faults.Add($"{_where}: there is no table {name}");
    }

    public override void Visit(QueryDerivedTable node)
    {
        if (node.Alias is { } alias)
            _named.Add(alias.Value);
        if (node.QueryExpression is { OrderByClause: not null, OffsetClause: null } and not QuerySpecification { TopRowFilter: not null })
            _faults.Add($"{_where}: ORDER BY in a derived table needs TOP or OFFSET");
    }

    public override void Visit(SelectScalarExpression node)
    {
        if (node.ColumnName?.Value is { } name)
            _named.Add(name);
    }

    public override void Visit(ColumnReferenceExpression node)
    {
        if (node.ColumnType == ColumnType.Regular && node.MultiPartIdentifier is not null)
            _columns.Add(node);
    }

    public override void Visit(VariableReference node) => Variables.Add(node.Name[1..]);

    public override void Visit(DeclareVariableElement node) => _declared.Add(node.VariableName.Value[1..]);

    public override void Visit(FunctionCall node)
    {
        if (!Functions.Contains(node.FunctionName.Value) && !ServerFunctions.Contains(node.FunctionName.Value))
            _faults.Add($"{_where}: {node.FunctionName.Value} is not among the functions that both databases have");
    }

    // An alias may stand for different tables in different parts of a statement: the columns of all of them count. SQLite, which runs the same text, is the stricter judge of that.
    private void Add(string alias, HashSet<string> columns)
    {
        if (_tables.TryGetValue(alias, out var known))
            _tables[alias] = [.. known, .. columns];
        else
            _tables.Add(alias, columns);
    }

    private void CheckColumn(List<string> parts)
    {
        if (parts is [var column])
        {
            if (!_named.Contains(column) && !_tables.Values.Any(columns => columns.Contains(column)))
                _faults.Add($"{_where}: no table here has a column {column}");
        }
        else if (_tables.TryGetValue(parts[^2], out var columns) ? !columns.Contains(parts[^1]) : !_named.Contains(parts[^2]) && parts[^2] is not ("inserted" or "deleted"))
            _faults.Add($"{_where}: there is no {string.Join('.', parts)}");
    }
}
