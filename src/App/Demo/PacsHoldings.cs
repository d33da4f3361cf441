using EchoClr.Dicom;

namespace EchoClr.App.Demo;

/// <summary>What the PACS itself says that it holds of our results for one study, read back over its REST interface.</summary>
/// <param name="ReportUid">SOP Instance UID of the newest structured report that we wrote; null when there is none.</param>
/// <param name="SaliencyFrames">Frames of the saliency cines, one number a cine.</param>
/// <param name="SaliencyWritten">How many saliency cines we wrote: none where no part of the picture argued for a finding, which the report says.</param>
internal sealed record PacsHoldings(string? ReportUid, IReadOnlyList<int> SaliencyFrames, int SaliencyWritten)
{
    public bool HasAllThatWeWrote => ReportUid is not null && SaliencyFrames.Count == SaliencyWritten && SaliencyFrames.All(frames => frames > 1);

    /// <param name="reportUids">The reports that we believe to have delivered: others of the study are not ours.</param>
    public static async Task<PacsHoldings> ReadAsync(DemoPacs pacs, string studyInstanceUid, IReadOnlyCollection<string> reportUids, IReadOnlyCollection<string> saliencyUids, string folder, CancellationToken cancellationToken)
    {
        var query = new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid };
        string? report = null;
        var saliency = new List<int>();
        foreach (var instance in await pacs.FindAsync("Instance", query, cancellationToken))
        {
            var uid = await pacs.GetMainTagAsync("instances", instance, "SOPInstanceUID", cancellationToken);
            if (uid is null || !(reportUids.Contains(uid) || saliencyUids.Contains(uid)))
                continue;
            // The bytes as the PACS gives them back, read as any receiver would read them.
            var path = Path.Combine(folder, uid + ".dcm");
            await File.WriteAllBytesAsync(path, await pacs.GetFileAsync(instance, cancellationToken), cancellationToken);
            var file = DicomFile.Read(path);
            if (reportUids.Contains(uid) && file.Dataset.GetString(DicomTags.Modality) == "SR" && file.Dataset.GetSequence(DicomTags.ContentSequence).Count > 0)
                report = uid;
            else if (saliencyUids.Contains(uid))
                saliency.Add(file.Dataset.GetInt32(DicomTags.NumberOfFrames) ?? 0);
        }
        return new PacsHoldings(report, saliency, saliencyUids.Count);
    }
}
