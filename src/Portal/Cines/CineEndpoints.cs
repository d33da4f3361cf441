using EchoClr.Dicom;
using EchoClr.Dicom.Codecs;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Cines;

/// <summary>What the player asks for: a cine's times, and its frames as JPEG, counted from 1 as DICOM does. Received objects and our saliency cines alike.</summary>
internal static class CineEndpoints
{
    public static void MapCines(this IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{uid}/cines/{sop}", (string uid, string sop, HttpContext context, CineFinder finder, CineCache cache, Looks looks) =>
            AnswerAsync(uid, sop, context, finder, cache, looks, cine => Results.Json(new { Frames = cine.Jpegs.Count, cine.Rows, cine.Columns, cine.Times, cine.TimesAssumed, cine.SourceFrames })));
        app.MapGet("/studies/{uid}/cines/{sop}/frames/{number:int}", (string uid, string sop, int number, HttpContext context, CineFinder finder, CineCache cache, Looks looks) =>
            AnswerAsync(uid, sop, context, finder, cache, looks, cine => number >= 1 && number <= cine.Jpegs.Count ? Results.Bytes(cine.Jpegs[number - 1], "image/jpeg") : Results.NotFound()));
    }

    private static async Task<IResult> AnswerAsync(string uid, string sop, HttpContext context, CineFinder finder, CineCache cache, Looks looks, Func<DecodedCine, IResult> answer)
    {
        if (await finder.FindAsync(uid, sop, context.User, context.RequestAborted) is not { } found)
            return Results.NotFound();
        if (found.FileKey is null)
            return Results.Problem("its pixels were given up by policy", statusCode: StatusCodes.Status410Gone);
        await looks.AtStudyAsync(context, uid, context.RequestAborted);
        try
        {
            return answer(await cache.OpenAsync(found.FileKey, context.RequestAborted));
        }
        catch (Exception e) when (e is CodecException or DicomFormatException or IOException)
        {
            return Results.Problem($"it cannot be shown: {e.Message}", statusCode: StatusCodes.Status422UnprocessableEntity);
        }
    }
}
