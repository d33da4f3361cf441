using System.Globalization;
using EchoClr.Retraining.Experiments;

namespace EchoClr.App.Learning;

/// <summary>A table of view classifiers for a person: F1 of both arms by class, and their difference.</summary>
internal static class ViewContrastText
{
    public static void Show(Terminal terminal, ViewContrastTable table, string heading)
    {
        terminal.Line(heading);
        if (table.Figures.Count == 0)
            terminal.Line("no cell is there yet");
        foreach (var share in table.Figures.Select(figure => figure.Share).Distinct())
        {
            terminal.Line();
            terminal.Line($"Rare views of {(100 * share).ToString("0.#", CultureInfo.InvariantCulture)} % of the training patients; F1 on {table.TestClips} clips of {table.TestPatients} test patients: mean over seeds, 95 % interval over patients and seeds (number of seeds)");
            terminal.Table(["class", ViewContrast.CrossEntropy, ViewContrast.SupCon, "difference, 95 % interval", ""], table.Figures.Where(figure => figure.Share == share).Select(figure => figure.Name).Distinct().Select(name => (IReadOnlyList<string>)
            [
                name, Cell(name, ViewContrast.CrossEntropy), Cell(name, ViewContrast.SupCon),
                table.Comparisons.FirstOrDefault(line => (line.Name, line.Share) == (name, share)) is { } difference ? $"{Signed(difference.Difference)}, {Signed(difference.Low)} to {Signed(difference.High)}" : "",
                table.Comparisons.FirstOrDefault(line => (line.Name, line.Share) == (name, share)) is { } judged ? judged.Low > 0 ? "supervised contrast is better" : judged.High < 0 ? "plain cross entropy is better" : "no difference shown" : "",
            ]));

            string Cell(string name, string arm) => table.Figures.FirstOrDefault(figure => (figure.Name, figure.Arm, figure.Share) == (name, arm, share)) is { } figure
                ? $"{Figure(figure.Value)} ({Figure(figure.Low)} to {Figure(figure.High)}; {figure.Seeds})"
                : "";
        }
    }

    private static string Figure(double value) => value.ToString("0.000", CultureInfo.InvariantCulture);

    private static string Signed(double value) => value.ToString("+0.000;-0.000;0.000", CultureInfo.InvariantCulture);
}
