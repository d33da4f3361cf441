using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;

namespace EchoClr.Portal.Pages;

/// <summary>Name and password. Refusals do not tell which was wrong, nor whether there is such a user.</summary>
[AllowAnonymous]
[EnableRateLimiting(PortalServices.SignInLimit)]
public sealed class SignInModel(UserStore users, SignInStore sessions, AuditTrail audit, TimeProvider time) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public string? Next { get; set; }

    [BindProperty]
    public string Name { get; set; } = "";

    public string? Message { get; private set; }

    public async Task<IActionResult> OnPostAsync(string? password, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var user = await users.FindAsync(Name ?? "", cancellationToken);
        var locked = user is not null && (user.LockedUntil > now || user.DisabledAt is not null);
        if (!Passwords.Verify(locked ? null : user, (password ?? "")[..Math.Min(password?.Length ?? 0, Passwords.MaxLength)]))
            return await RefuseAsync(user, locked, now, cancellationToken);
        await users.RecordSuccessAsync(user!.Id, cancellationToken);
        PortalAuthentication.WriteCookie(HttpContext, await sessions.BeginSessionAsync(user.Id, HttpContext.Participant(user.Name), now, cancellationToken));
        return Redirect(Next is not null && Url.IsLocalUrl(Next) && Next != "/" ? Next : PortalUser.Home(PortalUser.ToPrincipal(user, PortalAuthentication.SchemeName)));
    }

    private async Task<IActionResult> RefuseAsync(UserRow? user, bool locked, DateTimeOffset now, CancellationToken cancellationToken)
    {
        if (user is not null && !locked)
            await users.RecordFailureAsync(user.Id, now, cancellationToken);
        await audit.RecordAsync(AuditEvents.SignInRefused(HttpContext.Participant(user?.Name ?? "unknown"), locked ? "locked out or disabled" : "wrong name or password"), cancellationToken);
        Message = $"Name and password do not match, or the user is locked: after {UserStore.MaxFailedSignIns} wrong passwords nobody gets in under that name for {UserStore.LockOut.TotalMinutes:0} minutes.";
        Response.StatusCode = Microsoft.AspNetCore.Http.StatusCodes.Status401Unauthorized;
        return Page();
    }
}
