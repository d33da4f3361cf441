using System.Diagnostics;
using System.Globalization;
using System.Xml.Linq;

namespace EchoClr.App.Testing;

/// <summary>One test project's run, as its xUnit XML report tells it.</summary>
/// <param name="Failures">Names of failed tests with the first line of their message.</param>
/// <param name="SkipReasons">One reason a skipped test.</param>
/// <param name="Error">Why there is no report: the executable crashed or could not start.</param>
internal sealed record TestRun(string Project, int Passed, IReadOnlyList<string> Failures, IReadOnlyList<string> SkipReasons, TimeSpan Duration, string? Error)
{
    /// <summary>A crash counts as one failure: what it would have tested is not known to work.</summary>
    public int Failed => Failures.Count + (Error is null ? 0 : 1);

    /// <summary>Runs a test executable with these xUnit arguments and reads its report.</summary>
    public static async Task<TestRun> ExecuteAsync(string project, string assembly, IReadOnlyList<string> arguments, string logFile, TimeSpan timeout, CancellationToken cancellationToken)
    {
        var report = Path.ChangeExtension(logFile, ".xml");
        File.Delete(report);
        var watch = Stopwatch.StartNew();
        var start = new ProcessStartInfo("dotnet", [assembly, .. arguments, "-xml", report, "-noColor", "-noLogo"])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = Path.GetDirectoryName(assembly),
        };
        using var process = Process.Start(start) ?? throw new CommandException($"{assembly} did not start; is dotnet on the PATH?");
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        var errors = process.StandardError.ReadToEndAsync(CancellationToken.None);
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(timeout);
        string? error = null;
        try
        {
            await process.WaitForExitAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            cancellationToken.ThrowIfCancellationRequested();
            error = $"did not finish within {timeout.TotalMinutes:0} minutes";
        }
        await File.WriteAllTextAsync(logFile, await output + await errors, CancellationToken.None);
        if (error is null && !File.Exists(report))
            error = $"ended with exit code {process.ExitCode} and without a report";
        if (error is not null)
            return new TestRun(project, 0, [], [], watch.Elapsed, $"{error}; see {logFile}");
        return Read(project, XDocument.Load(report), watch.Elapsed);
    }

    /// <summary>Reads an xUnit v2 XML report.</summary>
    public static TestRun Read(string project, XDocument report, TimeSpan duration)
    {
        var tests = report.Descendants("test").ToList();
        var failures = tests.Where(test => (string?)test.Attribute("result") == "Fail")
            .Select(test => $"{test.Attribute("name")?.Value}: {FirstLine(test.Element("failure")?.Element("message")?.Value)}")
            // What fails outside a test (a collection fixture's clean-up) is listed apart, and is no less a failure.
            .Concat(report.Descendants("error").Select(e => $"{e.Attribute("type")?.Value} {e.Attribute("name")?.Value}: {FirstLine(e.Descendants("message").FirstOrDefault()?.Value)}"))
            .ToList();
        var skipped = tests.Where(test => (string?)test.Attribute("result") == "Skip").Select(test => FirstLine(test.Element("reason")?.Value)).ToList();
        var passed = tests.Count(test => (string?)test.Attribute("result") == "Pass");
        return new TestRun(project, passed, failures, skipped, duration, null);
    }

    public override string ToString() =>
        string.Create(CultureInfo.InvariantCulture, $"{Passed,5} passed  {Failed,3} failed  {SkipReasons.Count,3} skipped  {Duration.TotalSeconds,6:0.0} s  {Project}");

    private static string FirstLine(string? text) => text?.Trim().Split('\n')[0].Trim() ?? "no message";
}
