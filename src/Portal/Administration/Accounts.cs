using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.Administration;

/// <summary>Users and tokens as pages and addresses change them; each answer says why not, in a sentence, where something was not done.</summary>
public sealed class Accounts(UserStore users, ApiTokenStore tokens, SignInLinks links, TimeProvider time)
{
    private const int MaxNameLength = 100; // the columns'
    private const int MaxDays = 3650;

    public Task<IReadOnlyList<UserRow>> ListUsersAsync(CancellationToken cancellationToken) => users.ListAsync(cancellationToken);

    public Task<IReadOnlyList<ApiTokenRow>> ListTokensAsync(CancellationToken cancellationToken) => tokens.ListAsync(cancellationToken);

    /// <summary>Makes a user, or changes roles. The link is for whoever has no password yet; null for others.</summary>
    public async Task<(string? Link, string? Refusal)> SaveUserAsync(string? name, IEnumerable<string> roles, AuditParticipant who, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxNameLength)
            return (null, $"A name has 1 to {MaxNameLength} characters.");
        try
        {
            var user = await users.SaveAsync(name, RoleNames.Parse(roles), who, time.GetUtcNow(), cancellationToken);
            return (user.PasswordHash is null ? await links.ForPasswordAsync(user, cancellationToken) : null, null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>A new link to choose a password by.</summary>
    public async Task<(string? Link, string? Refusal)> LinkAsync(string name, CancellationToken cancellationToken) => await users.FindAsync(name, cancellationToken) is { DisabledAt: null } user
        ? (await links.ForPasswordAsync(user, cancellationToken), null)
        : (null, $"There is no user {name} with access.");

    /// <summary>Ends somebody's access; nobody's own, so that somebody is left who can give it back.</summary>
    public async Task<string?> DisableAsync(string name, string by, AuditParticipant who, CancellationToken cancellationToken) =>
        UserStore.Normalize(name) == by ? "Nobody disables himself; another administrator can."
        : await users.DisableAsync(name, who, time.GetUtcNow(), cancellationToken) ? null : $"There is no user {name} with access.";

    public async Task<(string? Token, string? Refusal)> MakeTokenAsync(string? name, string? owner, IEnumerable<string> scopes, int? days, AuditParticipant who, CancellationToken cancellationToken)
    {
        if (string.IsNullOrWhiteSpace(name) || name.Trim().Length > MaxNameLength)
            return (null, $"A name has 1 to {MaxNameLength} characters.");
        if (days is < 1 or > MaxDays)
            return (null, $"A token lives 1 to {MaxDays} days, or until it is revoked.");
        if (await users.FindAsync(owner ?? "", cancellationToken) is not { DisabledAt: null } user)
            return (null, $"There is no user {owner} with access.");
        if ((await tokens.ListAsync(cancellationToken)).Any(token => token.Name == name.Trim()))
            return (null, $"There is a token {name.Trim()} already.");
        try
        {
            var now = time.GetUtcNow();
            return (await tokens.CreateAsync(name.Trim(), user.Id, RoleNames.Parse(scopes), days is { } life ? now.AddDays(life) : null, who, now, cancellationToken), null);
        }
        catch (FormatException e)
        {
            return (null, e.Message);
        }
    }

    public async Task<string?> RevokeAsync(string name, AuditParticipant who, CancellationToken cancellationToken) =>
        await tokens.RevokeAsync(name, who, time.GetUtcNow(), cancellationToken) ? null : $"There is no token {name} in use.";
}
