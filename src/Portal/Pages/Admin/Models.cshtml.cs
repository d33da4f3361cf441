using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Stage = EchoClr.Shared.Data.ModelState;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>The models by kind: which serves, which waits, and taking the last one back.</summary>
[Authorize(Policy = PortalUser.ModelAdministrator)]
public sealed class ModelsModel(ModelStore models, PromotionStore promotions, ShadowStore shadows, TimeProvider time) : AdminPage
{
    public IReadOnlyList<ModelRow> Models { get; private set; } = [];
    public IReadOnlyDictionary<long, VerdictRow> Verdicts { get; private set; } = new Dictionary<long, VerdictRow>();

    /// <summary>Of those models that are or were in a shadow period.</summary>
    public IReadOnlyDictionary<long, ShadowSummary> Shadows { get; private set; } = new Dictionary<long, ShadowSummary>();

    public static (string Words, string Style) State(ModelRow model) => model.State switch
    {
        Stage.InService => ("In service", "good"),
        Stage.Candidate => ("Waits for a decision", "busy"),
        Stage.Imported when model.ShadowSince is { } since => ($"In shadow since {since.UtcDateTime:yyyy-MM-dd}", "busy"),
        Stage.Imported => ("Imported", "plain"),
        _ => ("Retired", "plain"),
    };

    /// <summary>Whether a rollback takes it back: the last of these that served.</summary>
    public static bool CanReturn(ModelRow model) => model is { State: Stage.Retired, PromotedAt: not null, RolledBackAt: null };

    public static string Before(IEnumerable<ModelRow> kind) => kind.Where(CanReturn).OrderByDescending(model => model.PromotedAt).ThenByDescending(model => model.Id).Select(model => $"{model.Name} {model.Version}").First();

    public async Task<IActionResult> OnPostRollbackAsync(string kind, string? reason, CancellationToken cancellationToken) => await AnswerAsync(
        string.IsNullOrWhiteSpace(reason) ? "A rollback needs a reason." : (await promotions.RollbackAsync(kind, Who, By, reason.Trim(), time.GetUtcNow(), cancellationToken)).Refusal, cancellationToken);

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Models = await models.ListAsync(cancellationToken);
        Verdicts = await promotions.ListNewestVerdictsAsync(cancellationToken);
        var summaries = new Dictionary<long, ShadowSummary>();
        foreach (var model in Models.Where(model => model.ShadowSince is not null || model.State == Stage.Candidate))
            summaries[model.Id] = await shadows.SummarizeAsync(model.Id, cancellationToken);
        Shadows = summaries;
    }
}
