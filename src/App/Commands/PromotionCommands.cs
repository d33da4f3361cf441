using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Inference.Models;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.App.Commands;

/// <summary><c>models judge|promote|rollback</c>: the way of a model into service. A gate, a shadow period, a person.</summary>
internal static class PromotionCommands
{
    private const int MinHashDigits = 6;

    public static Command CreateJudge(Terminal terminal)
    {
        var (model, by) = (Model(), CommonOptions.By());
        var json = CommonOptions.Json();
        var command = new Command("judge", "Compares a model with the one in service on studies that were labelled without seeing the AI; if it is no worse, its shadow period begins") { model, by, json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var row = await FindAsync(data, parse.GetValue(model)!, cancellationToken);
            var judging = Judging.Of(data, GlobalOptions.Load(parse));
            VerdictRow verdict;
            using (var progress = new Progress(terminal, "studies", TimeProvider.System))
            {
                try
                {
                    verdict = await judging.Judgement.JudgeAsync(row, judging.Clips, AuditParticipant.Operator(), parse.GetValue(by)!, new SynchronousProgress<JudgementProgress>(at => progress.Report(at.Done, at.Total)), cancellationToken);
                }
                catch (InvalidOperationException e)
                {
                    throw new CommandException(e.Message, e);
                }
            }
            if (parse.GetValue(json))
                terminal.Json(verdict);
            else
                terminal.Line($"{row.Name} {row.Version} {(verdict.Passed ? "passed" : "did not pass")} the gate: {verdict.Reason}{(verdict.Passed ? "; its shadow period begins" : "")}");
            return verdict.Passed ? 0 : 1;
        });
        return command;
    }

    public static Command CreatePromote(Terminal terminal)
    {
        var (model, reason, by) = (Model(), Reason(), CommonOptions.By());
        var command = new Command("promote", "Puts a candidate in service; workers take it before their next study") { model, reason, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var row = await FindAsync(data, parse.GetValue(model)!, cancellationToken);
            if (await data.Get<PromotionStore>().PromoteAsync(row.Id, AuditParticipant.Operator(), parse.GetValue(by)!, Text(parse.GetValue(reason)!), TimeProvider.System.GetUtcNow(), cancellationToken) is { } refusal)
                throw new CommandException(refusal);
            terminal.Line($"{row.Name} {row.Version} (model {row.Id}) is in service; workers take it before their next study");
            return 0;
        });
        return command;
    }

    public static Command CreateRollback(Terminal terminal)
    {
        var kind = new Argument<string>("kind") { Description = "as-lvh or view-gate", DefaultValueFactory = _ => LoadedModels.FindingsKind };
        var (reason, by) = (Reason(), CommonOptions.By());
        var command = new Command("rollback", "Takes the model that served before back into service") { kind, reason, by };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var (restored, refusal) = await data.Get<PromotionStore>().RollbackAsync(
                parse.GetValue(kind)!, AuditParticipant.Operator(), parse.GetValue(by)!, Text(parse.GetValue(reason)!), TimeProvider.System.GetUtcNow(), cancellationToken);
            if (restored is null)
                throw new CommandException(refusal!);
            terminal.Line($"{restored.Name} {restored.Version} (model {restored.Id}) is in service again; workers take it before their next study");
            return 0;
        });
        return command;
    }

    /// <summary>By id, by the beginning of its weights' hash, or by a name that only one model has.</summary>
    public static async Task<ModelRow> FindAsync(OpenData data, string text, CancellationToken cancellationToken)
    {
        var models = await data.Get<ModelStore>().ListAsync(cancellationToken);
        var found = models.Where(model => long.TryParse(text, out var id) && model.Id == id).ToList();
        if (found.Count == 0)
            found = [.. models.Where(model => model.Name == text || $"{model.Name} {model.Version}" == text || (text.Length >= MinHashDigits && model.WeightsSha256.StartsWith(text, StringComparison.OrdinalIgnoreCase)))];
        return found.Count switch
        {
            1 => found[0],
            0 => throw new CommandException($"there is no model {text}; ./echoclr models list lists those there are"),
            _ => throw new CommandException($"{text} names {found.Count} models; name one by its id: {string.Join(", ", found.Select(model => $"{model.Id} ({model.Version})"))}"),
        };
    }

    private static Argument<string> Model() => new("model") { Description = "Its id, its name where only one has it, or the beginning of its weights' hash" };

    private static Option<string> Reason() => new("--reason") { Description = "Why, for the audit trail and whoever asks later", Required = true };

    private static string Text(string reason) => string.IsNullOrWhiteSpace(reason) ? throw new CommandException("a decision needs a reason; give it with --reason") : reason;
}
