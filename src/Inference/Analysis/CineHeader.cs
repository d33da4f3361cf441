using EchoClr.Dicom;
using EchoClr.Inference.Reporting;
using EchoClr.VideoModels.Clips;

namespace EchoClr.Inference.Analysis;

/// <summary>What the header of a file says that analysis needs: whether it may be an echo cine at all, its timing, its region, its pixels' shape.</summary>
internal static class CineHeader
{
    /// <summary>Beyond these no scanner's pixels go; a header that says so is wrong, and square is the better guess.</summary>
    private const double MinAspect = 0.25, MaxAspect = 4;

    private const int MaxScannerLength = 80; // two values of VR LO could have 129

    private const int TwoDimensional = 1; // Region Spatial Format (0018,6012), PS3.3 C.8.5.5.1.1

    /// <summary>Why the object is never read as a cine, or null. Stills, traces and colour are judged by their pixels, because headers lie about them.</summary>
    public static string? Refusal(DicomDataset header)
    {
        if (header.GetString(DicomTags.Manufacturer) == Pipeline.Manufacturer)
            return "an object of our own";
        var sopClass = header.GetString(DicomTags.SOPClassUID);
        if (sopClass is not (SopClasses.UltrasoundMultiFrameImageStorage or SopClasses.UltrasoundMultiFrameImageStorageRetired))
            return $"not an ultrasound cine: {(sopClass is null ? "no SOP class" : DicomUid.NameOf(sopClass) ?? "an unknown SOP class")}";
        return header.GetInt32(DicomTags.NumberOfFrames) is <= 1 ? "still" : null;
    }

    /// <summary>Manufacturer and model, in printable ASCII of bounded length: a peer's words, which end up in tables and warnings.</summary>
    public static string Scanner(DicomDataset header)
    {
        var words = string.Join(' ', new[] { header.GetString(DicomTags.Manufacturer), header.GetString(DicomTags.ManufacturerModelName) }.Where(word => !string.IsNullOrWhiteSpace(word)).Select(word => word!.Trim()));
        var printable = new string([.. words.Take(MaxScannerLength).Select(c => c is >= ' ' and <= '~' ? c : '?')]);
        return printable.Length == 0 ? "unknown" : printable;
    }

    public static ObjectReference? Reference(DicomDataset header) =>
        header.GetString(DicomTags.SOPClassUID) is { } sopClass && header.GetString(DicomTags.SOPInstanceUID) is { } instance && header.GetString(DicomTags.SeriesInstanceUID) is { } series
            ? new ObjectReference(sopClass, instance, series)
            : null;

    /// <param name="lastFrame">The number of the last frame that was decoded, from 0: NumberOfFrames may be any number.</param>
    public static CineTiming Timing(DicomDataset header, int lastFrame)
    {
        var vector = header.GetDoubles(DicomTags.FrameTimeVector);
        var frames = Math.Max(lastFrame + 1, Math.Min(vector.Count, header.GetInt32(DicomTags.NumberOfFrames) ?? 0));
        return CineTiming.FromHeader(frames, header.GetDouble(DicomTags.FrameTime), vector, header.GetDouble(DicomTags.CineRate), header.GetDouble(DicomTags.RecommendedDisplayFrameRate));
    }

    /// <summary>Vertical over horizontal pixel size (PS3.3 C.7.6.3.1.7); 1 where nothing believable is stated.</summary>
    public static double PixelAspectRatio(DicomDataset header) =>
        header.GetDoubles(DicomTags.PixelAspectRatio) is [> 0 and var vertical, > 0 and var horizontal] && vertical / horizontal is >= MinAspect and <= MaxAspect
            ? vertical / horizontal
            : 1;

    /// <summary>The largest two-dimensional region; whoever uses it must check it against the picture.</summary>
    public static PixelRectangle? Region(DicomDataset header)
    {
        var regions = header.GetSequence(DicomTags.SequenceOfUltrasoundRegions)
            .Where(region => region.GetInt32(DicomTags.RegionSpatialFormat) == TwoDimensional)
            .Select(Rectangle)
            .OfType<PixelRectangle>()
            .ToList();
        return regions.Count == 0 ? null : regions.MaxBy(region => (long)region.Width * region.Height);
    }

    // The maxima belong to the region.
    private static PixelRectangle? Rectangle(DicomDataset region) =>
        region.GetInt32(DicomTags.RegionLocationMinX0) is { } left && region.GetInt32(DicomTags.RegionLocationMinY0) is { } top
        && region.GetInt32(DicomTags.RegionLocationMaxX1) is { } right && region.GetInt32(DicomTags.RegionLocationMaxY1) is { } bottom
        && right > left && bottom > top && right < ushort.MaxValue && bottom < ushort.MaxValue
            ? new PixelRectangle(left, top, right + 1, bottom + 1)
            : null;
}
