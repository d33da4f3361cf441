using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;

namespace EchoClr.Ingest.Tests.Commitment;

/// <summary>What senders are told about their objects is the truth, down to the bytes on the disk.</summary>
public sealed class HoldingsTests
{
    private const string UltrasoundCine = SopClasses.UltrasoundMultiFrameImageStorage;

    [Fact]
    public async Task StoredObject_IsCommitted_OthersAreNot()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await StoreAsync(ingest, "1.2.3.1.1");

        var report = await AskAsync(ingest, new(UltrasoundCine, "1.2.3.1.1"), new(UltrasoundCine, "1.2.3.1.2"));

        Assert.Equal([new SopReference(UltrasoundCine, "1.2.3.1.1")], report.Committed);
        Assert.Equal([(new SopReference(UltrasoundCine, "1.2.3.1.2"), (ushort)0x0112)], report.Failed);
    }

    [Fact]
    public async Task AnotherSopClass_IsAClassInstanceConflict()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await StoreAsync(ingest, "1.2.3.1.1");

        Assert.Equal(0x0119, await FailureAsync(ingest, "1.2.3.1.1", SopClasses.SecondaryCaptureImageStorage));
    }

    [Theory]
    [InlineData("gone", 0x0112)]
    [InlineData("shorter", 0x0112)]
    [InlineData("other bytes", 0x0110)]
    public async Task DamagedFile_IsNotCommittedTo(string damage, int reason)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await StoreAsync(ingest, "1.2.3.1.1");
        var file = Assert.Single(ingest.Files(Shared.Storage.BlobStore.Objects));
        switch (damage)
        {
            case "gone":
                File.Delete(file);
                break;
            case "shorter":
                await File.WriteAllBytesAsync(file, (await File.ReadAllBytesAsync(file))[..^1]);
                break;
            default:
                var bytes = await File.ReadAllBytesAsync(file);
                bytes[^3] ^= 1;
                await File.WriteAllBytesAsync(file, bytes);
                break;
        }

        Assert.Equal(reason, await FailureAsync(ingest, "1.2.3.1.1"));
    }

    [Fact]
    public async Task ExpiredByPolicy_IsNotCommittedTo()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await StoreAsync(ingest, "1.2.3.1.1");
        await ingest.Test.Database.WriteAsync(session => session.ExecuteAsync("UPDATE instance SET file_key = NULL, expired_at = @Now", new { Now = ingest.Time.GetUtcNow() }), default);

        Assert.Equal(0x0112, await FailureAsync(ingest, "1.2.3.1.1"));
    }

    [Fact]
    public async Task OtherBytesOfTheSameSender_AreNotCommittedTo()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await StoreAsync(ingest, "1.2.3.1.1");
        var association = ingest.Open();
        Assert.Equal(0x0111, (await ingest.StoreAsync(association, Arrival.Cine(instance: "1.2.3.1.1", content: "changed"))).Code);

        Assert.Equal(0x0110, await FailureAsync(ingest, "1.2.3.1.1"));
    }

    private static async Task<int> FailureAsync(IngestUnderTest ingest, string sopInstanceUid, string sopClassUid = UltrasoundCine)
    {
        var report = await AskAsync(ingest, new SopReference(sopClassUid, sopInstanceUid));
        Assert.Empty(report.Committed);
        return Assert.Single(report.Failed).FailureReason;
    }

    private static async Task<CommitmentReport> AskAsync(IngestUnderTest ingest, params SopReference[] objects)
    {
        var request = new CommitmentRequest(ingest.Open(), "PACS", "2.25.5", objects, RoleStated: true);
        Assert.Equal(DimseStatus.Success, await ingest.Handler.CommitmentRequestedAsync(request, default));
        var report = await ingest.Handler.ReportCommitmentAsync(request, default);
        Assert.Equal("2.25.5", report!.TransactionUid);
        return report;
    }

    private static async Task StoreAsync(IngestUnderTest ingest, string sopInstanceUid) =>
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine(instance: sopInstanceUid)));
}
