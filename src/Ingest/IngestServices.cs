using System.Net;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Commitment;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Receiving;
using EchoClr.Ingest.Retention;
using EchoClr.Ingest.Silence;
using EchoClr.Ingest.StudyCompletion;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;

namespace EchoClr.Ingest;

/// <summary>Registers listener, receiving, study completion and commitment. The bus is added apart, once for all roles of a process; migrations run before the host starts.</summary>
public static class IngestServices
{
    public static IServiceCollection AddIngest(this IServiceCollection services, IConfiguration configuration)
    {
        var listener = configuration.GetSection(ListenerOptions.SectionName).Get<ListenerOptions>() ?? new ListenerOptions();
        listener.Validate();
        var completion = configuration.GetSection(StudyCompletionOptions.SectionName).Get<StudyCompletionOptions>() ?? new StudyCompletionOptions();
        completion.Validate();
        var commitment = configuration.GetSection(CommitmentOptions.SectionName).Get<CommitmentOptions>() ?? new CommitmentOptions();
        commitment.Validate();

        services.AddEchoClrData(configuration);
        services.AddSingleton(listener);
        services.AddSingleton(completion);
        services.AddSingleton<AssociationPolicy>();
        services.AddSingleton<InstanceReceiver>();
        services.AddHostedService<OrphanSweep>();
        services.AddSingleton<CommitmentReceiver>();
        var silence = configuration.GetSection(SilenceOptions.SectionName).Get<SilenceOptions>() ?? new SilenceOptions();
        silence.Validate();
        services.AddSingleton(silence);
        services.AddSingleton<SenderHealth>();
        services.AddHostedService<SilenceWatch>();
        services.AddSingleton<BackPressure>();
        services.AddHostedService(provider => provider.GetRequiredService<BackPressure>());
        services.AddHostedService<RetentionSweep>();
        services.AddSingleton(commitment);
        services.TryAddSingleton<IDicomClient>(provider => DicomNetwork.CreateClient(new DicomClientOptions(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton<Holdings>();
        services.AddSingleton<SenderCommitment>();
        services.AddHostedService<CommitmentReporter>();
        services.AddSingleton<RejectedCallers>();
        services.AddHostedService(provider => provider.GetRequiredService<RejectedCallers>());
        services.AddSingleton<ReceivingHandler>();
        services.AddSingleton<IDicomServer>(provider => DicomNetwork.CreateServer(ServerOptions(listener), provider.GetRequiredService<ReceivingHandler>(),
            provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILoggerFactory>()));
        services.AddSingleton<DicomListener>();
        services.AddHostedService(provider => provider.GetRequiredService<DicomListener>());
        services.AddHostedService<StudyCompletionSweeper>();
        var pacs = PacsDirectory.Read(configuration);
        services.TryAddSingleton(pacs);
        if (!pacs.IsEmpty)
            services.AddHostedService<PacsInquiry>();
        return services;
    }

    /// <summary>What the listener is started with.</summary>
    public static DicomServerOptions ServerOptions(ListenerOptions listener) => new()
    {
        Address = IPAddress.Parse(listener.Address),
        Port = listener.Port,
        AcceptsPlain = listener.AcceptsPlain,
        Tls = listener.Tls,
        TlsPort = listener.Tls?.Port ?? 0,
        MaxAssociations = listener.MaxAssociations,
        MaxConnections = 4 * listener.MaxAssociations,
        MaxDatasetLength = listener.MaxDatasetBytes,
        IdleTimeout = listener.IdleTimeout,
        ArtimTimeout = listener.ArtimTimeout,
        MinReceiveRate = listener.MinReceiveRate,
        MaxAssociationTime = listener.MaxAssociationTime,
    };
}
