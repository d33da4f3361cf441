using EchoClr.Dicom;
using EchoClr.Shared.Data;

namespace EchoClr.App.Demo;

/// <summary>A study that was sent to the PACS, from its files' headers.</summary>
/// <param name="Truth">What a generated study really is; null for the user's own.</param>
internal sealed record DemoStudy(string StudyInstanceUid, string PatientId, IReadOnlyList<string> Files, int Cines, DemoTruth? Truth)
{
    /// <summary>Groups files by study. A file without a readable header or study is left out and named.</summary>
    public static IReadOnlyList<DemoStudy> Group(IEnumerable<string> files, IReadOnlyDictionary<string, DemoTruth> truths, Action<string> leftOut)
    {
        var headers = new List<(string File, DicomDataset Dataset, string Uid)>();
        foreach (var file in files)
        {
            try
            {
                var dataset = DicomFile.Read(file, DicomReadOptions.Header).Dataset;
                if (dataset.GetString(DicomTags.StudyInstanceUID) is { } uid)
                    headers.Add((file, dataset, uid));
                else
                    leftOut($"{file}: it has no Study Instance UID");
            }
            catch (DicomFormatException e)
            {
                leftOut($"{file}: {e.Message}");
            }
        }
        return [.. from header in headers
                   group header by header.Uid into study
                   let patientId = study.Select(header => header.Dataset.GetString(DicomTags.PatientID)).FirstOrDefault(id => !string.IsNullOrEmpty(id)) ?? "(no id)"
                   select new DemoStudy(study.Key, patientId, [.. study.Select(header => header.File)], study.Count(header => IsCine(header.Dataset)), truths.GetValueOrDefault(study.Key))];
    }

    private static bool IsCine(DicomDataset dataset) => dataset.GetInt32(DicomTags.NumberOfFrames) > 1;
}

/// <summary>What a phantom is.</summary>
internal sealed record DemoTruth(bool SevereAorticStenosis, bool Hypertrophy);

/// <summary>How one study came out.</summary>
/// <param name="Row">Null when EchoClr never heard of it.</param>
/// <param name="Views">How many cines showed each view, as "2 PLAX, 1 A4C".</param>
/// <param name="Pacs">What the PACS holds; null when there was nothing to hold.</param>
internal sealed record DemoOutcome(DemoStudy Study, WorklistRow? Row, string Views, PacsHoldings? Pacs)
{
    /// <summary>Confirmed and held by the PACS, or not analysed for a stated reason.</summary>
    public bool Good => Row?.State switch
    {
        WorklistState.Confirmed => Pacs is { HasAllThatWeWrote: true },
        WorklistState.NotAnalyzed => !string.IsNullOrEmpty(Row.Reason),
        _ => false,
    };
}
