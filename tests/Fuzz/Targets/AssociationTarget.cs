using System.IO.Pipelines;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace EchoClr.Fuzz;

/// <summary>A whole association of the listener, over a connection in memory: state machine, DIMSE, receiving. It must end, give back its slot and leave no file.</summary>
internal sealed class AssociationTarget : FuzzTarget, IDicomServerHandler, ILogger
{
    private static readonly PipeOptions unbounded = new(pauseWriterThreshold: 0, useSynchronizationContext: false);
    private static readonly DicomServerOptions options = new() { MaxPduLength = 16384, MaxDatasetLength = 1 << 20 };

    private static readonly RefusalLines refusals = new(new LineBudget(0, TimeProvider.System), new LineBudget(0, TimeProvider.System));

    private readonly string _folder = Directory.CreateDirectory(new InputFile().Path).FullName;
    private int _files;
    private Exception? _unexpected;

    public override string Name => "association";

    public override IReadOnlyList<byte[]> Seeds { get; } = Fuzz.Seeds.Senders();

    public override IReadOnlyList<Mutation> Mutations => PduMutations.All;

    public override void Run(byte[] input)
    {
        var slots = new AssociationSlots(1, options.IdleTimeout);
        _unexpected = null;
        RunAsync(input, slots).GetAwaiter().GetResult();
        if (_unexpected is not null)
            throw new InvalidOperationException($"an internal error ended the association: {_unexpected.GetType().Name}: {_unexpected.Message}", _unexpected);
        if (slots.Taken != 0)
            throw new InvalidOperationException("a slot was not given back");
        if (Directory.EnumerateFileSystemEntries(_folder).Any())
            throw new InvalidOperationException("a file was left behind");
    }

    public override void Dispose()
    {
        Directory.Delete(_folder, recursive: true);
        base.Dispose();
    }

    private async Task RunAsync(byte[] input, AssociationSlots slots)
    {
        var (toServer, fromServer) = (new Pipe(unbounded), new Pipe(unbounded));
        await toServer.Writer.WriteAsync(input);
        await toServer.Writer.CompleteAsync(); // the peer says all it has to say, and closes
        await using var connection = new Connection(new Ends(toServer.Reader, fromServer.Writer));
        await using var association = new ServerAssociation(connection, null, options, this, slots, refusals, TimeProvider.System, this);
        await association.RunAsync();
    }

    public AssociationDecision Decide(AssociationRequest request) => new(null, context => context.TransferSyntaxes.Count > 0 ? ContextDecision.Accept(context.TransferSyntaxes[0]) : ContextDecision.TransferSyntaxesNotSupported);

    public string CreateStoreFile(StoreRequest request) => Path.Combine(_folder, $"{++_files}.part");

    public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken) => new(DimseStatus.Success);

    public ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken) => new(DimseStatus.Success);

    public void AssociationEnded(AssociationEnd end) { }

    IDisposable? ILogger.BeginScope<TState>(TState state) => null;

    bool ILogger.IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

    // Only what we did not foresee is logged as an error with its exception.
    void ILogger.Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        if (logLevel >= LogLevel.Error)
            _unexpected ??= exception ?? new InvalidOperationException(formatter(state, exception));
    }

    private sealed class Connection(IDuplexPipe transport) : ConnectionContext
    {
        public override string ConnectionId { get; set; } = "fuzz";
        public override IFeatureCollection Features { get; } = new FeatureCollection();
        public override IDictionary<object, object?> Items { get; set; } = new Dictionary<object, object?>();
        public override IDuplexPipe Transport { get; set; } = transport;

        public override void Abort(ConnectionAbortedException abortReason) => Transport.Input.CancelPendingRead();
    }

    private sealed record Ends(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}
