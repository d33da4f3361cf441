using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Portal.Administration;

/// <summary>Tells an open page that a training run moved. Its worker is another process, so its row is asked.</summary>
internal static class RunEvents
{
    /// <summary>Half as often as a worker tells of itself would be too seldom, and more often is for nothing.</summary>
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    public static void MapRunEvents(this IEndpointRouteBuilder app) => app.MapGet(
        "/admin/runs/{id:long}/events", async (long id, HttpContext context, TrainingRunStore runs, IHostApplicationLifetime life, TimeProvider time) =>
        {
            var seen = await LookAsync(runs, id, context.RequestAborted);
            await LiveEvents.SendAsync(context, async cancellationToken =>
            {
                while (await LookAsync(runs, id, cancellationToken) is var now)
                {
                    if (now != seen)
                    {
                        seen = now;
                        return;
                    }
                    await Task.Delay(Interval, time, cancellationToken);
                }
            }, life, time);
        }).RequireAuthorization(PortalUser.ModelAdministrator).ExcludeFromDescription();

    private static async Task<(TrainingRunState, double?, string?)?> LookAsync(TrainingRunStore runs, long id, CancellationToken cancellationToken) =>
        await runs.FindAsync(id, cancellationToken) is { } run ? (run.State, run.Progress, run.Metrics) : null;
}
