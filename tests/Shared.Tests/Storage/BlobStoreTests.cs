using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Storage;

public sealed class BlobStoreTests
{
    [Fact]
    public async Task TakeOver_MovesTheWholeFileUnderItsKey()
    {
        using var folder = new TemporaryFolder();
        var blobs = new BlobStore(folder.Path);
        var spooled = blobs.NewSpoolFile();
        await File.WriteAllTextAsync(spooled, "bytes", TestContext.Current.CancellationToken);
        var key = BlobStore.NewKey(BlobStore.Objects);
        blobs.TakeOver(spooled, key);
        Assert.False(File.Exists(spooled));
        Assert.Equal("bytes", await File.ReadAllTextAsync(blobs.PathOf(key), TestContext.Current.CancellationToken));
        Assert.Matches("^objects/[0-9a-f]{2}/[0-9a-f]{2}/[0-9a-f]{32}\\.dcm$", key);
        Assert.Equal([key], blobs.List(BlobStore.Objects, DateTimeOffset.MaxValue));
    }

    [Fact]
    public async Task List_LeavesYoungFiles()
    {
        using var folder = new TemporaryFolder();
        var blobs = new BlobStore(folder.Path);
        var spooled = blobs.NewSpoolFile();
        await File.WriteAllTextAsync(spooled, "bytes", TestContext.Current.CancellationToken);
        File.SetLastWriteTimeUtc(spooled, Rows.Noon.UtcDateTime);
        Assert.Empty(blobs.List(BlobStore.Spool, Rows.Noon));
        Assert.Single(blobs.List(BlobStore.Spool, Rows.Noon.AddSeconds(1)));
    }

    [Fact]
    public void TakeOver_FileThatIsGone_SaysSo()
    {
        using var folder = new TemporaryFolder();
        var blobs = new BlobStore(folder.Path);
        Assert.Throws<FileNotFoundException>(() => blobs.TakeOver(blobs.NewSpoolFile(), BlobStore.NewKey(BlobStore.Objects)));
    }

    [Fact]
    public void FlushDirectory_ThatIsNotThere_ThrowsWithTheErrno()
    {
        var exception = Assert.Throws<IOException>(() => Durable.FlushDirectory("/nowhere/at/all"));
        Assert.Equal(2, exception.HResult); // ENOENT
    }

    [Fact]
    public async Task WriteFile_Twice_LeavesOneWholeFileAndNothingBeside()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "report.dcm");
        Durable.WriteFile(path, "first"u8);
        Durable.WriteFile(path, "second"u8);
        Assert.Equal("second", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
        Assert.Single(Directory.GetFiles(folder.Path));
    }
}
