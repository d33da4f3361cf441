using EchoClr.Portal.Access;
using EchoClr.Portal.Administration;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Routing;

namespace EchoClr.Portal.Api;

/// <summary>Peers, parked items, users, tokens and the audit trail over HTTP, as the pages under <c>/admin</c> have them.</summary>
internal static class AdministrationEndpoints
{
    public static void MapAdministration(this IEndpointRouteBuilder app)
    {
        var api = app.MapGroup("/api").RequireAuthorization(PortalUser.Administrator);
        MapPeers(api.MapGroup("").WithTags("Peers"));
        MapParked(api.MapGroup("/parked").WithTags("Parked"));
        MapAccounts(api.MapGroup("").WithTags("Access"));
        MapAudit(api.MapGroup("/audit").WithTags("Audit trail"));
    }

    private static void MapPeers(RouteGroupBuilder api)
    {
        api.MapGet("/senders", async ([FromServices] ISite site, CancellationToken cancellationToken) => TypedResults.Ok(await site.ListSendersAsync(cancellationToken))).WithSummary("Who may send, its last object, and whether its silence is usual");
        api.MapGet("/certificates", ([FromServices] ISite site) => TypedResults.Ok(site.CheckCertificates())).WithSummary("The files of every TLS setting: whether they can be used, and until when");
        api.MapGet("/destinations", async (Destinations destinations, CancellationToken cancellationToken) => TypedResults.Ok(await destinations.ListAsync(cancellationToken))).WithSummary("Where results go, and what waits for it");
        api.MapPost("/destinations/{name}/echo", async Task<Results<Ok<SiteCheck>, ProblemHttpResult>> (string name, [FromServices] ISite site, Destinations destinations, CancellationToken cancellationToken) =>
            destinations.Find(name) is { } destination ? TypedResults.Ok(await site.EchoAsync(destination, cancellationToken)) : NoDestination(name)).WithSummary("Asks a destination whether it is there (C-ECHO)");
        api.MapPost("/destinations/{name}/hold", async Task<Results<NoContent, ProblemHttpResult>> (
            string name, Reason reason, HttpContext context, Destinations destinations, DestinationHoldStore holds, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (destinations.Find(name) is null)
                return NoDestination(name);
            if (reason.Missing)
                return Answers.BadRequest("a hold needs a reason that others understand");
            return Answers.Done(await holds.HoldAsync(name, By(context), reason.Text!.Trim(), time.GetUtcNow(), cancellationToken, context.Participant()) ? null : $"{name} is held already");
        }).WithSummary("Analyse, send nothing there");
        api.MapPost("/destinations/{name}/release", async Task<Results<NoContent, ProblemHttpResult>> (
            string name, HttpContext context, Destinations destinations, DestinationHoldStore holds, TimeProvider time, CancellationToken cancellationToken) =>
            destinations.Find(name) is null ? NoDestination(name)
                : Answers.Done(await holds.ReleaseAsync(name, By(context), time.GetUtcNow(), cancellationToken, context.Participant()) is null ? $"{name} is not held" : null)).WithSummary("Sends what waited");
    }

    private static void MapParked(RouteGroupBuilder api)
    {
        api.MapGet("", async (Parked parked, CancellationToken cancellationToken) => TypedResults.Ok(await parked.ListAsync(cancellationToken))).WithSummary("What needs a person, and why");
        api.MapPost("/{item}/retry", async Task<Results<NoContent, ProblemHttpResult>> (string item, HttpContext context, Parked parked, TimeProvider time, CancellationToken cancellationToken) =>
            await FindAsync(parked, item, cancellationToken) is { } found
                ? Answers.Done(await parked.RetryAsync(found.Kind, found.Id, time.GetUtcNow(), cancellationToken, context.Participant()) ? null : $"{item} is not parked any more")
                : Answers.NotFound($"{item} is not parked")).WithSummary("Lets it try again from the beginning");
        api.MapPost("/{item}/drop", async Task<Results<NoContent, ProblemHttpResult>> (string item, Reason reason, HttpContext context, Parked parked, TimeProvider time, CancellationToken cancellationToken) =>
        {
            if (await FindAsync(parked, item, cancellationToken) is not { } found)
                return Answers.NotFound($"{item} is not parked");
            if (reason.Missing)
                return Answers.BadRequest("what is given up needs a note that others understand");
            if (!found.CanBeDropped)
                return Answers.Conflict("only deliveries and signals can be given up: a study would end without a word");
            return Answers.Done(await parked.DropAsync(found, time.GetUtcNow(), cancellationToken, reason.Text!.Trim(), context.Participant()) ? null : $"{item} is not parked any more");
        }).WithSummary("Gives a delivery or a signal up for good");
    }

    private static void MapAccounts(RouteGroupBuilder api)
    {
        api.MapGet("/users", async (Accounts accounts, TimeProvider time, CancellationToken cancellationToken) => TypedResults.Ok(
            (await accounts.ListUsersAsync(cancellationToken)).Select(user => new UserEntry(user.Name, RoleNames.Of(user.Roles), AccountState.Of(user, time.GetUtcNow()), user.CreatedAt, user.CreatedBy)))).WithSummary("Who may use the portal");
        api.MapPut("/users/{name}", async Task<Results<Ok<HandedOut>, ProblemHttpResult>> (string name, Granted granted, HttpContext context, Accounts accounts, CancellationToken cancellationToken) =>
            await accounts.SaveUserAsync(name, granted.Roles ?? [], context.Participant(), cancellationToken) is var (link, refusal) && refusal is null
                ? TypedResults.Ok(new HandedOut(link)) : Answers.BadRequest(refusal!)).WithSummary("Makes a user, or changes roles; the answer has a link to choose a password by, where there is none yet");
        api.MapPost("/users/{name}/link", async Task<Results<Ok<HandedOut>, ProblemHttpResult>> (string name, Accounts accounts, CancellationToken cancellationToken) =>
            await accounts.LinkAsync(name, cancellationToken) is var (link, refusal) && refusal is null ? TypedResults.Ok(new HandedOut(link)) : Answers.NotFound(refusal!)).WithSummary("A new link to choose a password by, once and within a day");
        api.MapPost("/users/{name}/disable", async (string name, HttpContext context, Accounts accounts, CancellationToken cancellationToken) =>
            Answers.Done(await accounts.DisableAsync(name, By(context), context.Participant(), cancellationToken))).WithSummary("Ends sessions, links and tokens at once");
        api.MapGet("/tokens", async (Accounts accounts, TimeProvider time, CancellationToken cancellationToken) => TypedResults.Ok(
            (await accounts.ListTokensAsync(cancellationToken)).Select(token => new TokenEntry(token.Name, token.UserName, RoleNames.Of(token.Scopes), AccountState.Of(token, time.GetUtcNow()), token.LastUsedAt, token.ExpiresAt)))).WithSummary("Tokens of programs; what they are is kept nowhere");
        api.MapPut("/tokens/{name}", async Task<Results<Ok<HandedOut>, ProblemHttpResult>> (string name, NewToken token, HttpContext context, Accounts accounts, CancellationToken cancellationToken) =>
            await accounts.MakeTokenAsync(name, token.User, token.Scopes ?? [], token.Days, context.Participant(), cancellationToken) is var (made, refusal) && refusal is null
                ? TypedResults.Ok(new HandedOut(made)) : Answers.BadRequest(refusal!)).WithSummary("Makes a token, which is told once");
        api.MapDelete("/tokens/{name}", async (string name, HttpContext context, Accounts accounts, CancellationToken cancellationToken) =>
            Answers.Done(await accounts.RevokeAsync(name, context.Participant(), cancellationToken))).WithSummary("Ends a token at once");
    }

    private static void MapAudit(RouteGroupBuilder api)
    {
        api.MapGet("", async (HttpContext context, AuditTrail trail, Looks looks, long? before, int? take, CancellationToken cancellationToken) =>
        {
            await looks.AtAuditTrailAsync(context, cancellationToken);
            return TypedResults.Ok((await trail.ListBeforeAsync(before, Answers.Take(take), cancellationToken)).Select(row => new AuditEntry(AuditLine.Of(row), row.Message, row.Sha256)));
        }).WithSummary("The trail, the newest first; before is the number of the last message of the page before");
        api.MapPost("/verification", async (HttpContext context, NotedHash noted, AuditTrail trail, Looks looks, CancellationToken cancellationToken) =>
        {
            await looks.AtAuditTrailAsync(context, cancellationToken);
            return TypedResults.Ok(await trail.VerifyAsync(noted.Sha256, cancellationToken));
        }).WithSummary("Computes every hash anew");
    }

    private static string By(HttpContext context) => context.User.Identity!.Name!;

    private static ProblemHttpResult NoDestination(string name) => Answers.NotFound($"there is no destination {name}");

    private static async Task<ParkedItem?> FindAsync(Parked parked, string name, CancellationToken cancellationToken) => (await parked.ListAsync(cancellationToken)).FirstOrDefault(item => item.Name == name);
}

internal sealed record UserEntry(string Name, IReadOnlyList<string> Roles, string State, DateTimeOffset CreatedAt, string CreatedBy);

internal sealed record TokenEntry(string Name, string User, IReadOnlyList<string> Scopes, string State, DateTimeOffset? LastUsedAt, DateTimeOffset? ExpiresAt);

/// <param name="Roles">reader, administrator, model-administrator.</param>
internal sealed record Granted(IReadOnlyList<string>? Roles);

/// <param name="Days">How long it lives; null for ever.</param>
internal sealed record NewToken(string? User, IReadOnlyList<string>? Scopes, int? Days);

/// <param name="Secret">A link or a token, told this once; null where none is needed.</param>
internal sealed record HandedOut(string? Secret);

/// <param name="Message">The XML of PS3.15 A.5.</param>
internal sealed record AuditEntry(AuditLine Line, string Message, string Sha256);

/// <param name="Sha256">A hash that was noted earlier: it must still be in the chain; null where none was.</param>
internal sealed record NotedHash(string? Sha256);
