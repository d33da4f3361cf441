using System.Globalization;
using System.Security.Claims;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal.Access;

/// <summary>The signed-in person as pages see it.</summary>
internal static class PortalUser
{
    /// <summary>Names the policies that endpoints require; each asks for the role of its name.</summary>
    public const string Reader = nameof(PortalRoles.Reader), Administrator = nameof(PortalRoles.Administrator), ModelAdministrator = nameof(PortalRoles.ModelAdministrator);

    /// <summary>The policy of what administrators of either kind may see.</summary>
    public const string AnyAdministrator = nameof(AnyAdministrator);

    private const string BlindClaim = "blind";

    public static ClaimsPrincipal ToPrincipal(UserRow user, string scheme)
    {
        List<Claim> claims = [new(ClaimTypes.NameIdentifier, user.Id.ToString(CultureInfo.InvariantCulture)), new(ClaimTypes.Name, user.Name)];
        claims.AddRange(Enum.GetValues<PortalRoles>().Where(role => role != PortalRoles.None && user.Roles.HasFlag(role)).Select(role => new Claim(ClaimTypes.Role, role.ToString())));
        if (user.Blind)
            claims.Add(new Claim(BlindClaim, "on"));
        return new ClaimsPrincipal(new ClaimsIdentity(claims, scheme));
    }

    public static long Id(this ClaimsPrincipal user) => long.Parse(user.FindFirstValue(ClaimTypes.NameIdentifier)!, CultureInfo.InvariantCulture);

    /// <summary>The page that somebody begins with.</summary>
    public static string Home(ClaimsPrincipal user) => user.Administers() && !user.IsInRole(Reader) ? "/admin" : "/";

    public static bool Administers(this ClaimsPrincipal user) => user.IsInRole(Administrator) || user.IsInRole(ModelAdministrator);

    /// <summary>Reads without the AI's findings until every question of a study is answered.</summary>
    public static bool ReadsBlind(this ClaimsPrincipal user) => user.HasClaim(BlindClaim, "on");

    /// <summary>The person for the audit trail, or the machine where nobody is signed in.</summary>
    public static AuditParticipant Participant(this HttpContext context) => Participant(context, context.User.Identity?.Name ?? Address(context));

    public static AuditParticipant Participant(this HttpContext context, string name) => new(name, IsRequestor: true, null, "portal", Address(context));

    private static string Address(HttpContext context) => context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
}
