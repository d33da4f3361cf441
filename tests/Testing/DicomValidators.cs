using System.Text.RegularExpressions;
using Xunit;

namespace EchoClr.Testing;

/// <summary>Other people's validators of DICOM objects, each with what counts as clean. Every method fails the calling test on what is not allowed.</summary>
public static partial class DicomValidators
{
    /// <summary>Warnings of the 2022 dicom3tools that are known to be wrong: the standard gained Device UID in Contributing Equipment, and private schemes are legal.</summary>
    private static readonly string[] AllowedWarnings =
    [
        "DeviceUID(0018,1002)",
        "Unrecognized defined term = <99ECHOCLR>",
        "CodingSchemeUID(0008,010c)[1]> - Unrecognized defined term = <2.25.",
    ];

    /// <summary>dicom3tools: the IOD by module, type and value. A crash (139) fails too.</summary>
    /// <param name="tolerated">Parts of messages that the source header brought with it and that byte-exact copying must keep.</param>
    public static async Task DciodvfyAsync(string file, string iod, params string[] tolerated)
    {
        var result = await ExternalTool.RunAsync("dicom3tools", "dciodvfy", "-new", file);
        Assert.Contains(iod, Lines(result));
        var rest = Lines(result).Where(line => line != iod && !tolerated.Any(line.Contains)).ToList();
        AssertNone(rest.Where(line => !AllowedWarnings.Any(line.Contains)));
        Assert.True(result.ExitCode == 0 || tolerated.Length > 0 && result.ExitCode == 1, $"dciodvfy ended with {result.ExitCode}");
    }

    /// <summary>DCMTK: the document as text. Standard error is empty apart from its note that it cannot check UTF-8.</summary>
    public static async Task<string> DsrdumpAsync(string file, params string[] tolerated)
    {
        var result = await ExternalTool.RunAsync("dcmtk", "dsrdump", "+Pl", "+Pu", "+Pt", file);
        AssertNone(result.Error.Split('\n').Where(line => line.Trim().Length > 0 && !tolerated.Append("ISO_IR 192").Any(line.Contains)));
        Assert.Equal(0, result.ExitCode);
        return result.Output;
    }

    /// <summary>DCMTK: the document as XML that its own schema accepts.</summary>
    public static async Task Dsr2XmlAsync(string file)
    {
        var xml = file + ".xml";
        var written = await ExternalTool.RunAsync("dcmtk", "dsr2xml", "+Xs", file, xml);
        Assert.Equal((0, ""), (written.ExitCode, Without(written.Error, "ISO_IR 192")));
        var read = await ExternalTool.RunAsync("dcmtk", "xml2dsr", "+Vs", xml, file + ".round-trip.dcm");
        Assert.Equal((0, ""), (read.ExitCode, Without(read.Error, "ISO_IR 192")));
    }

    /// <summary>dicom3tools: the objects agree on patient and study.</summary>
    public static async Task DcentvfyAsync(params string[] files)
    {
        var result = await ExternalTool.RunAsync("dicom3tools", "dcentvfy", files);
        AssertNone(Lines(result).Where(line => line.StartsWith("Error", StringComparison.Ordinal)));
        Assert.Equal(0, result.ExitCode);
    }

    /// <summary>PixelMed: the template. It ends with 0 even on an exception, so its words are what counts. About ten seconds a file.</summary>
    /// <param name="iod">Such as Comprehensive3DSR.</param>
    /// <param name="rootTemplate">Such as "TID_1500 (MeasurementReport)".</param>
    public static async Task PixelMedAsync(string file, string iod, string rootTemplate, params string[] allowedWarnings)
    {
        // Java 17 limits XPath below what PixelMed's style sheets need; any one of the three left away fails.
        const string limits = "-Djdk.xml.xpathTotalOpLimit=0 -Djdk.xml.xpathExprGrpLimit=0 -Djdk.xml.xpathExprOpLimit=0";
        var result = await ExternalTool.RunAsync("pixelmed-apps", "DicomSRValidator", [file], TimeSpan.FromMinutes(3), new Dictionary<string, string> { ["JAVA_TOOL_OPTIONS"] = limits });
        var text = string.Join("\n", Lines(result));
        Assert.Contains($"Found {iod} IOD", Lines(result));
        Assert.Contains($"Found Root Template {rootTemplate}", Lines(result));
        Assert.Contains("Root Template Validation Complete", Lines(result));
        Assert.Contains("IOD validation complete", Lines(result));
        Assert.DoesNotMatch(ForbiddenOfPixelMed(), text);
        AssertNone(Lines(result).Where(line => line.StartsWith("Warning", StringComparison.Ordinal) && !allowedWarnings.Any(line.Contains)));
    }

    private static List<string> Lines(ToolResult result) => [.. (result.Output + "\n" + result.Error).Split('\n').Select(line => line.TrimEnd()).Where(line => line.Length > 0)];

    private static void AssertNone(IEnumerable<string> complaints)
    {
        var text = string.Join("\n", complaints);
        Assert.True(text.Length == 0, text);
    }

    private static string Without(string text, string noise) =>
        string.Join("\n", text.Split('\n').Where(line => line.Trim().Length > 0 && !line.Contains(noise, StringComparison.Ordinal)));

    [GeneratedRegex("^Error|illegal relationship|Exception", RegexOptions.Multiline | RegexOptions.IgnoreCase)]
    private static partial Regex ForbiddenOfPixelMed();
}
