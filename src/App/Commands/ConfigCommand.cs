using System.CommandLine;
using EchoClr.App.Configuration;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Commands;

/// <summary><c>config</c>: what is set here, and keys that nothing reads. <c>config --markdown</c>: the reference of all settings.</summary>
internal static class ConfigCommand
{
    /// <summary>Parts of keys whose values are nobody's business.</summary>
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
            var settings = GlobalOptions.Load(parse).AsEnumerable().Where(setting => setting.Value is not null).OrderBy(setting => setting.Key, StringComparer.OrdinalIgnoreCase).ToList();
            terminal.Table(["key", "value", ""], settings.Select(setting => (IReadOnlyList<string>)
                [setting.Key, Secret.Any(part => setting.Key.EndsWith(part, StringComparison.OrdinalIgnoreCase)) ? "(set)" : setting.Value!, ConfigurationReference.Knows(setting.Key) ? "" : "no such setting"]));
            return settings.TrueForAll(setting => ConfigurationReference.Knows(setting.Key)) ? 0 : 1;
        });
        return command;
    }
}
