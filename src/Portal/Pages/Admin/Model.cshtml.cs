using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>One model beside the one in service: figures, curves, verdict, shadow, lineage; and the decision.</summary>
[Authorize(Policy = PortalUser.ModelAdministrator)]
public sealed class ModelModel(ModelStore models, PromotionStore promotions, ShadowStore shadows, TimeProvider time) : AdminPage
{
    [FromRoute]
    public long Id { get; set; }

    public ModelRow? Row { get; private set; }

    /// <summary>The one of its kind in service, where that is another.</summary>
    public ModelRow? Serving { get; private set; }

    public VerdictRow? Verdict { get; private set; }
    public ShadowSummary? Shadow { get; private set; }
    public ModelEvaluation? Evaluation { get; private set; }

    /// <summary>By finding: ROC and calibration as SVG, this model's lines beside those of the one in service.</summary>
    public IReadOnlyList<(string Finding, string Roc, string Calibration)> Charts { get; private set; } = [];

    public async Task<IActionResult> OnPostPromoteAsync(string? reason, CancellationToken cancellationToken) => await AnswerAsync(
        string.IsNullOrWhiteSpace(reason) ? "A promotion needs a reason." : await promotions.PromoteAsync(Id, Who, By, reason.Trim(), time.GetUtcNow(), cancellationToken), cancellationToken);

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Row = await models.FindAsync(Id, cancellationToken);
        if (Row is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        Serving = await models.FindInServiceAsync(Row.Kind, cancellationToken) is { } serving && serving.Id != Id ? serving : null;
        Verdict = (await promotions.ListNewestVerdictsAsync(cancellationToken)).GetValueOrDefault(Id);
        Shadow = await shadows.SummarizeAsync(Id, cancellationToken);
        Evaluation = ModelEvaluation.Of(Row);
        List<(ModelRow Model, ModelEvaluation? Evaluation)> both = [(Row, Evaluation), .. Serving is null ? [] : new[] { (Serving, ModelEvaluation.Of(Serving)) }];
        Charts = [.. (Evaluation?.Findings ?? []).Select((finding, place) =>
        {
            var lines = both.Select(one => (Model: $"{one.Model.Name} {one.Model.Version}", Curves: one.Evaluation?.Findings.FirstOrDefault(known => known.Name == finding.Name)))
                .Where(line => line.Curves is not null).Select(line => (line.Model, line.Curves!)).ToList();
            return (Words.Task(finding.Name), ModelEvaluation.Roc($"roc{place}", finding.Name, lines), ModelEvaluation.Calibration($"cal{place}", finding.Name, lines));
        })];
    }
}
