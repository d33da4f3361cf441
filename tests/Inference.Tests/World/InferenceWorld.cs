using System.Collections.Concurrent;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Delivery;
using EchoClr.Inference.Reporting;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using EchoClr.VideoModels.Clips;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.Inference.Tests.World;

/// <summary>The inference role over a database and a folder of its own, a scripted PACS, a clock that stands still, and a bus that only remembers what was published.</summary>
internal sealed class InferenceWorld : IAsyncDisposable
{
    private readonly ServiceProvider _services;
    private readonly TemporaryFolder _models;

    private InferenceWorld(
        TestDatabase database, TemporaryFolder models, InferenceOptions options, ScriptedDicomClient pacs, IDicomClient? client, Action<IBusRegistrationConfigurator>? consumers)
    {
        (Database, _models, Options, Pacs) = (database, models, options, pacs);
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddSingleton<TimeProvider>(Time);
        services.AddSingleton(Published);
        services.AddSingleton<IHostApplicationLifetime>(Lifetime);
        services.AddSingleton(client ?? pacs);
        services.AddEchoClrData(database.Options);
        services.AddSingleton(new PacsDirectory(Asked));
        services.AddInference(options, "ECHOCLR");
        services.AddEchoClrBus(new BusOptions(), consumers ?? (bus => bus.AddConsumer<Remember>()));
        _services = services.BuildServiceProvider();
    }

    public TestDatabase Database { get; }
    public InferenceOptions Options { get; }
    public ScriptedDicomClient Pacs { get; }
    /// <summary>The PACS that are asked about studies; none unless a test adds one before the first question.</summary>
    public List<PacsToAsk> Asked { get; } = [];
    public ManualTime Time { get; } = new(Rows.Noon.AddHours(1));
    public TestLifetime Lifetime { get; } = new();
    public ConcurrentQueue<object> Published { get; } = [];

    public DeliveryStore Deliveries => Get<DeliveryStore>();

    /// <param name="client">Instead of <see cref="Pacs"/>, for a PACS behind a socket.</param>
    /// <param name="consumers">Instead of the one that remembers what was published.</param>
    public static async Task<InferenceWorld> CreateAsync(
        Action<InferenceOptions>? configure = null, Action<string>? writeModels = null, IDicomClient? client = null, Action<IBusRegistrationConfigurator>? consumers = null)
    {
        var models = new TemporaryFolder();
        (writeModels ?? (folder => TestModels.Write(folder)))(models.Path);
        var options = new InferenceOptions { NodeName = "node-1", Models = { Directory = models.Path } };
        options.Destinations.Add(new DestinationOptions { Name = "pacs", AeTitle = "PACS", Host = "127.0.0.1", Port = 104 });
        configure?.Invoke(options);
        var world = new InferenceWorld(await TestDatabase.CreateAsync(), models, options, new ScriptedDicomClient(), client, consumers);
        await world.Get<IBusControl>().StartAsync(CancellationToken.None);
        return world;
    }

    public IServiceProvider Services => _services;

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public DeliverySweeper Sweeper() => Assert.Single(Get<IEnumerable<IHostedService>>().OfType<DeliverySweeper>());

    /// <summary>A second process: the same database, PACS and clock, its own objects.</summary>
    public ReportDelivery AnotherWorker() => ActivatorUtilities.CreateInstance<ReportDelivery>(_services);

    /// <summary>Receives cines of a study and completes it.</summary>
    public async Task<StudyVersionRow> ReceiveAsync(string study, int cines = 1, bool color = false)
    {
        var association = Rows.Association("for " + study);
        var before = await Get<StudyStore>().FindAsync(Rows.Uid("study " + study), CancellationToken.None) is null ? 0 : 100;
        for (var i = before; i < before + cines; i++)
        {
            var instance = Rows.Instance(study, $"{study} {i}", at: Time.GetUtcNow(), association: association) with { FileKey = BlobStore.NewKey(BlobStore.Objects), NumberOfFrames = TestCine.Frames };
            TestCine.Write(Database.Blobs.PathOf(instance.FileKey), instance.StudyInstanceUid, instance.SeriesInstanceUid, instance.SopInstanceUid, color);
            await Database.ReceiveAsync(instance, association);
        }
        await Database.EndAsync(association, Time.GetUtcNow());
        return await Database.CompleteAsync(study, Time.GetUtcNow());
    }

    /// <summary>Analyses a complete version; null where nothing was owed.</summary>
    public async Task<AnalysisRow?> AnalyzeAsync(StudyVersionRow version)
    {
        await Get<StudyVersionAnalysis>().RunAsync(version.Id, urgent: false, CancellationToken.None);
        return (await Get<AnalysisStore>().ListOfVersionAsync(version.Id, CancellationToken.None)).SingleOrDefault();
    }

    /// <summary>Every clip that learning may read, oldest first.</summary>
    public Task<IReadOnlyList<ClipRow>> ClipsAsync() => Get<ClipStore>().ListLearnableAsync(ClipFormat.Pipeline, null, 0, CancellationToken.None);

    /// <summary>A study received, analysed and written: its one delivery waits.</summary>
    public async Task<DeliveryRow> WriteReportAsync(string study = "one", int cines = 1)
    {
        return Assert.Single(await WriteReportsAsync(study, cines));
    }

    /// <summary>The same for as many destinations as there are.</summary>
    public async Task<IReadOnlyList<DeliveryRow>> WriteReportsAsync(string study = "one", int cines = 1)
    {
        var analysis = await AnalyzeAsync(await ReceiveAsync(study, cines));
        await Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);
        return await Deliveries.ListOfAnalysisAsync(analysis.Id, CancellationToken.None);
    }

    /// <summary>Every delivery there is, oldest first.</summary>
    public async Task<IReadOnlyList<DeliveryRow>> DeliveriesAsync()
    {
        var ids = await Database.Database.ReadAsync(session => session.QueryAsync<long>("SELECT id FROM delivery ORDER BY id"), CancellationToken.None);
        return [.. await Task.WhenAll(ids.Select(async id => (await Deliveries.FindAsync(id, CancellationToken.None))!))];
    }

    public Task AdvanceAsync(DeliveryRow delivery) => Get<ReportDelivery>().AdvanceAsync(delivery.Id, CancellationToken.None);

    public async Task<DeliveryRow> ReadAsync(DeliveryRow delivery) => (await Deliveries.FindAsync(delivery.Id, CancellationToken.None))!;

    /// <summary>Messages of a kind, once those under way have arrived.</summary>
    public async Task<IReadOnlyList<T>> PublishedAsync<T>(int expected)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(10));
        while (Published.OfType<T>().Count() < expected && !limit.IsCancellationRequested)
            await Task.Delay(10, CancellationToken.None);
        return [.. Published.OfType<T>()];
    }

    public async ValueTask DisposeAsync()
    {
        await Get<IBusControl>().StopAsync(CancellationToken.None);
        await _services.DisposeAsync();
        await Database.DisposeAsync();
        _models.Dispose();
    }

    private sealed class Remember(ConcurrentQueue<object> published) :
        IConsumer<StudyAnalyzed>, IConsumer<StudyNotAnalyzed>, IConsumer<ReportWritten>, IConsumer<ReportConfirmed>, IConsumer<DeliveryParked>
    {
        public Task Consume(ConsumeContext<StudyAnalyzed> context) => AddAsync(context.Message);
        public Task Consume(ConsumeContext<StudyNotAnalyzed> context) => AddAsync(context.Message);
        public Task Consume(ConsumeContext<ReportWritten> context) => AddAsync(context.Message);
        public Task Consume(ConsumeContext<ReportConfirmed> context) => AddAsync(context.Message);
        public Task Consume(ConsumeContext<DeliveryParked> context) => AddAsync(context.Message);

        private Task AddAsync(object message)
        {
            published.Enqueue(message);
            return Task.CompletedTask;
        }
    }
}
