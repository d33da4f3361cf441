using System.Text.Json;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Runs;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary>A training run in a process of its own, watched from this one.</summary>
internal static class TrainingWatch
{
    /// <param name="output">Where the encoder is copied to; null leaves it in the data folder only.</param>
    public static async Task<int> RunAsync(Terminal terminal, OpenData data, IConfiguration configuration, long runId, FileInfo? output, CancellationToken cancellationToken)
    {
        TrainingEnd? end;
        using (var bar = new Progress(terminal, $"run {runId}", TimeProvider.System))
            end = await new TrainingProcess(TrainingChild.Program(configuration)).RunAsync(runId, line => Show(bar, line), cancellationToken);
        var run = await data.Get<TrainingRunStore>().FindAsync(runId, CancellationToken.None);
        switch (end)
        {
            case TrainingEnd.Succeeded:
                Tell(terminal, data, PretrainOutcome.FromJson(run!.Metrics!), output);
                return 0;
            case TrainingEnd.GivenBack:
                throw new CommandException($"stopped; ./echoclr training resume {runId} goes on from the last checkpoint");
            case TrainingEnd.Failed:
                throw new CommandException($"run {runId} stopped: {run?.Error}");
            case TrainingEnd.Lost:
                throw new CommandException($"run {runId} was cancelled, or another worker has it; ./echoclr training list says which");
            case TrainingEnd.NotTaken:
                throw new CommandException($"run {runId} is over or in another worker's hands (a running up takes what waits); ./echoclr training list says which");
            default:
                throw new CommandException($"the process of run {runId} died; ./echoclr training resume {runId} goes on from the last checkpoint, once its lease of {TrainingWorker.Lease.TotalMinutes:0} minutes has run out");
        }
    }

    private static void Show(Progress bar, string line)
    {
        PretrainProgress now;
        try
        {
            now = JsonSerializer.Deserialize<PretrainProgress>(line, JsonSerializerOptions.Web)!;
        }
        catch (JsonException)
        {
            return; // a warning of a library
        }
        bar.Report(now.Step, now.Steps,
            $"contrast {now.Contrast:0.000}, order {now.Order:0.000} ({now.OrderAccuracy:P0} right), {now.ClipsPerSecond:0.#} clips/s, {now.WaitShare:P1} waiting for clips, {now.Left:h\\:mm\\:ss} left");
    }

    private static void Tell(Terminal terminal, OpenData data, PretrainOutcome outcome, FileInfo? output)
    {
        var encoder = data.Get<BlobStore>().PathOf(outcome.Encoder);
        if (output is not null)
        {
            Durable.WriteFile(output.FullName, File.ReadAllBytes(encoder));
            encoder = output.FullName;
        }
        terminal.Line($"encoder {outcome.EncoderSha256[..16]}…, width {outcome.Width}: {encoder}");
        terminal.Line($"cohort {outcome.CohortSha256[..16]}…, {outcome.TrainingClips} clips to learn from; contrast {outcome.Contrast:0.000}, where knowing nothing costs {outcome.ContrastAtChance:0.000}");
        terminal.Line(outcome.HeldOutContrast is null
            ? "too few validation patients for held-out figures"
            : $"held out, {outcome.HeldOutClips} clips: contrast {outcome.HeldOutContrast:0.000}" + (outcome.HeldOutOrderAccuracy is { } right ? $", order named rightly {right:P1} (chance 4.2 %)" : ""));
        if (outcome.Model is { } model)
            terminal.Line(model.Id is null ? $"no model: {model.Why}" : $"model {model.Id}, version {model.Version}: {(model.PassedGate is true ? "passed the gate, its shadow period begins; " : "")}{model.Why}");
    }
}
