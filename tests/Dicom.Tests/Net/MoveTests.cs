using System.Net;
using System.Net.Sockets;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>C-MOVE as SCU (PS3.4 C.4.2): with Orthanc and DCMTK's dcmqrscp, our listener as the destination, and with a scripted peer for what those never do.</summary>
public sealed class MoveTests : IDisposable
{
    private const string OutOfResourcesInMove = "A702H"; // unable to perform sub-operations

    private readonly TemporaryFolder _folder = new();
    private readonly DicomClient _client = TestServer.NewClient();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public async Task Move_Orthanc_SendsTheNamedObjectsToOurListener()
    {
        await using var server = await TestServer.StartAsync();
        await using var orthanc = await OrthancProcess.StartAsync(("echoclr", TestServer.AeTitle, server.EndPoint.Port), ("tester", "TESTER", RunningTool.FreePort()));
        await FromPacsAsync(server, new DicomPeer(OrthancProcess.AeTitle, "127.0.0.1", orthanc.DicomPort, "TESTER"));
    }

    [Fact]
    public async Task Move_Dcmqrscp_SendsTheNamedObjectsToOurListener()
    {
        await using var server = await TestServer.StartAsync();
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync((TestServer.AeTitle, server.EndPoint.Port));
        await FromPacsAsync(server, new DicomPeer(DcmqrscpProcess.AeTitle, "127.0.0.1", dcmqrscp.Port, "TESTER"));
    }

    [Fact]
    public async Task Move_Dcmqrscp_CountsWhatOurListenerRefuses()
    {
        await using var server = await TestServer.StartAsync();
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync((TestServer.AeTitle, server.EndPoint.Port));
        var peer = new DicomPeer(DcmqrscpProcess.AeTitle, "127.0.0.1", dcmqrscp.Port, "TESTER");
        var files = await StoreThreeAsync(peer);
        var refused = TestObjects.SopInstanceUid(files[1]);
        server.OnStore = (instance, _) => new(instance.Request.SopInstanceUid == refused ? new DimseStatus(0xA700) : DimseStatus.Success);

        var result = await _client.MoveAsync(peer, TestServer.AeTitle, "STUDY", Study(files), null, CancellationToken.None);

        Assert.True(result.Status.IsWarning, result.Status.ToString()); // B000: sub-operations complete, one or more failures
        Assert.Equal((2, 1), (result.Counts.Completed, result.Counts.Failed));
        Assert.Equal([refused], result.FailedSopInstanceUids);
        Assert.Equal(2, server.Stored.Count);
    }

    [Fact]
    public async Task Move_DestinationUnknownToThePeer_GivesTheStatus()
    {
        await using var dcmqrscp = await DcmqrscpProcess.StartAsync();
        var peer = new DicomPeer(DcmqrscpProcess.AeTitle, "127.0.0.1", dcmqrscp.Port, "TESTER");
        var files = await StoreThreeAsync(peer);
        var result = await _client.MoveAsync(peer, "NOWHERE", "STUDY", Study(files), null, CancellationToken.None);
        Assert.Equal((ushort)0xA801, result.Status.Code); // refused: move destination unknown
    }

    [Fact]
    public async Task Move_PeerThatCountsAsItGoes_ReportsEachCountAndTheFailures()
    {
        var seen = new List<MoveCounts>();
        var result = await AgainstAsync(new DicomClientOptions(), new Recorder(seen), async (peer, request) =>
        {
            Assert.Equal((CommandField.CMoveRq, "ECHOCLR", SopClasses.StudyRootQueryRetrieveInformationModelMove), (request.Field, request.MoveDestination, request.AffectedSopClassUid));
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 2, completed: 1)));
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 1, completed: 1, failed: 1)));
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xA702, completed: 1, failed: 1, warning: 1) with { HasDataset = true }));
            var failed = new DicomDataset().Set(DicomTags.FailedSOPInstanceUIDList, "1.2.3", "1.2.4");
            await peer.SendAsync(ScriptedPeer.PData(1, false, true, DicomDatasetWriter.Encode(failed, TransferSyntax.ExplicitVRLittleEndian)));
        });

        Assert.Equal([new MoveCounts(2, 1, 0, 0), new MoveCounts(1, 1, 1, 0), new MoveCounts(0, 1, 1, 1)], seen);
        Assert.StartsWith(OutOfResourcesInMove, result.Status.ToString(), StringComparison.Ordinal);
        Assert.Equal(["1.2.3", "1.2.4"], result.FailedSopInstanceUids);
    }

    [Fact]
    public async Task Move_TakesTooLong_IsCancelled_AndEndsWithThePeersCounts()
    {
        var cancel = (CommandSet?)null;
        var result = await AgainstAsync(new DicomClientOptions { MoveTimeout = TimeSpan.Zero }, null, async (peer, request) =>
        {
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 9, completed: 1)));
            cancel = await peer.ReceiveCommandAsync();
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 8, completed: 2))); // one was under way
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFE00, remaining: 8, completed: 2)));
        });
        Assert.Equal((CommandField.CCancelRq, (ushort?)1), (cancel?.Field, cancel?.MessageIdBeingRespondedTo));
        Assert.Equal((0xFE00, 2, 8), (result.Status.Code, result.Counts.Completed, result.Counts.Remaining));
    }

    [Fact]
    public async Task Move_PeerThatIgnoresTheCancel_IsAborted()
    {
        var options = new DicomClientOptions { MoveTimeout = TimeSpan.Zero, ResponseTimeout = TimeSpan.FromMilliseconds(50) };
        var e = await Assert.ThrowsAsync<DicomNetworkException>(() => AgainstAsync(options, null, async (peer, request) =>
        {
            await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 9)));
            await peer.ReceiveCommandAsync();
            for (var i = 0; i < 20; i++)
            {
                await Task.Delay(20);
                await peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 9)));
            }
        }));
        Assert.Contains("goes on with a C-MOVE that was cancelled", e.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Move_PeerFallsSilent_IsAborted()
    {
        var options = new DicomClientOptions { MoveResponseTimeout = TimeSpan.FromMilliseconds(200) };
        var e = await Assert.ThrowsAsync<DicomNetworkException>(() => AgainstAsync(options, null, (peer, request) => peer.SendAsync(ScriptedPeer.Command(1, Counts(request, 0xFF00, remaining: 9)))));
        Assert.Contains("did not answer in time while C-MOVE was under way", e.Message, StringComparison.Ordinal);
    }

    private async Task FromPacsAsync(TestServer server, DicomPeer peer)
    {
        var files = await StoreThreeAsync(peer);
        var seen = new List<MoveCounts>();

        // Two of three, by a list of UIDs (PS3.4 C.2.2.2.2).
        var keys = Study(files);
        keys["SeriesInstanceUID"] = DicomUid.FromName("net test", "series");
        keys["SOPInstanceUID"] = string.Join('\\', files.Take(2).Select(TestObjects.SopInstanceUid));
        var result = await _client.MoveAsync(peer, TestServer.AeTitle, "IMAGE", keys, new Recorder(seen), CancellationToken.None);

        Assert.True(result.Status.IsSuccess, result.Status.ToString());
        Assert.Equal((2, 0, 0), (result.Counts.Completed, result.Counts.Failed, result.Counts.Warning));
        Assert.NotEmpty(seen);
        Assert.Empty(result.FailedSopInstanceUids);
        var wanted = files.Take(2).ToDictionary(TestObjects.SopInstanceUid, TestObjects.Dataset);
        Assert.Equal(wanted.Keys.Order(), server.Stored.Select(stored => stored.Instance.Request.SopInstanceUid).Order());
        Assert.All(server.Stored, stored => Assert.Equal(wanted[stored.Instance.Request.SopInstanceUid], TestObjects.Dataset(stored.KeptAs)));
    }

    private async Task<string[]> StoreThreeAsync(DicomPeer peer)
    {
        string[] files = [.. Enumerable.Range(1, 3).Select(seed => TestObjects.Write(_folder.Path, seed))];
        var stored = await _client.StoreAsync(peer, files, null, CancellationToken.None);
        Assert.All(stored, result => Assert.True(result.Stored, result.Error));
        return files;
    }

    private static Dictionary<string, string> Study(string[] files) => new() { ["StudyInstanceUID"] = DicomFile.Read(files[0]).Dataset.GetString(DicomTags.StudyInstanceUID)! };

    private static CommandSet Counts(CommandSet request, ushort status, ushort remaining = 0, ushort completed = 0, ushort failed = 0, ushort warning = 0) => request.Respond(new DimseStatus(status)) with
    {
        RemainingSuboperations = remaining, CompletedSuboperations = completed, FailedSuboperations = failed, WarningSuboperations = warning,
    };

    private static async Task<MoveResult> AgainstAsync(DicomClientOptions options, IProgress<MoveCounts>? progress, Func<ScriptedPeer, CommandSet, Task> script)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var client = TestServer.NewClient(options);
        var scripted = Task.Run(async () =>
        {
            using var peer = await ScriptedPeer.AcceptAsync(listener);
            var rq = Assert.IsType<AssociateRqPdu>(await peer.ReceiveAsync());
            await peer.SendAsync(new AssociateAcPdu(
                rq.CalledAeTitle, rq.CallingAeTitle, [.. rq.Contexts.Select(context => new NegotiatedContext(context.Id, 0, context.TransferSyntaxes[0]))], new UserInformation(0, "2.25.7", null, [])));
            var request = await peer.ReceiveCommandAsync();
            await peer.SkipDatasetAsync();
            try
            {
                await script(peer, request);
            }
            catch (IOException)
            {
                // aborted while we were sending, which is what some of these want
            }
            while (await peer.ReceiveAsync() is { } pdu)
                if (pdu is ReleaseRqPdu)
                    await peer.SendAsync(new ReleaseRpPdu());
        });
        try
        {
            return await client.MoveAsync(
                new DicomPeer("SCRIPTED", "127.0.0.1", ((IPEndPoint)listener.LocalEndpoint).Port, "TESTER"), "ECHOCLR", "STUDY",
                new Dictionary<string, string> { ["StudyInstanceUID"] = "1.2.3" }, progress, CancellationToken.None);
        }
        finally
        {
            await scripted;
        }
    }

    /// <summary>Unlike Progress&lt;T&gt;, at once and in order.</summary>
    private sealed class Recorder(List<MoveCounts> seen) : IProgress<MoveCounts>
    {
        public void Report(MoveCounts value) => seen.Add(value);
    }
}
