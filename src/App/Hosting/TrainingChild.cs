using EchoClr.App.Learning;
using EchoClr.Retraining.Promotion;
using EchoClr.Retraining.Runs;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Hosting;

/// <summary>This program again, working on one training run over the same database and folder.</summary>
internal static class TrainingChild
{
    public const string Command = "training", Subcommand = "work";

    /// <summary>What a run reads of the settings.</summary>
    private static readonly string[] Sections = ["Data", GateRules.SectionName, Judging.AnalysisSection];

    /// <summary>Settings go by the environment: a connection string holds a password.</summary>
    public static TrainingProgram Program(IConfiguration configuration) => new(
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "echoclr.dll"), Command, Subcommand],
        Sections.SelectMany(section => configuration.GetSection(section).AsEnumerable()).Where(setting => setting.Value is not null)
            .ToDictionary(setting => $"ECHOCLR__{setting.Key.Replace(":", "__", StringComparison.Ordinal)}", setting => setting.Value));
}
