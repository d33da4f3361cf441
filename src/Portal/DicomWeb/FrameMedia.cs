using EchoClr.Dicom;

namespace EchoClr.Portal.DicomWeb;

/// <summary>How a frame may go out.</summary>
/// <param name="Type">The media type of the part.</param>
/// <param name="TransferSyntax">That of the part's bytes.</param>
/// <param name="IsStored">As it is kept; else decoded.</param>
internal sealed record FrameMedia(string Type, TransferSyntax TransferSyntax, bool IsStored, bool InParts)
{
    public const string OctetStream = "application/octet-stream";

    public string ContentType => $"{Type}; transfer-syntax={TransferSyntax.Uid}";

    /// <summary>The first that the client takes and that can be had; null where none is.</summary>
    /// <param name="kept">The transfer syntax of the file.</param>
    /// <param name="canBeRead">The frames can be read as they are kept.</param>
    public static FrameMedia? Choose(IReadOnlyList<AcceptedMedia> accepted, TransferSyntax kept, bool canBeRead, bool severalFrames)
    {
        foreach (var media in accepted)
        {
            // */* takes one part or many: many, since every client of DICOMweb can.
            var inParts = media.IsMultipart || media.Type == AcceptedMedia.Any;
            if (!inParts && severalFrames)
                continue;
            if (canBeRead && TypeOf(kept) is { } own && Names(media, kept) && media.Takes(own, inParts))
                return new FrameMedia(own, kept, true, inParts);
            if (!media.Takes(OctetStream, inParts))
                continue;
            // Viewers ask for any bytes in whatever syntax, and read it from the part: application/octet-stream; transfer-syntax=*.
            if (canBeRead && kept.IsEncapsulated && media.TransferSyntax is not null && Names(media, kept))
                return new FrameMedia(OctetStream, kept, true, inParts);
            if (media.TransferSyntax is null or "*" || media.TransferSyntax == TransferSyntax.ExplicitVRLittleEndian.Uid)
                return new FrameMedia(OctetStream, TransferSyntax.ExplicitVRLittleEndian, canBeRead && !kept.IsEncapsulated, inParts);
        }
        return null;
    }

    private static bool Names(AcceptedMedia media, TransferSyntax kept) => media.TransferSyntax is null or "*" || media.TransferSyntax == kept.Uid;

    /// <summary>PS3.18 Table 8.7.3-5. Native pixels are octets in little endian, whatever order the file has.</summary>
    private static string? TypeOf(TransferSyntax syntax) => syntax.Uid switch
    {
        _ when !syntax.IsEncapsulated => null,
        "1.2.840.10008.1.2.4.50" or "1.2.840.10008.1.2.4.51" or "1.2.840.10008.1.2.4.57" or "1.2.840.10008.1.2.4.70" => "image/jpeg",
        "1.2.840.10008.1.2.4.80" or "1.2.840.10008.1.2.4.81" => "image/jls",
        "1.2.840.10008.1.2.4.90" or "1.2.840.10008.1.2.4.91" => "image/jp2",
        "1.2.840.10008.1.2.4.92" or "1.2.840.10008.1.2.4.93" => "image/jpx",
        "1.2.840.10008.1.2.4.110" or "1.2.840.10008.1.2.4.111" or "1.2.840.10008.1.2.4.112" => "image/jxl",
        "1.2.840.10008.1.2.4.201" or "1.2.840.10008.1.2.4.202" or "1.2.840.10008.1.2.4.203" => "image/jphc",
        "1.2.840.10008.1.2.5" => "image/dicom-rle",
        _ => null,
    };
}
