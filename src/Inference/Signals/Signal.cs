using EchoClr.Dicom;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Data;

namespace EchoClr.Inference.Signals;

/// <summary>Everything that a signal says, whatever the language. It is built from rows and from the report's own file only, so that a repetition says the same under the same id.</summary>
public sealed record Signal
{
    public required SignalKind Kind { get; init; }

    /// <summary>20 characters: the same for every attempt, so that the receiver can tell a repetition (MSH-10, Idempotency-Key).</summary>
    public required string ControlId { get; init; }

    /// <summary>When it was raised.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The report that it speaks of, as the PACS was sent it: patient, study, order numbers, zone.</summary>
    public required DicomDataset Report { get; init; }

    /// <summary>The answers of that report, in its order; withdrawn ones too.</summary>
    public required IReadOnlyList<FindingDetails> Findings { get; init; }

    /// <summary>What a person reads.</summary>
    public required string Text { get; init; }

    /// <summary>From where on a present finding is marked.</summary>
    public required AlertOptions AlertPercent { get; init; }

    public string StudyInstanceUid => Report.GetString(DicomTags.StudyInstanceUID)!;

    public string ReportUid => Report.GetString(DicomTags.SOPInstanceUID)!;

    /// <summary>The report says that it takes the place of an earlier one.</summary>
    public bool Supersedes => Report.GetSequence(DicomTags.PredecessorDocumentsSequence).Count > 0;

    /// <summary>A model that was trained on phantoms had a part: nothing of it may pass for a patient's.</summary>
    public bool Synthetic => Findings.Any(finding => finding.Model.Synthetic);

    /// <summary>The answer to a question; null where there is none.</summary>
    public FindingDetails? Answer(Question question) => Findings.FirstOrDefault(finding => finding.Question == question.Key);

    public bool Alerts(FindingDetails finding) => Present(finding) && finding.Percent >= AlertPercent.Of(finding.Question);

    public static bool Present(FindingDetails finding) => finding.Percent >= finding.ThresholdPercent;
}
