namespace EchoClr.Shared.Data;

/// <summary>What a person may do in the portal; the scopes of an API token have the same names.</summary>
[Flags]
public enum PortalRoles
{
    None = 0,

    /// <summary>Sees the worklist and studies, and answers findings.</summary>
    Reader = 1,

    /// <summary>Withdraws reports, decides about what is parked and where results go, makes users.</summary>
    Administrator = 2,

    /// <summary>Schedules retraining, promotes models and rolls back.</summary>
    ModelAdministrator = 4,
}

/// <summary>A person who may use the portal.</summary>
public sealed record UserRow
{
    internal const string Columns = "u.id, u.name, u.roles, u.password_hash, u.failed_sign_ins, u.locked_until, u.disabled_at, u.blind, u.created_at, u.created_by";

    public long Id { get; init; }

    /// <summary>Lower case.</summary>
    public string Name { get; init; } = "";
    public PortalRoles Roles { get; init; }

    /// <summary>Null until the person has chosen a password.</summary>
    public string? PasswordHash { get; init; }
    public int FailedSignIns { get; init; }
    public DateTimeOffset? LockedUntil { get; init; }
    public DateTimeOffset? DisabledAt { get; init; }

    /// <summary>Reads without the AI's findings until every question of a study is answered.</summary>
    public bool Blind { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public string CreatedBy { get; init; } = "";
}

public enum LinkPurpose
{
    /// <summary>Its holder chooses a password, and is signed in.</summary>
    ChoosePassword,

    /// <summary>Its holder is signed in.</summary>
    SignIn,
}

/// <summary>A link that was handed out, with the user whom it is for.</summary>
public sealed record SignInLinkRow
{
    public LinkPurpose Purpose { get; init; }
    public long UserId { get; init; }
    public string Name { get; init; } = "";
}

/// <summary>An API token; of the token itself only the hash is kept.</summary>
public sealed record ApiTokenRow
{
    public long Id { get; init; }
    public string Name { get; init; } = "";
    public string UserName { get; init; } = "";
    public PortalRoles Scopes { get; init; }
    public DateTimeOffset CreatedAt { get; init; }
    public DateTimeOffset? ExpiresAt { get; init; }
    public DateTimeOffset? RevokedAt { get; init; }
    public DateTimeOffset? LastUsedAt { get; init; }
}
