using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Who is signed in, and the one-time links that sign somebody in. Secrets are handed out once; the tables hold their hashes.</summary>
public sealed class SignInStore(Database database)
{
    /// <summary>So often at most is a session's last use written down: a page has dozens of pictures.</summary>
    public static readonly TimeSpan TouchInterval = TimeSpan.FromMinutes(1);

    /// <summary>However busy: a session ends after a long working day.</summary>
    public static readonly TimeSpan LongestSession = TimeSpan.FromHours(12);

    /// <summary>Signs a user in; the answer is the cookie's secret.</summary>
    public Task<string> BeginSessionAsync(long userId, AuditParticipant who, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var secret = Secret.New();
        return database.WriteAsync(async session =>
        {
            await session.ExecuteAsync("DELETE FROM portal_session WHERE created_at < @Oldest", new { Oldest = now - LongestSession });
            await session.ExecuteAsync("INSERT INTO portal_session (token_sha256, user_id, created_at, last_seen_at) VALUES (@Hash, @UserId, @Now, @Now)",
                new { Hash = Secret.Sha256(secret), UserId = userId, Now = now });
            await AuditTrail.RecordAsync(session, AuditEvents.SignedIn(who), now);
            return secret;
        }, cancellationToken);
    }

    /// <summary>The user of a session that is not over: neither idle for <paramref name="idle"/> nor older than <see cref="LongestSession"/>.</summary>
    /// <param name="use">False for a page that renews itself: nobody need be there.</param>
    public async Task<UserRow?> FindBySessionAsync(string secret, TimeSpan idle, bool use, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = new { Hash = Secret.Sha256(secret), Now = now, SeenAfter = now - idle, BegunAfter = now - LongestSession, TouchBefore = now - TouchInterval };
        var user = await database.ReadAsync(session => session.FindAsync<UserRow>($"""
            SELECT {UserRow.Columns} FROM portal_session e JOIN portal_user u ON u.id = e.user_id
            WHERE e.token_sha256 = @Hash AND e.last_seen_at > @SeenAfter AND e.created_at > @BegunAfter AND u.disabled_at IS NULL
            """, key), cancellationToken);
        if (user is not null && use && await database.ReadAsync(session => session.ScalarAsync<int>(
                "SELECT COUNT(*) FROM portal_session WHERE token_sha256 = @Hash AND last_seen_at < @TouchBefore", key), cancellationToken) == 1)
            await database.WriteAsync(session => session.ExecuteAsync("UPDATE portal_session SET last_seen_at = @Now WHERE token_sha256 = @Hash", key), cancellationToken);
        return user;
    }

    public Task EndSessionAsync(string secret, AuditParticipant who, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("DELETE FROM portal_session WHERE token_sha256 = @Hash", new { Hash = Secret.Sha256(secret) }) == 1)
            await AuditTrail.RecordAsync(session, AuditEvents.SignedOut(who), now);
    }, cancellationToken);

    /// <summary>Makes a link for a user; the answer is its secret. Earlier links of the same purpose end.</summary>
    public Task<string> CreateLinkAsync(long userId, LinkPurpose purpose, TimeSpan life, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var secret = Secret.New();
        return database.WriteAsync(async session =>
        {
            var row = new { Hash = Secret.Sha256(secret), UserId = userId, Purpose = purpose.ToString(), Now = now, Until = now + life };
            await session.ExecuteAsync("UPDATE sign_in_link SET used_at = @Now WHERE user_id = @UserId AND purpose = @Purpose AND used_at IS NULL", row);
            await session.ExecuteAsync("INSERT INTO sign_in_link (token_sha256, user_id, purpose, created_at, expires_at) VALUES (@Hash, @UserId, @Purpose, @Now, @Until)", row);
            return secret;
        }, cancellationToken);
    }

    /// <summary>The link of a secret while it may be used; null when it was used, is too old, or never was.</summary>
    public Task<SignInLinkRow?> FindLinkAsync(string secret, DateTimeOffset now, CancellationToken cancellationToken) => database.ReadAsync(session => session.FindAsync<SignInLinkRow>("""
        SELECT l.purpose, l.user_id, u.name FROM sign_in_link l JOIN portal_user u ON u.id = l.user_id
        WHERE l.token_sha256 = @Hash AND l.used_at IS NULL AND l.expires_at > @Now AND u.disabled_at IS NULL
        """, new { Hash = Secret.Sha256(secret), Now = now }), cancellationToken);

    /// <summary>Uses a link up; of two who try at once one succeeds.</summary>
    public Task<bool> UseLinkAsync(string secret, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
        await session.ExecuteAsync("UPDATE sign_in_link SET used_at = @Now WHERE token_sha256 = @Hash AND used_at IS NULL AND expires_at > @Now", new { Hash = Secret.Sha256(secret), Now = now }) == 1, cancellationToken);
}
