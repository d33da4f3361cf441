using System.Globalization;
using System.Text.Encodings.Web;
using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>
/// Pictures of frames as JPEG or PNG, reports as text (PS3.18 10.4.1.1.3). An instance shows its first frame, or those named by <c>/frames/</c>; several come in parts. Ultrasound is displayed as it is
/// stored: there is no windowing.
/// </summary>
internal static class RenderedEndpoints
{
    private const string Jpeg = "image/jpeg", Png = "image/png", Html = "text/html", Plain = "text/plain";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}/rendered", (string study, string series, string instance, HttpContext context, Holdings holdings, DecodedFrameSource decoded, Looks looks) =>
            AnswerAsync(Target.Of(study, series, instance), [1], context, holdings, decoded, looks));
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}/frames/{frames}/rendered", (string study, string series, string instance, string frames, HttpContext context, Holdings holdings, DecodedFrameSource decoded, Looks looks) =>
            AnswerAsync(Target.Of(study, series, instance), FrameEndpoints.Numbers(frames), context, holdings, decoded, looks));
    }

    private static async Task<IResult> AnswerAsync(Target target, IReadOnlyList<int> numbers, HttpContext context, Holdings holdings, DecodedFrameSource decoded, Looks looks)
    {
        var quality = Quality(context.Request.Query);
        var accepted = AcceptedMedia.Of(context.Request);
        await looks.AtStudyAsync(context, target.Study, context.RequestAborted);
        var held = await holdings.OpenAsync(target, context.User, context.RequestAborted);
        var path = holdings.PathOf(held.Objects[0]);
        var header = DicomFile.Read(path, DicomReadOptions.Header);
        if (!header.HasPixelData)
            return Report(path, accepted);
        var (type, inParts) = Choose(accepted, [Jpeg, Png], numbers.Count > 1);
        var response = new MultipartResponse(context, type);
        foreach (var number in numbers)
        {
            var frame = await decoded.ReadAsync(path, number, context.RequestAborted);
            var picture = type == Jpeg
                ? JpegEncoder.Encode(frame.Pixels, frame.Rows, frame.Columns, frame.SamplesPerPixel, quality)
                : PngEncoder.Encode(frame.Pixels, frame.Rows, frame.Columns, frame.SamplesPerPixel);
            if (!inParts)
                return Results.Bytes(picture, type);
            await response.WriteAsync([new DicomValue(picture)], type, null);
        }
        await response.EndAsync();
        return Results.Empty;
    }

    private static IResult Report(string path, IReadOnlyList<AcceptedMedia> accepted)
    {
        var dataset = DicomFile.Read(path).Dataset;
        if (!dataset.Contains(DicomTags.ContentSequence))
            throw new DicomWebException(StatusCodes.Status406NotAcceptable, "the object has neither pixels nor a report's content: it cannot be rendered");
        var (type, _) = Choose(accepted, [Html, Plain], severalFrames: false);
        using var text = new StringWriter();
        StructuredReportText.Write(text, dataset);
        // An HTML page of its own, under the portal's policy: no script, and every character of the report is text.
        return Results.Text(type == Plain ? text.ToString() : $"<!doctype html><meta charset=\"utf-8\"><title>Structured report</title><pre>{HtmlEncoder.Default.Encode(text.ToString())}</pre>", type, System.Text.Encoding.UTF8);
    }

    private static (string Type, bool InParts) Choose(IReadOnlyList<AcceptedMedia> accepted, string[] types, bool severalFrames)
    {
        foreach (var media in accepted)
        {
            foreach (var type in types)
            {
                if (!severalFrames && media.Takes(type, inParts: false))
                    return (type, false);
                if (media.Takes(type, inParts: true))
                    return (type, true);
            }
        }
        throw new DicomWebException(StatusCodes.Status406NotAcceptable, $"{string.Join(" and ", types)} is what there is, in parts for several frames");
    }

    /// <summary>The parameters of PS3.18 8.3.5: quality is known; what would change the picture otherwise is refused, since a picture that ignored it would be another than was asked for.</summary>
    private static int Quality(IQueryCollection query)
    {
        if (query.Keys.FirstOrDefault(key => key is "annotation" or "window" or "viewport" or "iccprofile") is { } unknown)
            throw new DicomWebException(StatusCodes.Status400BadRequest, $"the parameter {unknown} is not supported");
        return query["quality"].ToString() switch
        {
            "" => JpegEncoder.DefaultQuality,
            var text when int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= 100 => number,
            _ => throw new DicomWebException(StatusCodes.Status400BadRequest, "quality is a whole number from 1 to 100"),
        };
    }
}
