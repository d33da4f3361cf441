using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>Training runs, whoever began them.</summary>
[Authorize(Policy = PortalUser.ModelAdministrator)]
public sealed class RunsModel(TrainingRunStore store, ScheduleStore schedules) : AdminPage
{
    public IReadOnlyList<TrainingRunRow> Runs { get; private set; } = [];

    /// <summary>Names by id.</summary>
    public IReadOnlyDictionary<long, string> Schedules { get; private set; } = new Dictionary<long, string>();

    public static (string Words, string Style) State(TrainingRunState state) => state switch
    {
        TrainingRunState.Waiting => ("Waits for a worker", "busy"),
        TrainingRunState.Running => ("Running", "busy"),
        TrainingRunState.Succeeded => ("Succeeded", "good"),
        TrainingRunState.Failed => ("Failed", "bad"),
        _ => ("Cancelled", "plain"),
    };

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Runs = await store.ListAsync(cancellationToken);
        Schedules = (await schedules.ListAsync(cancellationToken)).ToDictionary(schedule => schedule.Id, schedule => schedule.Name);
    }
}
