using System.Text.Json;
using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>One study: its cines, its findings and the reader's answers, its report, where it stands and by what evidence.</summary>
public sealed class StudyModel(StudyDetailReader reader, StudyCines cines, StudyStore studies, ReaderAnswers answers, DeliveryStore deliveries, WithdrawalStore withdrawals, AnalysisStore analyses, ModelStore models, Looks looks, TimeProvider time) : PageModel
{
    [FromRoute]
    public string Uid { get; set; } = "";

    public StudyDetail? Study { get; private set; }
    public IReadOnlyList<CineEntry> Cines { get; private set; } = [];
    public IReadOnlyList<CineOverlay> Overlays { get; private set; } = [];
    public IReadOnlyList<FindingSource> Sources { get; private set; } = [];
    public IReadOnlyList<LabelRow> Labels { get; private set; } = [];
    public IReadOnlyList<StudyVersionRow> Versions { get; private set; } = [];

    /// <summary>The AI's findings, overlays and report are not in the page at all.</summary>
    public bool Hidden { get; private set; }

    public string? Message { get; private set; }

    /// <summary>The model in service where it has not read this study, as name and version: it may be asked to.</summary>
    public string? NewerModel { get; private set; }

    public string OverlaysJson => JsonSerializer.Serialize(Overlays, JsonSerializerOptions.Web);

    public async Task OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken);

    /// <summary>A reader's answer to one question.</summary>
    public async Task<IActionResult> OnPostAnswerAsync(string question, LabelValue value, CancellationToken cancellationToken)
    {
        if (!Reading.Questions.Contains(question) || !Enum.IsDefined(value) || await reader.FindAsync(Uid, cancellationToken) is not { } study)
            return NotFound();
        await answers.RecordAsync(User.Id(), User.Identity!.Name!, study.Row.Version, question, value, time.GetUtcNow(), cancellationToken);
        return Redirect($"/studies/{Uri.EscapeDataString(Uid)}#findings");
    }

    /// <summary>Takes the report back, at every destination that was sent it.</summary>
    public async Task<IActionResult> OnPostWithdrawAsync(string? reason, CancellationToken cancellationToken)
    {
        if (!User.IsInRole(PortalUser.Administrator))
            return Forbid();
        if (await reader.FindAsync(Uid, cancellationToken) is not { Row.Analysis: { } analysis })
            return NotFound();
        var report = (await deliveries.ListResultObjectsAsync(analysis.Id, cancellationToken)).FirstOrDefault(result => result.Kind is ResultKind.StructuredReport or ResultKind.TextReport);
        if (string.IsNullOrWhiteSpace(reason) || report is null)
        {
            Message = report is null ? "There is no report to withdraw." : "A withdrawal needs a reason that others can understand.";
            await LoadAsync(cancellationToken);
            return Page();
        }
        await withdrawals.WithdrawAsync(analysis, User.Identity!.Name!, reason.Trim(), null, report.SopClassUid, time.GetUtcNow(), cancellationToken, HttpContext.Participant());
        return Redirect($"/studies/{Uri.EscapeDataString(Uid)}");
    }

    /// <summary>Lets the model in service read what an earlier one has read.</summary>
    public async Task<IActionResult> OnPostReanalyzeAsync(CancellationToken cancellationToken)
    {
        if (!User.IsInRole(PortalUser.Administrator))
            return Forbid();
        if (await analyses.RequestAgainAsync(Uid, HttpContext.Participant(), User.Identity!.Name!, time.GetUtcNow(), cancellationToken) is not { } refusal)
            return Redirect($"/studies/{Uri.EscapeDataString(Uid)}");
        Message = $"It cannot be analysed again: {refusal}.";
        await LoadAsync(cancellationToken);
        return Page();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        Study = await reader.FindAsync(Uid, cancellationToken);
        if (Study is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        await looks.AtStudyAsync(HttpContext, Uid, cancellationToken);
        Labels = await answers.ListAsync(Study.Row.Study.Id, cancellationToken);
        Versions = await studies.ListVersionsAsync(Uid, cancellationToken);
        Cines = await cines.ListAsync(Study, cancellationToken);
        NewerModel = Study.Row.Analysis is { } read && await models.FindAsync(read.ModelId, cancellationToken) is { } earlier && await models.FindInServiceAsync(earlier.Kind, cancellationToken) is { } serving
            && serving.Id != earlier.Id && Versions.All(version => version.ReanalysisRequestedAt is null) ? $"{serving.Name} {serving.Version}" : null;
        Hidden = User.ReadsBlind() && !Reading.HasAnswered(User, Labels);
        if (Hidden)
            return;
        // Written before it is shown: an answer given after this is not blind.
        await answers.RecordSeenAsync(User.Id(), Study.AnalysesShown, time.GetUtcNow(), cancellationToken);
        if (Study.Row.Analysis is not { } analysis)
            return;
        Overlays = await cines.ListOverlaysAsync(analysis, cancellationToken);
        Sources = StudyCines.Sources(analysis);
    }
}
