using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>The audit trail, the newest first, and whether it is whole. Reading it is itself an event.</summary>
[Authorize(Policy = PortalUser.Administrator)]
public sealed class AuditModel(AuditTrail trail, Looks looks) : AdminPage
{
    private const int PageSize = 100;

    /// <summary>Only messages before this number; null shows the newest.</summary>
    [BindProperty(SupportsGet = true)]
    public long? Before { get; set; }

    public IReadOnlyList<AuditLine> Lines { get; private set; } = [];

    /// <summary>Where the next page begins; null on the last.</summary>
    public long? Next => Lines.Count == PageSize ? Lines[^1].Id : null;

    public AuditVerdict? Verdict { get; private set; }
    public string? Noted { get; private set; }

    public async Task<IActionResult> OnPostVerifyAsync(string? noted, CancellationToken cancellationToken)
    {
        Noted = string.IsNullOrWhiteSpace(noted) ? null : noted.Trim();
        await LoadAsync(cancellationToken);
        Verdict = await trail.VerifyAsync(Noted, cancellationToken);
        return Page();
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        await looks.AtAuditTrailAsync(HttpContext, cancellationToken);
        Lines = [.. (await trail.ListBeforeAsync(Before, PageSize, cancellationToken)).Select(AuditLine.Of)];
    }
}
