using System.Globalization;

namespace EchoClr.EndToEnd.Installation;

/// <summary>The lines of a unit and its drop-in, as systemd.syntax(7) reads ours: later lines win, nothing is continued, nothing is quoted but in environment files.</summary>
internal sealed class SystemdUnit(IReadOnlyDictionary<string, string> lines)
{
    public string this[string key] => lines[key];

    /// <summary>The command with its arguments.</summary>
    public IReadOnlyList<string> ExecStart => lines["ExecStart"].Split(' ');

    /// <summary>What the service's environment holds besides systemd's own PATH.</summary>
    public IReadOnlyDictionary<string, string> Environment() => File.ReadLines(lines["EnvironmentFile"])
        .Where(line => line.Length > 0 && line[0] != '#')
        .Select(line => line.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair[1].Trim('\''));

    public TimeSpan Seconds(string key) => TimeSpan.FromSeconds(int.Parse(lines[key], CultureInfo.InvariantCulture));

    public static SystemdUnit Read(params string[] files) => new(files.SelectMany(File.ReadLines)
        .Where(line => line.Length > 0 && line[0] is not ('#' or '[' or ';'))
        .Select(line => line.Split('=', 2))
        .GroupBy(pair => pair[0])
        .ToDictionary(group => group.Key, group => group.Last()[1]));
}
