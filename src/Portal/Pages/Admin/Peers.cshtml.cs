using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>Who sends, where results go, and until when certificates are valid.</summary>
[Authorize(Policy = PortalUser.Administrator)]
public sealed class PeersModel(ISite site, Destinations destinations, DestinationHoldStore holds, TimeProvider time) : AdminPage
{
    public IReadOnlyList<DestinationEntry> Destinations { get; private set; } = [];
    public IReadOnlyList<SiteSender> Senders { get; private set; } = [];
    public IReadOnlyList<SiteCheck> Certificates { get; private set; } = [];

    /// <summary>What a destination just answered to C-ECHO.</summary>
    public SiteCheck? Echo { get; private set; }

    public static string Style(SiteCheck check) => check.Health switch { "good" => "good", "bad" => "bad", _ => "busy" };

    public async Task<IActionResult> OnPostEchoAsync(string name, CancellationToken cancellationToken)
    {
        if (destinations.Find(name) is not { } destination)
            return NotFound();
        Echo = await site.EchoAsync(destination, cancellationToken);
        await LoadAsync(cancellationToken);
        return Page();
    }

    public async Task<IActionResult> OnPostHoldAsync(string name, string? reason, CancellationToken cancellationToken)
    {
        if (destinations.Find(name) is not { } destination)
            return NotFound();
        if (string.IsNullOrWhiteSpace(reason))
            return await AnswerAsync("A hold needs a reason that others understand.", cancellationToken);
        return await AnswerAsync(await holds.HoldAsync(destination.Name, By, reason.Trim(), time.GetUtcNow(), cancellationToken, Who) ? null : $"{destination.Name} is held already.", cancellationToken);
    }

    public async Task<IActionResult> OnPostReleaseAsync(string name, CancellationToken cancellationToken)
    {
        if (destinations.Find(name) is not { } destination)
            return NotFound();
        return await AnswerAsync(await holds.ReleaseAsync(destination.Name, By, time.GetUtcNow(), cancellationToken, Who) is null ? $"{destination.Name} is not held." : null, cancellationToken);
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Destinations = await destinations.ListAsync(cancellationToken);
        Senders = await site.ListSendersAsync(cancellationToken);
        Certificates = site.CheckCertificates();
    }
}
