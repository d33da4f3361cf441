using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.Inference;
using EchoClr.Inference.Drift;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>drift</c>: whether the studies that come now are like those that came before, by sender.</summary>
internal static class DriftCommand
{
    public static Command Create(Terminal terminal)
    {
        var now = new Option<bool>("--now") { Description = "Compare at once, and write nothing; otherwise shows the last comparison that a running system made" };
        var json = CommonOptions.Json();
        var command = new Command("drift", "Shows which senders' studies changed against what the models know, and how") { now, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var options = GlobalOptions.Load(parse).GetSection(InferenceOptions.SectionName).Get<InferenceOptions>()?.Drift ?? new DriftOptions();
            options.Validate();
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var check = parse.GetValue(now)
                ? await CompareAsync(data, options, cancellationToken)
                : await data.Get<DriftStore>().FindLatestAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(check);
            else
                Print(terminal, check);
            return 0;
        });
        return command;
    }

    private static async Task<DriftCheck> CompareAsync(OpenData data, DriftOptions options, CancellationToken cancellationToken)
    {
        var now = TimeProvider.System.GetUtcNow();
        var results = await new DriftComparison(data.Get<DriftStore>(), data.Get<ModelStore>(), data.Get<TrainingRunStore>(), options).RunAsync(now, cancellationToken);
        return new DriftCheck { DueAt = now, FinishedAt = now, Results = [.. results.OrderByDescending(result => result.Changed).ThenBy(result => result.Sender, StringComparer.Ordinal)] };
    }

    private static void Print(Terminal terminal, DriftCheck? check)
    {
        if (check is null)
        {
            terminal.Line("nothing has been compared yet; a running system does it by itself (Inference:Drift), and --now does it at once");
            return;
        }
        terminal.Line($"compared at {check.FinishedAt.UtcDateTime:yyyy-MM-dd HH:mm} UTC");
        if (check.Results.Count == 0)
            terminal.Line("no sender sent a study in that time");
        else
            terminal.Table(["sender", "measure", "", "studies before", "now", "distance", "p", "what"], check.Results.Select(result => (IReadOnlyList<string>)
            [
                result.Sender, result.Measure, result.Changed ? "CHANGED" : "", $"{result.ReferenceStudies}", $"{result.CurrentStudies}",
                result.Effect?.ToString("0.000", CultureInfo.InvariantCulture) ?? "", result.PValue?.ToString("0.00000", CultureInfo.InvariantCulture) ?? "", result.Detail,
            ]));
    }
}
