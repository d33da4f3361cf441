using System.Globalization;
using EchoClr.Retraining.Experiments;
using EchoClr.Retraining.FineTune;

namespace EchoClr.App.Learning;

/// <summary>A label-efficiency table for a person: AUROCs beside the published ones, differences with their bars, the order task.</summary>
internal static class ExperimentText
{
    public static void Show(Terminal terminal, LabelEfficiencyTable table, string heading)
    {
        terminal.Line(heading);
        if (!table.Counts)
            terminal.Line($"A small cohort: the bars are set for {LabelEfficiencyPlan.BarTrainingPatients} training and {LabelEfficiencyPlan.BarTestPatients} test patients and more, so nothing here meets or misses one.");
        if (table.Cells.Count == 0)
            terminal.Line("no cell is whole yet");
        double[] budgets = [.. table.Cells.Select(cell => cell.Budget).Distinct().Order()];
        foreach (var finding in DemoWeights.Findings.Where(finding => table.Cells.Any(cell => cell.Finding == finding)))
        {
            terminal.Line();
            terminal.Line($"{finding}, AUROC on {table.TestPatients} test patients: mean over seeds, 95 % interval over patients and seeds (number of seeds); published, of patients (Holste et al. 2024)");
            terminal.Table(["arm", .. budgets.SelectMany(budget => new[] { Share(budget), "published" })], ExperimentArm.All.Where(arm => table.Cells.Any(cell => cell.Arm == arm.Name && cell.Finding == finding)).Select(arm => (IReadOnlyList<string>)
            [
                arm.Name,
                .. budgets.SelectMany(budget => new[]
                {
                    table.Cells.FirstOrDefault(cell => (cell.Finding, cell.Arm, cell.Budget) == (finding, arm.Name, budget)) is { } cell ? $"{Figure(cell.Auroc)} ({Figure(cell.Low)} to {Figure(cell.High)}; {cell.Seeds})" : "",
                    PublishedResults.Auroc(finding, arm.Name, budget) is { } published ? Figure(published) : "",
                }),
            ]));
        }
        if (table.Comparisons.Count > 0)
        {
            terminal.Line();
            terminal.Line("Differences of AUROC, paired: the same test patients, the same labelled patients, the same seeds");
            terminal.Table(["finding", "arm", "less", "labels", "difference", "95 % interval", "seeds", "bar"], table.Comparisons.Select(line => (IReadOnlyList<string>)
                [line.Finding, line.Arm, line.Against, Share(line.Budget), Signed(line.Difference), $"{Signed(line.Low)} to {Signed(line.High)}", $"{line.Seeds}", line.Least is { } least ? $"above {Signed(least)}: {Said(line.Verdict)}" : ""]));
        }
        if (table.Hardness.Count > 0)
        {
            terminal.Line();
            terminal.Line("Hardness: what fine-tuning without pretraining is meant to reach on these phantoms");
            terminal.Table(["finding", "labels", "AUROC", "meant to be", "bar"], table.Hardness.Select(line => (IReadOnlyList<string>)
                [line.Finding, Share(line.Budget), Figure(line.Auroc), line.AtLeast > 0 ? $"{Figure(line.AtLeast)} to {Figure(line.AtMost)}" : $"at most {Figure(line.AtMost)}", Said(line.Verdict)]));
        }
        if (table.Orders.Count > 0)
        {
            terminal.Line();
            terminal.Line("Order of frames on held-out clips (chance 4.2 %)");
            terminal.Table(["arm", "pretrainings", "clips", "named rightly", "95 % interval", ""], table.Orders.Select(line => (IReadOnlyList<string>)
                [line.Arm, $"{line.Pretrainings}", $"{line.Clips}", Percent(line.Accuracy), $"{Percent(line.Low)} to {Percent(line.High)}", line.Low > 1.0 / 24 ? "above chance" : "not above chance: the task is inactive"]));
        }
        foreach (var reason in table.Stopped)
            terminal.Line($"stopped: {reason}");
    }

    private static string Said(Verdict verdict) => verdict switch
    {
        Verdict.Met => "met",
        Verdict.Missed => "MISSED",
        Verdict.TooFewSeeds => $"open (asks for {ExperimentScope.BarSeeds} seeds, {ExperimentScope.BarPretrainingSeeds} pretrainings)",
        Verdict.SmallCohort => "open (small cohort)",
        _ => "",
    };

    private static string Share(double value) => (100 * value).ToString("0.#", CultureInfo.InvariantCulture) + " %";

    private static string Percent(double value) => (100 * value).ToString("0.0", CultureInfo.InvariantCulture) + " %";

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
