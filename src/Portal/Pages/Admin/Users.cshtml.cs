using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;

namespace EchoClr.Portal.Pages.Admin;

/// <summary>Who may use the portal, and the tokens of programs. An administrator decides about access, and so could give himself any role; the audit trail tells.</summary>
[Authorize(Policy = PortalUser.Administrator)]
public sealed class UsersModel(Accounts accounts, TimeProvider time) : AdminPage
{
    public IReadOnlyList<UserRow> Users { get; private set; } = [];
    public IReadOnlyList<ApiTokenRow> Tokens { get; private set; } = [];
    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>Shown in this answer only.</summary>
    public (string Name, string Secret)? Link { get; private set; }

    /// <summary>As <see cref="Link"/>.</summary>
    public (string Name, string Secret)? Token { get; private set; }

    public async Task<IActionResult> OnPostSaveAsync(string? name, string[] roles, CancellationToken cancellationToken)
    {
        var (link, refusal) = await accounts.SaveUserAsync(name, roles, Who, cancellationToken);
        Link = link is null ? null : (name!.Trim(), link);
        return Link is null ? await AnswerAsync(refusal, cancellationToken) : await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostLinkAsync(string name, CancellationToken cancellationToken)
    {
        var (link, refusal) = await accounts.LinkAsync(name, cancellationToken);
        Link = link is null ? null : (name, link);
        return Link is null ? await AnswerAsync(refusal, cancellationToken) : await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostDisableAsync(string name, CancellationToken cancellationToken) => await AnswerAsync(await accounts.DisableAsync(name, By, Who, cancellationToken), cancellationToken);

    public async Task<IActionResult> OnPostTokenAsync(string? name, string? user, string[] roles, int? days, CancellationToken cancellationToken)
    {
        var (token, refusal) = await accounts.MakeTokenAsync(name, user, roles, days, Who, cancellationToken);
        Token = token is null ? null : (name!.Trim(), token);
        return Token is null ? await AnswerAsync(refusal, cancellationToken) : await ShowAsync(cancellationToken);
    }

    public async Task<IActionResult> OnPostRevokeAsync(string name, CancellationToken cancellationToken) => await AnswerAsync(await accounts.RevokeAsync(name, Who, cancellationToken), cancellationToken);

    protected override async Task LoadAsync(CancellationToken cancellationToken)
    {
        Users = await accounts.ListUsersAsync(cancellationToken);
        Tokens = await accounts.ListTokensAsync(cancellationToken);
    }

    // Not by a redirect: a secret does not belong into an address or a cookie.
    private async Task<IActionResult> ShowAsync(CancellationToken cancellationToken)
    {
        await LoadAsync(cancellationToken);
        return Page();
    }
}
