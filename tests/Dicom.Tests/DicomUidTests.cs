using System.Numerics;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests;

public class DicomUidTests
{
    [Fact]
    public void FromName_IsAlwaysTheSameAndKnowsWhereItsPartsEnd()
    {
        // Frozen: were it to change, every report already sent would get a second identity.
        Assert.Equal("2.25.11371492076852040179994361344297532301", DicomUid.FromName("study", "1.2.3"));
        Assert.NotEqual(DicomUid.FromName("a", "bc"), DicomUid.FromName("ab", "c"));
        Assert.NotEqual(DicomUid.FromName("a"), DicomUid.FromName("a", ""));
        Assert.True(DicomUid.IsValid(DicomUid.FromName("study", "1.2.3")));
    }

    [Fact]
    public async Task FromName_IsTheVersion5UuidOfPython()
    {
        var python = await ExternalTool.RunAsync("python3", "/usr/bin/python3", "-c",
            "import uuid; print(uuid.uuid5(uuid.UUID('6f1c9e0b3d5a4c478a1e5b7c2d904e63'), '5:study5:1.2.3').int)");
        Assert.Equal("2.25." + python.Output.Trim(), DicomUid.FromName("study", "1.2.3"));
        var uuid = BigInteger.Parse(python.Output);
        Assert.Equal(5, (int)((uuid >> 76) & 0xF));
    }

    [Theory]
    [InlineData("1.2.840.10008.1.2", true)]
    [InlineData("2.25.0", true)]
    [InlineData("1", true)]
    [InlineData("1.2.840.113619.2.21.848.246800003.0.1952805748.312345678901234567", false)] // 65 characters
    [InlineData("1.2.840.113619.2.21.848.246800003.0.1952805748.31234567890123456", true)] // 64
    [InlineData("", false)]
    [InlineData(null, false)]
    [InlineData("1..2", false)]
    [InlineData(".1.2", false)]
    [InlineData("1.2.", false)]
    [InlineData("1.02", false)]
    [InlineData("1.2.a", false)]
    [InlineData("../../etc/passwd", false)]
    [InlineData("1.2.3\0", false)]
    [InlineData("1.2.\u0663", false)] // an Arabic digit is no digit here
    public void IsValid_FollowsTheStandard(string? uid, bool valid) => Assert.Equal(valid, DicomUid.IsValid(uid));

    [Fact]
    public void TransferSyntax_TableKnowsWhatEachIs()
    {
        Assert.True(TransferSyntax.Parse("1.2.840.10008.1.2.4.50") is { IsEncapsulated: true, IsLossy: true, IsVideo: false, IsKnown: true });
        Assert.True(TransferSyntax.Parse("1.2.840.10008.1.2.4.102") is { IsVideo: true, IsLossy: true });
        Assert.True(TransferSyntax.Parse("1.2.840.10008.1.2.5") is { IsEncapsulated: true, IsLossy: false });
        Assert.True(TransferSyntax.Parse("1.2.840.10008.1.2.2") is { IsLittleEndian: false, IsEncapsulated: false });
        Assert.True(TransferSyntax.Parse("1.2.3.4.5.6") is { IsKnown: false, IsExplicitVr: true });
        Assert.Equal("Ultrasound Multi-frame Image Storage", DicomUid.NameOf(SopClasses.UltrasoundMultiFrameImageStorage));
        Assert.True(TransferSyntax.All.Count > 25);
    }
}
