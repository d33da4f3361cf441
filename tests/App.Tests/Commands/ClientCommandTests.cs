using EchoClr.App.Demo;
using EchoClr.Dicom;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>ping</c> and <c>send</c> as a person types them, against a real PACS.</summary>
public sealed class ClientCommandTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-client-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task PingAndSend_Orthanc_AnswersAndKeepsTheFile()
    {
        DebianPackage.RequireOrthanc();
        var file = RealData.RequireFile("echo_cine/go-dicom__I_000009.dcm");
        var cancellationToken = TestContext.Current.CancellationToken;
        await using var orthanc = await DemoPacs.StartAsync(new(folder)
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", 104) },
        }, cancellationToken);
        var address = $"ORTHANC@127.0.0.1:{orthanc.DicomPort}";

        var ping = await RunAsync("ping", address);
        Assert.Equal(0, ping.ExitCode);
        Assert.StartsWith(address + " answered 0000H after ", ping.Output, StringComparison.Ordinal);

        var send = await RunAsync("send", file, "--to", address);
        Assert.Equal((0, "1 stored, 0 not stored\n"), (send.ExitCode, send.Output));
        var instance = Assert.Single(await orthanc.FindAsync("Instance", new Dictionary<string, string>(), cancellationToken));
        Assert.Equal(new FileInfo(file).Length, (await orthanc.GetFileAsync(instance, cancellationToken)).Length, 4096.0); // the meta information may differ

        var stranger = await RunAsync("ping", address, "--from", "STRANGER");
        Assert.Equal(1, stranger.ExitCode);
        Assert.Contains("did not answer", stranger.Error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PingAndSend_ByTls_ReachStorescp()
    {
        using var authority = new TestAuthority();
        var (theirs, ours) = (authority.Issue("storescp"), authority.Issue("caller"));
        var file = Path.Combine(folder, "phantom.dcm");
        new DicomFile(new DicomDataset().Set(DicomTags.SOPClassUID, SopClasses.UltrasoundImageStorage).Set(DicomTags.SOPInstanceUID, "1.2.3"), TransferSyntax.ExplicitVRLittleEndian).Write(file);
        var port = RunningTool.FreePort();
        await using var scp = await ExternalTool.StartServerAsync("dcmtk", "storescp", ["+tls", theirs.KeyFile, theirs.File, "+cf", authority.TrustFile, "-od", folder, $"{port}"], port);
        string[] tls = ["--tls-trust", authority.TrustFile, "--tls-cert", ours.File, "--tls-key", ours.KeyFile];

        Assert.Equal(0, (await RunAsync(["ping", $"STORESCP@localhost:{port}", .. tls])).ExitCode);
        var send = await RunAsync(["send", file, "--to", $"STORESCP@localhost:{port}", .. tls]);
        Assert.Equal((0, "1 stored, 0 not stored\n"), (send.ExitCode, send.Output));
        Assert.Contains("not the one asked for", (await RunAsync(["ping", $"STORESCP@localhost:{port}", .. tls, "--tls-peer", "subject:CN=other"])).Error, StringComparison.Ordinal);
        Assert.Contains("--tls-trust", (await RunAsync("ping", $"STORESCP@localhost:{port}", "--tls-cert", ours.File)).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("ping", "ORTHANC@127.0.0.1:1")]
    [InlineData("worklist", "--data", "/nonexistent/echoclr")]
    [InlineData("report", "1.2.3", "--data", "/nonexistent/echoclr")]
    [InlineData("send", "/nonexistent/file", "--to", "A@127.0.0.1:1")]
    public async Task Run_CannotWork_SaysWhyInOneLineAndFails(params string[] arguments)
    {
        var (exitCode, output, error) = await RunAsync(arguments);
        Assert.Equal((1, ""), (exitCode, output));
        Assert.StartsWith("echoclr: ", error, StringComparison.Ordinal);
        Assert.Single(error.TrimEnd('\n').Split('\n'));
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
