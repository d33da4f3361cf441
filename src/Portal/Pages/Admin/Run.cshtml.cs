using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>One training run, live.</summary>
[Authorize(Policy = PortalUser.ModelAdministrator)]
public sealed class RunModel(TrainingRunStore store, TimeProvider time) : AdminPage
{
    [FromRoute]
    public long Id { get; set; }

    public TrainingRunRow? Run { get; private set; }

    /// <summary>SVG; null before there is a curve.</summary>
    public string? LossChart { get; private set; }

    public IReadOnlyList<(string Name, string Value)> Outcome { get; private set; } = [];

    public async Task<IActionResult> OnPostCancelAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await store.CancelAsync(Id, By, time.GetUtcNow(), cancellationToken, Who) ? null : "This run is over already.", cancellationToken);

    public async Task<IActionResult> OnPostRetryAsync(CancellationToken cancellationToken) =>
        await AnswerAsync(await store.RetryAsync(Id, cancellationToken) ? null : "This run is under way again, or succeeded.", cancellationToken);

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Run = await store.FindAsync(Id, cancellationToken);
        if (Run is null)
        {
            Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }
        LossChart = RunFigures.LossChart(await store.ListFiguresAsync(Id, cancellationToken));
        Outcome = RunFigures.Outcome(Run);
    }
}
