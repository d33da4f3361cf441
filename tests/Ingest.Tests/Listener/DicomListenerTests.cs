using EchoClr.Dicom;
using EchoClr.Dicom.Net.Pdus;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Audit;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Listener;

/// <summary>The whole role over a real socket: what <c>AddIngest</c> registers, and our own client as the peer.</summary>
public sealed class DicomListenerTests
{
    [Fact]
    public async Task SixteenAssociations_DeliverOneNewStudy_KeptByteForByte_AndCompleted()
    {
        await using var ingest = await ListeningIngest.StartAsync();
        using var folder = new TemporaryFolder();
        var results = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var files = Enumerable.Range(0, 3).Select(k => WriteFile(folder, $"1.2.3.{i}.{k}")).ToList();
            return await ingest.SendAsync(files);
        })));
        Assert.All(results.SelectMany(result => result), result => Assert.Equal(DimseStatus.Success, result.Status));

        var studies = ingest.Get<StudyStore>();
        var blobs = ingest.Get<BlobStore>();
        var version = await UntilCompleteAsync(studies);
        Assert.Equal(48, version.InstanceCount);
        foreach (var row in await studies.ListInstancesAsync(version.Id, default))
        {
            var sent = DicomFile.ReadMeta(Path.Combine(folder.Path, row.SopInstanceUid));
            var (sentBytes, kept) = (await File.ReadAllBytesAsync(Path.Combine(folder.Path, row.SopInstanceUid), default), await File.ReadAllBytesAsync(blobs.PathOf(row.FileKey!), default));
            Assert.Equal(sentBytes[(int)sent.DatasetOffset..], kept[(int)row.DatasetOffset..]);
        }

        Assert.Empty(ingest.Spooled);
    }

    [Fact]
    public async Task UnlistedCaller_IsRejected_AndIsWrittenDown()
    {
        await using var ingest = await ListeningIngest.StartAsync();
        var client = ListeningIngest.NewClient();
        var rejection = await Assert.ThrowsAsync<DicomNetworkException>(() => client.EchoAsync(ingest.Peer("STRANGER"), default));
        Assert.Contains("calling", rejection.Message, StringComparison.OrdinalIgnoreCase);
        await ingest.StopAsync();
        var alert = Assert.Single(await ingest.Get<AuditTrail>().ListAsync(DateTimeOffset.UnixEpoch, 10, default));
        Assert.Equal("110113", alert.Event);
        Assert.Contains("STRANGER", alert.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OneSendersCap_IsATransientRejection_ThatLeavesNoRow_AndKeepsNobodyElseOut()
    {
        await using var ingest = await ListeningIngest.StartAsync(
            ("Ingest:Listener:MaxAssociationsPerSender", "1"), ("Ingest:Listener:Senders:1:AeTitle", "SCRIPTED"), ("Ingest:Listener:Senders:1:Address", "127.0.0.1"));
        var endPoint = new System.Net.IPEndPoint(System.Net.IPAddress.Loopback, ingest.Port);
        using (var first = await ScriptedPeer.AssociateAsync(endPoint))
        {
            for (var i = 0; i < 20; i++)
            {
                using var again = await ScriptedPeer.ConnectAsync(endPoint);
                await again.SendAsync(ScriptedPeer.Rq);
                Assert.Equal(new AssociateRjPdu(2, 3, 2), await again.ReceiveAsync());
            }
            var client = ListeningIngest.NewClient();
            Assert.True((await client.EchoAsync(ingest.Peer(), default)).Status.IsSuccess);
        }
        await Eventually.IsTrueAsync(() => ingest.Server.AssociationCount == 0, "the slot is back");
        using (await ScriptedPeer.AssociateAsync(endPoint))
        {
        }
        await ingest.StopAsync();
        Assert.Equal(0, await ingest.Test.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM association WHERE end_kind = 'Rejected'"), default));
    }

    private static string WriteFile(TemporaryFolder folder, string uid)
    {
        var path = Path.Combine(folder.Path, uid);
        new DicomFile(Arrival.Cine(instance: uid, content: uid), TransferSyntax.ExplicitVRLittleEndian).Write(path);
        return path;
    }

    private static async Task<StudyVersionRow> UntilCompleteAsync(StudyStore studies)
    {
        using var timeout = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (true)
        {
            var versions = await studies.ListVersionsAsync("1.2.3", timeout.Token);
            if (versions.Count > 0 && versions[^1].State == StudyVersionState.Complete)
                return versions[^1];
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, timeout.Token);
        }
    }
}
