using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.Inference.Models;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Commands;

/// <summary><c>models list|import</c>: the models that are registered, and which of each kind serves.</summary>
internal static class ModelsCommand
{
    private const int HashDigits = 12; // of the weights' hash, enough to tell releases apart

    public static Command Create(Terminal terminal)
    {
        var command = new Command("models", "The models that are registered, and which of each kind serves");
        command.Subcommands.Add(CreateList(terminal));
        command.Subcommands.Add(CreateImport(terminal));
        return command;
    }

    private static Command CreateList(Terminal terminal)
    {
        var json = CommonOptions.Json();
        var command = new Command("list", "Lists models, with what they were trained on and who put them in service") { json };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: false, cancellationToken);
            var models = await data.Get<ModelStore>().ListAsync(cancellationToken);
            if (parse.GetValue(json))
                terminal.Json(models.Select(model => new { model.Id, model.Kind, model.Name, model.Version, model.WeightsSha256, State = model.State.ToString(), model.Synthetic, model.Folder, model.PromotedBy }));
            else if (models.Count == 0)
                terminal.Line("no model is registered yet; those that come with the program are at the first start of inference");
            else
                terminal.Table(["id", "kind", "name", "version", "weights", "state", "trained on", "promoted by"], models.Select(model => (IReadOnlyList<string>)
                    [$"{model.Id}", model.Kind, model.Name, model.Version, model.WeightsSha256[..HashDigits], model.State.ToString(), model.Synthetic ? "synthetic phantoms" : "patients", model.PromotedBy ?? ""]));
            return 0;
        });
        return command;
    }

    private static Command CreateImport(Terminal terminal)
    {
        var folder = new Argument<string>("folder") { Description = $"Folder with {ModelManifest.FileName} and weights" };
        var promote = new Option<bool>("--promote") { Description = "Put it in service at once; the one of its kind that serves now is retired" };
        var command = new Command("import", "Registers a model; its files are copied into the data folder") { folder, promote };
        command.SetAction(async (parse, cancellationToken) =>
        {
            var source = Path.GetFullPath(parse.GetValue(folder)!);
            var manifest = Load(source).Manifest;
            var kind = manifest.Task == ModelTask.View ? LoadedModels.ViewGateKind : LoadedModels.FindingsKind;
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var target = Path.Combine(data.Get<BlobStore>().Root, "models", kind, manifest.Weights.Sha256);
            Copy(source, target, manifest);

            var models = data.Get<ModelStore>();
            var row = await models.ImportAsync(
                new NewModel(kind, manifest.Name, manifest.Version, manifest.Weights.Sha256.ToLowerInvariant(), await File.ReadAllTextAsync(Path.Combine(target, ModelManifest.FileName), cancellationToken), target, manifest.Synthetic),
                TimeProvider.System.GetUtcNow(), cancellationToken);
            terminal.Line($"{kind} {row.Name} {row.Version}, weights {row.WeightsSha256[..HashDigits]}, is registered as model {row.Id}");
            if (parse.GetValue(promote))
            {
                await models.PromoteAsync(row.Id, $"command line ({Environment.UserName})", TimeProvider.System.GetUtcNow(), cancellationToken);
                terminal.Line($"model {row.Id} is in service; workers take it before their next study");
            }
            return 0;
        });
        return command;
    }

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

    // Two files by name, not the folder: what else lies there is not ours to keep.
    private static void Copy(string source, string target, ModelManifest manifest)
    {
        Directory.CreateDirectory(target);
        foreach (var file in (string[])[manifest.Weights.File, ModelManifest.FileName])
            File.Copy(Path.Combine(source, Path.GetFileName(file)), Path.Combine(target, Path.GetFileName(file)), overwrite: true);
    }
}
