using EchoClr.App.Doctor;
using EchoClr.Dicom.Ports;
using EchoClr.Inference;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Silence;
using EchoClr.Portal.Administration;
using EchoClr.Retraining.Pretrain;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;

namespace EchoClr.App.Hosting;

/// <summary>The settings of all stages as the portal's administration shows them.</summary>
internal sealed class Site(IConfiguration configuration, AssociationStore associations, IDicomClient client, TimeProvider time) : ISite
{
    private readonly ListenerOptions _listener = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
    private readonly SilenceOptions _silence = configuration.GetSection(SilenceOptions.SectionName).Get<SilenceOptions>() ?? new SilenceOptions();

    public IReadOnlyList<SiteDestination> Destinations { get; } = ReadDestinations(configuration);

    /// <summary>The destinations of the settings, also for commands, which call nobody.</summary>
    public static IReadOnlyList<SiteDestination> ReadDestinations(IConfiguration configuration)
    {
        var inference = configuration.GetSection(InferenceOptions.SectionName).Get<InferenceOptions>() ?? new InferenceOptions();
        var calling = inference.CallingAeTitle ?? configuration[$"{ListenerOptions.SectionName}:AeTitle"] ?? new ListenerOptions().AeTitle;
        return [.. inference.Destinations.Select(destination => new SiteDestination(
            destination.Name, new DicomPeer(destination.AeTitle, destination.Host, destination.Port, calling) { Tls = destination.Tls },
            destination.State switch { DestinationState.Off => "off", DestinationState.Hold => "held", _ => "on" }))];
    }

    public async Task<IReadOnlyList<SiteSender>> ListSendersAsync(CancellationToken cancellationToken)
    {
        var listed = _listener.Senders.ToLookup(sender => sender.AeTitle, StringComparer.Ordinal);
        return [.. (await new SenderHealth(associations, _listener, _silence).ListAsync(time.GetUtcNow(), cancellationToken)).Select(state => new SiteSender(
            state.AeTitle, [.. listed[state.AeTitle].Select(sender => sender.Address)], listed[state.AeTitle].Select(sender => sender.Certificate).FirstOrDefault(rule => rule is not null),
            state.LastArrival, state.ArrivalsInAWeek, state.IsSilent, state.ToString()))];
    }

    public async Task<SiteCheck> EchoAsync(SiteDestination destination, CancellationToken cancellationToken) => Check(await PeerChecks.EchoAsync(destination.Name, destination.Peer, client, cancellationToken));

    public IReadOnlyList<SiteCheck> CheckCertificates()
    {
        IEnumerable<(string Subject, TlsFiles? Files)> settings = [("TLS listener", _listener.Tls), .. Destinations.Select(destination => ($"TLS to {destination.Name}", (TlsFiles?)destination.Peer.Tls))];
        return [.. settings.Where(setting => setting.Files is not null).Select(setting => Check(CertificateCheck.Of(setting.Subject, setting.Files!, time.GetUtcNow())))];
    }

    public void CheckTrainingPlan(string trainingPlan) => PretrainPlan.FromJson(trainingPlan);

    private static SiteCheck Check(Finding finding) => new(finding.Subject, finding.Health.ToString().ToLowerInvariant(), finding.Detail);
}
