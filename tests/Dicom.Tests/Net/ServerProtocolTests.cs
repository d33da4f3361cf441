using EchoClr.Dicom.Net.Dimse;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>What the listener answers, byte for byte, where no common tool would ask.</summary>
public sealed class ServerProtocolTests
{
    [Theory]
    [InlineData("protocol version 2 only", 1, 2, 2)]
    [InlineData("another application context", 1, 1, 2)]
    public async Task Associate_NotAcceptableToTheUpperLayer_IsRejected(string what, byte result, byte source, byte reason)
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        var bytes = ScriptedPeer.Bytes(what.StartsWith("protocol", StringComparison.Ordinal) ? ScriptedPeer.Rq : ScriptedPeer.Rq with { ApplicationContext = "1.2.3" });
        bytes[7] = what.StartsWith("protocol", StringComparison.Ordinal) ? (byte)2 : (byte)1;
        await peer.SendAsync(bytes);
        Assert.Equal(new AssociateRjPdu(result, source, reason), await peer.ReceiveAsync());
        Assert.Empty(server.Requests);
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, "the end is reported, after the answer");
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(AssociationEndKind.Rejected, end.Kind);
    }

    [Fact]
    public async Task Associate_Answer_HasEveryContextOurLengthAndRoles()
    {
        await using var server = await TestServer.StartAsync(new DicomServerOptions { MaxPduLength = 65536 });
        server.Policy = request => new AssociationDecision(null, context => context.AbstractSyntax == SopClasses.Verification
            ? ContextDecision.TransferSyntaxesNotSupported
            : ContextDecision.Accept(context.TransferSyntaxes[^1]));
        var rq = ScriptedPeer.Rq with
        {
            User = ScriptedPeer.Rq.User with
            {
                Roles =
                [
                    new(SopClasses.StorageCommitmentPushModel, ScuRole: false, ScpRole: true), // a PACS that comes to report
                    new(ScriptedPeer.Ultrasound, ScuRole: true, ScpRole: true),                // C-GET, which we do not do
                    new(SopClasses.Verification, ScuRole: true, ScpRole: false),               // a refused context
                ],
            },
        };
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(rq);
        var ac = Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync());

        Assert.Equal([(1, 4), (3, 0), (5, 0)], ac.Contexts.Select(context => ((int)context.Id, (int)context.Result)));
        Assert.Equal(65536u, ac.User.MaxLength);
        Assert.Equal(
            [new RoleSelection(SopClasses.StorageCommitmentPushModel, false, true), new RoleSelection(ScriptedPeer.Ultrasound, true, false)],
            ac.User.Roles);
    }

    [Fact]
    public async Task Associate_PolicyChoosesWhatWasNotProposed_IsRefused()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => new AssociationDecision(null, _ => ContextDecision.Accept(TransferSyntax.JPEG2000.Uid));
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Rq);
        var ac = Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync());
        Assert.All(ac.Contexts, context => Assert.Equal(4, context.Result));
    }

    [Fact]
    public async Task Associate_All128Contexts_AreAnswered()
    {
        await using var server = await TestServer.StartAsync();
        var contexts = Enumerable.Range(0, 128).Select(i => new ProposedContext((byte)(2 * i + 1), SopClasses.Verification, [TransferSyntax.ImplicitVRLittleEndian.Uid])).ToList();
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Rq with { Contexts = contexts });
        Assert.Equal(128, Assert.IsType<AssociateAcPdu>(await peer.ReceiveAsync()).Contexts.Count);
        await peer.AssertEchoAsync();
    }

    [Fact]
    public async Task Associate_NoContexts_IsAcceptedAndReleased()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint, ScriptedPeer.Rq with { Contexts = [] });
        await peer.SendAsync(new ReleaseRqPdu());
        Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
        peer.Dispose();
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Associate_PolicyThrows_IsRejectedTransiently()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => throw new InvalidOperationException("a bug");
        using var peer = await ScriptedPeer.ConnectAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Rq);
        Assert.Equal(new AssociateRjPdu(2, 3, 1), await peer.ReceiveAsync());
    }

    public static TheoryData<string, int, string?, string?, ushort> Requests => new()
    {
        { "C-FIND", 0x0020, null, null, 0x0211 },
        { "N-CREATE", 0x0140, null, null, 0x0211 },
        { "no DIMSE at all", 0x7777, null, null, 0x0211 },
        { "C-STORE of another SOP class than the context's", 0x0001, SopClasses.CTImageStorage, "1.2.3", 0x0122 },
        { "C-STORE without an instance", 0x0001, ScriptedPeer.Ultrasound, null, 0x0117 },
        { "C-STORE of a path", 0x0001, ScriptedPeer.Ultrasound, "../../etc/passwd", 0x0117 },
        { "C-STORE of 64 characters", 0x0001, ScriptedPeer.Ultrasound, "1.22222222222222222222222222222222222222222222222222222222222222", 0x0000 },
        { "C-STORE of 65 characters", 0x0001, ScriptedPeer.Ultrasound, "1.2222222222222222222222222222222222222222222222222222222222222245", 0x0117 },
        { "N-EVENT-REPORT on a storage context", 0x0100, SopClasses.StorageCommitmentPushModel, StorageCommitment.SopInstanceUid, 0x0118 },
        { "N-ACTION on a storage context", 0x0130, SopClasses.StorageCommitmentPushModel, StorageCommitment.SopInstanceUid, 0x0118 },
    };

    [Theory]
    [MemberData(nameof(Requests))]
    public async Task Request_NotOurs_IsAnsweredAndTheAssociationGoesOn(string what, int field, string? sopClass, string? sopInstance, ushort status)
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        var request = new CommandSet { Field = (CommandField)field, MessageId = 9, HasDataset = true, AffectedSopClassUid = sopClass, AffectedSopInstanceUid = sopInstance };
        await peer.SendAsync(ScriptedPeer.Command(3, request));
        await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[1000]));
        await peer.SendAsync(ScriptedPeer.PData(3, false, true, new byte[10]));

        var response = await peer.ReceiveCommandAsync();
        Assert.Equal((what, field | 0x8000, (ushort?)9, (ushort?)status), (what, (int)response.Field, response.MessageIdBeingRespondedTo, response.Status));
        Assert.Equal((sopClass, sopInstance), (response.AffectedSopClassUid, response.AffectedSopInstanceUid));
        await peer.AssertEchoAsync();
        peer.Dispose();
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Action_WithoutItsInformation_IsAnInvalidArgument()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Command(5, new CommandSet
        {
            Field = CommandField.NActionRq, MessageId = 2, ActionTypeId = 1, RequestedSopClassUid = StorageCommitment.SopClassUid, RequestedSopInstanceUid = StorageCommitment.SopInstanceUid,
        }));
        var response = await peer.ReceiveCommandAsync();
        Assert.Equal((CommandField.NActionRsp, (ushort?)0x0115), (response.Field, response.Status));
    }

    [Fact]
    public async Task Cancel_OfNothing_IsIgnored()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Command(1, new CommandSet { Field = CommandField.CCancelRq, MessageIdBeingRespondedTo = 5 }));
        await peer.AssertEchoAsync();
    }

    [Fact]
    public async Task EventReport_CommittedAndFailed_ReachesTheHandler()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        var information = StorageCommitment.Request("2.25.9", [new SopReference("1.2", "1.2.3")])
            .SetSequence(DicomTags.FailedSOPSequence, new DicomDataset()
                .Set(DicomTags.FailureReason, 0x0112)
                .Set(DicomTags.ReferencedSOPClassUID, "1.2")
                .Set(DicomTags.ReferencedSOPInstanceUID, "1.2.4"));
        await peer.SendAsync(ScriptedPeer.Command(5, new CommandSet
        {
            Field = CommandField.NEventReportRq, MessageId = 3, EventTypeId = 2, HasDataset = true,
            AffectedSopClassUid = StorageCommitment.SopClassUid, AffectedSopInstanceUid = StorageCommitment.SopInstanceUid,
        }));
        await peer.SendAsync(ScriptedPeer.PData(5, false, true, DicomDatasetWriter.Encode(information, TransferSyntax.ImplicitVRLittleEndian)));

        var response = await peer.ReceiveCommandAsync();
        Assert.Equal((CommandField.NEventReportRsp, (ushort?)0, (ushort?)2), (response.Field, response.Status, response.EventTypeId));
        Assert.True(server.Reports.TryPeek(out var report));
        Assert.Equal("2.25.9", report.TransactionUid);
        Assert.Equal([new SopReference("1.2", "1.2.3")], report.Committed);
        Assert.Equal([(new SopReference("1.2", "1.2.4"), (ushort)0x0112)], report.Failed);
    }

    [Fact]
    public async Task Store_NoPlace_AnswersOutOfResourcesAndGoesOn()
    {
        await using var server = await TestServer.StartAsync();
        Directory.Delete(server.Folder); // the disk has gone
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));
        await peer.SendAsync(ScriptedPeer.PData(3, false, true, new byte[100]));
        Assert.Equal((ushort)0xA700, (await peer.ReceiveCommandAsync()).Status);
        await peer.AssertEchoAsync();
        Directory.CreateDirectory(server.Folder);
    }

    [Fact]
    public async Task Stop_MessageUnderWay_IsFinishedAndNobodyNewIsLetIn()
    {
        await using var server = await TestServer.StartAsync();
        var endPoint = server.EndPoint;
        using var silent = await ScriptedPeer.ConnectAsync(endPoint);
        using var peer = await ScriptedPeer.AssociateAsync(endPoint);
        await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));

        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        var stopping = server.Server.StopAsync(patience.Token);
        await silent.AssertClosedAsync(); // it had no association to finish
        await Assert.ThrowsAsync<System.Net.Sockets.SocketException>(() => ScriptedPeer.ConnectAsync(endPoint));
        await peer.SendAsync(ScriptedPeer.PData(3, false, true, new byte[100]));
        Assert.Equal((ushort)0, (await peer.ReceiveCommandAsync()).Status);
        Assert.False(stopping.IsCompleted);
        await peer.SendAsync(new ReleaseRqPdu());
        Assert.IsType<ReleaseRpPdu>(await peer.ReceiveAsync());
        peer.Dispose();
        await stopping;
        Assert.Single(server.Stored);
    }

    [Fact]
    public async Task Stop_TimeIsUp_AbortsAndLeavesNoFile()
    {
        await using var server = await TestServer.StartAsync();
        using var peer = await ScriptedPeer.AssociateAsync(server.EndPoint);
        await peer.SendAsync(ScriptedPeer.Command(3, ScriptedPeer.StoreRq()));
        await peer.SendAsync(ScriptedPeer.PData(3, false, false, new byte[100]));
        await Eventually.IsTrueAsync(() => Directory.GetFiles(server.Folder).Length == 1, "the file has begun");

        await server.Server.StopAsync(new CancellationToken(canceled: true));
        await peer.AssertAbortedAsync(AbortSource.ServiceUser, AbortReason.NotSpecified);
        Assert.Empty(Directory.GetFiles(server.Folder));
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(AssociationEndKind.AbortedByUs, end.Kind);
    }
}
