using System.CommandLine;
using EchoClr.App.Configuration;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Configuration.KeyPerFile;

namespace EchoClr.App.Commands;

/// <summary><c>config</c>: what is set here, and keys that nothing reads. <c>config --markdown</c>: the reference of all settings.</summary>
internal static class ConfigCommand
{
    /// <summary>Ends of keys whose values are nobody's business, wherever they were set.</summary>
    private static readonly string[] Secret = ["Password", "ConnectionString"];

    public static Command Create(Terminal terminal)
    {
        var markdown = new Option<bool>("--markdown") { Description = "Instead: every setting that there is, as docs/configuration.md" };
        var command = new Command("config", "Shows what is set, and keys that no setting has") { markdown };
        command.SetAction(parse =>
        {
            if (parse.GetValue(markdown))
            {
                terminal.Line(ConfigurationReference.Markdown());
                return 0;
            }
            var configuration = GlobalOptions.Load(parse);
            var settings = configuration.AsEnumerable().Where(setting => setting.Value is not null).OrderBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase).ToList();
            terminal.Table(["key", "value", ""], settings.Select(setting => (IReadOnlyList<string>)
                [setting.Key, IsSecret(configuration, setting.Key) ? "(set)" : setting.Value!, ConfigurationReference.Knows(setting.Key) ? "" : "no such setting"]));
            return settings.TrueForAll(setting => ConfigurationReference.Knows(setting.Key)) ? 0 : 1;
        });
        return command;
    }

    private static bool IsSecret(IConfigurationRoot configuration, string key) => Secret.Any(part => key.EndsWith(part, StringComparison.OrdinalIgnoreCase))
        || configuration.Providers.OfType<KeyPerFileConfigurationProvider>().Any(secrets => secrets.TryGet(key, out _));
}
