using EchoClr.Dicom.Ports;
using EchoClr.Portal.Administration;
using EchoClr.Testing;

namespace EchoClr.Portal.Tests;

/// <summary>Peers of a department, some with hostile words; nobody is really called.</summary>
internal sealed class TestSite : ISite
{
    public const string HostileWords = "<img src=x onerror=alert(1)>";

    public IReadOnlyList<SiteDestination> Destinations { get; } =
    [
        new("pacs", new DicomPeer("PACS", "10.1.2.3", 104, "ECHOCLR"), "on"),
        new("archive", new DicomPeer("VNA", "vna.hospital.example", 2762, "ECHOCLR") { Tls = new TlsPeerFiles() }, "off"),
    ];

    public Task<IReadOnlyList<SiteSender>> ListSendersAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<SiteSender>>(
    [
        new("PACS", ["10.1.2.3"], null, Rows.Noon.AddHours(2), 412, false, "no object since 2025-01-10 14:00 UTC; in that time it usually sends in 0.4 hours, and a silence of 3.0 is still usual"),
        new("CART7", ["10.2.0.0/16"], "subject:CN=" + HostileWords, Rows.Noon.AddDays(-4), 0, true, "no object since 2025-01-06 12:00 UTC; in that time it usually sends in 21.5 hours, and a silence of 3.0 is still usual"),
        new("NEW", ["10.2.0.9"], null, null, 0, false, "its rhythm is still being learned"),
    ]);

    public Task<SiteCheck> EchoAsync(SiteDestination destination, CancellationToken cancellationToken) => Task.FromResult(new SiteCheck(destination.Name, "bad", "does not answer C-ECHO: " + HostileWords));

    public IReadOnlyList<SiteCheck> CheckCertificates() =>
        [new("TLS listener", "good", "our certificate is valid until 2027-03-01, 3 trusted"), new("TLS to archive", "doubtful", "our certificate expires on 2026-12-09; have it renewed and put it in the same file")];

    public void CheckTrainingPlan(string trainingPlan)
    {
        if (trainingPlan.Contains("nonsense", StringComparison.Ordinal))
            throw new FormatException($"there is no recipe {HostileWords}");
    }
}
