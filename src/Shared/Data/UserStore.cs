using EchoClr.Shared.Audit;

namespace EchoClr.Shared.Data;

/// <summary>Who may use the portal, and as what. Every change is in the audit trail, in its own transaction.</summary>
public sealed class UserStore(Database database)
{
    /// <summary>Wrong passwords in a row, after which the user is locked out: guessing then takes years.</summary>
    public const int MaxFailedSignIns = 5;

    /// <summary>Long enough to make guessing useless, short enough that nobody calls an administrator.</summary>
    public static readonly TimeSpan LockOut = TimeSpan.FromMinutes(15);

    private const string Select = $"SELECT {UserRow.Columns} FROM portal_user u";

    /// <summary>Names differ in more than the case of their letters.</summary>
    public static string Normalize(string name) => name.Trim().ToLowerInvariant();

    public Task<UserRow?> FindAsync(string name, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<UserRow>($"{Select} WHERE u.name = @Name", new { Name = Normalize(name) }), cancellationToken);

    public Task<UserRow?> FindAsync(long id, CancellationToken cancellationToken) => database.ReadAsync(
        session => session.FindAsync<UserRow>($"{Select} WHERE u.id = @Id", new { Id = id }), cancellationToken);

    public Task<IReadOnlyList<UserRow>> ListAsync(CancellationToken cancellationToken) => database.ReadAsync(
        session => session.QueryAsync<UserRow>($"{Select} ORDER BY u.name"), cancellationToken);

    /// <summary>Whether anybody can sign in by a password yet; before that the portal prints a link.</summary>
    public Task<bool> AnyWithPasswordAsync(CancellationToken cancellationToken) => database.ReadAsync(
        async session => await session.ScalarAsync<int>("SELECT COUNT(*) FROM portal_user WHERE password_hash IS NOT NULL AND disabled_at IS NULL") > 0, cancellationToken);

    /// <summary>Makes a user without a password, or gives an existing one these roles.</summary>
    public Task<UserRow> SaveAsync(string name, PortalRoles roles, AuditParticipant by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { Name = Text.Cut(Normalize(name), 100), Roles = roles.ToString(), Now = now, By = Text.Cut(by.UserId, 200) };
        var before = await session.FindAsync<UserRow>($"{Select} WHERE u.name = @Name", row);
        if (before?.Roles == roles && before.DisabledAt is null)
            return before;
        if (before is null)
            await session.ExecuteAsync("INSERT INTO portal_user (name, roles, created_at, created_by) VALUES (@Name, @Roles, @Now, @By)", row);
        else
            await session.ExecuteAsync("UPDATE portal_user SET roles = @Roles, disabled_at = NULL WHERE name = @Name", row);
        await AuditTrail.RecordAsync(session, AuditEvents.UserChanged(by, row.Name!, $"{(before is null ? "made" : "changed")}: {roles}"), now);
        return await session.ScalarAsync<UserRow>($"{Select} WHERE u.name = @Name", row);
    }, cancellationToken);

    /// <summary>The person chose a password: earlier sessions and links end.</summary>
    public Task SetPasswordAsync(long userId, string passwordHash, AuditParticipant by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { Id = userId, Hash = passwordHash, Now = now };
        await session.ExecuteAsync("UPDATE portal_user SET password_hash = @Hash, failed_sign_ins = 0, locked_until = NULL WHERE id = @Id", row);
        await session.ExecuteAsync("DELETE FROM portal_session WHERE user_id = @Id", row);
        await session.ExecuteAsync("UPDATE sign_in_link SET used_at = @Now WHERE user_id = @Id AND used_at IS NULL", row);
        await AuditTrail.RecordAsync(session, AuditEvents.UserChanged(by, await NameAsync(session, userId), "password chosen"), now);
    }, cancellationToken);

    /// <summary>Ends a user's access at once: sessions, links and tokens. False when there is no such user.</summary>
    public Task<bool> DisableAsync(string name, AuditParticipant by, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(async session =>
    {
        var row = new { Name = Normalize(name), Now = now };
        if (await session.ExecuteAsync("UPDATE portal_user SET disabled_at = @Now WHERE name = @Name AND disabled_at IS NULL", row) == 0)
            return false;
        await session.ExecuteAsync("DELETE FROM portal_session WHERE user_id = (SELECT id FROM portal_user WHERE name = @Name)", row);
        await AuditTrail.RecordAsync(session, AuditEvents.UserChanged(by, row.Name, "disabled"), now);
        return true;
    }, cancellationToken);

    /// <summary>Counts a wrong password; after <see cref="MaxFailedSignIns"/> of them the user is locked out for <see cref="LockOut"/>.</summary>
    public Task RecordFailureAsync(long userId, DateTimeOffset now, CancellationToken cancellationToken) => database.WriteAsync(session => session.ExecuteAsync("""
        UPDATE portal_user SET failed_sign_ins = CASE WHEN failed_sign_ins + 1 >= @Max THEN 0 ELSE failed_sign_ins + 1 END,
               locked_until = CASE WHEN failed_sign_ins + 1 >= @Max THEN @Until ELSE locked_until END WHERE id = @Id
        """, new { Id = userId, Max = MaxFailedSignIns, Until = now + LockOut }), cancellationToken);

    public Task RecordSuccessAsync(long userId, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE portal_user SET failed_sign_ins = 0, locked_until = NULL WHERE id = @Id", new { Id = userId }), cancellationToken);

    public Task SetBlindAsync(long userId, bool blind, CancellationToken cancellationToken) => database.WriteAsync(
        session => session.ExecuteAsync("UPDATE portal_user SET blind = @Blind WHERE id = @Id", new { Id = userId, Blind = blind }), cancellationToken);

    private static Task<string> NameAsync(Session session, long userId) => session.ScalarAsync<string>("SELECT name FROM portal_user WHERE id = @Id", new { Id = userId });
}
