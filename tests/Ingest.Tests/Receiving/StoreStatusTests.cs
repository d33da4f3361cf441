using EchoClr.Ingest.Receiving;
using EchoClr.Testing;
using Microsoft.Data.Sqlite;

namespace EchoClr.Ingest.Tests.Receiving;

public sealed class StoreStatusTests
{
    [Fact]
    public void EveryFailure_StandsInTheConformanceStatement()
    {
        var statement = File.ReadAllText(Path.Combine(RealData.RepositoryRoot, "CONFORMANCE.md"));
        foreach (var status in StoreStatus.Failures)
            Assert.Contains($"| {status.Code:X4}H | {status.ErrorComment} |", statement);
        Assert.All(StoreStatus.Failures, status => Assert.True(status.ErrorComment!.Length <= 64)); // (0000,0902) is an LO
    }

    [Theory]
    [InlineData(28, "storage is full")] // ENOSPC
    [InlineData(122, "storage is full")] // EDQUOT
    [InlineData(5, "storage or database is not available")] // EIO
    [InlineData(30, "storage or database is not available")] // EROFS
    public void Of_DiskTrouble_IsA700(int errno, string comment)
    {
        var status = StoreStatus.Of(new IOException("disk", errno));
        Assert.Equal((0xA700, comment), (status.Code, status.ErrorComment));
    }

    [Theory]
    [InlineData(5, 0xA700)] // SQLITE_BUSY
    [InlineData(10, 0xA700)] // SQLITE_IOERR
    [InlineData(13, 0xA700)] // SQLITE_FULL
    [InlineData(14, 0xA700)] // SQLITE_CANTOPEN
    [InlineData(19, 0x0110)] // SQLITE_CONSTRAINT: a fault of ours
    public void Of_DatabaseTrouble(int code, int status) => Assert.Equal(status, StoreStatus.Of(new SqliteException("database", code)).Code);

    [Fact]
    public void Of_AnythingElse_IsAProcessingFailure() => Assert.Equal(0x0110, StoreStatus.Of(new InvalidOperationException()).Code);
}
