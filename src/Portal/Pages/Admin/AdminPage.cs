using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>What pages of administration share: who decides, and why something was not done.</summary>
public abstract class AdminPage : PageModel
{
    /// <summary>One sentence; null where nothing was refused.</summary>
    public string? Refusal { get; private set; }

    /// <summary>Who decides, as rows name them.</summary>
    protected string By => User.Identity!.Name!;

    /// <summary>Who decides, for the audit trail.</summary>
    protected AuditParticipant Who => HttpContext.Participant();

    public async Task OnGetAsync(CancellationToken cancellationToken) => await LoadAsync(cancellationToken);

    /// <summary>Reads what the page shows.</summary>
    protected abstract Task LoadAsync(CancellationToken cancellationToken);

    /// <summary>Back to the page, which shows what became of it; or the page with the reason why it was not done.</summary>
    protected async Task<IActionResult> AnswerAsync(string? refusal, CancellationToken cancellationToken)
    {
        if (refusal is null)
            return Redirect(Request.Path);
        Refusal = refusal;
        await LoadAsync(cancellationToken);
        return Page();
    }
}
