using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>What a person may do here, and how they read: for everybody who is signed in.</summary>
[Authorize]
public sealed class MeModel(UserStore users) : PageModel
{
    public IEnumerable<string> Abilities()
    {
        if (User.IsInRole(PortalUser.Reader))
            yield return "read studies and answer findings";
        if (User.IsInRole(PortalUser.Administrator))
            yield return "withdraw reports, decide about parked items and destinations";
        if (User.IsInRole(PortalUser.ModelAdministrator))
            yield return "decide about models, schedules and training";
    }

    public async Task<IActionResult> OnPostBlindAsync(bool on, CancellationToken cancellationToken)
    {
        await users.SetBlindAsync(User.Id(), on, cancellationToken);
        return Redirect("/me");
    }
}
