using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace EchoClr.Portal.Pages;

/// <summary>The worklist: one row a study, the most urgent first.</summary>
public sealed class IndexModel(WorklistSearch search, WorklistFeed feed, HealthStore health, ModelStore models, ReaderAnswers answers, Looks looks, TimeProvider time) : PageModel
{
    public const int PageSize = 50;

    public WorklistFilter Filter { get; private set; } = new();

    public WorklistPage List { get; private set; } = new([], 0, null);

    public IReadOnlyList<string> Senders { get; private set; } = [];

    public IReadOnlyDictionary<long, string> Models { get; private set; } = new Dictionary<long, string>();

    public IReadOnlyList<HealthWarning> Warnings { get; private set; } = [];

    /// <summary>More studies changed at once than one page may wait for: the first start on an old database.</summary>
    public bool Behind { get; private set; }

    public async Task OnGetAsync(CancellationToken cancellationToken)
    {
        await looks.AtWorklistAsync(HttpContext, cancellationToken);
        Filter = WorklistFilter.Of(Request.Query, User.ReadsBlind());
        Behind = await feed.CatchUpAsync(cancellationToken);
        List = await search.ListAsync(Filter.ToQuery(time.GetUtcNow()), PageSize, cancellationToken);
        List = List with { Rows = await Reading.ShowAsync(answers, User, List.Rows, time.GetUtcNow(), cancellationToken) };
        Senders = await feed.ListSendersAsync(cancellationToken);
        Models = (await models.ListAsync(cancellationToken)).ToDictionary(model => model.Id, model => $"{model.Name} {model.Version}");
        Warnings = await health.ListAsync(cancellationToken);
    }
}
