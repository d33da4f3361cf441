namespace EchoClr.App;

/// <summary>Progress of long work: a bar that redraws itself where a person watches, else a plain line now and then.</summary>
internal sealed class Progress(Terminal terminal, string label, TimeProvider time) : IDisposable
{
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan PlainInterval = TimeSpan.FromSeconds(5); // a log stays readable
    private const int BarWidth = 24;
    private readonly Lock gate = new();
    private readonly long started = time.GetTimestamp();
    private long? drawn;
    private string last = "";

    public TimeSpan Elapsed => time.GetElapsedTime(started);

    public void Report(long done, long total, string detail = "")
    {
        var filled = total == 0 ? 0 : (int)(BarWidth * Math.Min(done, total) / total);
        var bar = terminal.Interactive ? $" [{new string('#', filled)}{new string('.', BarWidth - filled)}]" : "";
        Show($"{label}{bar} {done}/{total} {detail}".TrimEnd(), done >= total);
    }

    public void Report(string detail) => Show($"{label}: {detail}", final: false);

    public void Dispose()
    {
        lock (gate)
        {
            if (drawn is null)
                return;
            if (terminal.Interactive)
                terminal.EndRedraw();
        }
    }

    private void Show(string text, bool final)
    {
        lock (gate)
        {
            if (text == last)
                return;
            var interval = terminal.Interactive ? RedrawInterval : PlainInterval;
            if (!final && drawn is { } before && time.GetElapsedTime(before) < interval)
                return;
            drawn = time.GetTimestamp();
            last = text;
            if (terminal.Interactive)
                terminal.Redraw(text);
            else
                terminal.Note(text);
        }
    }
}
