using EchoClr.Portal.Access;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>What was given up, why, and what a person decides about it.</summary>
[Authorize(Policy = PortalUser.Administrator)]
public sealed class ParkedModel(Parked parked, TimeProvider time) : AdminPage
{
    public IReadOnlyList<ParkedItem> Items { get; private set; } = [];

    public async Task<IActionResult> OnPostRetryAsync(string item, CancellationToken cancellationToken) =>
        await AnswerAsync(await FindAsync(item, cancellationToken) is { } found && await parked.RetryAsync(found.Kind, found.Id, time.GetUtcNow(), cancellationToken, Who) ? null : Gone, cancellationToken);

    public async Task<IActionResult> OnPostDropAsync(string item, string? note, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(note))
            return await AnswerAsync("What is given up needs a note that others understand.", cancellationToken);
        return await AnswerAsync(
            await FindAsync(item, cancellationToken) is { CanBeDropped: true } found && await parked.DropAsync(found, time.GetUtcNow(), cancellationToken, note.Trim(), Who) ? null : Gone, cancellationToken);
    }

    protected override async Task LoadAsync(CancellationToken cancellationToken) => Items = await parked.ListAsync(cancellationToken);

    private const string Gone = "This is not parked any more: somebody else decided, or it was reported meanwhile.";

    private async Task<ParkedItem?> FindAsync(string name, CancellationToken cancellationToken) => (await parked.ListAsync(cancellationToken)).FirstOrDefault(item => item.Name == name);
}
