using System.Globalization;
using EchoClr.Shared.Ledger;

namespace EchoClr.App.Benchmarks.Soak;

/// <param name="Objects">Answered Success, each counted once.</param>
/// <param name="Drained">Every study came to its end before the deadline.</param>
/// <param name="Left">What the process held when all was done.</param>
internal sealed record SoakReport(
    SoakOptions Options, int Studies, int Objects, IReadOnlyDictionary<SoakFault, int> Faults, IReadOnlyList<string> Unexpected, bool Drained, SoakSample Left,
    IReadOnlyList<Trend> Trends, LedgerReport Ledger, IReadOnlyList<SoakSample> Samples)
{
    /// <summary>Why it failed; empty when it did not.</summary>
    public IReadOnlyList<string> Complaints =>
    [
        .. Unexpected.Distinct().Take(20),
        .. Drained ? (string[])[] : [$"{Left.Backlog} studies came to no end"],
        .. Left.TemporaryFiles == 0 ? (string[])[] : [$"{Left.TemporaryFiles} temporary files were left"],
        .. Trends.Where(trend => !trend.IsFlat).Select(trend => $"{trend.What} grew by {trend.Growth}"),
        .. Ledger.Breaks.Select(broken => broken.ToString()).Take(20),
        .. Ledger.Counts.Instances == Objects ? (string[])[] : [$"{Objects} objects were answered Success, and {Ledger.Counts.Instances} are in the ledger"],
    ];

    public void Print(Terminal terminal)
    {
        var faults = string.Join(", ", Faults.OrderBy(pair => pair.Key).Select(pair => $"{pair.Value} {pair.Key}"));
        terminal.Line(string.Create(CultureInfo.InvariantCulture,
            $"{Options.Length.TotalMinutes:0.#} minutes at {Options.StudiesAnHour:0} studies of {Options.ObjectsAStudy} objects an hour: {Studies} studies, {Objects} objects kept; faults: {(faults.Length == 0 ? "none" : faults)}"));
        terminal.Table(["", "first", "median", "highest", "last", "growth", "allowed", ""], Trends.Select(trend => (IReadOnlyList<string>)
            [trend.What, Number(trend.First), Number(trend.Median), Number(trend.Highest), Number(trend.Last), Number(trend.Growth), double.IsPositiveInfinity(trend.Tolerance) ? "too short to judge" : Number(trend.Tolerance), trend.IsFlat ? "flat" : "GROWS"]));
        terminal.Line($"ledger: {Ledger.Counts}; {Ledger.Breaks.Count} breaks");
        foreach (var complaint in Complaints)
            terminal.Line($"BAD   {complaint}");
        terminal.Line(Complaints.Count == 0 ? "passed" : "FAILED");
    }

    private static string Number(double value) => value.ToString("0.##", CultureInfo.InvariantCulture);
}
