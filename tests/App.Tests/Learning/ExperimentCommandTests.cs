using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using EchoClr.App.Learning;
using EchoClr.Phantom;
using EchoClr.Retraining.Cohorts;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Learning;

/// <summary><c>experiment label-efficiency</c> as it is typed.</summary>
public sealed class ExperimentCommandTests
{
    /// <summary>
    /// The patients and videos of the presets as drawn, frozen: with other ones, how hard the phantoms are is another, and no figure of docs/experiments.md stands beside a new one. Change it only
    /// together with all of them.
    /// </summary>
    private const string FrozenPhantoms = "e3f7cee84d01a8b035b3476e21f3e1638f5f0c14f6b1201ee0956eb60834f7c1";

    [Fact]
    public void Phantoms_OfThePresets_AreFrozen() => Assert.Equal(FrozenPhantoms, PhantomCohort.LongAxis.DrawnSha256(LabelEfficiencyPlan.Cpu.PhantomSeed));

    [Fact]
    public void Presets_HaveTheSidesThatTheBarsAskFor_AndOnePerCentIsEnough()
    {
        foreach (var plan in new[] { LabelEfficiencyPlan.Cpu, LabelEfficiencyPlan.Gpu })
        {
            var sides = Enumerable.Range(0, plan.Patients).Select(number => PhantomPatient.Draw(plan.PhantomSeed, number))
                .Select(patient => (Key: PhantomCohort.PatientKey(patient), Targets: new float[] { patient.HasSevereAorticStenosis ? 1 : 0, patient.HasHypertrophy ? 1 : 0 }))
                .GroupBy(patient => CohortSplit.Of(patient.Key)).ToDictionary(side => side.Key, side => side.ToDictionary(patient => patient.Key, patient => patient.Targets, StringComparer.Ordinal));
            Assert.True(sides[DataPart.Training].Count >= LabelEfficiencyPlan.BarTrainingPatients, $"{sides[DataPart.Training].Count} training patients");
            Assert.True(sides[DataPart.Test].Count >= LabelEfficiencyPlan.BarTestPatients, $"{sides[DataPart.Test].Count} test patients");
            Assert.True(sides[DataPart.Validation].Count >= plan.ValidationPatients, $"{sides[DataPart.Validation].Count} validation patients");
            for (var seed = 1; seed <= ExperimentScope.Usual.Seeds; seed++)
                Assert.Equal(ExperimentScope.Usual.Budgets.Count, LabelEfficiency.Budgets(sides[DataPart.Training], ExperimentScope.Usual.Budgets, seed).Count); // throws where one is too small
        }
    }

    [Fact]
    public async Task Print_ShowsWhatIsThere_BesideThePublished_AndWhichBarIsMissed()
    {
        await using var test = await TestDatabase.CreateAsync();
        Assert.Contains("there is no table night", (await RunAsync(test, "--print", "--name", "night")).Error, StringComparison.Ordinal);
        var store = new ExperimentStore(test.Database);
        var plan = LabelEfficiencyPlan.Cpu with { LearningRates = [1e-3] };
        ExperimentSubject[] subjects = [.. Enumerable.Range(0, 500).Select(i => new ExperimentSubject($"{i:D4}", [i % 4 == 0 ? 1 : 0, i % 3 == 0 ? 1 : 0]))];
        var row = await store.BeginAsync(new NewExperiment(LabelEfficiency.Kind, "night", plan.ToJson(), new string('a', 64), new string('b', 64), ExperimentSubject.ToJson(subjects)), Rows.Noon, default);
        var runs = new TrainingRunStore(test.Database);
        foreach (var arm in new[] { "random", "paper", "echoclr+" })
            for (var seed = 1; seed <= 5; seed++)
                await store.RecordCellAsync(row.Id, Cell(arm, seed, skill: arm == "paper" ? 0.9 : 0), Rows.Noon, default);
        var run = await store.EncoderAsync(row.Id, "paper", 1, new NewTrainingRun(null, Rows.Noon, "{}", "trace"), default);
        var lease = (await runs.TryTakeAsync(run, "worker", Rows.Noon, TimeSpan.FromMinutes(2), default))!;
        await runs.FinishAsync(lease, TrainingRunState.Succeeded, new PretrainOutcome("paper", 16, "x", "x", "y", "z", 1, 3, 4, 3, 0.042, 512).ToJson(), null, Rows.Noon, default);

        var printed = (await RunAsync(test, "--print", "--name", "night")).Output;

        Assert.Contains("15 fine-tunings done", printed, StringComparison.Ordinal);
        Assert.Matches(@"paper +0\.9\d\d \(0\.9\d\d to [01]\.\d\d\d; 5\) +0\.818", printed); // ours beside the published figure
        Assert.Matches(@"AS +echoclr\+ +paper +1 % +-0\.[45]\d\d .* above -0\.010: MISSED", printed);
        Assert.Matches(@"AS +echoclr\+ +random +1 % +[-+]?0\.000 .* above 0\.000: MISSED", printed);
        Assert.Matches(@"paper +1 +512 +4\.2 % +.* not above chance: the task is inactive", printed);
        Assert.Contains("\"verdict\": \"Missed\"", (await RunAsync(test, "--print", "--name", "night", "--json")).Output, StringComparison.Ordinal);

        Assert.Contains("forgotten: night", (await RunAsync(test, "--forget", "--name", "night")).Output, StringComparison.Ordinal);
        Assert.Contains("there is no arm none", (await RunAsync(test, "--arms", "none")).Error, StringComparison.Ordinal);

        ExperimentCellRow Cell(string arm, long seed, double skill)
        {
            var random = new Random((int)seed);
            return new ExperimentCellRow
            {
                Arm = arm, Budget = 0.01, PretrainingSeed = arm == "random" ? 0 : 1 + (seed - 1) % 3, Seed = seed, LearningRate = 1e-3, ValidationLoss = 0.5, Environment = "a test",
                Scores = JsonSerializer.Serialize(subjects.Select(subject => subject.Targets.Select(target => 1 / (1 + Math.Exp(-skill * target - random.NextDouble()))))),
            };
        }
    }

    [Fact]
    public async Task PrintViews_ShowsBothArmsByClass()
    {
        await using var test = await TestDatabase.CreateAsync();
        var store = new ExperimentStore(test.Database);
        ExperimentSubject[] subjects = [.. Enumerable.Range(0, 200).Select(i => new ExperimentSubject($"{i / 5}", [.. Enumerable.Range(0, 5).Select(c => c == i % 5 ? 1f : 0)]))];
        var row = await store.BeginAsync(new NewExperiment(ViewContrast.Kind, "usual", new ViewContrastPlan().ToJson(), new string('a', 64), new string('b', 64), ExperimentSubject.ToJson(subjects)), Rows.Noon, default);
        for (var seed = 1; seed <= 2; seed++)
            foreach (var (arm, wrong) in new[] { (ViewContrast.CrossEntropy, 2), (ViewContrast.SupCon, 4) })
                await store.RecordCellAsync(row.Id, new ExperimentCellRow
                {
                    Arm = arm, Budget = 0.05, Seed = seed, LearningRate = 1e-3, Environment = "a test",
                    // Some A2C (the fourth class) are taken for A4C.
                    Scores = JsonSerializer.Serialize(subjects.Select((subject, i) => subject.Targets.Select((target, c) => i % 5 == 3 && i / 5 % wrong == 0 ? c == 2 ? 1 : 0 : target))),
                }, Rows.Noon, default);

        using var output = new StringWriter(CultureInfo.InvariantCulture);
        Assert.Equal(0, await CommandLine.RunAsync(["experiment", "views", "--print", "--data", test.Options.Directory], new Terminal(output, TextWriter.Null, interactive: false)));

        Assert.Contains("4 trainings done", output.ToString(), StringComparison.Ordinal);
        Assert.Matches(@"A2C +0\.667 \(.*; 2\) +0\.857 \(.*; 2\) +\+0\.190, .* supervised contrast is better", output.ToString()); // 20 and 30 of 40 found, none claimed wrongly
        Assert.Matches(@"PLAX +1\.000 .* no difference shown", output.ToString());
    }

    /// <summary>The same on phantoms, in a process that is killed: a small slice of a night, drawn, pretrained, fine-tuned, printed.</summary>
    [Fact]
    [Trait("Suite", "long")]
    public async Task Run_KilledInTheMiddle_GoesOnAndPrintsItsTable()
    {
        await using var test = await TestDatabase.CreateAsync();
        string[] small =
        [
            "experiment", "label-efficiency", "--name", "small", "--patients", "90", "--arms", "random,echoclr+", "--budgets", "40,100", "--seeds", "1", "--pretraining-seeds", "1", "--learning-rates", "0.001",
            "--width", "4", "--updates", "20", "--pretraining-steps", "20", "--float32", "--data", test.Options.Directory,
        ];
        var killed = false;
        for (var turn = 0; turn < 2; turn++)
        {
            using var process = Process.Start(new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "echoclr.dll"), .. small]) { RedirectStandardError = true, RedirectStandardOutput = true })!;
            var output = process.StandardOutput.ReadToEndAsync();
            var cells = 0;
            while (await process.StandardError.ReadLineAsync() is { } line)
            {
                cells += line.Contains("validation loss", StringComparison.Ordinal) ? 1 : 0;
                if (killed || cells == 0)
                    continue;
                process.Kill(); // SIGKILL, after the first cell
                killed = true;
            }
            await process.WaitForExitAsync();
            if (turn == 0)
                continue;
            Assert.Equal(3, cells); // not the one that was there
            Assert.Contains("4 fine-tunings done", await output, StringComparison.Ordinal);
            Assert.Matches(@"echoclr\+ +random +40 %|echoclr\+ +0\.\d\d\d", await output);
            Assert.Contains("A small cohort", await output, StringComparison.Ordinal);
        }
        Assert.True(killed);
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(TestDatabase test, params string[] arguments)
    {
        using var output = new StringWriter(CultureInfo.InvariantCulture);
        using var error = new StringWriter(CultureInfo.InvariantCulture);
        var exitCode = await CommandLine.RunAsync(["experiment", "label-efficiency", .. arguments, "--data", test.Options.Directory], new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
