using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>One study: where it stands and by what evidence, its cines, its findings, its report.</summary>
public sealed class StudyModel(StudyDetailReader reader, Looks looks) : PageModel
{
    [FromRoute]
    public string Uid { get; set; } = "";

    public StudyDetail? Study { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Study = await reader.FindAsync(Uid, cancellationToken);
        if (Study is null)
            Response.StatusCode = StatusCodes.Status404NotFound;
        else
            await looks.AtStudyAsync(HttpContext, Uid, cancellationToken);
    }
}
