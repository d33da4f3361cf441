using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using EchoClr.Dicom.Net;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Dicom.Tests.Ports;

/// <summary>What the application relies on at the two ports, whichever library stands behind them: the same tests for both package sets.</summary>
public sealed class DicomPortTests
{
    private static readonly IDicomClient Client = DicomNetwork.CreateClient(new DicomClientOptions(), TimeProvider.System);

    [Fact]
    public async Task Echo_IsAnswered()
    {
        await using var listener = await Listener.StartAsync();

        Assert.True((await Client.EchoAsync(listener.Peer, TestContext.Current.CancellationToken)).Status.IsSuccess);
    }

    [Fact]
    public async Task Store_DataSetArrivesByteForByte_WithItsHash()
    {
        await using var listener = await Listener.StartAsync();
        using var folder = new TemporaryFolder();
        var file = Write(folder, "2.25.1");

        var result = Assert.Single(await Client.StoreAsync(listener.Peer, [file], null, TestContext.Current.CancellationToken));

        Assert.True(result.Stored, result.Error);
        var (instance, dataset) = Assert.Single(listener.Stored);
        Assert.Equal(("2.25.1", TransferSyntax.ExplicitVRLittleEndian.Uid, "TESTER"), (instance.Request.SopInstanceUid, instance.Request.TransferSyntaxUid, instance.Request.CallingAeTitle));
        Assert.Equal(File.ReadAllBytes(file)[(int)DicomFile.ReadMeta(file).DatasetOffset..], dataset);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(dataset)), instance.DatasetSha256);
        await Eventually.IsTrueAsync(() => listener.Ended.Any(end => end is { Kind: AssociationEndKind.Released, InstancesStored: 1 }), "the association is released");
    }

    [Theory]
    [InlineData(0xA700)]
    [InlineData(0xB000)]
    public async Task Store_StatusAndCommentComeThrough(int code)
    {
        await using var listener = await Listener.StartAsync();
        listener.Answer = new DimseStatus((ushort)code, "not now");
        using var folder = new TemporaryFolder();

        var result = Assert.Single(await Client.StoreAsync(listener.Peer, [Write(folder, "2.25.1")], null, TestContext.Current.CancellationToken));

        Assert.Equal(new DimseStatus((ushort)code, "not now"), result.Status);
        Assert.Equal(code == 0xB000, result.Stored);
    }

    [Fact]
    public async Task Store_RefusedContext_IsToldApartFromAFailure()
    {
        await using var listener = await Listener.StartAsync();
        listener.Context = _ => ContextDecision.AbstractSyntaxNotSupported;
        using var folder = new TemporaryFolder();

        var result = Assert.Single(await Client.StoreAsync(listener.Peer, [Write(folder, "2.25.1")], null, TestContext.Current.CancellationToken));

        Assert.True(result.ContextRefused);
        Assert.False(result.Stored);
        Assert.Empty(listener.Stored);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Rejection_SaysWhetherAskingAgainIsOfUse(bool permanent)
    {
        await using var listener = await Listener.StartAsync();
        listener.Rejection = permanent ? AssociationRejection.CallingAeTitleNotRecognized : AssociationRejection.TemporaryCongestion;

        var refusal = await Assert.ThrowsAsync<DicomNetworkException>(() => Client.EchoAsync(listener.Peer, TestContext.Current.CancellationToken));

        Assert.Equal(permanent, refusal.Permanent);
    }

    [Fact]
    public async Task NobodyThere_IsOneSentence()
    {
        var peer = new DicomPeer("NOBODY", "127.0.0.1", RunningTool.FreePort(), "TESTER");

        Assert.Contains("127.0.0.1", (await Assert.ThrowsAsync<DicomNetworkException>(() => Client.EchoAsync(peer, TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Commitment_IsRequested_AndReportedOnTheSameAssociation()
    {
        await using var listener = await Listener.StartAsync();
        SopReference[] objects = [new(SopClasses.SecondaryCaptureImageStorage, "2.25.1"), new(SopClasses.SecondaryCaptureImageStorage, "2.25.2")];
        listener.Report = request => new CommitmentReport(request.TransactionUid, [request.Objects[0]], [(request.Objects[1], 0x0112)]);
        var client = DicomNetwork.CreateClient(new DicomClientOptions { CommitmentLinger = TimeSpan.FromSeconds(20) }, TimeProvider.System); // the report comes at once

        var result = await client.RequestCommitmentAsync(listener.Peer, "2.25.77", objects, TestContext.Current.CancellationToken);

        Assert.True(result.Status.IsSuccess);
        Assert.Equal("2.25.77", result.Report?.TransactionUid);
        Assert.Equal([objects[0]], result.Report!.Committed);
        Assert.Equal([(objects[1], (ushort)0x0112)], result.Report.Failed);
    }

    [Fact]
    public async Task Commitment_IsReportedToTheListener()
    {
        await using var listener = await Listener.StartAsync();
        var committed = new SopReference(SopClasses.SecondaryCaptureImageStorage, "2.25.1");

        var status = await Client.ReportCommitmentAsync(listener.Peer, new CommitmentReport("2.25.78", [committed], []), TestContext.Current.CancellationToken);

        Assert.True(status.IsSuccess);
        var report = Assert.Single(listener.Reports);
        Assert.Equal(("2.25.78", committed), (report.TransactionUid, Assert.Single(report.Committed)));
    }

    private static string Write(TemporaryFolder folder, string uid)
    {
        var file = Path.Combine(folder.Path, uid + ".dcm");
        new DicomFile(new DicomDataset().Set(DicomTags.SOPClassUID, SopClasses.SecondaryCaptureImageStorage).Set(DicomTags.SOPInstanceUID, uid).Set(DicomTags.PatientID, "P1"), TransferSyntax.ExplicitVRLittleEndian).Write(file);
        return file;
    }

    /// <summary>The listener port on a loopback port, with an application that does as a test tells it.</summary>
    private sealed class Listener : IDicomServerHandler, IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();
        private readonly IDicomServer _server;
        private int _files;

        private Listener() => _server = DicomNetwork.CreateServer(new DicomServerOptions { Address = IPAddress.Loopback, Port = 0 }, this, TimeProvider.System, NullLoggerFactory.Instance);

        public DicomPeer Peer => new("ECHOCLR", "127.0.0.1", _server.LocalEndPoint.Port, "TESTER");
        public ConcurrentQueue<(ReceivedInstance Instance, byte[] Dataset)> Stored { get; } = [];
        public ConcurrentQueue<CommitmentReport> Reports { get; } = [];
        public ConcurrentQueue<AssociationEnd> Ended { get; } = [];
        public AssociationRejection? Rejection { get; set; }
        public Func<ProposedContext, ContextDecision> Context { get; set; } = context => ContextDecision.Accept(context.TransferSyntaxes[0]);
        public DimseStatus Answer { get; set; } = DimseStatus.Success;
        public Func<CommitmentRequest, CommitmentReport?> Report { get; set; } = _ => null;

        public static async Task<Listener> StartAsync()
        {
            var listener = new Listener();
            await listener._server.StartAsync(CancellationToken.None);
            return listener;
        }

        public AssociationDecision Decide(AssociationRequest request) => Rejection is { } rejection ? AssociationDecision.Reject(rejection) : new AssociationDecision(null, Context);

        public string CreateStoreFile(StoreRequest request) => Path.Combine(_folder.Path, $"{Interlocked.Increment(ref _files)}.part");

        public ValueTask<DimseStatus> StoreAsync(ReceivedInstance instance, CancellationToken cancellationToken)
        {
            var bytes = File.ReadAllBytes(instance.Path);
            Stored.Enqueue((instance, bytes[(int)instance.DatasetOffset..(int)(instance.DatasetOffset + instance.DatasetLength)]));
            return new(Answer);
        }

        public ValueTask<DimseStatus> CommitmentReportedAsync(CommitmentReport report, CancellationToken cancellationToken)
        {
            Reports.Enqueue(report);
            return new(DimseStatus.Success);
        }

        public ValueTask<DimseStatus> CommitmentRequestedAsync(CommitmentRequest request, CancellationToken cancellationToken) => new(DimseStatus.Success);

        public ValueTask<CommitmentReport?> ReportCommitmentAsync(CommitmentRequest request, CancellationToken cancellationToken) => new(Report(request));

        public void AssociationEnded(AssociationEnd end) => Ended.Enqueue(end);

        public async ValueTask DisposeAsync()
        {
            await _server.DisposeAsync();
            _folder.Dispose();
        }
    }
}
