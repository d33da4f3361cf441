using System.Runtime.CompilerServices;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Doctor;

/// <summary>The peers that the configuration names: do they answer, and may they call us where they must?</summary>
internal static class PeerChecks
{
    private static readonly TimeSpan EchoTimeout = TimeSpan.FromSeconds(5);

    /// <summary>Where results go. A PACS that may not call us can only confirm on our own association, or be asked by C-FIND.</summary>
    public static async IAsyncEnumerable<Finding> DestinationsAsync(IConfiguration configuration, IDicomClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var destinations = configuration.GetSection("Inference:Destinations").GetChildren().ToList();
        if (destinations.Count == 0)
            yield return Finding.Doubtful("destinations", "results go nowhere yet; list a PACS in Inference:Destinations");
        foreach (var destination in destinations)
        {
            if (destination.GetSection("Tls").Get<TlsPeerFiles>() is { } tls)
                yield return CertificateCheck.Of($"TLS to {destination["Name"]}", tls, TimeProvider.System.GetUtcNow());
            var name = $"destination {destination["Name"]}";
            yield return await EchoAsync(name, destination, OurAeTitle(configuration), client, cancellationToken);
            if (!SenderTitles(configuration).Contains(destination["AeTitle"]))
                yield return Finding.Doubtful(name, $"{destination["AeTitle"]} is not among Ingest:Listener:Senders: storage commitment reports on an association of its own are rejected, and results wait for C-FIND");
        }
    }

    /// <summary>The PACS that are asked about studies; one that is to send us what is missing must be among the senders.</summary>
    public static async IAsyncEnumerable<Finding> PacsToAskAsync(IConfiguration configuration, IDicomClient client, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        Finding? bad = null;
        try
        {
            PacsDirectory.Read(configuration);
        }
        catch (ArgumentException e)
        {
            bad = Finding.Bad("PACS to ask", $"{e.Message}; mend the setting");
        }
        if (bad is not null)
        {
            yield return bad;
            yield break;
        }
        var senders = SenderTitles(configuration);
        foreach (var pacs in configuration.GetSection(PacsDirectory.SectionName).GetChildren())
        {
            var name = $"PACS to ask {pacs["AeTitle"]}";
            yield return await EchoAsync(name, pacs, OurAeTitle(configuration), client, cancellationToken);
            if (pacs.GetValue(nameof(PacsToAsk.FetchMissing), false) && !senders.Contains(pacs["AeTitle"]))
                yield return Finding.Doubtful(name, "is to send what is missing (FetchMissing), and is not among Ingest:Listener:Senders");
        }
    }

    private static string OurAeTitle(IConfiguration configuration) => configuration["Ingest:Listener:AeTitle"] ?? new ListenerOptions().AeTitle;

    private static Task<Finding> EchoAsync(string name, IConfigurationSection address, string callingAeTitle, IDicomClient client, CancellationToken cancellationToken) => EchoAsync(
        name, new DicomPeer(address["AeTitle"] ?? "", address["Host"] ?? "", address.GetValue("Port", 104), callingAeTitle) { Tls = address.GetSection("Tls").Get<TlsPeerFiles>() }, client, cancellationToken);

    /// <summary>Whether a peer answers C-ECHO in time.</summary>
    public static async Task<Finding> EchoAsync(string name, DicomPeer peer, IDicomClient client, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        timeout.CancelAfter(EchoTimeout);
        try
        {
            var echo = await client.EchoAsync(peer, timeout.Token);
            return echo.Status.IsSuccess ? Finding.Good(name, $"answers C-ECHO after {echo.RoundTrip.TotalMilliseconds:0} ms") : Finding.Bad(name, $"answers C-ECHO with {echo.Status}");
        }
        catch (Exception e) when (e is DicomNetworkException or OperationCanceledException && !cancellationToken.IsCancellationRequested)
        {
            return Finding.Bad(name, $"does not answer C-ECHO: {e.Message}; check its address, and that it knows {peer.CallingAeTitle}");
        }
    }

    private static List<string?> SenderTitles(IConfiguration configuration) =>
        [.. configuration.GetSection($"{ListenerOptions.SectionName}:Senders").GetChildren().Select(sender => sender["AeTitle"])];
}
