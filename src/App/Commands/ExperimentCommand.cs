using System.CommandLine;
using System.Globalization;
using EchoClr.App.Configuration;
using EchoClr.App.Learning;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;

namespace EchoClr.App.Commands;

/// <summary><c>experiment label-efficiency</c>: the papers' experiment on phantoms, cell by cell, for as long as one likes; and its table.</summary>
internal static class ExperimentCommand
{
    private const string CpuPreset = "cpu", GpuPreset = "gpu";

    public static Command Create(Terminal terminal)
    {
        var command = new Command("experiment", "Experiments on phantoms whose cells are rows of the database: stopped at any time, they go on where they were");
        command.Subcommands.Add(CreateLabelEfficiency(terminal));
        return command;
    }

    private static Command CreateLabelEfficiency(Terminal terminal)
    {
        var usual = ExperimentScope.Usual;
        var preset = new Option<string>("--preset") { Description = "cpu: width 16, 64 pixels, for a night or some on two cores; gpu: the published sizes", DefaultValueFactory = _ => CpuPreset };
        preset.AcceptOnlyFromAmong(CpuPreset, GpuPreset);
        var name = new Option<string?>("--name") { Description = "Of the table; the preset's where none is given" };
        var hours = new Option<double?>("--hours") { Description = "Work for so long, then stop; the next call goes on" };
        var minutes = new Option<double?>("--minutes") { Description = "The same in minutes" };
        var print = new Option<bool>("--print") { Description = "Print the table of the cells there are, and work on nothing" };
        var forget = new Option<bool>("--forget") { Description = "Take the table of this name away with its cells" };
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
        var json = CommonOptions.Json();
        var command = new Command("label-efficiency", "Random, SimCLR, MI-SimCLR, paper and echoclr+ encoders, fine-tuned with few labels and many: the papers' table, on phantoms")
        {
            preset, name, hours, minutes, print, forget, arms, budgets, seeds, pretrainingSeeds, patients, pretrainingSteps, updates, rates, width, float32, json,
        };
        command.SetAction(async (parse, cancellationToken) =>
        {
            await using var data = await OpenData.OpenAsync(parse, create: true, cancellationToken);
            var store = data.Get<ExperimentStore>();
            var asked = parse.GetValue(name) ?? parse.GetValue(preset)!;
            if (parse.GetValue(forget))
            {
                terminal.Line(await store.ForgetAsync(LabelEfficiency.Kind, asked, cancellationToken) ? $"forgotten: {asked}" : $"there is no table {asked}");
                return 0;
            }
            if (parse.GetValue(print))
                return await PrintAsync(terminal, store, asked, parse.GetValue(json), cancellationToken);

            var known = await store.FindAsync(LabelEfficiency.Kind, asked, cancellationToken);
            var plan = Plan();
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            if (parse.GetValue(hours) is not null || parse.GetValue(minutes) is not null)
                limit.CancelAfter(TimeSpan.FromMinutes(60 * (parse.GetValue(hours) ?? 0) + (parse.GetValue(minutes) ?? 0)));
            try
            {
                var whole = await WorkAsync(terminal, data, asked, plan, Scope(), limit.Token);
                terminal.Note(whole ? "every cell that was asked for is there" : "some cells cannot be had yet: see what stopped, and ./echoclr training resume");
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                terminal.Note("the time is over; the same command goes on");
            }
            catch (Exception e) when (e is ArgumentException or InvalidDataException)
            {
                throw new CommandException(e.Message, e);
            }
            return await PrintAsync(terminal, store, asked, parse.GetValue(json), cancellationToken);

            LabelEfficiencyPlan Plan()
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
        var folder = Path.Combine(data.Get<BlobStore>().PathOf(BlobStore.Training), $"phantoms-{plan.PhantomSeed}-{plan.Patients}");
        string manifest;
        using (var bar = new Progress(terminal, "phantoms", TimeProvider.System))
            manifest = await Task.Run(() => PhantomCohort.Draw(folder, plan.Patients, plan.PhantomSeed, bar, cancellationToken), cancellationToken);
        var cohort = new LabelledCohort(manifest, Cohort.Read(manifest), PhantomCohort.Truth(plan.Patients, plan.PhantomSeed), plan.Input);
        var work = new LabelEfficiency(data.Get<ExperimentStore>(), data.Get<TrainingRunStore>(), data.Get<ClipStore>(), data.Get<BlobStore>(), TimeProvider.System);
        var hardness = await Task.Run(() => PhantomCohort.HardnessSha256(plan.PhantomSeed), cancellationToken);
        var (experiment, begun) = await work.OpenAsync(name, plan, hardness, cohort, cancellationToken);
        return await work.FillAsync(experiment, begun, cohort, scope, new SynchronousProgress<string>(terminal.Note), cancellationToken);
    }

    private static async Task<int> PrintAsync(Terminal terminal, ExperimentStore store, string name, bool json, CancellationToken cancellationToken)
    {
        if (await store.FindAsync(LabelEfficiency.Kind, name, cancellationToken) is not { } experiment)
            throw new CommandException($"there is no table {name} yet");
        var plan = LabelEfficiencyPlan.FromJson(experiment.ExperimentPlan);
        var training = PhantomCohort.Truth(plan.Patients, plan.PhantomSeed).Keys.Count(patient => CohortSplit.Of(patient) == DataPart.Training);
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

    private static double[] Numbers(string list, string option)
    {
        var numbers = list.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)
            .Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var number) && number > 0 ? number : throw new CommandException($"{option}: {text} is no number above 0")).ToArray();
        return numbers.Length > 0 ? numbers : throw new CommandException($"{option} names nothing");
    }
}
