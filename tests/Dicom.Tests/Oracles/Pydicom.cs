using System.Text.Json;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Oracles;

/// <summary>pydicom's reading of files: another toolkit's answer to every element.</summary>
internal static class Pydicom
{
    /// <summary>What pydicom could not read either.</summary>
    public const string Unreadable = "??";

    public sealed record Element(string File, string Path, string Vr, IReadOnlyList<JsonElement> Values);

    public static async Task<IReadOnlyList<Element>> ReadAsync(params string[] files)
    {
        var script = Path.Combine(RealData.RepositoryRoot, "tests", "Dicom.Tests", "Oracles", "pydicom_elements.py");
        var result = await ExternalTool.RunAsync("python3-pydicom", "/usr/bin/python3", ["-W", "ignore", script, .. files]);
        Xunit.Assert.True(result.ExitCode == 0, result.Error);
        return [.. result.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Parse)];
    }

    private static Element Parse(string line)
    {
        using var row = JsonDocument.Parse(line);
        var columns = row.RootElement;
        return new(columns[0].GetString()!, columns[1].GetString()!, columns[2].GetString()!, [.. columns[3].EnumerateArray().Select(value => value.Clone())]);
    }
}
