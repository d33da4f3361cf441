using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Commitment;
using EchoClr.Ingest.Listener;
using EchoClr.Ingest.Receiving;
using EchoClr.Ingest.Retention;
using EchoClr.Ingest.StudyCompletion;
using EchoClr.Shared.Capacity;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;
using MassTransit;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests;

/// <summary>Receiving, completion and commitment over a database and a folder of their own, with a bus in memory and a clock that the test moves; the socket is left out.</summary>
internal sealed class IngestUnderTest : IAsyncDisposable
{
    private readonly TestDatabase _test;
    private readonly GroupCommit _commits;
    private readonly IHost _bus;

    private IngestUnderTest(TestDatabase test, IHost bus)
    {
        (_test, _bus, _commits) = (test, bus, new GroupCommit(test.Database));
        var options = new ListenerOptions { Port = 0, UrgentAeTitle = "ECHOCLR_STAT" };
        options.Senders.Add(new SenderOptions { AeTitle = "EMERGENCY", Address = "127.0.0.1", Urgent = true });
        options.Senders.Add(new SenderOptions { AeTitle = "PACS", Address = "127.0.0.1" });
        Gauge = new CapacityGauge(test.Database, test.Blobs, Capacity, Time);
        Pressure = new BackPressure(Gauge, new HealthStore(test.Database), Capacity, Time, NullLogger<BackPressure>.Instance);
        Retention = new RetentionSweep(new RetentionStore(test.Database), test.Blobs, Gauge, Capacity, Time, NullLogger<RetentionSweep>.Instance);
        Rejected = new RejectedCallers(new AuditTrail(test.Database, Time), Time, NullLogger<RejectedCallers>.Instance);
        foreach (var sender in (string[])["CART", OrthancProcess.AeTitle, DcmqrscpProcess.AeTitle])
            options.Senders.Add(new SenderOptions { AeTitle = sender, Address = "127.0.0.1" });
        Options = options;
        var publisher = bus.Services.GetRequiredService<Publisher>();
        var receiver = new InstanceReceiver(test.Blobs, _commits, Time, NullLogger<InstanceReceiver>.Instance);
        Handler = new ReceivingHandler(options, new AssociationPolicy(options), test.Blobs, receiver,
            new CommitmentReceiver(new CommitmentStore(test.Database), publisher, Time), SenderCommitment(options, test), _commits, Rejected, Pressure, Time, NullLogger<ReceivingHandler>.Instance);
        Sweeper = new StudyCompletionSweeper(Studies, Counts, publisher, new StudyCompletionOptions(), Time, NullLogger<StudyCompletionSweeper>.Instance);
        Sweep = new OrphanSweep(test.Blobs, new NamedFiles(test.Database), Time, NullLogger<OrphanSweep>.Instance);
    }

    private SenderCommitment SenderCommitment(ListenerOptions options, TestDatabase test) => new(
        new SenderCommitmentStore(test.Database), new Holdings(Instances, test.Blobs, NullLogger<Holdings>.Instance), options, new CommitmentOptions(), Time, NullLogger<SenderCommitment>.Instance);

    public ListenerOptions Options { get; }
    public ManualTime Time { get; } = new(Rows.Noon);
    public TestDatabase Test => _test;
    public InstanceStore Instances => new(_test.Database);
    public StudyStore Studies => new(_test.Database);
    public PacsCountStore Counts => new(_test.Database);
    public ReceivingHandler Handler { get; }
    public RejectedCallers Rejected { get; }
    public CapacityOptions Capacity { get; } = new();
    public CapacityGauge Gauge { get; }
    public BackPressure Pressure { get; }
    public RetentionSweep Retention { get; }
    public AuditTrail Audit => new(_test.Database, Time);
    public StudyCompletionSweeper Sweeper { get; }
    public OrphanSweep Sweep { get; }

    /// <summary>What was published, in order.</summary>
    public Published Published => _bus.Services.GetRequiredService<Published>();

    public static async Task<IngestUnderTest> CreateAsync()
    {
        var test = await TestDatabase.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Services.AddSingleton<Published>();
        builder.Services.AddEchoClrData(test.Options);
        // The reconciler has its own tests; here it would publish a second time.
        builder.Services.AddEchoClrBus(new BusOptions { ReconcileInterval = TimeSpan.FromDays(1), ReconcileAge = TimeSpan.FromDays(10_000) }, bus => bus.AddConsumer<PublishedConsumer>());
        var host = builder.Build();
        await host.StartAsync();
        return new IngestUnderTest(test, host);
    }

    public Guid Open(string callingAeTitle = "PACS", string calledAeTitle = "ECHOCLR")
    {
        var id = Guid.NewGuid();
        var context = new ProposedContext(1, SopClasses.UltrasoundMultiFrameImageStorage, [TransferSyntax.ExplicitVRLittleEndian.Uid]);
        var decision = Handler.Decide(new AssociationRequest(id, callingAeTitle, calledAeTitle, new IPEndPoint(IPAddress.Loopback, 4242), [context]));
        return decision.Rejection is null ? id : throw new InvalidOperationException(decision.Rejection.Why);
    }

    public ValueTask<DimseStatus> StoreAsync(Guid association, DicomDataset dataset, string? sopInstanceUid = null, string? sopClassUid = null) => Handler.StoreAsync(
        Arrival.Spool(Handler, association, Arrival.Bytes(dataset), sopInstanceUid ?? dataset.GetString(DicomTags.SOPInstanceUID) ?? "1.2.3.1.1", sopClassUid ?? SopClasses.UltrasoundMultiFrameImageStorage), default);

    public async Task EndAsync(Guid association)
    {
        Handler.AssociationEnded(new AssociationEnd(association, "PACS", AssociationEndKind.Released, "released by the peer", 1));
        await Handler.FlushAsync();
    }

    public IReadOnlyList<string> Files(string area) => [.. Directory.EnumerateFiles(Path.Combine(_test.Options.Directory, area), "*", SearchOption.AllDirectories)];

    public async ValueTask DisposeAsync()
    {
        await _bus.StopAsync();
        _bus.Dispose();
        await _commits.DisposeAsync();
        await _test.DisposeAsync();
    }
}

internal sealed class Published
{
    private readonly System.Threading.Channels.Channel<object> _messages = System.Threading.Channels.Channel.CreateUnbounded<object>();

    public void Add(object message) => _messages.Writer.TryWrite(message);

    public async Task<T> NextAsync<T>() => Assert.IsType<T>(await _messages.Reader.ReadAsync().AsTask().WaitAsync(TimeSpan.FromSeconds(30)));

    public bool IsEmpty => !_messages.Reader.TryPeek(out _);
}

internal sealed class PublishedConsumer(Published published) : IConsumer<StudyCompleted>, IConsumer<UrgentStudyCompleted>, IConsumer<CommitmentReported>
{
    public Task Consume(ConsumeContext<UrgentStudyCompleted> context)
    {
        published.Add(context.Message);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<StudyCompleted> context)
    {
        published.Add(context.Message);
        return Task.CompletedTask;
    }

    public Task Consume(ConsumeContext<CommitmentReported> context)
    {
        published.Add(context.Message);
        return Task.CompletedTask;
    }
}
