using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.AspNetCore.RateLimiting;

namespace EchoClr.Portal.Pages;

/// <summary>A printed link: the first administrator and new users choose a password by it, the visitor of a demonstration is simply in.</summary>
[AllowAnonymous]
[EnableRateLimiting(PortalServices.SignInLimit)]
public sealed class EnterModel(UserStore users, SignInStore signIns, TimeProvider time) : PageModel
{
    public SignInLinkRow? Link { get; private set; }

    public string? Message { get; private set; }

    public async Task<IActionResult> OnGetAsync(string secret, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Link = await signIns.FindLinkAsync(secret, now, cancellationToken);
        if (Link is null)
            Response.StatusCode = StatusCodes.Status404NotFound;
        if (Link is not { Purpose: LinkPurpose.SignIn })
            return Page();
        return await signIns.UseLinkAsync(secret, now, cancellationToken) ? await SignInAsync(Link, cancellationToken) : NotFound();
    }

    public async Task<IActionResult> OnPostAsync(string secret, string? password, string? again, CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        Link = await signIns.FindLinkAsync(secret, now, cancellationToken);
        if (Link is not { Purpose: LinkPurpose.ChoosePassword })
            return NotFound();
        Message = password is not { Length: >= Passwords.MinLength and <= Passwords.MaxLength } ? $"A password has {Passwords.MinLength} to {Passwords.MaxLength} characters."
            : password != again ? "The two are not the same." : null;
        if (Message is not null)
            return Page();
        if (!await signIns.UseLinkAsync(secret, now, cancellationToken))
            return NotFound();
        await users.SetPasswordAsync(Link.UserId, Passwords.Hash(password!), HttpContext.Participant(Link.Name), now, cancellationToken);
        return await SignInAsync(Link, cancellationToken);
    }

    private async Task<IActionResult> SignInAsync(SignInLinkRow link, CancellationToken cancellationToken)
    {
        PortalAuthentication.WriteCookie(HttpContext, await signIns.BeginSessionAsync(link.UserId, HttpContext.Participant(link.Name), time.GetUtcNow(), cancellationToken));
        return Redirect("/");
    }
}
