using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>Ends the session, here and in the table.</summary>
[AllowAnonymous]
public sealed class SignOutModel(SignInStore sessions, TimeProvider time) : PageModel
{
    public IActionResult OnGet() => Redirect("/sign-in");

    public async Task<IActionResult> OnPostAsync(CancellationToken cancellationToken)
    {
        if (PortalAuthentication.ReadCookie(HttpContext) is { } secret)
            await sessions.EndSessionAsync(secret, HttpContext.Participant(), time.GetUtcNow(), cancellationToken);
        PortalAuthentication.DeleteCookie(HttpContext);
        return Redirect("/sign-in");
    }
}
