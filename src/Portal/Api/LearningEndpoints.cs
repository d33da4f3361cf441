using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Api;

/// <summary>Models, training runs and drift over HTTP, as the pages under <c>/admin</c> have them; for model administrators, drift for the others too.</summary>
internal static class LearningEndpoints
{
    public static void MapLearning(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(PortalUser.ModelAdministrator);
        MapModels(api.MapGroup("/models").WithTags("Models"));
        MapRuns(api.MapGroup("/runs").WithTags("Training runs"));
        app.MapGet("/api/drift", async Task<Results<Ok<DriftCheck>, NoContent>> (DriftStore drift, CancellationToken cancellationToken) =>
            await drift.FindLatestAsync(cancellationToken) is { } check ? TypedResults.Ok(check) : TypedResults.NoContent()).RequireAuthorization(PortalUser.AnyAdministrator).WithTags("Drift").WithSummary("The last comparison of what senders send with what came before; no content before the first");
    }

    private static void MapModels(RouteGroupBuilder api)
    {
        api.MapGet("", async (ModelStore models, PromotionStore promotions, CancellationToken cancellationToken) =>
        {
            var verdicts = await promotions.ListNewestVerdictsAsync(cancellationToken);
            return TypedResults.Ok((await models.ListAsync(cancellationToken)).Select(model => ModelEntry.Of(model, verdicts.GetValueOrDefault(model.Id), null)));
        }).WithSummary("Models: which of each kind serves, what they reached, what the gate said");
        api.MapGet("/{id:long}", async Task<Results<Ok<ModelEntry>, ProblemHttpResult>> (long id, ModelStore models, PromotionStore promotions, ShadowStore shadows, CancellationToken cancellationToken) =>
            await models.FindAsync(id, cancellationToken) is { } model
                ? TypedResults.Ok(ModelEntry.Of(model, (await promotions.ListNewestVerdictsAsync(cancellationToken)).GetValueOrDefault(id), await shadows.SummarizeAsync(id, cancellationToken)))
                : Answers.NotFound($"there is no model {id}")).WithSummary("One model, with its shadow period");
        api.MapPost("/{id:long}/promotion", async Task<Results<NoContent, ProblemHttpResult>> (long id, Reason reason, HttpContext context, ModelStore models, PromotionStore promotions, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (reason.Missing)
                return Answers.BadRequest("a promotion needs a reason");
            if (await models.FindAsync(id, cancellationToken) is null)
                return Answers.NotFound($"there is no model {id}");
            return Answers.Done(await promotions.PromoteAsync(id, context.Participant(), context.User.Identity!.Name!, reason.Text!.Trim(), time.GetUtcNow(), cancellationToken));
        }).WithSummary("Puts a candidate in service; refused without gate and shadow period");
        api.MapPost("/rollback", async Task<Results<Ok<ModelEntry>, ProblemHttpResult>> (Rollback rollback, HttpContext context, PromotionStore promotions, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (string.IsNullOrWhiteSpace(rollback.Reason))
                return Answers.BadRequest("a rollback needs a reason");
            var (restored, refusal) = await promotions.RollbackAsync(rollback.Kind, context.Participant(), context.User.Identity!.Name!, rollback.Reason.Trim(), time.GetUtcNow(), cancellationToken);
            return restored is null ? Answers.Conflict(refusal!) : TypedResults.Ok(ModelEntry.Of(restored with { State = ModelState.InService }, null, null));
        }).WithSummary("Takes the model that served before back into service");
    }

    private static void MapRuns(RouteGroupBuilder api)
    {
        api.MapGet("", async (TrainingRunStore runs, int? skip, int? take, CancellationToken cancellationToken) =>
            TypedResults.Ok((await runs.ListAsync(cancellationToken)).Skip(Math.Max(skip ?? 0, 0)).Take(Answers.Take(take)).Select(RunEntry.Of))).WithSummary("Training runs, the newest first");
        api.MapGet("/{id:long}", async Task<Results<Ok<RunEntry>, ProblemHttpResult>> (long id, TrainingRunStore runs, CancellationToken cancellationToken) =>
            await runs.FindAsync(id, cancellationToken) is { } run ? TypedResults.Ok(RunEntry.Of(run)) : Answers.NotFound($"there is no run {id}")).WithSummary("One run");
        api.MapGet("/{id:long}/figures", async (long id, TrainingRunStore runs, CancellationToken cancellationToken) =>
            TypedResults.Ok(await runs.ListFiguresAsync(id, cancellationToken))).WithSummary("What a run told of itself, from its beginning on");
        api.MapPost("/{id:long}/cancel", async (long id, HttpContext context, TrainingRunStore runs, TimeProvider time, CancellationToken cancellationToken) =>
            Answers.Done(await runs.CancelAsync(id, context.User.Identity!.Name!, time.GetUtcNow(), cancellationToken, context.Participant()) ? null : $"run {id} is over, or there is none")).WithSummary("Ends a run");
        api.MapPost("/{id:long}/retry", async (long id, TrainingRunStore runs, CancellationToken cancellationToken) =>
            Answers.Done(await runs.RetryAsync(id, cancellationToken) ? null : $"run {id} is under way, succeeded, or there is none")).WithSummary("Lets a run that failed or was cancelled go on from its last checkpoint");
    }
}

/// <param name="Kind">as-lvh or view-gate.</param>
internal sealed record Rollback(string Kind, string? Reason);

/// <param name="State">A name of <see cref="ModelState"/>.</param>
internal sealed record ModelEntry(
    long Id, string Kind, string Name, string Version, string WeightsSha256, string State, bool Synthetic, DateTimeOffset ImportedAt, DateTimeOffset? PromotedAt, string? PromotedBy, string? PromotionReason,
    DateTimeOffset? ShadowSince, DateTimeOffset? RolledBackAt, long? ParentId, long? TrainingRunId, string? CohortSha256, string? Recipe, string? CodeVersion, long? Seed, IReadOnlyList<ModelFigure> Figures,
    VerdictRow? Verdict, ShadowSummary? Shadow)
{
    public static ModelEntry Of(ModelRow model, VerdictRow? verdict, ShadowSummary? shadow) => new(
        model.Id, model.Kind, model.Name, model.Version, model.WeightsSha256, model.State.ToString(), model.Synthetic, model.ImportedAt, model.PromotedAt, model.PromotedBy, model.PromotionReason,
        model.ShadowSince, model.RolledBackAt, model.ParentId, model.TrainingRunId, model.CohortSha256, model.Recipe, model.CodeVersion, model.Seed, ModelFigure.Of(model), verdict, shadow);
}

/// <param name="State">A name of <see cref="TrainingRunState"/>.</param>
/// <param name="TrainingPlan">JSON, as <paramref name="Metrics"/>.</param>
internal sealed record RunEntry(
    long Id, long? ScheduleId, DateTimeOffset DueAt, string State, double? Progress, string TrainingPlan, string? Metrics, string? Error, string? Worker, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt)
{
    public static RunEntry Of(TrainingRunRow run) => new(run.Id, run.ScheduleId, run.DueAt, run.State.ToString(), run.Progress, run.TrainingPlan, run.Metrics, run.Error, run.LeaseOwner, run.StartedAt, run.FinishedAt);
}
