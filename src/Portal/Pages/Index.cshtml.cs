using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>The worklist: one row a study, the most urgent first.</summary>
public sealed class IndexModel(WorklistSearch search, WorklistFeed feed, HealthStore health, ModelStore models, ReaderAnswers answers, SavedViewStore views, SealedSearch seal, Looks looks, TimeProvider time) : PageModel
{
    public const int PageSize = 50;

    public WorklistFilter Filter { get; private set; } = new();

    public WorklistPage List { get; private set; } = new([], 0, null);

    public IReadOnlyList<string> Senders { get; private set; } = [];

    public IReadOnlyDictionary<long, string> Models { get; private set; } = new Dictionary<long, string>();

    public IReadOnlyList<HealthWarning> Warnings { get; private set; } = [];

    /// <summary>More studies changed at once than one page may wait for: the first start on an old database.</summary>
    public bool Behind { get; private set; }

    public IReadOnlyList<SavedView> Views { get; private set; } = [];

    /// <summary>The address of the list as it is filtered.</summary>
    public string Address(WorklistCursor? after) => Filter.Address(after, seal);

    /// <summary>The form's filter becomes an address that tells no name.</summary>
    public IActionResult OnPost() => Redirect(Posted().Address(null, seal));

    /// <summary>Keeps filters and order under a name; a blank name, or one too many, keeps nothing.</summary>
    public async Task<IActionResult> OnPostSaveViewAsync(string? name, CancellationToken cancellationToken)
    {
        var view = Posted().View;
        if (!string.IsNullOrWhiteSpace(name) && view.Length <= SavedViewStore.MaxQueryLength)
            await views.SaveAsync(User.Id(), name.Trim(), view, cancellationToken);
        return Redirect("/" + view);
    }

    public async Task<IActionResult> OnPostDeleteViewAsync(string name, CancellationToken cancellationToken)
    {
        await views.DeleteAsync(User.Id(), name, cancellationToken);
        return Redirect("/");
    }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        Filter = WorklistFilter.Of(Request.Query, seal.Open(Request.Query["found"]), User.ReadsBlind());
        await looks.AtWorklistAsync(HttpContext, $"/{Filter.InWords}", cancellationToken);
        Behind = await feed.CatchUpAsync(cancellationToken);
        List = await search.ListAsync(Filter.ToQuery(time.GetUtcNow()), PageSize, cancellationToken);
        List = List with { Rows = await Reading.ShowAsync(answers, User, List.Rows, time.GetUtcNow(), cancellationToken) };
        Senders = await feed.ListSendersAsync(cancellationToken);
        Models = (await models.ListAsync(cancellationToken)).ToDictionary(model => model.Id, model => $"{model.Name} {model.Version}");
        Warnings = await health.ListAsync(cancellationToken);
        Views = await views.ListAsync(User.Id(), cancellationToken);
    }

    private WorklistFilter Posted() => WorklistFilter.Of(new QueryCollection(Request.Form.ToDictionary(field => field.Key, field => field.Value)), null, User.ReadsBlind());
}
