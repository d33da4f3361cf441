using System.Text;

namespace EchoClr.Inference.Tests.Signals;

/// <summary>Reads an HL7 v2 message by the rules of chapter 2, without anything of the product's: positions are the standard's, from 1.</summary>
internal sealed class Hl7Message
{
    private readonly List<string[]> _segments;

    public Hl7Message(byte[] block)
    {
        var text = Encoding.UTF8.GetString(block);
        Assert.StartsWith(@"MSH|^~\&|", text, StringComparison.Ordinal);
        Assert.EndsWith("\r", text, StringComparison.Ordinal);
        _segments = [.. text[..^1].Split('\r').Select(segment => segment.Split('|'))];
        // MSH-1 is the separator itself.
        _segments[0] = ["MSH", "|", .. _segments[0][1..]];
    }

    public IReadOnlyList<string> Names => [.. _segments.Select(segment => segment[0])];

    /// <summary>A field as it stands, "" where it is absent.</summary>
    public string Field(string segment, int position) => Field(_segments.Single(candidate => candidate[0] == segment), position);

    public IReadOnlyList<Observation> Observations => [.. _segments.Where(segment => segment[0] == "OBX").Select(segment => new Observation(
        Field(segment, 1), Field(segment, 2), Field(segment, 3), Field(segment, 4), Field(segment, 5), Field(segment, 6), Field(segment, 7), Field(segment, 8), Field(segment, 11)))];

    public Observation Observed(string subId) => Observations.Single(observation => observation.SubId == subId);

    public string Text => Unescape(Observations.Single(observation => observation.Type == "TX").Value);

    public static string Unescape(string text)
    {
        var plain = new StringBuilder();
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] != '\\')
            {
                plain.Append(text[i]);
                continue;
            }
            Assert.Equal('\\', text[i + 2]);
            plain.Append(text[i + 1] switch { 'F' => '|', 'S' => '^', 'T' => '&', 'R' => '~', 'E' => '\\', _ => throw new FormatException(text) });
            i += 2;
        }
        return plain.ToString();
    }

    private static string Field(string[] segment, int position) => position < segment.Length ? segment[position] : "";
}

internal sealed record Observation(string SetId, string Type, string Name, string SubId, string Value, string Units, string Range, string Abnormal, string Status);
