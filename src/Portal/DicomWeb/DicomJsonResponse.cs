using System.Text.Json;
using EchoClr.Dicom;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>Data sets as <c>application/dicom+json</c> (PS3.18 8.7.3.2, Annex F).</summary>
internal static class DicomJsonResponse
{
    public const string MediaType = "application/dicom+json";

    /// <exception cref="DicomWebException">406: the client wants something else. The XML of PS3.19 is not made here.</exception>
    public static void Negotiate(HttpRequest request)
    {
        if (!AcceptedMedia.Of(request).Any(media => media.Takes(MediaType, inParts: false) || media.Takes("application/json", inParts: false)))
            throw new DicomWebException(StatusCodes.Status406NotAcceptable, $"{MediaType} is what there is");
    }

    public static async Task WriteAsync(HttpContext context, IReadOnlyList<DicomDataset> datasets)
    {
        context.Response.ContentType = MediaType;
        await using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartArray();
        foreach (var dataset in datasets)
        {
            DicomJson.Write(json, dataset);
            await json.FlushAsync(context.RequestAborted);
        }
        json.WriteEndArray();
    }
}
