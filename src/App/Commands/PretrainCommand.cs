using System.CommandLine;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Commands;

/// <summary><c>pretrain</c>: self-supervised pretraining on the clips that were kept, on a cohort, or on phantoms.</summary>
internal static class PretrainCommand
{
    public static Command Create(Terminal terminal)
    {
        var plan = new PretrainPlan();
        var recipe = new Option<string>("--recipe") { Description = "echoclr+ (ours), paper (EchoCLR as published), simclr, mi-simclr", DefaultValueFactory = _ => plan.Recipe };
        recipe.AcceptOnlyFromAmong([.. PretrainRecipe.All.Select(method => method.Name)]);
        var cohort = new Option<FileInfo?>("--cohort") { Description = "Manifest of ./echoclr clips cohort; without it, all PLAX clips that are kept" };
        var phantoms = new Option<int?>("--phantoms") { Description = "Draw so many phantom patients and learn from them instead" };
        var steps = new Option<int>("--steps") { Description = "Steps of gradient descent", DefaultValueFactory = _ => plan.Steps };
        var pairs = new Option<int>("--pairs") { Description = "Pairs of clips a step (EchoCLR: 392)", DefaultValueFactory = _ => plan.Pairs };
        var width = new Option<int>("--width") { Description = "Channels of the network's first stage (EchoCLR: 64)", DefaultValueFactory = _ => plan.Width };
        var size = new Option<int>("--size") { Description = "Side of the network's picture (EchoCLR: 112)", DefaultValueFactory = _ => plan.Size };
        var optimizer = new Option<PretrainOptimizer>("--optimizer") { Description = "tuned: AdamW with warm-up and cosine; adam: 0.1 throughout, as published", DefaultValueFactory = _ => plan.Optimizer };
        var seed = new Option<long>("--seed") { Description = "Of weights, batches and phantoms", DefaultValueFactory = _ => plan.Seed };
        var threads = new Option<int>("--threads") { Description = "Of libtorch; the last bits of the result depend on it", DefaultValueFactory = _ => plan.Threads };
        var float32 = new Option<bool>("--float32") { Description = "Compute in float32 throughout: on processors without bfloat16 this is faster" };
        var minutes = new Option<double>("--checkpoint-minutes") { Description = "Minutes between checkpoints", DefaultValueFactory = _ => plan.CheckpointMinutes };
        var output = new Option<FileInfo?>("--out") { Description = "Copy the encoder to this safetensors file" };
        var command = new Command("pretrain", "Pretrains the encoder without labels, in a process of its own; interrupted, it goes on from its last checkpoint")
        {
            recipe, cohort, phantoms, steps, pairs, width, size, optimizer, seed, threads, float32, minutes, output,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            if (parse.GetValue(cohort) is not null && parse.GetValue(phantoms) is not null)
                throw new CommandException("learn from a cohort or from phantoms, not from both");
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var manifest = parse.GetValue(cohort)?.FullName;
            if (parse.GetValue(phantoms) is { } patients)
            {
                using var bar = new Progress(terminal, "phantoms", TimeProvider.System);
                var folder = Path.Combine(data.Get<BlobStore>().PathOf(BlobStore.Training), $"phantoms-{parse.GetValue(seed)}-{patients}");
                manifest = await Task.Run(() => PhantomCohort.LongAxis.Draw(folder, patients, parse.GetValue(seed), bar, cancellationToken), cancellationToken);
            }
            var asked = new PretrainPlan
            {
                Recipe = parse.GetValue(recipe)!, Cohort = manifest, Steps = parse.GetValue(steps), Pairs = parse.GetValue(pairs), Width = parse.GetValue(width), Size = parse.GetValue(size),
                Optimizer = parse.GetValue(optimizer), Seed = parse.GetValue(seed), Threads = parse.GetValue(threads), MixedPrecision = !parse.GetValue(float32), CheckpointMinutes = parse.GetValue(minutes),
            };
            var run = await data.Get<TrainingRunStore>().CreateAsync(new NewTrainingRun(null, TimeProvider.System.GetUtcNow(), Checked(asked), Guid.NewGuid().ToString("N")), cancellationToken);
            return await TrainingWatch.RunAsync(terminal, data, GlobalOptions.Load(parse), run!.Value, parse.GetValue(output), cancellationToken);
        });
        return command;
    }

    private static string Checked(PretrainPlan plan)
    {
        try
        {
            return PretrainPlan.FromJson(plan.ToJson()).ToJson();
        }
        catch (FormatException e)
        {
            throw new CommandException(e.Message, e);
        }
    }
}
