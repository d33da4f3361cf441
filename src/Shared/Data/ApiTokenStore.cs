using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Tokens for programs: each belongs to a user and carries some of that user's roles.</summary>
public sealed class ApiTokenStore(Database database)
{
    /// <summary>What a token begins with, so that one that leaked is recognised.</summary>
    public const string Prefix = "echoclr_";

    /// <summary>Makes a token, which is told once and never again.</summary>
    public Task<string> CreateAsync(string name, long userId, PortalRoles scopes, DateTimeOffset? expiresAt, AuditParticipant by, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var token = Prefix + Secret.New();
        return database.WriteAsync(async session =>
        {
            var row = new { Name = Text.Cut(name, 100), Hash = Secret.Sha256(token), UserId = userId, Scopes = scopes.ToString(), Now = now, ExpiresAt = expiresAt };
            await session.ExecuteAsync("INSERT INTO api_token (name, token_sha256, user_id, scopes, created_at, expires_at) VALUES (@Name, @Hash, @UserId, @Scopes, @Now, @ExpiresAt)", row);
            await AuditTrail.RecordAsync(session, AuditEvents.UserChanged(by, row.Name!, $"API token made: {scopes}"), now);
            return token;
        }, cancellationToken);
    }

    /// <summary>The owner of a token that may be used, with the roles that both the token and the owner have.</summary>
    public async Task<UserRow?> FindUserAsync(string token, DateTimeOffset now, CancellationToken cancellationToken)
    {
        var key = new { Hash = Secret.Sha256(token), Now = now, UsedBefore = now - SignInStore.TouchInterval };
        const string valid = "t.token_sha256 = @Hash AND t.revoked_at IS NULL AND (t.expires_at IS NULL OR t.expires_at > @Now)";
        var found = await database.ReadAsync(async session => (
            User: await session.FindAsync<UserRow>($"SELECT {UserRow.Columns} FROM api_token t JOIN portal_user u ON u.id = t.user_id WHERE {valid} AND u.disabled_at IS NULL", key),
            Scopes: await session.FindAsync<string>($"SELECT t.scopes FROM api_token t WHERE {valid}", key)), cancellationToken);
        if (found is not { User: { } user, Scopes: { } scopes })
            return null;
        const string unused = "token_sha256 = @Hash AND (last_used_at IS NULL OR last_used_at < @UsedBefore)";
        if (await database.ReadAsync(session => session.ScalarAsync<int>($"SELECT COUNT(*) FROM api_token WHERE {unused}", key), cancellationToken) == 1)
            await database.WriteAsync(session => session.ExecuteAsync($"UPDATE api_token SET last_used_at = @Now WHERE {unused}", key), cancellationToken);
        return user with { Roles = user.Roles & Enum.Parse<PortalRoles>(scopes) };
    }

    public Task<IReadOnlyList<ApiTokenRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(session => session.QueryAsync<ApiTokenRow>("""
        SELECT t.id, t.name, u.name AS user_name, t.scopes, t.created_at, t.expires_at, t.revoked_at, t.last_used_at FROM api_token t JOIN portal_user u ON u.id = t.user_id ORDER BY t.name
        """), cancellationToken);

    /// <summary>False when there is no such token in use.</summary>
    public Task<bool> RevokeAsync(string name, AuditParticipant by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        if (await session.ExecuteAsync("UPDATE api_token SET revoked_at = @Now WHERE name = @Name AND revoked_at IS NULL", new { Name = name, Now = now }) == 0)
            return false;
        await AuditTrail.RecordAsync(session, AuditEvents.UserChanged(by, name, "API token revoked"), now);
        return true;
    }, cancellationToken);
}
