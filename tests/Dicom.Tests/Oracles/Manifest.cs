using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Oracles;

/// <summary>The table of the real files, a row each, by column name.</summary>
internal static class Manifest
{
    public static IReadOnlyList<IReadOnlyDictionary<string, string>> Rows { get; } = Read();

    private static List<IReadOnlyDictionary<string, string>> Read()
    {
        var lines = File.ReadAllLines(RealData.RequireFile("MANIFEST.csv"));
        var header = Split(lines[0]);
        return [.. lines.Skip(1).Where(line => line.Length > 0).Select(line => (IReadOnlyDictionary<string, string>)header.Zip(Split(line)).ToDictionary(pair => pair.First, pair => pair.Second))];
    }

    private static List<string> Split(string line)
    {
        var fields = new List<string> { "" };
        var quoted = false;
        foreach (var character in line)
        {
            if (character == '"')
                quoted = !quoted;
            else if (character == ',' && !quoted)
                fields.Add("");
            else
                fields[^1] += character;
        }
        return fields;
    }
}
