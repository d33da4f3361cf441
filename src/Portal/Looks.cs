using System.Collections.Concurrent;
using EchoClr.Portal.Access;
using EchoClr.Shared.Audit;
using Microsoft.AspNetCore.Http;

namespace EchoClr.Portal;

/// <summary>Tells the audit trail who looks at patients, before the page is made: what cannot be recorded is not shown. A page that renews itself is one look.</summary>
public sealed class Looks(AuditTrail audit, TimeProvider time)
{
    /// <summary>A reader's sitting over one study; the same page, looked at by the same person from the same address, is told again after it.</summary>
    private static readonly TimeSpan Sitting = TimeSpan.FromMinutes(15);

    /// <summary>Looks remembered; then all are forgotten, and told once more.</summary>
    private const int MaxRemembered = 10_000;

    private readonly ConcurrentDictionary<(AuditParticipant Who, string What), DateTimeOffset> _told = new();

    public Task AtWorklistAsync(HttpContext context, CancellationToken cancellationToken) => AtWorklistAsync(context, $"{context.Request.Path}{context.Request.QueryString}", cancellationToken);

    /// <param name="what">The query, where the address does not tell it.</param>
    public Task AtWorklistAsync(HttpContext context, string what, CancellationToken cancellationToken) => TellAsync(context, what, who => AuditEvents.WorklistRead(who, what), cancellationToken);

    public Task AtStudyAsync(HttpContext context, string studyInstanceUid, CancellationToken cancellationToken) =>
        TellAsync(context, studyInstanceUid, who => AuditEvents.StudyViewed(who, studyInstanceUid), cancellationToken);

    /// <summary>Reading the trail is itself an event.</summary>
    public Task AtAuditTrailAsync(HttpContext context, CancellationToken cancellationToken) => TellAsync(context, "audit trail", AuditEvents.AuditLogUsed, cancellationToken);

    private async Task TellAsync(HttpContext context, string what, Func<AuditParticipant, AuditMessage> message, CancellationToken cancellationToken)
    {
        var who = context.Participant();
        var now = time.GetUtcNow();
        if (_told.TryGetValue((who, what), out var told) && now - told < Sitting)
            return;
        await audit.RecordAsync(message(who), cancellationToken);
        if (_told.Count >= MaxRemembered)
            _told.Clear();
        _told[(who, what)] = now;
    }
}
