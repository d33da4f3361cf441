using System.Text;
using System.Text.Json;

namespace EchoClr.App;

/// <summary>The only place that writes to the console: results go to standard output, progress and errors to standard error.</summary>
/// <remarks>What is printed may hold text of a peer; control characters are shown as '?', so that no file can steer a terminal.</remarks>
internal sealed class Terminal(TextWriter output, TextWriter error, bool interactive)
{
    public static readonly JsonSerializerOptions JsonOptions = new(JsonSerializerDefaults.Web) { WriteIndented = true };
    private readonly Lock gate = new();

    public static Terminal Console { get; } = new(System.Console.Out, System.Console.Error, !System.Console.IsErrorRedirected && Environment.GetEnvironmentVariable("TERM") is not (null or "dumb"));

    /// <summary>True where a person watches: progress may redraw its line.</summary>
    public bool Interactive => interactive;

    public void Line(string text = "")
    {
        lock (gate)
            output.WriteLine(Printable(text));
    }

    public void Json<T>(T value)
    {
        lock (gate)
            output.WriteLine(JsonSerializer.Serialize(value, JsonOptions));
    }

    /// <summary>What goes on, for the person who waits; never part of the result.</summary>
    public void Note(string text)
    {
        lock (gate)
            error.WriteLine(Printable(text));
    }

    /// <summary>Draws over the line that the cursor is in. Only for <see cref="Progress"/>.</summary>
    internal void Redraw(string text)
    {
        lock (gate)
        {
            error.Write("\r" + Printable(text) + "\u001b[K");
            error.Flush();
        }
    }

    internal void EndRedraw()
    {
        lock (gate)
            error.WriteLine();
    }

    /// <summary>A table with columns as wide as their widest cell; numbers are the caller's to align.</summary>
    public void Table(IReadOnlyList<string> headers, IEnumerable<IReadOnlyList<string>> rows)
    {
        var all = rows.Select(row => row.Select(Printable).ToList()).ToList();
        var widths = headers.Select((header, i) => all.Select(row => row[i].Length).Append(header.Length).Max()).ToList();
        Line(Row(headers, widths));
        Line(string.Join("  ", widths.Select(width => new string('-', width))));
        foreach (var row in all)
            Line(Row(row, widths));
    }

    private static string Row(IReadOnlyList<string> cells, List<int> widths) =>
        string.Join("  ", cells.Select((cell, i) => cell.PadRight(widths[i]))).TrimEnd();

    private static string Printable(string text)
    {
        if (!text.Any(IsControl))
            return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text)
            clean.Append(IsControl(c) ? '?' : c);
        return clean.ToString();
    }

    // Line breaks are ours (a report is several lines); C1 controls (0x80–0x9F) steer some terminals as well as C0 does.
    private static bool IsControl(char c) => char.IsControl(c) && c is not ('\n' or '\t');
}
