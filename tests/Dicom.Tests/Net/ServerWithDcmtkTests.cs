using System.Security.Cryptography;
using EchoClr.Dicom.Ports;
using EchoClr.Testing;
using Xunit;

namespace EchoClr.Dicom.Tests.Net;

/// <summary>Our listener with DCMTK's tools as senders.</summary>
public sealed class ServerWithDcmtkTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("echoclr-send-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task Echo_Echoscu_IsAnsweredSuccess()
    {
        await using var server = await TestServer.StartAsync();
        var echo = await ExternalTool.RunAsync("dcmtk", "echoscu", ["-v", "-aet", "MODALITY", "-aec", TestServer.AeTitle, "127.0.0.1", server.EndPoint.Port.ToString("D", null)]);

        Assert.Equal(0, echo.ExitCode);
        Assert.Contains("Success", echo.Said, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, "the association ended");
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(("MODALITY", AssociationEndKind.Released), (end.CallingAeTitle, end.Kind));
    }

    [Fact]
    public async Task Store_Storescu_FileHoldsTheBytesOfTheWire()
    {
        await using var server = await TestServer.StartAsync();
        await using var proxy = new RecordingProxy(server.EndPoint);
        var files = Enumerable.Range(1, 5).Select(seed => TestObjects.Write(_folder, seed, frames: 40)).ToArray();

        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-v", "-aec", TestServer.AeTitle, "127.0.0.1", proxy.Port.ToString("D", null), .. files]);

        Assert.Equal(0, store.ExitCode);
        Assert.Equal(5, server.Stored.Count);
        await AssertStoredIsRecordedAsync(server, proxy);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Store_RealCinesByStorescu_FilesHoldTheBytesOfTheWire()
    {
        var real = Directory.GetFiles(Path.Combine(RealData.RequireRoot(), "echo_cine"), "*.dcm")
            .Where(path => new FileInfo(path).Length < 4_000_000 && DicomFile.ReadMeta(path).TransferSyntax == TransferSyntax.JPEGBaseline8Bit)
            .Order(StringComparer.Ordinal).Take(8).ToArray();
        await using var server = await TestServer.StartAsync();
        await using var proxy = new RecordingProxy(server.EndPoint);

        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-v", "-R", "-xy", "-aec", TestServer.AeTitle, "127.0.0.1", proxy.Port.ToString("D", null), .. real]);

        Assert.Equal(real.Length, server.Stored.Count);
        Assert.Equal(0, store.ExitCode);
        await AssertStoredIsRecordedAsync(server, proxy);
        await server.AssertCleanAsync();
    }

    [Theory]
    [InlineData(0xA700, "Refused: OutOfResources")]
    [InlineData(0xC001, "Error: CannotUnderstand")]
    public async Task Store_HandlerAnswersFailure_SenderSeesItAndNothingStays(int code, string words)
    {
        await using var server = await TestServer.StartAsync();
        server.OnStore = (_, _) => new(new DimseStatus((ushort)code, new string('x', 100))); // a comment too long for LO
        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-v", "-aec", TestServer.AeTitle, "127.0.0.1", server.EndPoint.Port.ToString("D", null), TestObjects.Write(_folder, 1)]);

        Assert.Contains(words, store.Said, StringComparison.Ordinal);
        Assert.Empty(server.Stored);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Store_HandlerThrows_AnswersProcessingFailureAndServesOn()
    {
        await using var server = await TestServer.StartAsync();
        server.OnStore = (_, _) => throw new InvalidOperationException("a bug");
        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-d", "-aec", TestServer.AeTitle, "127.0.0.1", server.EndPoint.Port.ToString("D", null), TestObjects.Write(_folder, 1)]);

        Assert.Contains("0x0110", store.Said, StringComparison.Ordinal);
        await server.AssertCleanAsync();
    }

    [Fact]
    public async Task Associate_PolicyRejects_SenderReadsTheStandardsWords()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => AssociationDecision.Reject(AssociationRejection.CalledAeTitleNotRecognized);
        var echo = await ExternalTool.RunAsync("dcmtk", "echoscu", ["-v", "127.0.0.1", server.EndPoint.Port.ToString("D", null)]);

        Assert.NotEqual(0, echo.ExitCode);
        Assert.Contains("Called AE Title Not Recognized", echo.Said, StringComparison.Ordinal);
        await Eventually.IsTrueAsync(() => server.Ended.Count == 1, "the end is reported, after the answer");
        Assert.True(server.Ended.TryPeek(out var end));
        Assert.Equal(AssociationEndKind.Rejected, end.Kind);
    }

    [Fact]
    public async Task Associate_ContextRefused_SenderSaysSo()
    {
        await using var server = await TestServer.StartAsync();
        server.Policy = _ => new AssociationDecision(null, _ => ContextDecision.AbstractSyntaxNotSupported);
        var store = await ExternalTool.RunAsync("dcmtk", "storescu", ["-v", "-aec", TestServer.AeTitle, "127.0.0.1", server.EndPoint.Port.ToString("D", null), TestObjects.Write(_folder, 1)]);

        Assert.Contains("No Acceptable Presentation Contexts", store.Said, StringComparison.Ordinal);
        Assert.Empty(server.Stored);
    }

    [Fact]
    public async Task Find_AgainstOurListener_IsRefusedInTheStandardsWords()
    {
        await using var server = await TestServer.StartAsync();
        var find = await ExternalTool.RunAsync("dcmtk", "findscu", ["-d", "-S", "-k", "QueryRetrieveLevel=STUDY", "-k", "StudyInstanceUID", "127.0.0.1", server.EndPoint.Port.ToString("D", null)]);

        Assert.Contains("0x0211", find.Said, StringComparison.Ordinal);
        await server.AssertCleanAsync();
    }

    private static async Task AssertStoredIsRecordedAsync(TestServer server, RecordingProxy proxy)
    {
        var onTheWire = await proxy.DatasetsAsync();
        Assert.Equal(server.Stored.Count, onTheWire.Count);
        foreach (var ((instance, path), wire) in server.Stored.Zip(onTheWire))
        {
            var file = await File.ReadAllBytesAsync(path);
            Assert.Equal(wire.Length, instance.DatasetLength);
            Assert.Equal(instance.DatasetOffset + instance.DatasetLength, file.Length);
            Assert.True(file.AsSpan((int)instance.DatasetOffset).SequenceEqual(wire), "the file's data set differs from the wire's");
            Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(wire)), instance.DatasetSha256);

            var meta = DicomFile.ReadMeta(path);
            Assert.Equal(instance.DatasetOffset, meta.DatasetOffset);
            Assert.Equal(instance.Request.TransferSyntaxUid, meta.Meta.GetString(DicomTags.TransferSyntaxUID));
            Assert.Equal(instance.Request.SopInstanceUid, meta.Meta.GetString(DicomTags.MediaStorageSOPInstanceUID));
        }
    }
}
