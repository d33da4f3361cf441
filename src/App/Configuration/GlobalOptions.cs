using System.CommandLine;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.FileProviders;

namespace EchoClr.App.Configuration;

/// <summary>The options that every command takes, and the configuration that they lead to.</summary>
/// <remarks>
/// Later wins: the JSON file, the secrets, the environment (<c>ECHOCLR__Section__Key</c>), <c>--data</c>, <c>--set Section:Key=Value</c>. The secrets are the folder that the
/// setting <c>Secrets</c> names: one file a setting, named as in the environment (<c>Data__ConnectionString</c>), as containers and service managers hand secrets over.
/// </remarks>
internal static class GlobalOptions
{
    private const string EnvironmentPrefix = "ECHOCLR__";
    private const string FileName = "echoclr.json";
    public const string Secrets = "Secrets";

    private static readonly Option<string?> Config = new("--config") { Description = $"JSON file with settings; by default {FileName} in the data folder", Recursive = true, HelpName = "FILE" };
    private static readonly Option<string?> Data = new("--data") { Description = "Folder of objects, results and the embedded database (Data:Directory)", Recursive = true, HelpName = "FOLDER" };
    private static readonly Option<string[]> Set = new("--set") { Description = "One setting, as --set Ingest:Listener:Port=11112; may be repeated", Recursive = true, HelpName = "KEY=VALUE" };

    public static void AddTo(RootCommand root)
    {
        root.Options.Add(Config);
        root.Options.Add(Data);
        root.Options.Add(Set);
    }

    /// <summary>The values of <c>--set</c>, for a command that makes a configuration of its own.</summary>
    public static IReadOnlyList<string> Settings(ParseResult parse) => parse.GetValue(Set) ?? [];

    public static IConfigurationRoot Load(ParseResult parse) => Load(parse.GetValue(Config), parse.GetValue(Data), parse.GetValue(Set) ?? []);

    public static IConfigurationRoot Load(string? file, string? dataDirectory, IReadOnlyList<string> settings)
    {
        var commandLine = settings.Select(Split).ToDictionary(setting => setting.Key, setting => (string?)setting.Value, StringComparer.OrdinalIgnoreCase);
        if (dataDirectory is not null)
            commandLine["Data:Directory"] = Path.GetFullPath(dataDirectory);

        // Where the file lies may itself be set by the environment or the command line, so these are asked first without it.
        var withoutFile = Build(null, null, commandLine);
        if (file is null && Path.Combine(withoutFile["Data:Directory"]!, FileName) is var standard && File.Exists(standard))
            file = standard;
        if (file is not null && !File.Exists(file))
            throw new CommandException($"there is no settings file {file}; check --config");
        var withoutSecrets = file is null ? withoutFile : Build(file, null, commandLine);
        if (withoutSecrets[Secrets] is not { Length: > 0 } secrets)
            return withoutSecrets;
        return Directory.Exists(secrets) ? Build(file, secrets, commandLine) : throw new CommandException($"there is no folder {secrets}; check the setting {Secrets}");
    }

    private static IConfigurationRoot Build(string? file, string? secrets, IReadOnlyDictionary<string, string?> commandLine)
    {
        var builder = new ConfigurationBuilder().AddInMemoryCollection([new("Data:Directory", DefaultDataDirectory()), new("Inference:Models:Directory", ShippedModels())]);
        if (file is not null)
            builder.AddJsonFile(Path.GetFullPath(file), optional: false, reloadOnChange: false);
        if (secrets is not null)
            builder.AddKeyPerFile(source =>
            {
                source.FileProvider = new PhysicalFileProvider(Path.GetFullPath(secrets));
                source.IgnoreCondition = name => !name.Contains("__", StringComparison.Ordinal); // others are read by who names them, as Bus:PasswordFile
            });
        builder.AddEnvironmentVariables(EnvironmentPrefix).AddInMemoryCollection(commandLine);
        try
        {
            return builder.Build();
        }
        catch (InvalidDataException e)
        {
            throw new CommandException($"{file} is no valid JSON: {e.InnerException?.Message ?? e.Message}; mend the file", e);
        }
    }

    private static (string Key, string Value) Split(string setting)
    {
        var at = setting.IndexOf('=', StringComparison.Ordinal);
        return at > 0 ? (setting[..at].Trim(), setting[(at + 1)..]) : throw new CommandException($"--set {setting} has no value; write --set KEY=VALUE");
    }

    /// <summary>The XDG base directory specification's place for a user's data.</summary>
    private static string DefaultDataDirectory() =>
        Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.DoNotVerify), "echoclr");

    /// <summary>The weights that come with the program: in its source tree, or beside an installed program.</summary>
    private static string ShippedModels() => Path.Combine(Checkout.Root ?? AppContext.BaseDirectory, "models");
}
