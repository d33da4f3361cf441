using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Receiving;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Receiving;

public sealed class ReceivingTests
{
    [Fact]
    public async Task Store_First_IsSuccess_WithTheWiresBytesUnderANameOfOurs()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var dataset = Arrival.Cine();
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), dataset));

        var row = await ingest.Instances.FindAsync("1.2.3.1.1", default);
        var file = await File.ReadAllBytesAsync(ingest.Test.Blobs.PathOf(row!.FileKey!), default);
        Assert.Equal(Arrival.Bytes(dataset), file[(int)row.DatasetOffset..]);
        Assert.Equal((30, "US", InstanceOrigin.Peer), (row.NumberOfFrames, row.Modality, row.Origin));
        Assert.Matches("^objects/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}\\.dcm$", row.FileKey);
        Assert.Empty(ingest.Files(BlobStore.Spool));
        Assert.Equal("Test^Patient", (await ingest.Studies.FindAsync("1.2.3", default))!.PatientName);
    }

    [Fact]
    public async Task Store_SameBytesAgain_IsSuccess_WithOneCopy()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine()));
        Assert.Single(ingest.Files(BlobStore.Objects));
        Assert.Empty(ingest.Files(BlobStore.Spool));
    }

    [Fact]
    public async Task Store_SameBytesAgain_WhenTheFirstFileIsGone_PutsItBack()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        var lost = (await ingest.Instances.FindAsync("1.2.3.1.1", default))!;
        File.Delete(ingest.Test.Blobs.PathOf(lost.FileKey!));

        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine()));
        var found = (await ingest.Instances.FindAsync("1.2.3.1.1", default))!;
        Assert.Equal(lost.Id, found.Id);
        Assert.True(File.Exists(ingest.Test.Blobs.PathOf(found.FileKey!)));
    }

    [Fact]
    public async Task Store_OtherBytesUnderTheSameUid_Is0111_AndBothAreKept()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        Assert.Equal(StoreStatus.OtherBytesUnderSameUid, await ingest.StoreAsync(ingest.Open(), Arrival.Cine(content: "other")));
        Assert.Equal(StoreStatus.OtherBytesUnderSameUid, await ingest.StoreAsync(ingest.Open(), Arrival.Cine(content: "other")));

        var conflict = Assert.Single(await ingest.Instances.ListConflictsAsync(default));
        var row = (await ingest.Instances.FindAsync("1.2.3.1.1", default))!;
        Assert.Equal(Arrival.Bytes(Arrival.Cine()), (await File.ReadAllBytesAsync(ingest.Test.Blobs.PathOf(row.FileKey!), default))[(int)row.DatasetOffset..]);
        Assert.Equal(Arrival.Bytes(Arrival.Cine(content: "other")), (await File.ReadAllBytesAsync(ingest.Test.Blobs.PathOf(conflict.FileKey), default))[(int)row.DatasetOffset..]);
        Assert.Equal(2, ingest.Files(BlobStore.Objects).Count); // the third arrival left nothing
    }

    [Fact]
    public async Task Store_SixteenAssociationsWithOneNewStudy_AllSucceed_IntoOneVersion()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var statuses = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(async () =>
        {
            var association = ingest.Open();
            var statuses = new List<DimseStatus>();
            for (var k = 0; k < 4; k++)
                statuses.Add(await ingest.StoreAsync(association, Arrival.Cine(instance: $"1.2.3.1.{i}.{k}")));
            return statuses;
        })));
        Assert.All(statuses.SelectMany(status => status), status => Assert.Equal(DimseStatus.Success, status));
        var version = Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default));
        Assert.Equal(64, (await ingest.Studies.ListInstancesAsync(version.Id, default)).Count);
        Assert.Equal(64, ingest.Files(BlobStore.Objects).Count);
    }

    [Theory]
    [InlineData("", 0xC001)]
    [InlineData("1.2.3\\1.2.4", 0xC002)]
    [InlineData("../../etc/passwd", 0xC002)]
    [InlineData("1..2", 0xC002)]
    [InlineData("1.2.a", 0xC002)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", 0xC002)]
    [InlineData("1.2.003", 0x0000)] // a vendor's leading zeros are kept as they are
    public async Task Store_StudyInstanceUid_DecidesWhetherItCanBeFiled(string uid, int status)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var dataset = Arrival.Cine().SetBytes(DicomTags.StudyInstanceUID, DicomVr.UI, System.Text.Encoding.ASCII.GetBytes(uid.Length % 2 == 0 ? uid : uid + "\0"));
        Assert.Equal(status, (await ingest.StoreAsync(ingest.Open(), dataset)).Code);
        if (status == 0)
            return;
        Assert.Empty(ingest.Files(BlobStore.Objects));
        var refusal = Assert.Single(await ingest.Instances.ListRefusalsAsync(DateTimeOffset.MinValue, default));
        Assert.Equal((status, "1.2.3.1.1"), (refusal.Status, refusal.SopInstanceUid));
    }

    [Fact]
    public async Task Store_CommandAndDatasetDiffer_IsRefusedInTheStandardsWords()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        Assert.Equal(StoreStatus.SopClassMismatch, await ingest.StoreAsync(association, Arrival.Cine(), sopClassUid: SopClasses.UltrasoundImageStorage));
        Assert.Equal(StoreStatus.SopInstanceMismatch, await ingest.StoreAsync(association, Arrival.Cine(), sopInstanceUid: "9.9.9"));
        Assert.Null(await ingest.Instances.FindAsync("1.2.3.1.1", default));
    }

    [Fact]
    public async Task Store_DatasetThatBreaksBeforeItsIdentity_IsC000_BreaksAfterIt_IsKept()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        var bytes = Arrival.Bytes(Arrival.Cine());
        Assert.Equal(StoreStatus.Unreadable, await ingest.Handler.StoreAsync(Arrival.Spool(ingest.Handler, association, bytes[..60]), default));
        Assert.Equal(DimseStatus.Success, await ingest.Handler.StoreAsync(Arrival.Spool(ingest.Handler, association, bytes[..^3]), default));
        var row = await ingest.Instances.FindAsync("1.2.3.1.1", default);
        Assert.Equal(bytes.Length - 3, row!.DatasetLength);
    }

    [Fact]
    public async Task Store_ObjectOfOurOwn_IsKeptButStartsNothing()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var association = ingest.Open();
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(association, Arrival.Cine().Set(DicomTags.Manufacturer, EchoClrImplementation.Manufacturer)));
        await ingest.EndAsync(association);
        ingest.Time.Advance(TimeSpan.FromDays(1));
        Assert.Equal(0, await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default));
        Assert.Equal(InstanceOrigin.Own, (await ingest.Instances.FindAsync("1.2.3.1.1", default))!.Origin);
    }

    [Fact]
    public async Task Store_StoreThatCannotBeWritten_IsA700_AndNoRowClaimsTheObject()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var objects = Path.Combine(ingest.Test.Options.Directory, BlobStore.Objects);
        Directory.Delete(objects);
        await File.WriteAllTextAsync(objects, "a file where a folder should be", default);
        Assert.Equal(0xA700, (await ingest.StoreAsync(ingest.Open(), Arrival.Cine())).Code);
        Assert.Null(await ingest.Instances.FindAsync("1.2.3.1.1", default));
        File.Delete(objects);
        Directory.CreateDirectory(objects);
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine()));
    }

    [Fact]
    public async Task Sweep_DeletesOnlyOldFilesThatNoRowNames()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine(content: "other")); // a conflict is named by its own row
        var spooled = ingest.Test.Blobs.NewSpoolFile();
        await File.WriteAllTextAsync(spooled, "died before the rename", default);
        foreach (var area in (string[])[BlobStore.Objects, BlobStore.Results, BlobStore.Clips])
        {
            var second = ingest.Test.Blobs.NewSpoolFile();
            await File.WriteAllTextAsync(second, "died after the rename", default);
            ingest.Test.Blobs.TakeOver(second, BlobStore.NewKey(area));
        }
        var written = new DateTimeOffset(File.GetLastWriteTimeUtc(spooled));

        Assert.Equal(0, await ingest.Sweep.RunOnceAsync(written + BlobStore.OrphanMinAge - TimeSpan.FromMinutes(1), default));
        Assert.Equal(4, await ingest.Sweep.RunOnceAsync(written + BlobStore.OrphanMinAge + TimeSpan.FromMinutes(1), default));
        Assert.Empty(ingest.Files(BlobStore.Spool));
        Assert.Equal(2, ingest.Files(BlobStore.Objects).Count);
        Assert.Empty(ingest.Files(BlobStore.Results));
        Assert.Empty(ingest.Files(BlobStore.Clips));
    }
}
