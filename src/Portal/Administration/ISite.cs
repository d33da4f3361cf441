using EchoClr.Dicom.Ports;

namespace EchoClr.Portal.Administration;

/// <summary>
/// What administration shows and the tables do not know: the peers that the settings name, and what other stages say of them. The program fills it in, since the portal sees no
/// other stage.
/// </summary>
public interface ISite
{
    /// <summary>The PACS that results go to, as the settings name them.</summary>
    IReadOnlyList<SiteDestination> Destinations { get; }

    /// <summary>Who may send, one entry an AE title.</summary>
    Task<IReadOnlyList<SiteSender>> ListSendersAsync(CancellationToken cancellationToken);

    /// <summary>Asks a destination whether it is there (C-ECHO).</summary>
    Task<SiteCheck> EchoAsync(SiteDestination destination, CancellationToken cancellationToken);

    /// <summary>The files of every TLS setting: whether they can be used, and until when.</summary>
    IReadOnlyList<SiteCheck> CheckCertificates();

    /// <summary>Whether a training worker could work by a plan.</summary>
    /// <param name="trainingPlan">JSON.</param>
    /// <exception cref="FormatException">One sentence: why not.</exception>
    void CheckTrainingPlan(string trainingPlan);
}

/// <param name="StandingState">The State of its settings: "on", "held" or "off"; a hold by a person stands in the database.</param>
public sealed record SiteDestination(string Name, DicomPeer Peer, string StandingState);

/// <param name="Addresses">From where it may call.</param>
/// <param name="Certificate">What it must show by TLS; null where it need not.</param>
/// <param name="IsSilent">For longer than is usual.</param>
/// <param name="Silence">The same in words.</param>
public sealed record SiteSender(string AeTitle, IReadOnlyList<string> Addresses, string? Certificate, DateTimeOffset? LastArrival, int ArrivalsInAWeek, bool IsSilent, string Silence);

/// <summary>Something that was looked at, and how it is.</summary>
/// <param name="Health">"good", "doubtful" or "bad".</param>
public sealed record SiteCheck(string Subject, string Health, string Detail);
