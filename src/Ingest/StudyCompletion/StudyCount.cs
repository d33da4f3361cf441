using System.Globalization;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;

namespace EchoClr.Ingest.StudyCompletion;

/// <summary>What a PACS says about the number of a study's instances.</summary>
/// <param name="Instances">What it counts; null where its answer cannot be used.</param>
/// <param name="Missing">Of these not here; null with <paramref name="Instances"/>.</param>
/// <param name="MissingBySeries">Their UIDs, where the PACS lists instances.</param>
/// <param name="Words">The same for a person.</param>
internal sealed record StudyCount(int? Instances, int? Missing, ILookup<string, string> MissingBySeries, string Words)
{
    private static readonly ILookup<string, string> None = Array.Empty<string>().ToLookup(_ => "");

    public static StudyCount Unusable(string why) => new(null, null, None, why);

    public static StudyCount Of(int instances, int missing, ILookup<string, string>? missingBySeries = null) =>
        new(instances, missing, missingBySeries ?? None, missing == 0 ? $"{instances} instances, all of them here" : $"{instances} instances, {missing} of them not here");
}

/// <summary>
/// Counts a study at its PACS: by Number of Study Related Instances (0020,1208) where that agrees with what is here, else by listing the instances of each series. Not every
/// PACS gives the number (it is optional, PS3.4 Table C.6-5), and it counts objects that never come here, among them our own results.
/// </summary>
internal sealed class StudyCounting(IDicomClient client, ListenerOptions listener)
{
    private readonly HashSet<string> _accepted = [.. AcceptedSopClasses.Default, .. listener.AdditionalSopClasses];

    /// <param name="held">The SOP Instance UIDs of the study that are here, our own results among them.</param>
    /// <param name="fromPeers">How many of these others made.</param>
    /// <exception cref="DicomNetworkException">The PACS cannot be asked.</exception>
    public async Task<StudyCount> CountAsync(DicomPeer pacs, string studyInstanceUid, IReadOnlySet<string> held, int fromPeers, CancellationToken cancellationToken)
    {
        var studies = await client.FindAsync(
            pacs, "STUDY", new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid, ["NumberOfStudyRelatedInstances"] = "" }, cancellationToken);
        if (studies.FirstOrDefault(match => match["StudyInstanceUID"] == studyInstanceUid) is not { } study)
            return StudyCount.Unusable("the PACS does not know the study");
        int? number = int.TryParse(study["NumberOfStudyRelatedInstances"], NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) && parsed > 0 ? parsed : null;
        // With results of ours about, a number alone says nothing: the PACS may hold them or not.
        if (number == held.Count && number == fromPeers)
            return StudyCount.Of(number.Value, 0);
        try
        {
            return await ListAsync(pacs, studyInstanceUid, held, cancellationToken);
        }
        // Instances are not listed: the number must do.
        catch (DicomNetworkException) when (number > held.Count)
        {
            return StudyCount.Of(number.Value, number.Value - held.Count);
        }
    }

    /// <summary>Level by level, each with the unique keys above it: what every SCP must support (PS3.4 C.4.1.2.1).</summary>
    private async Task<StudyCount> ListAsync(DicomPeer pacs, string studyInstanceUid, IReadOnlySet<string> held, CancellationToken cancellationToken)
    {
        var listed = new List<(string Series, string Instance)>();
        var series = await client.FindAsync(pacs, "SERIES", new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid, ["SeriesInstanceUID"] = "" }, cancellationToken);
        foreach (var uid in series.Select(match => match["SeriesInstanceUID"]).Where(uid => uid.Length > 0).Distinct())
        {
            var keys = new Dictionary<string, string> { ["StudyInstanceUID"] = studyInstanceUid, ["SeriesInstanceUID"] = uid, ["SOPInstanceUID"] = "", ["SOPClassUID"] = "" };
            foreach (var instance in await client.FindAsync(pacs, "IMAGE", keys, cancellationToken))
            {
                // What our listener does not take is not expected from it; a PACS that does not say the class is believed.
                if (instance["SOPInstanceUID"].Length > 0 && (instance["SOPClassUID"].Length == 0 || _accepted.Contains(instance["SOPClassUID"])))
                    listed.Add((uid, instance["SOPInstanceUID"]));
            }
        }
        if (listed.Count == 0)
            return StudyCount.Unusable("the PACS knows the study and lists no instance of it");
        var missing = listed.Distinct().Where(item => !held.Contains(item.Instance)).ToLookup(item => item.Series, item => item.Instance);
        return StudyCount.Of(listed.Distinct().Count(), missing.Sum(group => group.Count()), missing);
    }
}
