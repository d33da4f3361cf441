using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>A media type that a client takes (PS3.18 8.7.4, 8.7.5).</summary>
/// <param name="Type">The type itself, or of the parts where these are what is asked for; <c>*/*</c> for any.</param>
/// <param name="IsMultipart">As the parts of multipart/related.</param>
/// <param name="TransferSyntax">Null where none is named; <c>*</c> for that in which the object is kept.</param>
internal sealed record AcceptedMedia(string Type, bool IsMultipart, string? TransferSyntax, double Quality)
{
    public const string Any = "*/*";
    private const string Multipart = "multipart/related";

    /// <summary>More are nobody's wish.</summary>
    private const int MaxTypes = 50;

    /// <summary>The best first. The query parameter <c>accept</c> stands in the header's place (8.3.3.1); a request with neither takes anything.</summary>
    /// <exception cref="DicomWebException">400: it is no list of media types.</exception>
    public static IReadOnlyList<AcceptedMedia> Of(HttpRequest request)
    {
        var text = request.Query["accept"].ToString() is { Length: > 0 } parameter ? parameter : request.Headers.Accept.ToString();
        if (string.IsNullOrWhiteSpace(text))
            return [new AcceptedMedia(Any, false, null, 1)];
        var types = Split(text, ',').Where(part => part.Length > 0).Select(Parse).ToList();
        if (types.Count is 0 or > MaxTypes)
            throw new DicomWebException(StatusCodes.Status400BadRequest, "the Accept header cannot be read");
        return [.. types.Where(type => type.Quality > 0).OrderByDescending(type => type.Quality)];
    }

    /// <summary>Whether a client takes a type; a multipart one where it is to come in parts, <c>*/*</c> either way.</summary>
    public bool Takes(string type, bool inParts) => (inParts == IsMultipart || (Type == Any && !IsMultipart))
        && (Type == Any || Type == type || (Type.EndsWith("/*", StringComparison.Ordinal) && type.StartsWith(Type[..^1], StringComparison.Ordinal)));

    // Lenient: viewers write type=application/dicom without the quotes that the slash needs.
    private static AcceptedMedia Parse(string text)
    {
        var parts = Split(text, ';');
        var parameters = parts.Skip(1).Select(part => part.Split('=', 2)).Where(pair => pair.Length == 2).GroupBy(pair => pair[0].Trim(), StringComparer.OrdinalIgnoreCase)
            .ToDictionary(group => group.Key, group => group.First()[1].Trim().Trim('"').Trim(), StringComparer.OrdinalIgnoreCase);
        var type = parts[0].ToLowerInvariant();
        var quality = 1.0;
        if (type.Count(c => c == '/') != 1 || (parameters.TryGetValue("q", out var q) && !double.TryParse(q, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out quality)))
            throw new DicomWebException(StatusCodes.Status400BadRequest, "the Accept header cannot be read");
        var inParts = type == Multipart;
        return new AcceptedMedia(inParts ? parameters.GetValueOrDefault("type")?.ToLowerInvariant() ?? Any : type, inParts, parameters.GetValueOrDefault("transfer-syntax"), quality);
    }

    private static List<string> Split(string text, char separator)
    {
        var parts = new List<string>();
        var (start, quoted) = (0, false);
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] == '"')
                quoted = !quoted;
            if (i < text.Length && (quoted || text[i] != separator))
                continue;
            parts.Add(text[start..i].Trim());
            start = i + 1;
        }
        return parts;
    }
}
