using EchoClr.Shared.Data;

namespace EchoClr.Portal.Pages;

/// <summary>The worklist: one row a study, newest first.</summary>
internal static class WorklistPage
{
    public const int PageSize = 50;

    public static Html Render(IReadOnlyList<WorklistRow> rows, int page, IReadOnlyList<string> syntheticModels, IReadOnlyList<HealthWarning> warnings)
    {
        var health = Html.Join(warnings.Select(warning => Html.Of($"""<p class="warning" role="alert">{warning.Subject}: {warning.Detail} (since {Words.Time(warning.RaisedAt)})</p>""")));
        var older = rows.Count == PageSize ? Html.Of($"""<a href="/?page={page + 1}">older studies</a>""") : Html.Empty;
        var newer = page > 1 ? Html.Of($"""<a href="/?page={page - 1}">newer studies</a> """) : Html.Empty;
        var content = rows.Count == 0
            ? Html.Of($"<h1>Worklist</h1>{health}<p>No study here. Send one: <code>./echoclr send FOLDER --to ECHOCLR@127.0.0.1:11112</code></p>")
            : Html.Of($"""
                <h1>Worklist</h1>
                {health}
                <table>
                <caption>{rows.Count} studies, newest first</caption>
                <thead><tr><th scope="col">Patient</th><th scope="col">Study</th><th scope="col">Received</th><th scope="col">State</th><th scope="col">Findings (AI, unverified)</th></tr></thead>
                <tbody>
                {Html.Join(rows.Select(Row))}</tbody>
                </table>
                <p>{newer}{older}</p>
                """);
        return Layout.Page("Worklist", syntheticModels, refresh: page == 1 && rows.Any(row => !Words.IsFinal(row.State)), content);
    }

    private static Html Row(WorklistRow row) => Html.Of($"""
        <tr>
        <td>{Words.Name(row.Study.PatientName)}<span class="reason">{row.Study.PatientId}</span></td>
        <td><a href="/studies/{row.Study.StudyInstanceUid}">{Description(row.Study)}</a><span class="reason">{row.Study.AccessionNumber}</span></td>
        <td>{Words.Time(row.Study.LastReceivedAt)}<span class="reason">version {row.Version.Version}, from {row.Study.CallingAeTitle}</span></td>
        <td>{State(row)}</td>
        <td>{Html.Join(row.Findings.Select(finding => Html.Of($"{FindingMark.Of(finding)} ")))}</td>
        </tr>

        """);

    public static Html State(WorklistRow row)
    {
        var (words, style) = Words.State(row.State);
        var reason = row.Reason is null ? Html.Empty : Html.Of($"""<span class="reason">{row.Reason}</span>""");
        return Html.Of($"""<span class="state {style}">{words}</span>{reason}""");
    }

    private static string Description(StudyRow study) => $"{Words.Date(study.StudyDate)} {study.StudyDescription}".Trim() is { Length: > 0 } text ? text : "study without a date";
}
