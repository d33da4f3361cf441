using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Api;

/// <summary>Worklist and studies for programs, as readers have them in pages; who reads blind gets no finding here either.</summary>
internal static class ReadingEndpoints
{
    public static void MapReading(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").WithTags("Reading").RequireAuthorization(PortalUser.Reader);
        api.MapGet("/worklist", ListAsync).WithSummary("Studies, those received last first, by place").Produces<IReadOnlyList<WorklistEntry>>();
        api.MapPost("/worklist/search", SearchAsync).WithSummary("Finds studies as the worklist page does; the text stands in the body, since addresses end in proxies' logs");
        api.MapGet("/studies/{uid}", FindAsync).WithSummary("One study: where it stands, by what evidence, its versions and cines");
        api.MapPost("/studies/{uid}/answers", AnswerAsync).WithSummary("A reader's answer to one question; a later one stands in its place");
        app.MapPost("/api/studies/{uid}/withdrawal", WithdrawAsync).WithTags("Reading").RequireAuthorization(PortalUser.Administrator).WithSummary("Takes a study's report back, at every destination that was sent it");
        app.MapPost("/api/studies/{uid}/reanalysis", async (string uid, HttpContext context, AnalysisStore analyses, TimeProvider time, CancellationToken cancellationToken) =>
            Answers.Done(await analyses.RequestAgainAsync(uid, context.Participant(), context.User.Identity!.Name!, time.GetUtcNow(), cancellationToken)))
            .WithTags("Reading").RequireAuthorization(PortalUser.Administrator).WithSummary("Lets the model in service read a study that an earlier one has read");
    }

    private static async Task<IResult> ListAsync(HttpContext context, Looks looks, Worklist worklist, ReaderAnswers answers, TimeProvider time, int? skip, int? take, CancellationToken cancellationToken)
    {
        await looks.AtWorklistAsync(context, cancellationToken);
        var rows = await worklist.ListAsync(Math.Max(skip ?? 0, 0), Math.Clamp(take ?? Answers.PageSize, 1, Worklist.MaxPageSize), cancellationToken);
        return Results.Json((await Reading.ShowAsync(answers, context.User, rows, time.GetUtcNow(), cancellationToken)).Select(WorklistEntry.Of));
    }

    private static async Task<Ok<FoundStudies>> SearchAsync(
        StudySearch wanted, HttpContext context, Looks looks, WorklistSearch search, WorklistFeed feed, ReaderAnswers answers, TimeProvider time, CancellationToken cancellationToken)
    {
        var filter = WorklistFilter.Of(wanted, context.User.ReadsBlind());
        await looks.AtWorklistAsync(context, $"/api/worklist/search {filter.InWords}", cancellationToken);
        await feed.CatchUpAsync(cancellationToken);
        var page = await search.ListAsync(filter.ToQuery(time.GetUtcNow()), Answers.Take(wanted.Take), cancellationToken);
        var rows = await Reading.ShowAsync(answers, context.User, page.Rows, time.GetUtcNow(), cancellationToken);
        return TypedResults.Ok(new FoundStudies(page.Total, page.Next?.ToString(), [.. rows.Select(WorklistEntry.Of)]));
    }

    private static async Task<Results<Ok<StudyEntry>, ProblemHttpResult>> FindAsync(
        string uid, HttpContext context, StudyDetailReader reader, StudyStore studies, StudyCines cines, ReaderAnswers answers, Looks looks, TimeProvider time, CancellationToken cancellationToken)
    {
        if (await reader.FindAsync(uid, cancellationToken) is not { } study)
            return Answers.NotFound($"there is no study {uid}");
        await looks.AtStudyAsync(context, uid, cancellationToken);
        var given = await answers.ListAsync(study.Row.Study.Id, cancellationToken);
        var hidden = context.User.ReadsBlind() && !Reading.HasAnswered(context.User, given);
        if (!hidden)
            await answers.RecordSeenAsync(context.User.Id(), study.AnalysesShown, time.GetUtcNow(), cancellationToken);
        return TypedResults.Ok(new StudyEntry(
            WorklistEntry.Of(hidden ? study.Row with { Findings = [] } : study.Row), hidden, study.Events,
            [.. (await studies.ListVersionsAsync(uid, cancellationToken)).Select(version => new VersionEntry(version.Version, version.State.ToString(), version.InstanceCount, version.InheritsFromId is not null))],
            await cines.ListAsync(study, cancellationToken), hidden ? [] : study.Reports,
            [.. given.Where(label => !hidden || label.Reader == context.User.Identity!.Name).Select(label => new AnswerEntry(label.Name, label.Value, label.Reader, label.SawAi, label.CreatedAt))]));
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> AnswerAsync(string uid, NewAnswer answer, HttpContext context, Worklist worklist, ReaderAnswers answers, TimeProvider time, CancellationToken cancellationToken)
    {
        if (!Reading.Questions.Contains(answer.Question))
            return Answers.BadRequest($"there is no question '{answer.Question}'; there are {string.Join(", ", Reading.Questions)}");
        if (!Enum.IsDefined(answer.Value))
            return Answers.BadRequest("the value is Present, Absent or Unsure");
        if (await worklist.FindAsync(uid, cancellationToken) is not { } row)
            return Answers.NotFound($"there is no study {uid}");
        await answers.RecordAsync(context.User.Id(), context.User.Identity!.Name!, row.Version, answer.Question, answer.Value, time.GetUtcNow(), cancellationToken);
        return TypedResults.NoContent();
    }

    private static async Task<Results<NoContent, ProblemHttpResult>> WithdrawAsync(
        string uid, Reason reason, HttpContext context, StudyDetailReader reader, DeliveryStore deliveries, WithdrawalStore withdrawals, TimeProvider time, CancellationToken cancellationToken)
    {
        if (reason.Missing)
            return Answers.BadRequest("a withdrawal needs a reason that others can understand");
        if (await reader.FindAsync(uid, cancellationToken) is not { Row.Analysis: { } analysis })
            return Answers.NotFound($"there is no study {uid}, or it has no report");
        var report = (await deliveries.ListResultObjectsAsync(analysis.Id, cancellationToken)).FirstOrDefault(result => result.Kind is ResultKind.StructuredReport or ResultKind.TextReport);
        if (report is null)
            return Answers.Conflict("there is no report to withdraw");
        return Answers.Done(await withdrawals.WithdrawAsync(analysis, context.User.Identity!.Name!, reason.Text!.Trim(), null, report.SopClassUid, time.GetUtcNow(), cancellationToken, context.Participant())
            ? null : "the report is withdrawn already");
    }
}

/// <summary>Why something is decided.</summary>
internal sealed record Reason(string? Text)
{
    [System.Text.Json.Serialization.JsonIgnore]
    public bool Missing => string.IsNullOrWhiteSpace(Text);
}

/// <summary>What of the worklist is asked for; every field may be left out.</summary>
/// <param name="Text">The beginning of a family name, patient ID or accession number, or of a given name.</param>
/// <param name="State">person, underway, notanalysed, confirmed, held or withdrawn.</param>
/// <param name="Finding">as, lvh, as-absent or as-abstained.</param>
/// <param name="Days">Received in the last so many days.</param>
/// <param name="ByTime">Newest first, instead of the most urgent first.</param>
/// <param name="After">Where the page before ended, as its <c>next</c> said.</param>
internal sealed record StudySearch(string? Text, string? State, string? Finding, string? Sender, int? Days, bool ByTime, string? After, int? Take);

/// <param name="Total">On all pages.</param>
/// <param name="Next">To be sent as <c>after</c> for the next page; null on the last.</param>
internal sealed record FoundStudies(int Total, string? Next, IReadOnlyList<WorklistEntry> Studies);

/// <param name="Hidden">Who asks reads blind and has not answered: findings, reports and others' answers are left out.</param>
internal sealed record StudyEntry(
    WorklistEntry Study, bool Hidden, IReadOnlyList<StudyEvent> Events, IReadOnlyList<VersionEntry> Versions, IReadOnlyList<CineEntry> Cines, IReadOnlyList<ReportDetail> Reports, IReadOnlyList<AnswerEntry> Answers);

/// <param name="InheritsReport">Its cines are those of the version before, and so is its report.</param>
internal sealed record VersionEntry(int Version, string State, int? Objects, bool InheritsReport);

/// <param name="Question">AS or LVH.</param>
internal sealed record NewAnswer(string Question, LabelValue Value);

/// <param name="SawAi">The AI's finding was on the reader's screen before.</param>
internal sealed record AnswerEntry(string Question, string Value, string Reader, bool SawAi, DateTimeOffset At);
