using System.Security.Cryptography;
using System.Text;
using EchoClr.Shared.Audit;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Primitives;

namespace EchoClr.Portal;

/// <summary>
/// Lets in who decides: with the administration token of the settings, as <c>Authorization: Bearer TOKEN</c>. Without a token in the settings nobody is. A browser sends no
/// such header by itself, so another site's page cannot decide in an administrator's name.
/// </summary>
public sealed class AdministrationAccess
{
    /// <summary>What 32 random characters of a password generator hold, no patience finds out.</summary>
    public const int MinTokenLength = 32;

    private const string Scheme = "Bearer ";

    private readonly byte[]? _token;

    public AdministrationAccess(PortalOptions options)
    {
        if (string.IsNullOrEmpty(options.AdministrationToken))
            return;
        if (options.AdministrationToken.Length < MinTokenLength)
            throw new InvalidOperationException($"Portal:AdministrationToken has {options.AdministrationToken.Length} characters; give it at least {MinTokenLength}, or leave it out");
        _token = Hash(options.AdministrationToken);
    }

    /// <summary>Who asks, for the audit trail.</summary>
    public static AuditParticipant Who(HttpContext context)
    {
        var address = context.Connection.RemoteIpAddress?.ToString() ?? "unknown";
        return new AuditParticipant(address, IsRequestor: true, null, "portal", address);
    }

    /// <summary>Runs before a request's body is read.</summary>
    internal Task CheckAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint()?.Metadata.GetMetadata<AdministratorsOnly>() is null || IsGranted(context.Request.Headers.Authorization))
            return next(context);
        if (_token is null)
            return Results.Problem("administration over HTTP is off; set Portal:AdministrationToken, or use the command line", statusCode: StatusCodes.Status403Forbidden).ExecuteAsync(context);
        context.Response.Headers.WWWAuthenticate = "Bearer";
        return Results.Problem("this needs the administration token, as Authorization: Bearer TOKEN", statusCode: StatusCodes.Status401Unauthorized).ExecuteAsync(context);
    }

    private bool IsGranted(StringValues authorization) =>
        _token is not null && authorization is [{ } value] && value.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)
        // Hashes are of one length and are compared in one time, whatever was sent.
        && CryptographicOperations.FixedTimeEquals(Hash(value[Scheme.Length..].Trim()), _token);

    private static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));
}

/// <summary>Marks an endpoint that only an administrator may use.</summary>
internal sealed class AdministratorsOnly
{
    public static readonly AdministratorsOnly Instance = new();
}
