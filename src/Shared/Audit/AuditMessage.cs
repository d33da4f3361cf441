namespace EchoClr.Shared.Audit;

/// <summary>One use of patient data, or one act that decides about it, before it is written down. <see cref="AuditEvents"/> makes them; the patients of the studies are looked up when it is recorded.</summary>
public sealed record AuditMessage(AuditCode Event, AuditAction Action, IReadOnlyList<AuditParticipant> Participants)
{
    /// <summary>What kind of event, where <see cref="Event"/> has several (Application Start).</summary>
    public AuditCode? EventType { get; init; }

    public AuditOutcome Outcome { get; init; } = AuditOutcome.Success;

    /// <summary>In a sentence: why it failed, or what was decided.</summary>
    public string? OutcomeDescription { get; init; }

    public IReadOnlyList<AuditedStudy> Studies { get; init; } = [];

    /// <summary>What else was used: a query, a page, a model.</summary>
    public IReadOnlyList<AuditedObject> Objects { get; init; } = [];
}

/// <summary>EventActionCode; the member's first letter is the code.</summary>
public enum AuditAction
{
    Create,
    Read,
    Update,
    Delete,
    Execute,
}

/// <summary>EventOutcomeIndicator.</summary>
public enum AuditOutcome
{
    Success = 0,
    MinorFailure = 4,
    SeriousFailure = 8,
}

/// <summary>Who took part: a process, a peer or a person.</summary>
/// <param name="UserId">An AE title, a login name, an address.</param>
/// <param name="IsRequestor">Whether this one asked for what happened.</param>
/// <param name="Address">IP address or machine name.</param>
public sealed record AuditParticipant(string UserId, bool IsRequestor, AuditCode? Role = null, string? AlternativeUserId = null, string? Address = null)
{
    /// <summary>This process.</summary>
    public static AuditParticipant Self(bool isRequestor = false, AuditCode? role = null, string aeTitle = "EchoClr") =>
        new(aeTitle, isRequestor, role, $"process {Environment.ProcessId}", Environment.MachineName);

    public static AuditParticipant Peer(string aeTitle, string address, bool isRequestor, AuditCode? role = null) => new(aeTitle, isRequestor, role, null, address);

    /// <summary>Who sits at the command line of this machine.</summary>
    public static AuditParticipant Operator() => new(Environment.UserName, IsRequestor: true, null, "command line", Environment.MachineName);
}

/// <param name="Instances">How many objects of which SOP class were used; empty where the study as such was.</param>
public sealed record AuditedStudy(string StudyInstanceUid, IReadOnlyList<AuditedInstances> Instances)
{
    public AuditedStudy(string studyInstanceUid) : this(studyInstanceUid, []) { }
}

public sealed record AuditedInstances
{
    public string SopClassUid { get; init; } = "";
    public int Count { get; init; }
}

/// <summary>A system object of an audit message.</summary>
/// <param name="Query">The query's bytes, where the object is one.</param>
/// <param name="Details">Further facts: kept in Base64, as the schema asks.</param>
public sealed record AuditedObject(AuditCode IdType, string Id, string Name, byte[]? Query = null, IReadOnlyDictionary<string, string>? Details = null)
{
    /// <summary>ParticipantObjectTypeCodeRole: 3 report (also a query, A.5.3.10), 4 resource, 13 security resource.</summary>
    public string Role { get; init; } = Query is null ? "4" : "3";
}
