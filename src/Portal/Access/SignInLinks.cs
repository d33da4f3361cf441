using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;

namespace EchoClr.Portal.Access;

/// <summary>Links that the terminal prints: whoever may read it may sign in by them, once.</summary>
public sealed class SignInLinks(UserStore users, SignInStore signIns, PortalOptions options, TimeProvider time)
{
    /// <summary>The name that the first administrator begins with.</summary>
    public const string FirstUser = "administrator";

    private const PortalRoles Everything = PortalRoles.Reader | PortalRoles.Administrator | PortalRoles.ModelAdministrator;

    /// <summary>A new user looks at the mail tomorrow.</summary>
    private static readonly TimeSpan PasswordLinkLife = TimeSpan.FromDays(1);

    /// <summary>The first sign-in: null once somebody has a password.</summary>
    public async Task<string?> ForFirstUserAsync(CancellationToken cancellationToken) => await users.AnyWithPasswordAsync(cancellationToken)
        ? null
        : await ForPasswordAsync(await users.SaveAsync(FirstUser, Everything, AuditParticipant.Operator(), time.GetUtcNow(), cancellationToken), cancellationToken);

    /// <summary>Its holder chooses a new password.</summary>
    public Task<string> ForPasswordAsync(UserRow user, CancellationToken cancellationToken) => CreateAsync(user, LinkPurpose.ChoosePassword, PasswordLinkLife, cancellationToken);

    /// <summary>Its holder is signed in as a user without a password, for as long as a session lasts: the demonstration.</summary>
    public async Task<string> ForVisitorAsync(string name, CancellationToken cancellationToken) => await CreateAsync(
        await users.SaveAsync(name, Everything, AuditParticipant.Operator(), time.GetUtcNow(), cancellationToken), LinkPurpose.SignIn, SignInStore.LongestSession, cancellationToken);

    private async Task<string> CreateAsync(UserRow user, LinkPurpose purpose, TimeSpan life, CancellationToken cancellationToken)
    {
        var url = new UriBuilder(options.Url);
        if (url.Host is "0.0.0.0" or "[::]" or "*" or "+")
            url.Host = "localhost";
        url.Path = "/enter/" + await signIns.CreateLinkAsync(user.Id, purpose, life, time.GetUtcNow(), cancellationToken);
        return url.Uri.ToString();
    }
}
