using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Stage = EchoClr.Shared.Data.ModelState;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>What an administrator should know first.</summary>
[Authorize(Policy = PortalUser.AnyAdministrator)]
public sealed class HealthModel(HealthStore health, Parked parked, ISite site, Destinations destinations, ModelStore models, TrainingRunStore runs) : AdminPage
{
    public IReadOnlyList<HealthWarning> Warnings { get; private set; } = [];
    public int ParkedItems { get; private set; }
    public IReadOnlyList<DestinationEntry> Destinations { get; private set; } = [];
    public IReadOnlyList<SiteSender> Senders { get; private set; } = [];
    public IReadOnlyList<SiteCheck> Certificates { get; private set; } = [];

    /// <summary>Models.</summary>
    public int Candidates { get; private set; }

    /// <summary>The training run that somebody works on, or that waits.</summary>
    public TrainingRunRow? UnderWay { get; private set; }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Warnings = await health.ListAsync(cancellationToken);
        if (User.IsInRole(PortalUser.ModelAdministrator))
        {
            Candidates = (await models.ListAsync(cancellationToken)).Count(model => model.State == Stage.Candidate);
            UnderWay = (await runs.ListAsync(cancellationToken)).FirstOrDefault(run => !run.IsOver);
        }
        if (!User.IsInRole(PortalUser.Administrator))
            return;
        ParkedItems = (await parked.ListAsync(cancellationToken)).Count;
        Destinations = await destinations.ListAsync(cancellationToken);
        Senders = await site.ListSendersAsync(cancellationToken);
        Certificates = site.CheckCertificates();
    }
}
