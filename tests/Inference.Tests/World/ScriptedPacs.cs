using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.World;

/// <summary>A PACS behind a socket that misbehaves as a test tells it. By default it takes everything, commits to what it holds on the association of the request, and finds it.</summary>
internal sealed class ScriptedPacs : IAsyncDisposable
{
    private readonly ConcurrentBag<Task> _serving = [];
    private readonly CancellationTokenSource _ended = new();
    private TcpListener? _listener;

    public int Port { get; private set; }

    /// <summary>SOP instances in the order in which they were taken, with repetitions; the bytes are the data sets.</summary>
    public ConcurrentQueue<(string SopClassUid, string SopInstanceUid, byte[] Dataset)> Stored { get; } = [];

    /// <summary>What its index finds.</summary>
    public ConcurrentDictionary<string, bool> Holds { get; } = [];

    public ConcurrentQueue<AssociateRqPdu> Associations { get; } = [];
    public ConcurrentQueue<string> Transactions { get; } = [];

    /// <summary>SOP classes that it accepts no context for.</summary>
    public HashSet<string> RefusedClasses { get; } = [];

    /// <summary>Transfer syntaxes that it takes nothing in.</summary>
    public HashSet<string> RefusedSyntaxes { get; } = [];

    /// <summary>The answer to an association request; null accepts.</summary>
    public Func<AssociateRqPdu, AssociateRjPdu?> Reject { get; set; } = _ => null;

    /// <summary>Never answers an association request.</summary>
    public bool IgnoresAssociations { get; set; }

    /// <summary>The status of a C-STORE by SOP class; null: it never answers.</summary>
    public Func<string, ushort?> Status { get; set; } = _ => 0;

    /// <summary>Aborts when a C-STORE command has come, before its data set.</summary>
    public bool AbortsAfterCommand { get; set; }

    /// <summary>Answers Success, and keeps nothing.</summary>
    public bool Loses { get; set; }

    /// <summary>The failure reason of an object in a commitment report, 0 for committed; by default by what it holds.</summary>
    public Func<string, ushort>? Commits { get; set; }

    /// <summary>Sends the report on the association of the request; else only when <see cref="ReportAsync"/> is called.</summary>
    public bool ReportsAtOnce { get; set; } = true;

    /// <summary>Most that it reads in a tenth of a second.</summary>
    public int? BytesPerTick { get; set; }

    public static ScriptedPacs Start()
    {
        var pacs = new ScriptedPacs();
        pacs.ComeBack();
        return pacs;
    }

    /// <summary>Its port is closed: connections are refused.</summary>
    public void GoAway() => _listener!.Stop();

    public void ComeBack()
    {
        _listener = new TcpListener(IPAddress.Loopback, Port);
        _listener.Start();
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _ = AcceptAsync(_listener);
    }

    /// <summary>Reports a commitment on an association of its own (PS3.4 J.3.3), with the role that it then has.</summary>
    /// <returns>The status that it was answered.</returns>
    public static async Task<ushort?> ReportAsync(IPEndPoint listener, string transactionUid, IReadOnlyList<SopReference> committed, IReadOnlyList<(SopReference Object, ushort Reason)> failed)
    {
        using var peer = await ScriptedPeer.AssociateAsync(listener, ScriptedPeer.Rq with
        {
            CallingAeTitle = "PACS",
            User = ScriptedPeer.Rq.User with { Roles = [new RoleSelection(SopClasses.StorageCommitmentPushModel, ScuRole: false, ScpRole: true)] },
        });
        await peer.SendMessageAsync(5, Report(1, failed.Count > 0), Encode(Information(transactionUid, committed, failed)));
        var status = (await peer.ReceiveCommandAsync()).Status;
        await peer.SendAsync(new ReleaseRqPdu());
        Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
        return status;
    }

    public async ValueTask DisposeAsync()
    {
        await _ended.CancelAsync();
        _listener!.Stop();
        await Task.WhenAll(_serving);
        _ended.Dispose();
    }

    private async Task AcceptAsync(TcpListener listener)
    {
        try
        {
            while (true)
            {
                var peer = await ScriptedPeer.AcceptAsync(listener, BytesPerTick);
                _serving.Add(Task.Run(() => ServeAsync(peer)));
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or InvalidOperationException)
        {
            // Away.
        }
    }

    private async Task ServeAsync(ScriptedPeer peer)
    {
        using (peer)
        {
            try
            {
                if (await peer.ReceiveAsync() is not AssociateRqPdu rq)
                    return;
                Associations.Enqueue(rq);
                if (IgnoresAssociations)
                    await peer.ReceiveAsync(); // until the other side has had enough
                else if (Reject(rq) is { } rejection)
                    await peer.SendAsync(rejection);
                else
                    await ServeAsync(peer, rq);
            }
            catch (Exception exception) when (exception is IOException or OperationCanceledException or ObjectDisposedException)
            {
                // The other side went.
            }
        }
    }

    private async Task ServeAsync(ScriptedPeer peer, AssociateRqPdu rq)
    {
        var contexts = rq.Contexts.Select(context => new NegotiatedContext(
            context.Id, RefusedClasses.Contains(context.AbstractSyntax) ? (byte)3 : RefusedSyntaxes.Contains(context.TransferSyntaxes[0]) ? (byte)4 : (byte)0, context.TransferSyntaxes[0])).ToList();
        await peer.SendAsync(new AssociateAcPdu(rq.CalledAeTitle, rq.CallingAeTitle, contexts, new UserInformation(16384, "2.25.9", null, rq.User.Roles)));
        while (true)
        {
            var (id, command, dataset, other) = await peer.ReceiveMessageAsync(command => !(AbortsAfterCommand && command.Field == CommandField.CStoreRq));
            if (other is ReleaseRqPdu)
                await peer.SendAsync(new ReleaseRpPdu());
            if (command is null)
                return;
            var syntax = TransferSyntax.Parse(contexts.Single(context => context.Id == id).TransferSyntax);
            switch (command.Field)
            {
                case CommandField.CStoreRq when AbortsAfterCommand:
                    await peer.SendAsync(new AbortPdu(AbortSource.ServiceUser, AbortReason.NotSpecified));
                    return;
                case CommandField.CStoreRq:
                    if (Status(command.AffectedSopClassUid!) is not { } status)
                    {
                        await peer.ReceiveAsync();
                        return;
                    }
                    Keep(command, dataset, status);
                    await peer.SendMessageAsync(id, command.Respond(new DimseStatus(status)));
                    break;
                case CommandField.NActionRq:
                    await peer.SendMessageAsync(id, command.Respond(DimseStatus.Success));
                    await CommitAsync(peer, id, DicomDatasetReader.Read(dataset, syntax), syntax);
                    break;
                case CommandField.CFindRq:
                    if (Holds.ContainsKey(DicomDatasetReader.Read(dataset, syntax).GetString(DicomTags.SOPInstanceUID)!))
                        await peer.SendMessageAsync(id, command.Respond(new DimseStatus(0xFF00)), dataset);
                    await peer.SendMessageAsync(id, command.Respond(DimseStatus.Success));
                    break;
            }
        }
    }

    private void Keep(CommandSet command, byte[] dataset, ushort status)
    {
        if (new DimseStatus(status) is { IsSuccess: false, IsWarning: false })
            return;
        Stored.Enqueue((command.AffectedSopClassUid!, command.AffectedSopInstanceUid!, dataset));
        if (!Loses)
            Holds[command.AffectedSopInstanceUid!] = true;
    }

    private async Task CommitAsync(ScriptedPeer peer, byte id, DicomDataset request, TransferSyntax syntax)
    {
        var transaction = request.GetString(DicomTags.TransactionUID)!;
        Transactions.Enqueue(transaction);
        if (!ReportsAtOnce)
            return;
        var objects = request.GetSequence(DicomTags.ReferencedSOPSequence).Select(item => new SopReference(item.GetString(DicomTags.ReferencedSOPClassUID)!, item.GetString(DicomTags.ReferencedSOPInstanceUID)!));
        var judged = objects.Select(item => (item, Reason: Commits?.Invoke(item.SopClassUid) ?? (Holds.ContainsKey(item.SopInstanceUid) ? (ushort)0 : (ushort)0x0112))).ToList();
        var failed = judged.Where(item => item.Reason != 0).ToList();
        await peer.SendMessageAsync(id, Report(7, failed.Count > 0), DicomDatasetWriter.Encode(Information(transaction, [.. judged.Where(item => item.Reason == 0).Select(item => item.item)], failed), syntax).ToArray());
        Assert.Equal(CommandField.NEventReportRsp, (await peer.ReceiveCommandAsync()).Field);
    }

    private static CommandSet Report(ushort messageId, bool failures) => new()
    {
        Field = CommandField.NEventReportRq, MessageId = messageId, AffectedSopClassUid = SopClasses.StorageCommitmentPushModel, AffectedSopInstanceUid = "1.2.840.10008.1.20.1.1",
        EventTypeId = failures ? (ushort)2 : (ushort)1,
    };

    private static DicomDataset Information(string transactionUid, IReadOnlyList<SopReference> committed, IReadOnlyList<(SopReference Object, ushort Reason)> failed)
    {
        var information = new DicomDataset().Set(DicomTags.TransactionUID, transactionUid);
        if (committed.Count > 0)
            information.SetSequence(DicomTags.ReferencedSOPSequence, [.. committed.Select(Item)]);
        if (failed.Count > 0)
            information.SetSequence(DicomTags.FailedSOPSequence, [.. failed.Select(item => Item(item.Object).Set(DicomTags.FailureReason, (int)item.Reason))]);
        return information;

        static DicomDataset Item(SopReference item) => new DicomDataset().Set(DicomTags.ReferencedSOPClassUID, item.SopClassUid).Set(DicomTags.ReferencedSOPInstanceUID, item.SopInstanceUid);
    }

    private static byte[] Encode(DicomDataset dataset) => DicomDatasetWriter.Encode(dataset, TransferSyntax.ImplicitVRLittleEndian).ToArray();
}
