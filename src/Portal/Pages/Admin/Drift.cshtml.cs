using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>Whose studies changed against what the models know, by the last comparison.</summary>
[Authorize(Policy = PortalUser.AnyAdministrator)]
public sealed class DriftModel(DriftStore drift) : AdminPage
{
    /// <summary>Null before the first comparison.</summary>
    public DriftCheck? Check { get; private set; }

    protected override async Task LoadAsync(CancellationToken cancellationToken) => Check = await drift.FindLatestAsync(cancellationToken);
}
