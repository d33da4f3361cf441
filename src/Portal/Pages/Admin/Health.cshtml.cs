using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>What an administrator should know first.</summary>
[Authorize(Policy = PortalUser.AnyAdministrator)]
public sealed class HealthModel(HealthStore health, Parked parked, ISite site, Destinations destinations) : AdminPage
{
    public IReadOnlyList<HealthWarning> Warnings { get; private set; } = [];
    public int ParkedItems { get; private set; }
    public IReadOnlyList<DestinationEntry> Destinations { get; private set; } = [];
    public IReadOnlyList<SiteSender> Senders { get; private set; } = [];
    public IReadOnlyList<SiteCheck> Certificates { get; private set; } = [];

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Warnings = await health.ListAsync(cancellationToken);
        if (!User.IsInRole(PortalUser.Administrator))
            return;
        ParkedItems = (await parked.ListAsync(cancellationToken)).Count;
        Destinations = await destinations.ListAsync(cancellationToken);
        Senders = await site.ListSendersAsync(cancellationToken);
        Certificates = site.CheckCertificates();
    }
}
