using EchoClr.Shared.Data;

namespace EchoClr.Portal;

/// <summary>A worklist row for programs.</summary>
/// <param name="State">A name of <see cref="WorklistState"/>.</param>
public sealed record WorklistEntry(
    string StudyInstanceUid, string? PatientId, string? PatientName, string? AccessionNumber, string? StudyDate, int Version, DateTimeOffset LastReceivedAt,
    string State, string? Reason, IReadOnlyList<WorklistFinding> Findings, IReadOnlyList<WorklistDelivery> Deliveries)
{
    public static WorklistEntry Of(WorklistRow row) => new(
        row.Study.StudyInstanceUid, row.Study.PatientId, row.Study.PatientName, row.Study.AccessionNumber, row.Study.StudyDate, row.Version.Version, row.Study.LastReceivedAt,
        row.State.ToString(), row.Reason,
        [.. row.Findings.Select(finding => new WorklistFinding(finding.Name, finding.Outcome.ToString(), finding.Probability, finding.Threshold))],
        [.. row.Deliveries.Select(delivery => new WorklistDelivery(delivery.Destination, delivery.State.ToString(), delivery.ConfirmedBy))]);
}

/// <param name="Name">The question: AS, LVH.</param>
/// <param name="Probability">0 to 1; null when the model abstained.</param>
public sealed record WorklistFinding(string Name, string Outcome, double? Probability, double? Threshold);

public sealed record WorklistDelivery(string Destination, string State, string? ConfirmedBy);
