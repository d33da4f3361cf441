using System.Globalization;
using System.Security.Cryptography;
using EchoClr.App.Commands;
using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.Dicom;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.App.RealFiles;

/// <summary>The ingest role on a loopback port with its own folder, and our own client that sends to it.</summary>
internal sealed class RealFilesListener : IAsyncDisposable
{
    private const string AeTitle = "ECHOCLR";
    private const string Sender = "REALFILES";

    private readonly IDicomClient client = DicomNetwork.CreateClient(new DicomClientOptions(), TimeProvider.System);

    private RealFilesListener(IHost host) => Host = host;

    public IHost Host { get; }

    private DicomPeer Peer => new(AeTitle, "127.0.0.1", Get<IDicomServer>().LocalEndPoint.Port, Sender);

    /// <param name="data">An empty folder for objects and database.</param>
    public static async Task<RealFilesListener> StartAsync(string data, CancellationToken cancellationToken)
    {
        var configuration = GlobalOptions.Load(null, data,
        [
            "Data:Provider=sqlite",
            "Bus:Transport=memory",
            $"Ingest:Listener:AeTitle={AeTitle}",
            "Ingest:Listener:Address=127.0.0.1",
            "Ingest:Listener:Port=0",
            $"Ingest:Listener:Senders:0:AeTitle={Sender}",
            "Ingest:Listener:Senders:0:Address=127.0.0.1",
            "Ingest:StudyCompletion:QuietTime=00:00:01",
        ]);
        // What the listener thinks of malformed files is in its answers; the log would only say it again.
        var host = await EchoClrHost.BuildAsync(configuration, Roles.Ingest, logging => logging.SetMinimumLevel(LogLevel.None), cancellationToken);
        var listener = new RealFilesListener(host);
        try
        {
            await host.StartAsync(cancellationToken);
            return listener;
        }
        catch
        {
            await listener.DisposeAsync();
            throw;
        }
    }

    public T Get<T>() where T : notnull => Host.Services.GetRequiredService<T>();

    /// <summary>Sends over one association, and looks up what the store made of each file.</summary>
    public async Task<IReadOnlyList<Arrival>> SendAsync(Terminal terminal, IReadOnlyList<RealFile> files, CancellationToken cancellationToken)
    {
        var peer = Peer;
        var results = await SendCommand.SendAsync(terminal, client, peer, [.. files.Select(file => file.Path)], cancellationToken);
        var conflicts = await Get<InstanceStore>().ListConflictsAsync(cancellationToken);
        var arrivals = new List<Arrival>();
        var stored = new Dictionary<string, RealFile>(StringComparer.Ordinal);
        foreach (var (file, sent) in files.Zip(results))
        {
            arrivals.Add(sent.Stored ? await StoredAsync(file, sent, stored, cancellationToken)
                : sent.Status is { } status ? Refused(file, sent, status, conflicts)
                : new Arrival(file, sent, NotSent(file, sent, peer), null));
        }
        return arrivals;
    }

    public async ValueTask DisposeAsync()
    {
        await Host.StopAsync(CancellationToken.None);
        if (Host is IAsyncDisposable disposable)
            await disposable.DisposeAsync();
        else
            Host.Dispose();
    }

    private async Task<Arrival> StoredAsync(RealFile file, StoreResult sent, Dictionary<string, RealFile> stored, CancellationToken cancellationToken)
    {
        var row = await Get<InstanceStore>().FindAsync(sent.SopInstanceUid, cancellationToken)
            ?? throw new InvalidOperationException($"{file.Name} was answered Success and has no row");
        var path = Get<BlobStore>().PathOf(row.FileKey!);
        var identical = HashOfStored(path, row.DatasetOffset, row.DatasetLength) == HashOfSent(file);
        var how = stored.TryGetValue(sent.SopInstanceUid, out var first) ? $"the same bytes as {first.Name}: one copy" : "kept";
        stored.TryAdd(sent.SopInstanceUid, file);
        return new Arrival(file, sent, $"{sent.Status}, {how}, {Words(identical)}", new KeptFile(row.Id, row.StudyInstanceUid, path, identical));
    }

    private Arrival Refused(RealFile file, StoreResult sent, DimseStatus status, IReadOnlyList<ConflictRow> conflicts)
    {
        var hash = HashOfSent(file);
        if (conflicts.FirstOrDefault(conflict => conflict.SopInstanceUid == sent.SopInstanceUid && conflict.DatasetSha256 == hash) is not { } aside)
            return new Arrival(file, sent, $"{status}", null);
        var path = Get<BlobStore>().PathOf(aside.FileKey);
        var identical = HashOfStored(path, DicomFile.ReadMeta(path).DatasetOffset, null) == hash;
        return new Arrival(file, sent, $"{status}, kept aside, {Words(identical)}", new KeptFile(null, null, path, identical));
    }

    // Where the test data and the listener are is this run's business alone.
    private static string NotSent(RealFile file, StoreResult sent, DicomPeer peer) => sent.ContextRefused
        ? "not sent: the listener " + sent.Error!.Replace(string.Create(CultureInfo.InvariantCulture, $"{peer.AeTitle}@{peer.Host}:{peer.Port} "), "", StringComparison.Ordinal).TrimEnd('.')
        : "not sendable: " + sent.Error!.Replace($"{file.Path} cannot be sent: ", "", StringComparison.Ordinal).TrimEnd('.');

    private static string Words(bool identical) => identical ? "byte-identical" : "NOT byte-identical";

    private static string HashOfSent(RealFile file) => HashOfStored(file.Path, DicomFile.ReadMeta(file.Path).DatasetOffset, null);

    private static string HashOfStored(string path, long offset, long? length)
    {
        using var stream = File.OpenRead(path);
        if (length is { } expected && stream.Length != offset + expected)
            throw new InvalidOperationException($"a stored file has {stream.Length} bytes where its row says {offset} + {expected}");
        stream.Position = offset;
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }
}
