using System.Buffers;
using System.Text.Json;
using EchoClr.Dicom;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Metadata of a study, a series, an instance (PS3.18 10.4.1.1.2): all attributes, and where the bulk data can be had.</summary>
internal static class MetadataEndpoints
{
    /// <summary>JSON of one response. A study of a hundred cines has some 5 MB; what is larger is asked for by series.</summary>
    private const int MaxBytes = 64 << 20;

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{study}/metadata", (string study, HttpContext context, Holdings holdings, Looks looks) => AnswerAsync(Target.Of(study), context, holdings, looks));
        app.MapGet("/studies/{study}/series/{series}/metadata", (string study, string series, HttpContext context, Holdings holdings, Looks looks) =>
            AnswerAsync(Target.Of(study, series), context, holdings, looks));
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}/metadata", (string study, string series, string instance, HttpContext context, Holdings holdings, Looks looks) =>
            AnswerAsync(Target.Of(study, series, instance), context, holdings, looks));
    }

    private static async Task<IResult> AnswerAsync(Target target, HttpContext context, Holdings holdings, Looks looks)
    {
        DicomJsonResponse.Negotiate(context.Request);
        await looks.AtStudyAsync(context, target.Study, context.RequestAborted);
        var held = await holdings.OpenAsync(target, context.User, context.RequestAborted);
        var urls = new RetrieveUrl(context.Request);
        var buffer = new ArrayBufferWriter<byte>(64 << 10);
        var (whole, written) = (held.Whole, 0);
        await using var json = new Utf8JsonWriter(buffer);
        json.WriteStartArray();
        foreach (var item in held.Objects)
        {
            context.RequestAborted.ThrowIfCancellationRequested();
            if (Read(holdings.PathOf(item)) is not { } dataset)
            {
                whole = false; // the others can be read all the same
                continue;
            }
            var places = BulkData.PlacesOf(dataset);
            var url = urls.Of(target.Study, item);
            DicomJson.Write(json, dataset, element => places.TryGetValue(element, out var place) ? $"{url}/bulkdata/{place}" : null);
            written++;
            if (json.BytesCommitted + json.BytesPending > MaxBytes)
                throw new DicomWebException(StatusCodes.Status413PayloadTooLarge, "there is too much metadata for one response: ask by series or by instance");
        }
        json.WriteEndArray();
        await json.FlushAsync(context.RequestAborted);
        if (written == 0)
            throw new DicomWebException(StatusCodes.Status422UnprocessableEntity, "the object's file is damaged");
        context.Response.StatusCode = whole ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
        context.Response.ContentType = DicomJsonResponse.MediaType;
        context.Response.ContentLength = buffer.WrittenCount;
        await context.Response.BodyWriter.WriteAsync(buffer.WrittenMemory, context.RequestAborted);
        return Results.Empty;
    }

    /// <summary>All attributes, the pixels left in the file; null where it is gone or damaged.</summary>
    private static DicomDataset? Read(string path)
    {
        try
        {
            if (!DicomFile.ReadMeta(path).TransferSyntax.IsDeflated)
                return DicomFile.Read(path).Dataset;
            // What lies behind the pixels of a deflated object would cost inflating them, in memory: that they are there is said, the rest is left out.
            var header = DicomFile.Read(path, DicomReadOptions.Header);
            return header.HasPixelData ? header.Dataset.SetBytes(DicomTags.PixelData, DicomVr.OW, new byte[2]) : header.Dataset;
        }
        catch (Exception e) when (e is IOException or DicomFormatException)
        {
            return null;
        }
    }
}
