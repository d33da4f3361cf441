using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>The worklist: one row a study, newest first.</summary>
public sealed class IndexModel(Worklist worklist, HealthStore health, Looks looks) : PageModel
{
    public const int PageSize = 50;

    [BindProperty(SupportsGet = true, Name = "part")]
    public int Number { get; set; } = 1;

    public IReadOnlyList<WorklistRow> Rows { get; private set; } = [];

    public IReadOnlyList<HealthWarning> Warnings { get; private set; } = [];

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        await looks.AtWorklistAsync(HttpContext, cancellationToken);
        Number = Math.Clamp(Number, 1, 100_000);
        Rows = await worklist.ListAsync((Number - 1) * PageSize, PageSize, cancellationToken);
        Warnings = await health.ListAsync(cancellationToken);
    }
}
