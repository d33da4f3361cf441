using System.Text;

namespace EchoClr.App.Learning;

/// <summary>Comma-separated values with a header line, as RFC 4180 has them: quotes, doubled quotes, line breaks within quotes. Columns are found by name, in any order.</summary>
internal sealed class CsvTable
{
    private readonly Dictionary<string, int> columns;

    private CsvTable(Dictionary<string, int> columns, IReadOnlyList<CsvRow> rows) => (this.columns, Rows) = (columns, rows);

    public IReadOnlyList<CsvRow> Rows { get; }

    public bool Has(string column) => columns.ContainsKey(column);

    /// <summary>Null where there is no such column, or nothing in it.</summary>
    public string? Value(CsvRow row, string column) => columns.TryGetValue(column, out var at) && at < row.Fields.Count && row.Fields[at].Trim() is { Length: > 0 } text ? text : null;

    /// <exception cref="FormatException">It has no header, two columns of one name, a row with other columns, or a quote that does not end.</exception>
    public static CsvTable Parse(string text)
    {
        var rows = Split(text.TrimStart('\uFEFF'));
        if (rows.Count == 0)
            throw new FormatException("the file is empty; its first line names the columns");
        var columns = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        for (var i = 0; i < rows[0].Fields.Count; i++)
            if (!columns.TryAdd(rows[0].Fields[i].Trim(), i))
                throw new FormatException($"column {rows[0].Fields[i].Trim()} is there twice");
        if (rows.Skip(1).FirstOrDefault(row => row.Fields.Count != rows[0].Fields.Count) is { } odd)
            throw new FormatException($"line {odd.Line} has {odd.Fields.Count} fields, the first line has {rows[0].Fields.Count}");
        return new CsvTable(columns, rows[1..]);
    }

    /// <summary>One line, quoted where it must be.</summary>
    public static string Line(params IEnumerable<string> fields) =>
        string.Join(',', fields.Select(field => field.AsSpan().ContainsAny(",\"\r\n") ? $"\"{field.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : field));

    private static List<CsvRow> Split(string text)
    {
        var rows = new List<CsvRow>();
        var (fields, field, line, start, quoted) = (new List<string>(), new StringBuilder(), 1, 1, false);
        for (var i = 0; i <= text.Length; i++)
        {
            var c = i < text.Length ? text[i] : '\n';
            if (quoted && i == text.Length)
                throw new FormatException($"the quote in the row of line {start} does not end");
            if (quoted)
            {
                if (c == '"' && i + 1 < text.Length && text[i + 1] == '"')
                    field.Append(text[++i]);
                else if (c == '"')
                    quoted = false;
                else
                    field.Append(c);
            }
            else if (c == '"' && field.Length == 0)
                quoted = true;
            else if (c is ',' or '\n')
            {
                fields.Add(field.ToString().TrimEnd('\r'));
                field.Clear();
            }
            else
                field.Append(c);
            if (c != '\n')
                continue;
            line++;
            if (quoted)
                continue;
            if (fields.Count > 1 || fields[0].Length > 0)
                rows.Add(new CsvRow(start, fields));
            (fields, start) = ([], line);
        }
        return rows;
    }
}

/// <param name="Line">Where it begins in the file, from 1.</param>
internal sealed record CsvRow(int Line, IReadOnlyList<string> Fields);
