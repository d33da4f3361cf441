using EchoClr.Shared.Data;

namespace EchoClr.Portal.Pages;

/// <summary>One study: where it stands and by what evidence, its cines, its findings, its report.</summary>
internal static class StudyPage
{
    public static Html Render(StudyDetail study, IReadOnlyList<string> syntheticModels)
    {
        var row = study.Row;
        return Layout.Page(row.Study.StudyDescription ?? "Study", syntheticModels, !Words.IsFinal(row.State), Html.Of($"""
            <h1>{Words.Name(row.Study.PatientName)} <span class="reason">{row.Study.PatientId}, study of {Words.Date(row.Study.StudyDate)} {row.Study.StudyDescription}</span></h1>
            <p>{WorklistPage.State(row)}</p>
            <p>{Html.Join(row.Findings.Select(finding => Html.Of($"{FindingMark.Of(finding)} ")))}</p>
            {Timeline(study)}
            {Cines(study)}
            {Reports(study)}
            <h2>Identifiers</h2>
            <table><tbody>
            <tr><th scope="row">Study Instance UID</th><td>{row.Study.StudyInstanceUid}</td></tr>
            <tr><th scope="row">Trace</th><td>{row.Version.TraceId}</td></tr>
            </tbody></table>
            """));
    }

    private static Html Timeline(StudyDetail study) => Html.Of($"""
        <h2>What happened, and the evidence</h2>
        <table><thead><tr><th scope="col">When</th><th scope="col">What</th><th scope="col">Evidence</th></tr></thead><tbody>
        {Html.Join(study.Events.Select(e => Html.Of($"<tr><td>{Words.Time(e.At)}</td><td>{e.What}</td><td>{e.Evidence}</td></tr>\n")))}</tbody></table>
        """);

    private static Html Cines(StudyDetail study) => study.Views.Count == 0 ? Html.Empty : Html.Of($"""
        <h2>Cines</h2>
        <table><thead><tr><th scope="col">SOP Instance UID</th><th scope="col">View</th><th scope="col">Used</th></tr></thead><tbody>
        {Html.Join(study.Views.Select(Cine))}</tbody></table>
        """);

    private static Html Cine(VideoViewRow view)
    {
        var confidence = view.Probability is { } probability ? $" ({100 * probability:0.0} %)" : "";
        var used = view.Used ? "yes" : $"no: {view.Reason ?? "not the view that is asked for"}";
        return Html.Of($"<tr><td>{view.SopInstanceUid}</td><td>{view.ViewLabel}{confidence}</td><td>{used}</td></tr>\n");
    }

    private static Html Reports(StudyDetail study) => Html.Join(study.Reports.Select(report => Html.Of($"""
        <h2>Report {report.SopInstanceUid}</h2>
        <pre>{report.Text}</pre>
        """)));
}
