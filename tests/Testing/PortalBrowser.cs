using System.Net.Http.Headers;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Xunit;

namespace EchoClr.Testing;

/// <summary>A program that may read the portal: by an API token of a reader that is made for it.</summary>
public static class PortalBrowser
{
    public static async Task<HttpClient> BrowserAsync(this Database database, Uri portal, PortalRoles roles = PortalRoles.Reader)
    {
        var (name, by, now, cancellationToken) = ($"browser {Guid.NewGuid():N}", AuditParticipant.Operator(), TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        var user = await new UserStore(database).SaveAsync(name, roles, by, now, cancellationToken);
        var token = await new ApiTokenStore(database).CreateAsync(name, user.Id, roles, null, by, now, cancellationToken);
        var browser = new HttpClient { BaseAddress = portal };
        browser.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return browser;
    }
}
