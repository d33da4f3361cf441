using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Phantom;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.App.Commands;

/// <summary><c>experiment label-efficiency|views</c>: experiments on phantoms, cell by cell, for as long as one likes; and their tables.</summary>
internal static class ExperimentCommand
{
    private const string CpuPreset = "cpu", GpuPreset = "gpu";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("experiment", "Experiments on phantoms whose cells are rows of the database: stopped at any time, they go on where they were");
        command.Subcommands.Add(CreateLabelEfficiency(terminal));
        command.Subcommands.Add(CreateViews(terminal));
        return command;
    }

    private static Command CreateLabelEfficiency(Terminal terminal)
    {
        var usual = ExperimentScope.Usual;
        var preset = new Option<string>("--preset") { Description = "cpu: width 16, 64 pixels; gpu: the published sizes, which no processor reaches the end of", DefaultValueFactory = _ => CpuPreset };
        preset.AcceptOnlyFromAmong(CpuPreset, GpuPreset);
        var common = new ExperimentOptions();
        var arms = new Option<string>("--arms") { Description = $"Of {string.Join(",", ExperimentArm.All.Select(arm => arm.Name))}", DefaultValueFactory = _ => string.Join(',', usual.Arms.Select(arm => arm.Name)), HelpName = "NAMES" };
        var budgets = new Option<string>("--budgets") { Description = "Per cent of the training patients whose labels are used", DefaultValueFactory = _ => string.Join(',', usual.Budgets.Select(budget => (100 * budget).ToString("0.#", CultureInfo.InvariantCulture))), HelpName = "PER CENT" };
        var seeds = new Option<int>("--seeds") { Description = "Fine-tunings of every arm and budget, each with other labelled patients", DefaultValueFactory = _ => usual.Seeds };
        var pretrainingSeeds = new Option<int>("--pretraining-seeds") { Description = "Pretrainings of every arm, taken in turn", DefaultValueFactory = _ => usual.PretrainingSeeds };
        var patients = new Option<int?>("--patients") { Description = "Phantom patients on all sides, instead of the preset's; a smaller table is a table of its own (--name)" };
        var pretrainingSteps = new Option<int?>("--pretraining-steps") { Description = "Instead of the preset's" };
        var updates = new Option<int?>("--updates") { Description = "Steps of a fine-tuning, instead of the preset's" };
        var rates = new Option<string?>("--learning-rates") { Description = "Of a fine-tuning, instead of the preset's: 0.0003,0.001", HelpName = "RATES" };
        var width = new Option<int?>("--width") { Description = "Channels of the network's first stage, instead of the preset's" };
        var float32 = new Option<bool>("--float32") { Description = "Compute in float32 throughout: on processors without bfloat16 this is faster" };
        var command = new Command("label-efficiency", "Random, SimCLR, MI-SimCLR, paper and echoclr+ encoders, fine-tuned with few labels and many: the papers' table, on phantoms")
        {
            preset, arms, budgets, seeds, pretrainingSeeds, patients, pretrainingSteps, updates, rates, width, float32,
        };
        common.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var store = data.Get<ExperimentStore>();
            var name = common.Name(parse) ?? parse.GetValue(preset)!;
            return await common.RunAsync(
                terminal, parse, store, LabelEfficiency.Kind, name, async limit => await WorkAsync(terminal, data, name, Plan(await store.FindAsync(LabelEfficiency.Kind, name, limit)), Scope(), limit),
                json => PrintAsync(terminal, store, name, json, cancellationToken), cancellationToken);

            // A table that was begun keeps its plan; what is asked for otherwise is refused when it is opened.
            LabelEfficiencyPlan Plan(ExperimentRow? known)
            {
                var begun = known is null ? parse.GetValue(preset) == GpuPreset ? LabelEfficiencyPlan.Gpu : LabelEfficiencyPlan.Cpu : LabelEfficiencyPlan.FromJson(known.ExperimentPlan);
                return begun with
                {
                    Patients = parse.GetValue(patients) ?? begun.Patients, PretrainingSteps = parse.GetValue(pretrainingSteps) ?? begun.PretrainingSteps, Updates = parse.GetValue(updates) ?? begun.Updates,
                    LearningRates = parse.GetValue(rates) is { } list ? Numbers(list, "--learning-rates") : begun.LearningRates, Width = parse.GetValue(width) ?? begun.Width,
                    MixedPrecision = begun.MixedPrecision && !parse.GetValue(float32),
                };
            }

            ExperimentScope Scope()
            {
                try
                {
                    return new ExperimentScope(
                        [.. parse.GetValue(arms)!.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(ExperimentArm.Named)],
                        [.. Numbers(parse.GetValue(budgets)!, "--budgets").Select(percent => percent / 100)], Math.Max(1, parse.GetValue(seeds)), Math.Max(1, parse.GetValue(pretrainingSeeds)));
                }
                catch (FormatException e)
                {
                    throw new CommandException(e.Message, e);
                }
            }
        });
        return command;
    }

    private static async Task<bool> WorkAsync(Terminal terminal, OpenData data, string name, LabelEfficiencyPlan plan, ExperimentScope scope, CancellationToken cancellationToken)
    {
        var (cohort, hardness) = await DrawAsync(terminal, data, PhantomCohort.LongAxis, "phantoms", ModelTask.Findings, plan.Patients, plan.PhantomSeed, plan.Input, cancellationToken);
        var work = new LabelEfficiency(data.Get<ExperimentStore>(), data.Get<TrainingRunStore>(), data.Get<ClipStore>(), data.Get<BlobStore>(), TimeProvider.System);
        var (experiment, begun) = await work.OpenAsync(name, plan, hardness, cohort, cancellationToken);
        return await work.FillAsync(experiment, begun, cohort, scope, new SynchronousProgress<string>(terminal.Note), cancellationToken);
    }

    /// <summary>The clips, drawn where they are not yet, with their truth and the hash of the phantoms as this program draws them.</summary>
    private static async Task<(LabelledCohort Cohort, string Hardness)> DrawAsync(
        Terminal terminal, OpenData data, PhantomCohort phantoms, string name, ModelTask task, int patients, long seed, ModelInput input, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(data.Get<BlobStore>().PathOf(BlobStore.Training), $"{name}-{seed}-{patients}");
        using var bar = new Progress(terminal, "phantoms", TimeProvider.System);
        var manifest = await Task.Run(() => phantoms.Draw(folder, patients, seed, bar, cancellationToken), cancellationToken);
        var truth = phantoms.Truth(task, patients, seed);
        return (new LabelledCohort(manifest, Cohort.Read(manifest), clip => truth[clip.FileKey], input), await Task.Run(() => phantoms.HardnessSha256(seed), cancellationToken));
    }

    private static async Task<int> PrintAsync(Terminal terminal, ExperimentStore store, string name, bool json, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(LabelEfficiency.Kind, name, cancellationToken) is not { } experiment)
            throw new CommandException($"there is no table {name} yet");
        var plan = LabelEfficiencyPlan.FromJson(experiment.ExperimentPlan);
        var training = Enumerable.Range(0, plan.Patients).Count(number => CohortSplit.Of(PhantomCohort.PatientKey(PhantomPatient.Draw(plan.PhantomSeed, number))) == DataPart.Training);
        var (cells, encoders) = (await store.ListCellsAsync(experiment.Id, cancellationToken), await store.ListEncodersAsync(experiment.Id, cancellationToken));
        var table = await Task.Run(() => LabelEfficiencyTable.Of(plan, ExperimentSubject.Of(experiment), training, cells, encoders, cancellationToken), cancellationToken);
        if (json)
            terminal.Json(table);
        else
            ExperimentText.Show(terminal, table,
                $"Label efficiency on phantoms, table {name}: {training} training and {table.TestPatients} test patients, width {plan.Width}, {plan.Size} pixels, {plan.PretrainingSteps} steps of {plan.Pairs} pairs, "
                + $"then {plan.Updates} of {plan.BatchSize}; {cells.Count} fine-tunings done; phantoms {experiment.PhantomSha256[..16]}…, cohort {experiment.CohortSha256[..16]}…");
        return 0;
    }

    private static Command CreateViews(Terminal terminal)
    {
        const string usual = "usual";
        var preset = new ViewContrastPlan();
        var common = new ExperimentOptions();
        var shares = new Option<string>("--shares") { Description = $"Per cent of the training patients that have the rare views ({string.Join(", ", preset.RareViews)})", DefaultValueFactory = _ => "5,100", HelpName = "PER CENT" };
        var seeds = new Option<int>("--seeds") { Description = "Trainings of each", DefaultValueFactory = _ => ExperimentScope.BarSeeds };
        var patients = new Option<int?>("--patients") { Description = $"Phantom patients on all sides, instead of {preset.Patients}; a smaller table is a table of its own (--name)" };
        var contrastSteps = new Option<int?>("--contrast-steps") { Description = $"Steps of supervised contrast, instead of {preset.ContrastSteps}" };
        var classifierSteps = new Option<int?>("--classifier-steps") { Description = $"Steps of the classifier, instead of {preset.ClassifierSteps}; plain cross entropy has both" };
        var float32 = new Option<bool>("--float32") { Description = "Compute in float32 throughout: on processors without bfloat16 this is faster" };
        var command = new Command("views", "View classifiers by supervised contrast and by plain cross entropy, with views that few patients have") { shares, seeds, patients, contrastSteps, classifierSteps, float32 };
        common.AddTo(command);
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var store = data.Get<ExperimentStore>();
            var name = common.Name(parse) ?? usual;
            return await common.RunAsync(terminal, parse, store, ViewContrast.Kind, name, async limit =>
            {
                var known = await store.FindAsync(ViewContrast.Kind, name, limit);
                var begun = known is null ? preset : ViewContrastPlan.FromJson(known.ExperimentPlan);
                var plan = begun with
                {
                    Patients = parse.GetValue(patients) ?? begun.Patients, ContrastSteps = parse.GetValue(contrastSteps) ?? begun.ContrastSteps, ClassifierSteps = parse.GetValue(classifierSteps) ?? begun.ClassifierSteps,
                    MixedPrecision = begun.MixedPrecision && !parse.GetValue(float32),
                };
                var (cohort, hardness) = await DrawAsync(terminal, data, PhantomCohort.AllViews, "phantom-views", ModelTask.View, plan.Patients, plan.PhantomSeed, plan.Input, limit);
                var work = new ViewContrast(store, TimeProvider.System);
                var experiment = await work.OpenAsync(name, plan, hardness, cohort, limit);
                await work.FillAsync(
                    experiment, plan, cohort, [.. Numbers(parse.GetValue(shares)!, "--shares").Select(percent => percent / 100)], Math.Max(1, parse.GetValue(seeds)), new SynchronousProgress<string>(terminal.Note), limit);
                return true;
            }, json => PrintViewsAsync(terminal, store, name, json, cancellationToken), cancellationToken);
        });
        return command;
    }

    private static async Task<int> PrintViewsAsync(Terminal terminal, ExperimentStore store, string name, bool json, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(ViewContrast.Kind, name, cancellationToken) is not { } experiment)
            throw new CommandException($"there is no table {name} yet");
        var plan = ViewContrastPlan.FromJson(experiment.ExperimentPlan);
        var cells = await store.ListCellsAsync(experiment.Id, cancellationToken);
        var table = await Task.Run(() => ViewContrastTable.Of(ExperimentSubject.Of(experiment), cells, cancellationToken), cancellationToken);
        if (json)
            terminal.Json(table);
        else
            ViewContrastText.Show(terminal, table,
                $"Views on phantoms, table {name}: {plan.Patients} patients, width {plan.Width}, {plan.ContrastSteps} steps of contrast and {plan.ClassifierSteps} of the classifier against as many of cross entropy; rare: "
                + $"{string.Join(", ", plan.RareViews)}; {cells.Count} trainings done; phantoms {experiment.PhantomSha256[..16]}…, cohort {experiment.CohortSha256[..16]}…");
        return 0;
    }

    private static double[] Numbers(string list, string option)
    {
        var numbers = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new CommandException($"{option}: {text} is no number above 0")).ToArray();
        return numbers.Length > 0 ? numbers : throw new CommandException($"{option} names nothing");
    }
}
