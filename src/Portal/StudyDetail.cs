using System.Text.Json.Serialization;
using EchoClr.Shared.Data;

namespace EchoClr.Portal;

/// <summary>All that the study page shows.</summary>
/// <param name="Events">What happened to the study, oldest first.</param>
/// <param name="Views">What the view gate said of each cine.</param>
/// <param name="Reports">Of every version and model, the newest first.</param>
public sealed record StudyDetail(WorklistRow Row, IReadOnlyList<StudyEvent> Events, IReadOnlyList<VideoViewRow> Views, IReadOnlyList<ReportDetail> Reports)
{
    /// <summary>The analyses whose answers a page of it shows.</summary>
    public IReadOnlyList<long> AnalysesShown => [.. Reports.Select(report => report.AnalysisId).Concat(Row.Analysis is { } analysis ? [analysis.Id] : []).Distinct()];
}

public sealed record StudyEvent(DateTimeOffset At, string What, string? Evidence);

/// <param name="Version">Of the study.</param>
/// <param name="Stands">False for what a later version or model superseded, or is about to.</param>
/// <param name="Text">The content tree as text.</param>
/// <param name="Lines">What a reader wants of it: each answer, number and text by its name.</param>
public sealed record ReportDetail(string SopInstanceUid, int Version, [property: JsonIgnore] long AnalysisId, bool Stands, string Text, IReadOnlyList<ReportLine> Lines);

public sealed record ReportLine(string Name, string Value);
