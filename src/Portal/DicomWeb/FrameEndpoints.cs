using System.Globalization;
using EchoClr.Dicom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Frames of an instance (PS3.18 10.4.1.1.6): as they are kept, in the media type of their transfer syntax; or uncompressed, decoded where they must be.</summary>
internal static class FrameEndpoints
{
    /// <summary>Frames in one request: the longest cine known to be real has 924.</summary>
    public const int MaxFrames = 2000;

    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}/frames/{frames}", async (string study, string series, string instance, string frames, HttpContext context, Holdings holdings, DecodedFrameSource decoded, Looks looks) =>
        {
            var target = Target.Of(study, series, instance);
            var numbers = Numbers(frames);
            var accepted = AcceptedMedia.Of(context.Request);
            await looks.AtStudyAsync(context, study, context.RequestAborted);
            var held = await holdings.OpenAsync(target, context.User, context.RequestAborted);
            await WriteAsync(context, holdings.PathOf(held.Objects[0]), _ => numbers, accepted, decoded, $"{new RetrieveUrl(context.Request).Of(study, held.Objects[0])}/frames/");
            return Results.Empty;
        });

    /// <summary>Frame numbers from 1, parted by commas (PS3.18 10.4.1.1.6).</summary>
    /// <exception cref="DicomWebException">400: they are not.</exception>
    public static IReadOnlyList<int> Numbers(string list)
    {
        var numbers = list.Split(',', MaxFrames + 1).Select(text => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0).ToList();
        return numbers.Count <= MaxFrames && numbers.TrueForAll(number => number >= 1) ? numbers
            : throw new DicomWebException(StatusCodes.Status400BadRequest, $"frames are named by at most {MaxFrames} numbers from 1, with commas between");
    }

    /// <param name="choose">The frames' numbers, given how many there are.</param>
    public static async Task WriteAsync(HttpContext context, string path, Func<int, IReadOnlyList<int>> choose, IReadOnlyList<AcceptedMedia> accepted, DecodedFrameSource decoded, string location)
    {
        var stored = StoredFrames.Open(path);
        var header = stored?.Header ?? DicomFile.Read(path, DicomReadOptions.Header).Dataset;
        if (header.GetInt32(DicomTags.Rows) is null)
            throw new DicomWebException(StatusCodes.Status404NotFound, "the object has no frames");
        var kept = stored?.TransferSyntax ?? DicomFile.ReadMeta(path).TransferSyntax;
        var numbers = choose(stored?.Count ?? Math.Max(header.GetInt32(DicomTags.NumberOfFrames) ?? 1, 1));
        if (stored is not null && numbers.Any(number => number > stored.Count))
            throw new DicomWebException(StatusCodes.Status404NotFound, $"the object has {stored.Count} frames");
        var media = FrameMedia.Choose(accepted, kept, stored is not null, numbers.Count > 1);
        if (media is null || (!media.IsStored && !IsSame(header)))
            throw new DicomWebException(StatusCodes.Status406NotAcceptable, $"the frames are kept in transfer syntax {kept.Uid}: ask with transfer-syntax=*");
        var response = new MultipartResponse(context, media.Type);
        foreach (var number in numbers)
        {
            IReadOnlyList<DicomValue> pieces = media.IsStored ? stored!.Frame(number) : [new DicomValue((await decoded.ReadAsync(path, number, context.RequestAborted)).Pixels)];
            await (media.InParts ? response.WriteAsync(pieces, media.ContentType, location + number.ToString(CultureInfo.InvariantCulture)) : ValueResponse.WriteAsync(context, pieces, media.ContentType));
        }
        if (media.InParts)
            await response.EndAsync();
    }

    /// <summary>The decoder gives 8 bits a sample, grey or RGB, for display: only where these are the samples themselves may they stand for uncompressed pixel data.</summary>
    private static bool IsSame(DicomDataset header) => header.GetInt32(DicomTags.BitsAllocated) == 8 && header.GetInt32(DicomTags.BitsStored) == 8
        && header.GetString(DicomTags.PhotometricInterpretation) is { } colour && (colour is "MONOCHROME2" or "RGB" || colour.StartsWith("YBR_", StringComparison.Ordinal));
}
