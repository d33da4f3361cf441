using EchoClr.Dicom.Ports;
using EchoClr.Dicom.Codecs;
using EchoClr.Inference.Accumulation;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Drift;
using EchoClr.Inference.Models;
using EchoClr.Inference.Pacs;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Shadow;
using EchoClr.Inference.Signals;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using MassTransit;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EchoClr.Inference;

/// <summary>Registers the inference role. The caller adds an <see cref="Dicom.Ports.IDicomClient"/> and the bus.</summary>
public static class InferenceServices
{
    /// <summary>The listener's setting: a PACS reports storage commitment to the application entity that asked for it.</summary>
    private const string ListenerAeTitle = "Ingest:Listener:AeTitle";

    private const string DefaultAeTitle = "ECHOCLR";

    public static IServiceCollection AddInference(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(InferenceOptions.SectionName).Get<InferenceOptions>() ?? new InferenceOptions();
        services.TryAddSingleton(PacsDirectory.Read(configuration));
        var clips = configuration.GetSection(ClipOptions.SectionName).Get<ClipOptions>() ?? new ClipOptions();
        clips.Validate();
        services.TryAddSingleton(clips);
        return services.AddEchoClrData(configuration).AddInference(options, options.CallingAeTitle ?? configuration[ListenerAeTitle] ?? DefaultAeTitle);
    }

    public static IServiceCollection AddInference(this IServiceCollection services, InferenceOptions options, string callingAeTitle)
    {
        options.Validate();
        services.AddSingleton(options);
        services.AddSingleton(options.Analysis);
        services.AddSingleton(new Destinations(options, callingAeTitle));
        services.AddSingleton(new Pipeline(ProgramVersion, options.NodeName));
        services.AddSingleton(new CodecOptions());
        services.AddSingleton<ModelSlot>();
        services.AddSingleton<StudyAnalyzer>();
        services.AddSingleton<DeviceTurns>();
        services.AddSingleton<StudyVersionAnalysis>();
        services.TryAddSingleton(new ClipOptions());
        services.AddSingleton<ClipAccumulation>();
        services.AddHostedService<ClipSweep>();
        services.AddSingleton<LiveStudies>();
        services.AddSingleton<ShadowScoring>();
        services.AddHostedService<ShadowWorker>();
        services.AddSingleton(options.Drift);
        services.AddSingleton<DriftComparison>();
        services.AddHostedService<DriftWatch>();
        services.TryAddSingleton(new PacsDirectory([]));
        services.AddSingleton<StudyAtPacs>();
        services.AddSingleton<PresentPatient>();
        services.AddSingleton<StudyRecheck>();
        services.AddSingleton<ResultFiles>();
        services.AddSingleton<ReportWriter>();
        services.AddSingleton<WithdrawalWriter>();
        services.AddSingleton<ObjectSender>();
        services.AddSingleton<DeliverySetback>();
        services.AddSingleton<CommitmentConclusion>();
        services.AddSingleton<ReportDelivery>();
        services.AddHostedService<DeliverySweeper>();
        services.AddSingleton<SignalTargets>();
        services.AddSingleton<SignalReader>();
        services.AddSingleton<SignalSending>();
        services.AddHostedService<SignalSweeper>();
        return services;
    }

    /// <summary>For <c>AddEchoClrBus</c>: a container has one bus, which takes the consumers of all its roles at once.</summary>
    public static void AddInferenceConsumers(this IBusRegistrationConfigurator bus)
    {
        bus.AddConsumer<AnalyzeStudyConsumer, AnalysisEndpoint<AnalyzeStudyConsumer>>();
        bus.AddConsumer<AnalyzeUrgentStudyConsumer, AnalysisEndpoint<AnalyzeUrgentStudyConsumer>>();
        bus.AddConsumer<WriteReportConsumer, WriteReportConsumerDefinition>();
        bus.AddConsumer<DeliverReportConsumer, DeliverReportConsumerDefinition>();
        bus.AddConsumer<CommitmentReportedConsumer, CommitmentReportedConsumerDefinition>();
    }

    internal static string ProgramVersion => typeof(InferenceServices).Assembly.GetName().Version?.ToString(3) ?? "0.0.0";
}
