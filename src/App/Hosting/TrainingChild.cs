using EchoClr.Retraining.Runs;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Hosting;

/// <summary>This program again, working on one training run over the same database and folder.</summary>
internal static class TrainingChild
{
    public const string Command = "training", Subcommand = "work";

    /// <summary>Where the data are goes by the environment: a connection string holds a password.</summary>
    public static TrainingProgram Program(IConfiguration configuration) => new(
        Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? Environment.ProcessPath! : "dotnet",
        [Path.Combine(AppContext.BaseDirectory, "echoclr.dll"), Command, Subcommand],
        configuration.GetSection("Data").GetChildren().ToDictionary(setting => $"ECHOCLR__Data__{setting.Key}", setting => setting.Value));
}
