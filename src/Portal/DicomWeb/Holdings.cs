using System.Security.Claims;
using EchoClr.Dicom;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.DicomWeb;

/// <summary>What of a study a person may have: objects received and written, without what was withdrawn or rejected, and without the AI's where it is hidden from a blind reader.</summary>
internal sealed class Holdings(HeldObjectStore store, StudyStore studies, Reading reading, ReaderAnswers answers, BlobStore blobs, TimeProvider time)
{
    /// <summary>The objects of studies that a search shows.</summary>
    public async Task<ILookup<long, HeldObject>> ListAsync(IReadOnlyCollection<StudyRow> found, ClaimsPrincipal reader, CancellationToken cancellationToken)
    {
        var hidden = new HashSet<long>();
        foreach (var study in found)
        {
            if (reader.ReadsBlind() && await reading.IsHiddenAsync(reader, study.StudyInstanceUid, cancellationToken))
                hidden.Add(study.Id);
        }
        var objects = await store.ListAsync([.. found.Select(study => study.Id)], cancellationToken);
        return objects.Where(item => !item.Withdrawn && !item.Rejected && !(item.Own && hidden.Contains(item.StudyId))).ToLookup(item => item.StudyId);
    }

    /// <summary>
    /// The objects of a study, a series or an instance whose files are here, for somebody who is about to see them: what of them tells of the AI is noted as seen.
    /// </summary>
    /// <exception cref="DicomWebException">404: there is none, or none for this reader. 410: all that there were are gone, and why.</exception>
    public async Task<Held> OpenAsync(Target target, ClaimsPrincipal reader, CancellationToken cancellationToken)
    {
        if (await studies.FindAsync(target.Study, cancellationToken) is not { } study)
            throw new DicomWebException(StatusCodes.Status404NotFound, "there is no such study");
        var hidden = reader.ReadsBlind() && await reading.IsHiddenAsync(reader, target.Study, cancellationToken);
        var named = (await store.ListAsync([study.Id], cancellationToken)).Where(item => target.Names(item) && !(hidden && item.Own)).ToList();
        if (named.Count == 0)
            throw new DicomWebException(StatusCodes.Status404NotFound, "there is no such object in this study");
        var current = named.Where(item => !item.Withdrawn && !item.Rejected).ToList();
        var here = current.Where(item => item.FileKey is not null).ToList();
        if (here.Count == 0)
            throw new DicomWebException(StatusCodes.Status410Gone, WhyGone(named));
        await answers.RecordSeenAsync(reader.Id(), [.. here.Select(item => item.AnalysisId).OfType<long>().Distinct()], time.GetUtcNow(), cancellationToken);
        return new Held(here, Whole: here.Count == current.Count);
    }

    public string PathOf(HeldObject item) => blobs.PathOf(item.FileKey!);

    /// <summary>The attributes before the pixels; null where the file is gone or damaged.</summary>
    public DicomDataset? ReadHeader(HeldObject item)
    {
        if (item.FileKey is null)
            return null;
        try
        {
            return DicomFile.Read(PathOf(item), DicomReadOptions.Header).Dataset;
        }
        catch (Exception e) when (e is IOException or DicomFormatException)
        {
            return null;
        }
    }

    private static string WhyGone(List<HeldObject> named) =>
        named.Exists(item => item.FileKey is null && !item.Withdrawn && !item.Rejected) ? "its pixels were given up by policy"
        : named.Exists(item => item.Withdrawn) ? "the report was withdrawn"
        : "the PACS rejected it";
}

/// <param name="Objects">Each has a file.</param>
/// <param name="Whole">No file of the target is gone.</param>
internal sealed record Held(IReadOnlyList<HeldObject> Objects, bool Whole);

/// <summary>What an address names: a study, a series of it, or an instance of that.</summary>
internal sealed record Target(string Study, string? Series, string? Instance)
{
    /// <exception cref="DicomWebException">400: one of them is no UID.</exception>
    public static Target Of(string study, string? series = null, string? instance = null)
    {
        foreach (var uid in (string?[])[study, series, instance])
        {
            if (uid is not null && !DicomUid.IsValid(uid))
                throw new DicomWebException(StatusCodes.Status400BadRequest, "the address holds something that is no UID (PS3.5 9.1)");
        }
        return new Target(study, series, instance);
    }

    public bool Names(HeldObject item) => (Series is null || item.SeriesInstanceUid == Series) && (Instance is null || item.SopInstanceUid == Instance);
}
