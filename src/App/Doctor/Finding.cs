namespace EchoClr.App.Doctor;

internal enum Health
{
    Good,

    /// <summary>Works, but hardly as meant.</summary>
    Doubtful,
    Bad,
}

/// <summary>One line of the doctor's: what was looked at, how it is, and the mend where it needs one.</summary>
internal sealed record Finding(string Subject, Health Health, string Detail)
{
    public static Finding Good(string subject, string detail) => new(subject, Health.Good, detail);
    public static Finding Doubtful(string subject, string detail) => new(subject, Health.Doubtful, detail);
    public static Finding Bad(string subject, string detail) => new(subject, Health.Bad, detail);
}
