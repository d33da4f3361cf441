using EchoClr.Dicom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>What a BulkDataURI of the metadata leads to (PS3.18 10.4.1.1.5): a value's bytes, little endian; of encapsulated pixel data each frame as a part, of video the stream.</summary>
internal static class BulkDataEndpoints
{
    public static void Map(IEndpointRouteBuilder app) =>
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}/bulkdata/{**place}", async (string study, string series, string instance, string place, HttpContext context, Holdings holdings, DecodedFrameSource decoded, Looks looks) =>
        {
            var target = Target.Of(study, series, instance);
            var accepted = AcceptedMedia.Of(context.Request);
            await looks.AtStudyAsync(context, study, context.RequestAborted);
            var held = await holdings.OpenAsync(target, context.User, context.RequestAborted);
            var path = holdings.PathOf(held.Objects[0]);
            var syntax = DicomFile.ReadMeta(path).TransferSyntax;
            var isPixels = DicomTag.TryParse(place, out var tag) && tag == DicomTags.PixelData;
            if (isPixels && !syntax.IsVideo)
            {
                await FrameEndpoints.WriteAsync(context, path, count => [.. Enumerable.Range(1, Math.Min(count, FrameEndpoints.MaxFrames))], accepted, decoded, $"{new RetrieveUrl(context.Request).Of(study, held.Objects[0])}/frames/");
                return Results.Empty;
            }
            var found = BulkData.Find(DicomFile.Read(path, syntax.IsDeflated ? DicomReadOptions.Header : null).Dataset, place);
            if (found is not var (dataset, element) || element.Items is not null)
                throw new DicomWebException(StatusCodes.Status404NotFound, "the object has no such value");
            var type = isPixels && element.Fragments is not null ? VideoTypeOf(syntax) : FrameMedia.OctetStream;
            var media = accepted.FirstOrDefault(media => media.Takes(type, inParts: true) || media.Takes(type, inParts: false))
                ?? throw new DicomWebException(StatusCodes.Status406NotAcceptable, $"{type} is what there is");
            IReadOnlyList<DicomValue> values = element.Fragments is { } fragments ? [.. fragments.Skip(1)] : [dataset.GetValue(element.Tag)];
            if (!media.IsMultipart)
            {
                await ValueResponse.WriteAsync(context, values, type);
                return Results.Empty;
            }
            var response = new MultipartResponse(context, type);
            await response.WriteAsync(values, type, null);
            await response.EndAsync();
            return Results.Empty;
        });

    private static string VideoTypeOf(TransferSyntax syntax) => syntax == TransferSyntax.MPEG2MPML || syntax == TransferSyntax.MPEG2MPHL ? "video/mpeg" : "video/mp4";
}
