using EchoClr.App.Configuration;

namespace EchoClr.App.Tests.Configuration;

public sealed class DicomAddressTests
{
    [Theory]
    [InlineData("ORTHANC@127.0.0.1:4242", "ORTHANC", "127.0.0.1", 4242)]
    [InlineData("MY PACS@pacs.example:104", "MY PACS", "pacs.example", 104)]
    [InlineData("A@[::1]:11112", "A", "::1", 11112)]
    public void TryParse_Address_SplitsIt(string text, string aeTitle, string host, int port)
    {
        Assert.True(DicomAddress.TryParse(text, "ECHOCLR", out var peer));
        Assert.Equal((aeTitle, host, port, "ECHOCLR"), (peer!.AeTitle, peer.Host, peer.Port, peer.CallingAeTitle));
    }

    [Theory]
    [InlineData("127.0.0.1:4242")]
    [InlineData("@host:104")]
    [InlineData("PACS@host")]
    [InlineData("PACS@:104")]
    [InlineData("PACS@host:0")]
    [InlineData("PACS@host:65536")]
    [InlineData("A-TITLE-OF-17-CHR@host:104")]
    [InlineData("BACK\\SLASH@host:104")]
    public void TryParse_NoAddress_IsRefused(string text) => Assert.False(DicomAddress.TryParse(text, "ECHOCLR", out _));
}
