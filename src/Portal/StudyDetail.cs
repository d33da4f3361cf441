using EchoClr.Shared.Data;

namespace EchoClr.Portal;

/// <summary>All that the study page shows.</summary>
/// <param name="Events">What happened to the study, oldest first.</param>
/// <param name="Views">What the view gate said of each cine.</param>
public sealed record StudyDetail(WorklistRow Row, IReadOnlyList<StudyEvent> Events, IReadOnlyList<VideoViewRow> Views, IReadOnlyList<ReportDetail> Reports);

public sealed record StudyEvent(DateTimeOffset At, string What, string? Evidence);

/// <param name="Text">The content tree as text.</param>
/// <param name="Lines">What a reader wants of it: each answer, number and text by its name.</param>
public sealed record ReportDetail(string SopInstanceUid, string Text, IReadOnlyList<ReportLine> Lines);

public sealed record ReportLine(string Name, string Value);
