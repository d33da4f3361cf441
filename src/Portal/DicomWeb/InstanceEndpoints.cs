using EchoClr.Dicom;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.DicomWeb;

/// <summary>
/// Studies, series and instances as DICOM files (PS3.18 10.4.1.1.1): from disk, byte for byte as they are kept. Pixels are never coded anew; where they are not encapsulated, the data set is written in
/// another native transfer syntax when the client asks for it.
/// </summary>
internal static class InstanceEndpoints
{
    private const string MediaType = "application/dicom";

    public static void Map(IEndpointRouteBuilder app)
    {
        app.MapGet("/studies/{study}", (string study, HttpContext context, Holdings holdings, BlobStore blobs, AuditTrail audit) => AnswerAsync(Target.Of(study), context, holdings, blobs, audit));
        app.MapGet("/studies/{study}/series/{series}", (string study, string series, HttpContext context, Holdings holdings, BlobStore blobs, AuditTrail audit) =>
            AnswerAsync(Target.Of(study, series), context, holdings, blobs, audit));
        app.MapGet("/studies/{study}/series/{series}/instances/{instance}", (string study, string series, string instance, HttpContext context, Holdings holdings, BlobStore blobs, AuditTrail audit) =>
            AnswerAsync(Target.Of(study, series, instance), context, holdings, blobs, audit));
    }

    private static async Task<IResult> AnswerAsync(Target target, HttpContext context, Holdings holdings, BlobStore blobs, AuditTrail audit)
    {
        var accepted = AcceptedMedia.Of(context.Request);
        var held = await holdings.OpenAsync(target, context.User, context.RequestAborted);
        var single = held.Objects.Count == 1 && target.Instance is not null && !accepted.Any(media => media.Takes(MediaType, inParts: true));
        var wanted = accepted.Where(media => media.Takes(MediaType, inParts: !single)).ToList();
        if (wanted.Count == 0)
            throw new DicomWebException(StatusCodes.Status406NotAcceptable, $"multipart/related; type=\"{MediaType}\" is what there is, and {MediaType} for one instance");
        var here = held.Objects.Where(item => File.Exists(holdings.PathOf(item))).ToList();
        if (here.Count == 0)
            throw new DicomWebException(StatusCodes.Status410Gone, DicomWebServices.FileIsGone);
        var parts = here.Select(item => (Item: item, As: Choose(wanted, holdings.PathOf(item)))).Where(part => part.As is not null).ToList();
        if (parts.Count == 0)
            throw new DicomWebException(StatusCodes.Status406NotAcceptable, "what is kept is in none of these transfer syntaxes, and pixels are not coded anew: ask with transfer-syntax=*");
        await audit.RecordAsync(AuditEvents.Retrieved(context.Participant(), Audited(target.Study, parts.Select(part => part.Item))), context.RequestAborted);
        context.Response.StatusCode = held.Whole && parts.Count == held.Objects.Count ? StatusCodes.Status200OK : StatusCodes.Status206PartialContent;
        var response = new MultipartResponse(context, MediaType);
        foreach (var (item, form) in parts)
        {
            using var file = ReadyFile.Of(holdings.PathOf(item), form!, blobs);
            if (single)
            {
                context.Response.ContentType = MediaType;
                context.Response.ContentLength = new FileInfo(file.Path).Length;
                await context.Response.SendFileAsync(file.Path, context.RequestAborted);
                return Results.Empty;
            }
            await response.WriteFileAsync(file.Path, MediaType);
        }
        await response.EndAsync();
        return Results.Empty;
    }

    /// <summary>How a file goes out; null where the client takes nothing that it can be.</summary>
    private static Form? Choose(List<AcceptedMedia> wanted, string path)
    {
        // The default would be Explicit VR Little Endian (PS3.18 8.7.3.5.2); what is kept is the safer reading of a client that names nothing: it is never less than what was received.
        if (wanted[0].TransferSyntax is null or "*")
            return new Form(null);
        var kept = DicomFile.ReadMeta(path).TransferSyntax;
        foreach (var uid in wanted.Select(media => media.TransferSyntax))
        {
            if (uid is null or "*" || uid == kept.Uid)
                return new Form(null);
            if (!kept.IsEncapsulated && !kept.IsDeflated && (uid == TransferSyntax.ExplicitVRLittleEndian.Uid || uid == TransferSyntax.ImplicitVRLittleEndian.Uid))
                return new Form(TransferSyntax.Parse(uid));
        }
        return null;
    }

    private static AuditedStudy Audited(string study, IEnumerable<HeldObject> items) =>
        new(study, [.. items.GroupBy(item => item.SopClassUid).Select(group => new AuditedInstances { SopClassUid = group.Key, Count = group.Count() })]);

    /// <param name="Rewritten">The native transfer syntax that the file is written in for this response; null for the file as it is kept.</param>
    private sealed record Form(TransferSyntax? Rewritten);

    /// <summary>The kept file, or one in another transfer syntax that lasts as long as the response.</summary>
    private sealed record ReadyFile(string Path, bool IsTemporary) : IDisposable
    {
        public static ReadyFile Of(string path, Form form, BlobStore blobs)
        {
            if (form.Rewritten is not { } syntax)
                return new ReadyFile(path, false);
            var copy = new ReadyFile(blobs.NewSpoolFile(), true); // a death here leaves it to the sweep
            new DicomFile(DicomFile.Read(path).Dataset, syntax).Write(copy.Path);
            return copy;
        }

        public void Dispose()
        {
            if (IsTemporary)
                File.Delete(Path);
        }
    }
}
