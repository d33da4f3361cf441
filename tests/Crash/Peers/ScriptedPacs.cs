using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace EchoClr.Crash.Peers;

/// <summary>
/// The PACS that results go to: keeps what it is sent, in memory, answers image-level C-FIND, and reports storage commitment by turns on the association of the
/// request, on one of its own, and not at all. It outlives every death of the product and remembers everything that it was ever sent.
/// </summary>
internal sealed class ScriptedPacs : IAsyncDisposable
{
    public const string AeTitle = "PACS";

    private readonly ConcurrentDictionary<string, Held> _held = new();
    private readonly ConcurrentDictionary<Task, bool> _working = new();
    private readonly CancellationTokenSource _ending = new();
    private readonly Func<DicomPeer> _product;
    private IConnectionListener? _listener;
    private Task _accepting = Task.CompletedTask;
    private int _requests;

    private ScriptedPacs(Func<DicomPeer> product) => _product = product;

    /// <summary>One object, as it first came.</summary>
    public sealed record Held(string SopClassUid, string Sha256, byte[] Dataset, string TransferSyntaxUid)
    {
        /// <summary>Deliveries of the same object, bytes and all.</summary>
        public int Deliveries { get; set; } = 1;

        /// <summary>Deliveries under the same UID with other bytes: there must be none.</summary>
        public int OtherBytes { get; set; }
    }

    public int Port => ((IPEndPoint)_listener!.EndPoint).Port;

    public IReadOnlyDictionary<string, Held> Objects => _held;

    /// <summary>Mistakes of this PACS's own: with one, a run proves nothing.</summary>
    public ConcurrentQueue<string> Faults { get; } = new();

    /// <param name="product">Where storage commitment is reported to.</param>
    public static async Task<ScriptedPacs> StartAsync(Func<DicomPeer> product)
    {
        var pacs = new ScriptedPacs(product);
        var transport = new SocketTransportFactory(Options.Create(new SocketTransportOptions { NoDelay = true }), NullLoggerFactory.Instance);
        pacs._listener = await transport.BindAsync(new IPEndPoint(IPAddress.Loopback, 0));
        pacs._accepting = pacs.AcceptAsync();
        return pacs;
    }

    public async ValueTask DisposeAsync()
    {
        await _listener!.UnbindAsync();
        await _ending.CancelAsync();
        await _accepting;
        await Task.WhenAll(_working.Keys);
        await _listener.DisposeAsync();
        _ending.Dispose();
    }

    internal void Keep(string sopClassUid, string sopInstanceUid, string transferSyntaxUid, byte[] dataset)
    {
        var sha256 = Convert.ToHexStringLower(SHA256.HashData(dataset));
        lock (_held)
        {
            if (!_held.TryGetValue(sopInstanceUid, out var held))
                _held[sopInstanceUid] = new Held(sopClassUid, sha256, dataset, transferSyntaxUid);
            else if (held.Sha256 == sha256)
                held.Deliveries++;
            else
                held.OtherBytes++;
        }
    }

    /// <summary>How this request is to be reported: in turn here, by a call of our own, and never (then the product asks by C-FIND).</summary>
    internal CommitmentManner NextManner() => (CommitmentManner)(Interlocked.Increment(ref _requests) % 3);

    internal DicomDataset Report(DicomDataset request)
    {
        var references = request.GetSequence(DicomTags.ReferencedSOPSequence);
        var report = new DicomDataset().Set(DicomTags.TransactionUID, request.GetString(DicomTags.TransactionUID)!);
        report.SetSequence(DicomTags.ReferencedSOPSequence, [.. references.Where(Holds).Select(Reference)]);
        if (references.Where(item => !Holds(item)).ToList() is { Count: > 0 } missing)
            report.SetSequence(DicomTags.FailedSOPSequence, [.. missing.Select(item => Reference(item).Set(DicomTags.FailureReason, 0x0112))]); // no such object instance
        return report;

        bool Holds(DicomDataset item) => _held.ContainsKey(item.GetString(DicomTags.ReferencedSOPInstanceUID)!);
        static DicomDataset Reference(DicomDataset item) => new DicomDataset()
            .Set(DicomTags.ReferencedSOPClassUID, item.GetString(DicomTags.ReferencedSOPClassUID)!).Set(DicomTags.ReferencedSOPInstanceUID, item.GetString(DicomTags.ReferencedSOPInstanceUID)!);
    }

    /// <summary>Reports on an association of our own. A product that is not there is tried a few times, as PACS do, and then left to ask.</summary>
    internal void ReportLater(DicomDataset report) => Run(async () =>
    {
        for (var attempt = 0; attempt < 5; attempt++)
        {
            try
            {
                await using var association = await ClientAssociation.OpenAsync(
                    _product(), [new ProposedContext(1, StorageCommitment.SopClassUid, [TransferSyntax.ImplicitVRLittleEndian.Uid])],
                    [new RoleSelection(StorageCommitment.SopClassUid, ScuRole: false, ScpRole: true)], new DicomClientOptions { ReleaseTimeout = TimeSpan.FromSeconds(1) }, TimeProvider.System, _ending.Token);
                if (association.Accepted.TryGetValue(1, out var context)
                    && (await association.RequestAsync(context, PacsAssociation.EventReport(report), DicomDatasetWriter.Encode(report, TransferSyntax.ImplicitVRLittleEndian))).DimseStatus.IsSuccess)
                {
                    await association.ReleaseAsync();
                    return;
                }
            }
            catch (Exception exception) when (exception is DicomNetworkException or AssociationEndedException or DimseViolationException)
            {
                // It is dead at the moment.
            }
            await Task.Delay(TimeSpan.FromMilliseconds(200), _ending.Token);
        }
    });

    private async Task AcceptAsync()
    {
        while (await _listener!.AcceptAsync() is { } connection)
            Run(() => new PacsAssociation(this, connection, _ending.Token).RunAsync());
    }

    private void Run(Func<Task> work)
    {
        var task = Task.Run(async () =>
        {
            try
            {
                await work();
            }
            catch (OperationCanceledException)
            {
                // The run is over.
            }
            catch (Exception exception)
            {
                Faults.Enqueue(exception.ToString());
            }
        });
        _working[task] = true;
        task.ContinueWith(done => _working.TryRemove(done, out _), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
    }
}

internal enum CommitmentManner
{
    OnThisAssociation,
    OnOneOfItsOwn,
    Never,
}
