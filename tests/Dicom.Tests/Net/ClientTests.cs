using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Our client against our listener, and against a scripted one that misbehaves.</summary>
public sealed class ClientTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DicomClient _client = TestServer.NewClient(new DicomClientOptions
    {
        AssociationTimeout = TimeSpan.FromSeconds(2), ResponseTimeout = TimeSpan.FromSeconds(2), ReleaseTimeout = TimeSpan.FromSeconds(1),
    });

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(4096)]
    [InlineData(16384)]
    [InlineData(256 * 1024)]
    [InlineData(1024 * 1024)]
    public async Task Store_OurListener_KeepsTheBytesOfTheFile(int maxPduLength)
    {
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxPduLength = maxPduLength });
        string[] files =
        [
            TestObjects.Write(_folder.Path, 1, frames: 70),
            TestObjects.Write(_folder.Path, 2, TransferSyntax.ImplicitVRLittleEndian),
            TestObjects.Write(_folder.Path, 3, sopClass: SopClasses.UltrasoundImageStorage),
        ];
        var reported = new List<StoreResult>();
        var results = await _client.StoreAsync(server.Peer, files, new Immediately<StoreResult>(reported.Add), CancellationToken.None);

        Assert.Equal(files, results.Select(result => result.File));
        Assert.All(results, result => Assert.True(result.Stored, result.Error));
        Assert.Equal(results, reported);
        Assert.Equal(files.Select(TestObjects.Dataset), server.Stored.Select(stored => TestObjects.Dataset(stored.KeptAs)));
        Assert.Equal(files.Select(TestObjects.SopInstanceUid), results.Select(result => result.SopInstanceUid));
        Assert.Single(server.Ended);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Store_RealFiles_KeepTheBytesOfTheFiles()
    {
        var root = RealData.RequireRoot();
        var files = Directory.GetFiles(Path.Combine(root, "echo_cine"), "*.dcm").Concat(Directory.GetFiles(Path.Combine(root, "echo_cine_transcoded"), "*.dcm"))
            .Where(path => new FileInfo(path).Length < 30_000_000).Order(StringComparer.Ordinal).ToArray();
        await using var server = await TestServer.StartAsync();
        var results = await _client.StoreAsync(server.Peer, files, null, CancellationToken.None);

        Assert.All(results, result => Assert.True(result.Stored, result.Error));
        Assert.Equal(files.Length, server.Stored.Count);
        foreach (var (file, (_, kept)) in files.Zip(server.Stored))
            Assert.True(TestObjects.Dataset(file).AsSpan().SequenceEqual(TestObjects.Dataset(kept)), $"{file} was not kept as it is");
    }

    [Fact]
    public async Task Store_MoreThan128Contexts_TakesSeveralAssociations()
    {
        await using var server = await TestServer.StartAsync();
        var files = Enumerable.Range(1, 130).Select(i => TestObjects.Write(_folder.Path, i, sopClass: $"1.2.3.{i}")).Append(TestObjects.Write(_folder.Path, 500, sopClass: "1.2.3.1")).ToArray();
        var results = await _client.StoreAsync(server.Peer, files, null, CancellationToken.None);

        Assert.All(results, result => Assert.True(result.Stored, result.Error));
        Assert.Equal(files, results.Select(result => result.File));
        await Eventually.IsTrueAsync(() => server.Ended.Count == 3, "every association ended");
        // 64 classes an association, each in two syntaxes; the last file's class is proposed already.
        Assert.Equal([65, 64, 2], server.Ended.OrderByDescending(end => end.InstancesStored).Select(end => end.InstancesStored));
    }

    [Fact]
    public async Task Store_ContextRefusedOrNoDicom_SaysSoForThatFileOnly()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => new AssociationDecision(null, context => context.AbstractSyntax == SopClasses.UltrasoundImageStorage
            ? ContextDecision.AbstractSyntaxNotSupported
            : ContextDecision.Accept(context.TransferSyntaxes[0]));
        var text = Path.Combine(_folder.Path, "readme.txt");
        await File.WriteAllTextAsync(text, "not DICOM");
        string[] files = [text, TestObjects.Write(_folder.Path, 1, sopClass: SopClasses.UltrasoundImageStorage), TestObjects.Write(_folder.Path, 2), Path.Combine(_folder.Path, "absent.dcm")];
        var results = await _client.StoreAsync(server.Peer, files, null, CancellationToken.None);

        Assert.Equal([false, false, true, false], results.Select(result => result.Stored));
        Assert.Equal([false, true, false, false], results.Select(result => result.ContextRefused));
        Assert.Contains("not DICOM", results[0].Error, StringComparison.Ordinal);
        Assert.Contains("abstract syntax not supported", results[1].Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Store_WarningAndFailure_AreTold()
    {
        await using var server = await TestServer.StartAsync();
        var statuses = new Queue<DimseStatus>([new(0xB000), new(0xA700, "disk full"), DimseStatus.Success]);
        server.OnStore = (_, _) => new(statuses.Dequeue());
        var results = await _client.StoreAsync(server.Peer, [.. Enumerable.Range(1, 3).Select(i => TestObjects.Write(_folder.Path, i))], null, CancellationToken.None);

        Assert.Equal([true, false, true], results.Select(result => result.Stored));
        Assert.Equal(new DimseStatus(0xA700, "disk full"), results[1].Status);
    }

    [Fact]
    public async Task Store_PeerDiesBetweenTwo_KeepsWhatIsKnown()
    {
        await using var server = await TestServer.StartAsync();
        var stored = 0;
        Task? stopping = null;
        server.OnStore = async (_, token) =>
        {
            if (++stored == 2)
            {
                stopping = server.Server.StopAsync(new CancellationToken(canceled: true)); // aborts us too
                await Task.Delay(Timeout.Infinite, token);
            }
            return DimseStatus.Success;
        };
        var results = await _client.StoreAsync(server.Peer, [.. Enumerable.Range(1, 3).Select(i => TestObjects.Write(_folder.Path, i))], null, CancellationToken.None);

        await stopping!;
        Assert.Equal([true, false, false], results.Select(result => result.Stored));
        Assert.All(results.Skip(1), result => Assert.False(string.IsNullOrEmpty(result.Error) || result.ContextRefused));
    }

    [Fact]
    public async Task Echo_NobodyThere_SaysWhere()
    {
        var peer = new DicomPeer("NOBODY", "127.0.0.1", RunningTool.FreePort(), "TESTER");
        var e = await Assert.ThrowsAsync<DicomNetworkException>(() => _client.EchoAsync(peer, CancellationToken.None));
        Assert.Equal($"NOBODY@127.0.0.1:{peer.Port} cannot be reached: Connection refused.", e.Message);
    }

    [Fact]
    public async Task Echo_Rejected_SaysWhyInTheStandardsWords()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => AssociationDecision.Reject(AssociationRejection.CallingAeTitleNotRecognized);
        var e = await Assert.ThrowsAsync<DicomNetworkException>(() => _client.EchoAsync(server.Peer, CancellationToken.None));
        Assert.EndsWith("rejected the association: calling AE title not recognized (permanent).", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public Task Echo_PeerNeverAnswersTheRequest_TimesOut() => AgainstAsync(
        async peer => await peer.ReceiveAsync(),
        "did not answer in time while the association was requested");

    [Fact]
    public Task Echo_PeerNeverAnswersTheCommand_TimesOut() => AgainstAsync(
        async peer =>
        {
            await AcceptAsync(peer);
            await peer.ReceiveCommandAsync();
        },
        "did not answer in time while C-ECHO was under way");

    [Fact]
    public Task Echo_PeerAborts_SaysSo() => AgainstAsync(
        async peer =>
        {
            await AcceptAsync(peer);
            await peer.ReceiveCommandAsync();
            await peer.SendAsync(new AbortPdu(AbortSource.ServiceProvider, AbortReason.UnexpectedPdu));
        },
        "ended the association while C-ECHO was under way: the peer's upper layer aborted (reason 2)");

    [Fact]
    public Task Echo_PeerCloses_SaysSo() => AgainstAsync(
        async peer =>
        {
            await AcceptAsync(peer);
            peer.Close();
        },
        "ended the association while C-ECHO was under way");

    [Fact]
    public Task Echo_PeerAnswersSomethingElse_IsAborted() => AgainstAsync(
        async peer =>
        {
            await AcceptAsync(peer);
            await peer.ReceiveCommandAsync();
            await peer.SendAsync(ScriptedPeer.Command(1, new CommandSet { Field = CommandField.CEchoRsp, MessageIdBeingRespondedTo = 999, Status = 0 }));
            await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        },
        "broke the protocol while C-ECHO was under way");

    [Fact]
    public async Task Echo_ResponseWithoutStatus_IsNoSuccess()
    {
        using var listener = NewListener();
        var script = ScriptAsync(listener, async peer =>
        {
            await AcceptAsync(peer);
            var request = await peer.ReceiveCommandAsync();
            await peer.SendAsync(ScriptedPeer.Command(1, new CommandSet { Field = CommandField.CEchoRsp, MessageIdBeingRespondedTo = request.MessageId }));
            // and then a release collision (AR-8, AR-9): both sides ask
            Assert.IsType<ReleaseRqPdu>(await peer.ReceiveAsync());
            await peer.SendAsync(new ReleaseRqPdu());
            Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
            await peer.SendAsync(new ReleaseRpPdu());
            await peer.AssertClosedAsync();
        });
        var echo = await _client.EchoAsync(PeerAt(listener), CancellationToken.None);
        Assert.False(echo.Status.IsSuccess);
        await script;
    }

    [Fact]
    public async Task Store_Cancelled_AbortsTheAssociation()
    {
        await using var server = await TestServer.StartAsync();
        using var cancel = new CancellationTokenSource();
        server.OnStore = async (_, token) =>
        {
            await cancel.CancelAsync();
            await Task.Delay(100, token);
            return DimseStatus.Success;
        };
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => _client.StoreAsync(server.Peer, [TestObjects.Write(_folder.Path, 1)], null, cancel.Token));
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, "the listener saw the end");
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(AssociationEndKind.AbortedByPeer, end.Kind);
    }

    [Theory]
    [InlineData("2.25.1", true)]  // ours: taken here
    [InlineData("2.25.2", false)] // another's: left to the listener
    public async Task RequestCommitment_ReportOnTheSameAssociation_IsReturnedWhenItIsOurs(string transaction, bool returned)
    {
        using var listener = NewListener();
        var answer = (ushort?)null;
        var script = ScriptAsync(listener, async peer =>
        {
            await AcceptAsync(peer);
            var request = await peer.ReceiveCommandAsync();
            Assert.Equal((CommandField.NActionRq, (ushort?)1, StorageCommitment.SopInstanceUid), (request.Field, request.ActionTypeId, request.RequestedSopInstanceUid));
            await peer.SkipDatasetAsync();
            await peer.SendAsync(ScriptedPeer.Command(1, request.Respond(DimseStatus.Success)));
            await peer.SendAsync(ScriptedPeer.Command(1, new CommandSet
            {
                Field = CommandField.NEventReportRq, MessageId = 8, EventTypeId = 1, HasDataset = true,
                AffectedSopClassUid = StorageCommitment.SopClassUid, AffectedSopInstanceUid = StorageCommitment.SopInstanceUid,
            }));
            var information = StorageCommitment.Request(transaction, [new SopReference("1.2", "1.2.3")]);
            await peer.SendAsync(ScriptedPeer.PData(1, false, true, DicomDatasetWriter.Encode(information, TransferSyntax.ExplicitVRLittleEndian)));
            answer = (await peer.ReceiveCommandAsync()).Status;
            Assert.IsType<ReleaseRqPdu>(await peer.ReceiveAsync());
            await peer.SendAsync(new ReleaseRpPdu());
        });
        var result = await _client.RequestCommitmentAsync(PeerAt(listener), "2.25.1", [new SopReference("1.2", "1.2.3")], CancellationToken.None);
        await script;

        Assert.True(result.Status.IsSuccess);
        Assert.Equal(returned ? [new SopReference("1.2", "1.2.3")] : null, result.Report?.Committed);
        Assert.Equal(returned ? (ushort)0 : (ushort)0x0110, answer);
    }

    [Fact]
    public async Task RequestCommitment_Refused_GivesTheStatus()
    {
        await using var server = await TestServer.StartAsync();
        var result = await _client.RequestCommitmentAsync(server.Peer, "2.25.1", [new SopReference("1.2", "1.2.3")], CancellationToken.None);
        Assert.Equal((ushort)0x0123, result.Status.Code);
        Assert.Null(result.Report);
    }

    private async Task AgainstAsync(Func<ScriptedPeer, Task> script, string sentence)
    {
        using var listener = NewListener();
        var scripted = ScriptAsync(listener, script);
        var e = await Assert.ThrowsAsync<DicomNetworkException>(() => _client.EchoAsync(PeerAt(listener), CancellationToken.None));
        Assert.Contains(sentence, e.Message, StringComparison.Ordinal);
        await scripted;
    }

    private static TcpListener NewListener()
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return listener;
    }

    private static DicomPeer PeerAt(TcpListener listener) => new("SCRIPTED", "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "TESTER");

    private static async Task ScriptAsync(TcpListener listener, Func<ScriptedPeer, Task> script)
    {
        using var peer = await ScriptedPeer.AcceptAsync(listener);
        await script(peer);
        while (await peer.ReceiveAsync() is not null)
        {
            // whatever the client still says
        }
    }

    private static async Task AcceptAsync(ScriptedPeer peer)
    {
        var rq = Assert.IsType<AssociateRqPdu>(await peer.ReceiveAsync());
        await peer.SendAsync(new AssociateAcPdu(
            rq.CalledAeTitle, rq.CallingAeTitle, [.. rq.Contexts.Select(context => new NegotiatedContext(context.Id, 0, context.TransferSyntaxes[0]))], new UserInformation(0, "2.25.7", null, [])));
    }

    /// <summary>Progress that arrives before the next line, not on another thread some time.</summary>
    private sealed class Immediately<T>(Action<T> report) : IProgress<T>
    {
        public void Report(T value) => report(value);
    }
}
