using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using System.Xml.Linq;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest;
using EchoClr.Portal;
using EchoClr.Retraining.Promotion;
using EchoClr.Shared.Data;

namespace EchoClr.App.Configuration;

/// <summary>One setting: its key as <c>--set</c> takes it, with N for a place in a list.</summary>
/// <param name="Type">How a value is written.</param>
/// <param name="Default">The value where none is set.</param>
/// <param name="Meaning">The words beside it in its options class: meaning, unit, reason of the default.</param>
internal sealed record Setting(string Key, string Type, string Default, string Meaning);

/// <summary>A part of the settings: one options class.</summary>
internal sealed record SettingsSection(string Name, string Meaning, IReadOnlyList<Setting> Settings);

/// <summary>Every setting that there is, read from the options classes and from the XML documentation that the compiler writes beside each assembly.</summary>
internal static partial class ConfigurationReference
{
    private static readonly Assembly[] Assemblies =
        [typeof(DataOptions).Assembly, typeof(PacsDirectory).Assembly, typeof(IngestServices).Assembly, typeof(Inference.InferenceOptions).Assembly, typeof(GateRules).Assembly, typeof(PortalOptions).Assembly, typeof(ConfigurationReference).Assembly];

    /// <summary>What <see cref="GlobalOptions"/> sets where nobody else does.</summary>
    private static readonly Dictionary<string, string> GlobalDefaults = new() { ["Data:Directory"] = "`echoclr` in the user's data folder (XDG)", ["Inference:Models:Directory"] = "the models that come with the program" };

    // Above what reads it: static fields are initialized in the order of their text.
    private static readonly Dictionary<Assembly, Dictionary<string, XElement>> Documentation = [];

    /// <summary>Every class that names its section, by name.</summary>
    public static IReadOnlyList<SettingsSection> Sections { get; } =
    [
        .. from type in Assemblies.SelectMany(assembly => assembly.GetTypes())
           let name = type.GetField("SectionName")?.GetRawConstantValue() as string
           where name is not null
           orderby name
           select type == typeof(PacsDirectory) ? Section(name + ":N", typeof(PacsToAsk)) : Section(name, type),
    ];

    private static readonly HashSet<string> Keys = new(Sections.SelectMany(section => section.Settings).Select(setting => setting.Key), StringComparer.OrdinalIgnoreCase);

    public static string Markdown()
    {
        var lines = new List<string>
        {
            "# Settings", "",
            "From `echoclr.json` in the data folder (or `--config FILE`), from the environment (`ECHOCLR__Ingest__Listener__Port=11112`) and from the command line",
            "(`--set Ingest:Listener:Port=11112`); the later wins. `N` is a place in a list, from 0. Times are `hh:mm:ss`, or `d.hh:mm:ss`.",
            "`Secrets` names a folder with one file a setting, as containers and service managers hand secrets over ([deployment.md](deployment.md)).",
            "`./echoclr config` shows what is set here, and keys that no setting has.", "",
            "This page is what `./echoclr config --markdown` prints, from the options classes; a test compares the two.",
        };
        foreach (var section in Sections)
        {
            lines.AddRange(["", $"## {section.Name}", "", section.Meaning, "", "| key | value | default | what it means |", "|---|---|---|---|"]);
            lines.AddRange(section.Settings.Select(setting => $"| `{setting.Key[(section.Name.Length + 1)..]}` | {setting.Type} | {setting.Default} | {setting.Meaning.Replace("|", "\\|", StringComparison.Ordinal)} |"));
        }
        return string.Join('\n', lines);
    }

    /// <summary>Whether a key of a configuration is one that something reads.</summary>
    public static bool Knows(string key) => key.Equals(GlobalOptions.Secrets, StringComparison.OrdinalIgnoreCase) || Keys.Contains(Index().Replace(key, ":N"));

    private static SettingsSection Section(string name, Type type) => new(name, Summary(type.Assembly, $"T:{type.FullName}"), [.. SettingsOf(name, type, Activator.CreateInstance(type)!)]);

    private static IEnumerable<Setting> SettingsOf(string prefix, Type type, object? instance)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance))
        {
            var (key, value) = ($"{prefix}:{property.Name}", instance is null ? null : property.GetValue(instance));
            var meaning = Summary(property.DeclaringType!.Assembly, $"P:{property.DeclaringType.FullName}.{property.Name}");
            var inner = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;
            var element = inner != typeof(string) && inner.IsGenericType && inner.IsAssignableTo(typeof(IEnumerable)) ? inner.GetGenericArguments()[0] : null;
            if (property.SetMethod is null && !(inner.IsGenericType && inner.GetGenericTypeDefinition() == typeof(List<>)))
                continue; // computed
            if (element is not null && IsOptions(element))
            {
                foreach (var setting in SettingsOf($"{key}:N", element, Activator.CreateInstance(element)))
                    yield return setting;
            }
            else if (IsOptions(inner))
            {
                foreach (var setting in SettingsOf(key, inner, value ?? Activator.CreateInstance(inner)))
                    yield return setting;
            }
            else if (element is not null)
                yield return new Setting($"{key}:N", TypeName(element), "none", meaning);
            else
                yield return new Setting(key, TypeName(inner), GlobalDefaults.GetValueOrDefault(key) ?? Default(value), meaning);
        }
    }

    private static bool IsOptions(Type type) => type.IsClass && type != typeof(string) && Assemblies.Contains(type.Assembly);

    private static string TypeName(Type type) => type switch
    {
        _ when type.IsEnum => string.Join(", ", Enum.GetNames(type).Select(name => $"`{name.ToLowerInvariant()}`")),
        _ when type == typeof(bool) => "`true`, `false`",
        _ when type == typeof(TimeSpan) => "time",
        _ when type == typeof(double) => "number",
        _ when type == typeof(string) => "text",
        _ => "whole number",
    };

    private static string Default(object? value) => value switch
    {
        null => "none",
        string { Length: 0 } => "empty",
        string text when text == Environment.MachineName => "the machine's name",
        string text => $"`{text}`",
        bool flag => flag ? "`true`" : "`false`",
        Enum name => $"`{name.ToString().ToLowerInvariant()}`",
        TimeSpan time => $"`{time:c}`",
        long bytes and >= 1 << 30 when bytes % (1 << 30) == 0 => $"`{bytes}` ({bytes >> 30} GiB)",
        IFormattable number => $"`{number.ToString(null, CultureInfo.InvariantCulture)}`",
        _ => throw new InvalidOperationException($"no words for a default of type {value.GetType()}"),
    };

    private static string Summary(Assembly assembly, string member)
    {
        if (!Documentation.TryGetValue(assembly, out var members))
        {
            var file = Path.Combine(AppContext.BaseDirectory, assembly.GetName().Name + ".xml");
            members = XDocument.Load(file).Descendants("member").ToDictionary(element => element.Attribute("name")!.Value, element => element);
            Documentation.Add(assembly, members);
        }
        return members.TryGetValue(member.Replace('+', '.'), out var found) && found.Element("summary") is { } summary ? Space().Replace(string.Concat(summary.Nodes().Select(Words)), " ").Trim() : "";
    }

    private static string Words(XNode node) => node switch
    {
        XText text => text.Value,
        XElement { Name.LocalName: "see" or "paramref" } see => $"`{(see.Attribute("cref") ?? see.Attribute("name") ?? see.Attribute("langword"))!.Value.Split('.', ':')[^1]}`",
        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
        XElement other => string.Concat(other.Nodes().Select(Words)),
        _ => "",
    };

    [GeneratedRegex(@":\d+(?=:|$)")]
    private static partial Regex Index();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
