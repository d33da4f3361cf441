using EchoClr.Shared.Data;

namespace EchoClr.Portal.Access;

/// <summary>Whether a user or a token gets in, in words.</summary>
public static class AccountState
{
    public static string Of(UserRow user, DateTimeOffset now) =>
        user.DisabledAt is not null ? "disabled" : user.LockedUntil > now ? "locked out" : user.PasswordHash is null ? "has no password yet" : "may sign in";

    public static string Of(ApiTokenRow token, DateTimeOffset now) => token.RevokedAt is not null ? "revoked" : token.ExpiresAt <= now ? "expired" : "valid";
}
