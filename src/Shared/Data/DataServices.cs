using EchoClr.Shared.Audit;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace EchoClr.Shared.Data;

/// <summary>Registers database, stores and blob store, once, whoever asks.</summary>
public static class DataServices
{
    public static IServiceCollection AddEchoClrData(this IServiceCollection services, IConfiguration configuration)
    {
        var options = configuration.GetSection(DataOptions.SectionName).Get<DataOptions>() ?? new DataOptions();
        var capacity = configuration.GetSection(CapacityOptions.SectionName).Get<CapacityOptions>() ?? new CapacityOptions();
        capacity.Validate();
        services.TryAddSingleton(capacity);
        return services.AddEchoClrData(options);
    }

    public static IServiceCollection AddEchoClrData(this IServiceCollection services, DataOptions options)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton(options);
        services.TryAddSingleton<Database>();
        services.TryAddSingleton<Migrator>();
        services.TryAddSingleton(_ => new BlobStore(options.Directory));
        services.TryAddSingleton<GroupCommit>();
        services.TryAddSingleton<AssociationStore>();
        services.TryAddSingleton<InstanceStore>();
        services.TryAddSingleton<HeldObjectStore>();
        services.TryAddSingleton<NamedFiles>();
        services.TryAddSingleton<StudyStore>();
        services.TryAddSingleton<PacsCountStore>();
        services.TryAddSingleton<ReportPatientStore>();
        services.TryAddSingleton<AnalysisStore>();
        services.TryAddSingleton<DeliveryStore>();
        services.TryAddSingleton<CommitmentStore>();
        services.TryAddSingleton<SenderCommitmentStore>();
        services.TryAddSingleton<WithdrawalStore>();
        services.TryAddSingleton<SignalStore>();
        services.TryAddSingleton<DestinationHoldStore>();
        services.TryAddSingleton<ModelStore>();
        services.TryAddSingleton<LabelStore>();
        services.TryAddSingleton<ReaderAnswers>();
        services.TryAddSingleton<PromotionStore>();
        services.TryAddSingleton<ShadowStore>();
        services.TryAddSingleton<DriftStore>();
        services.TryAddSingleton<TrainingRunStore>();
        services.TryAddSingleton<ExperimentStore>();
        services.TryAddSingleton<ScheduleStore>();
        services.TryAddSingleton<ClipStore>();
        services.TryAddSingleton<SiteKey>();
        services.TryAddSingleton<Worklist>();
        services.TryAddSingleton<WorklistSearch>();
        services.TryAddSingleton<Parked>();
        services.TryAddSingleton<BacklogStore>();
        services.TryAddSingleton<AuditTrail>();
        services.TryAddSingleton<HealthStore>();
        services.TryAddSingleton<UserStore>();
        services.TryAddSingleton<SignInStore>();
        services.TryAddSingleton<ApiTokenStore>();
        services.TryAddSingleton<FormKeyStore>();
        services.TryAddSingleton<SavedViewStore>();
        services.TryAddSingleton<RetentionStore>();
        services.TryAddSingleton(new CapacityOptions());
        services.TryAddSingleton<CapacityGauge>();
        services.TryAddSingleton<LedgerAudit>();
        return services;
    }
}
