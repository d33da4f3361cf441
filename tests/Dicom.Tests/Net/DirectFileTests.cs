using EchoClr.Dicom.Net.Server;
using EchoClr.Testing;

namespace EchoClr.Dicom.Tests.Net;

public sealed class DirectFileTests
{
    private const int Piece = 1 << 20;

    /// <summary>Around every length at which something else happens: small and large, whole blocks and not, one piece and several.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(128 * 1024)]
    [InlineData(128 * 1024 + 1)]
    [InlineData(700_123)]
    [InlineData(Piece - 1)]
    [InlineData(Piece)]
    [InlineData(Piece + 1)]
    [InlineData(3 * Piece)]
    [InlineData(3 * Piece + 4097)]
    public void File_HoldsWhatWasAppended_AndItsBeginningIsKnown(int length)
    {
        using var folder = new TemporaryFolder();
        Check(folder.Path, length);
    }

    /// <summary>On a file system in memory, which takes requests past the cache or, on older kernels, refuses them.</summary>
    [Fact]
    public void File_OnAnotherFileSystem_IsTheSame()
    {
        using var disk = SmallDisk.Mount(mebibytes: 8);
        Check(disk.Path, 3 * Piece + 4097);
    }

    [Theory]
    [InlineData(100_000)]
    [InlineData(3 * Piece)]
    public void FullDisk_SaysSo_AndMemoryIsGivenBackOnce(int length)
    {
        using var disk = SmallDisk.Mount(mebibytes: 1);
        disk.Fill(leaveBytes: 0);
        using (var file = DirectFile.Create(Path.Combine(disk.Path, "object")))
        {
            var failure = Assert.ThrowsAny<IOException>(() =>
            {
                file.Append(Bytes(length));
                file.Complete();
            });
            Assert.Equal(28, failure.HResult); // ENOSPC
            file.Dispose();
        }
        using var folder = new TemporaryFolder();
        using var first = DirectFile.Create(Path.Combine(folder.Path, "first"));
        using var second = DirectFile.Create(Path.Combine(folder.Path, "second"));
        first.Append("first"u8);
        second.Append("second"u8);
        Assert.Equal("first"u8, first.Beginning.Span);
    }

    [Fact]
    public void Create_WhereThereIsAFile_LeavesIt()
    {
        using var folder = new TemporaryFolder();
        var path = Path.Combine(folder.Path, "object");
        File.WriteAllText(path, "older");
        Assert.ThrowsAny<IOException>(() => DirectFile.Create(path));
        Assert.Equal("older", File.ReadAllText(path));
    }

    private static void Check(string folder, int length)
    {
        var bytes = Bytes(length);
        var path = Path.Combine(folder, "object");
        using var file = DirectFile.Create(path);
        for (var at = 0; at < length; at += 65_537)
            file.Append(bytes.AsSpan(at, Math.Min(65_537, length - at)));
        file.Complete();

        Assert.Equal(length, file.Length);
        Assert.True(bytes.AsSpan().SequenceEqual(File.ReadAllBytes(path)));
        Assert.True(bytes.AsSpan().StartsWith(file.Beginning.Span));
        Assert.InRange(file.Beginning.Length, Math.Min(length, 32 * 1024), length);
    }

    private static byte[] Bytes(int length)
    {
        var bytes = new byte[length];
        new Random(1).NextBytes(bytes);
        return bytes;
    }
}
