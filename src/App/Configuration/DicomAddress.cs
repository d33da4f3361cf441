using System.CommandLine.Parsing;
using EchoClr.Dicom.Ports;

namespace EchoClr.App.Configuration;

/// <summary>A peer as it is written on the command line: <c>AE@HOST:PORT</c>.</summary>
internal static class DicomAddress
{
    private const int MaxAeTitleLength = 16; // PS3.5 6.2, AE

    /// <summary>For an option or argument of System.CommandLine: a bad address is a parse error.</summary>
    public static DicomPeer? ParseArgument(ArgumentResult result, string callingAeTitle)
    {
        if (TryParse(result.Tokens[0].Value, callingAeTitle, out var peer))
            return peer;
        result.AddError($"'{result.Tokens[0].Value}' is no DICOM address; write AE@HOST:PORT, as ORTHANC@127.0.0.1:4242");
        return null;
    }

    public static bool TryParse(string text, string callingAeTitle, out DicomPeer? peer)
    {
        peer = null;
        var at = text.IndexOf('@', StringComparison.Ordinal);
        var colon = text.LastIndexOf(':');
        if (at < 1 || at > MaxAeTitleLength || colon < at + 2 || !int.TryParse(text.AsSpan(colon + 1), out var port) || port is < 1 or > 65535)
            return false;
        var aeTitle = text[..at].Trim(' ');
        if (aeTitle.Length == 0 || aeTitle.Any(c => c is < ' ' or > '~' or '\\'))
            return false;
        peer = new DicomPeer(aeTitle, text[(at + 1)..colon].Trim('[', ']'), port, callingAeTitle);
        return true;
    }
}
