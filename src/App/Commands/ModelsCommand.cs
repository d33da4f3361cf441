using System.CommandLine;
using System.Text.Json;
using EchoClr.App.Configuration;
using EchoClr.Inference.Models;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Commands;

/// <summary><c>models list|import</c>: the models that are registered, and which of each kind serves. <see cref="PromotionCommands"/> has the others.</summary>
internal static class ModelsCommand
{
    private const int HashDigits = 12; // of the weights' hash, enough to tell releases apart

    public static Command Create(Terminal terminal)
    {
        var command = new Command("models", "The models that are registered, and which of each kind serves");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateImport(terminal));
        command.Subcommands.Add(PromotionCommands.CreateJudge(terminal));
        command.Subcommands.Add(PromotionCommands.CreatePromote(terminal));
        command.Subcommands.Add(PromotionCommands.CreateRollback(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists models: what they were trained on, what they reached, what the gate said, and who put them in service") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var models = await data.Get<ModelStore>().ListAsync(cancellationToken);
            var verdicts = await data.Get<PromotionStore>().ListNewestVerdictsAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(models.Select(model => new
                {
                    model.Id, model.Kind, model.Name, model.Version, model.WeightsSha256, State = model.State.ToString(), model.Synthetic, model.Folder, model.PromotedBy, model.PromotedAt, model.PromotionReason,
                    model.ParentId, model.TrainingRunId, model.CohortSha256, model.Recipe, model.CodeVersion, model.Seed, model.ShadowSince, model.RolledBackAt, Metrics = ModelFigure.Of(model),
                    Gate = verdicts.TryGetValue(model.Id, out var verdict) ? new { verdict.Passed, verdict.Reason, verdict.AgainstId, verdict.LabelSetSha256, verdict.JudgedAt, verdict.JudgedBy } : null,
                }));
            else if (models.Count == 0)
                terminal.Line("no model is registered yet; those that come with the program are at the first start of inference");
            else
                terminal.Table(["id", "kind", "name", "version", "weights", "state", "trained on", "reached", "gate", "promoted by"], models.Select(model => (IReadOnlyList<string>)
                    [$"{model.Id}", model.Kind, model.Name, model.Version, model.WeightsSha256[..HashDigits], State(model), model.Synthetic ? "synthetic phantoms" : "patients", Reached(model),
                     verdicts.TryGetValue(model.Id, out var verdict) ? $"{(verdict.Passed ? "passed" : "not passed")}: {verdict.Reason}" : "", model.PromotedBy ?? ""]));
            return 0;
        });
        return command;
    }

    private static Command CreateImport(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = $"Folder with {ModelManifest.FileName} and weights" };
        var promote = new Option<bool>("--promote") { Description = "Put it in service at once, where it is the very first of its kind" };
        var parent = new Option<long?>("--parent") { Description = "Id of the model that its training began from", HelpName = "ID" };
        var cohort = new Option<string?>("--cohort") { Description = "Hash of the cohort that it learned from", HelpName = "SHA256" };
        var command = new Command("import", "Registers a model; its files are copied into the data folder") { folder, promote, parent, cohort };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var source = Path.GetFullPath(parse.GetValue(folder)!);
            var manifest = Load(source).Manifest;
            var kind = manifest.Task == ModelTask.View ? LoadedModels.ViewGateKind : LoadedModels.FindingsKind;
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var row = await data.Get<ModelStore>().ImportAsync(
                KeptModel.Keep(data.Get<BlobStore>(), kind, source, manifest) with
                {
                    Lineage = new ModelLineage
                    {
                        ParentId = parse.GetValue(parent), CohortSha256 = parse.GetValue(cohort), Recipe = manifest.Command, Seed = manifest.Seed, Metrics = JsonSerializer.Serialize(manifest.Metrics, JsonSerializerOptions.Web),
                    },
                },
                TimeProvider.System.GetUtcNow(), cancellationToken);
            terminal.Line($"{kind} {row.Name} {row.Version}, weights {row.WeightsSha256[..HashDigits]}, is registered as model {row.Id}");
            if (parse.GetValue(promote))
            {
                if (await data.Get<PromotionStore>().PromoteAsync(row.Id, AuditParticipant.Operator(), Environment.UserName, "with its import", TimeProvider.System.GetUtcNow(), cancellationToken) is { } refusal)
                    throw new CommandException(refusal);
                terminal.Line($"model {row.Id} is in service; workers take it before their next study");
            }
            return 0;
        });
        return command;
    }

    private static string State(ModelRow model) => model is { State: ModelState.Imported, ShadowSince: { } since } ? $"in shadow since {since.UtcDateTime:yyyy-MM-dd}" : model.State.ToString();

    private static string Reached(ModelRow model) => string.Join(", ", ModelFigure.Of(model).Where(metric => metric.Name is "AUROC" or "macro-F1").Select(metric => $"{metric.Class} {metric.Value:0.000}"));

    private static ModelRelease Load(string folder)
    {
        try
        {
            return ModelRelease.Load(folder);
        }
        catch (Exception e) when (e is IOException or InvalidDataException)
        {
            throw new CommandException($"{folder} holds no model: {e.Message}; name a folder with {ModelManifest.FileName} and the weights it tells of", e);
        }
    }
}
