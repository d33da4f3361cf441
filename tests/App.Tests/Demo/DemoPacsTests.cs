using System.Diagnostics;
using EchoClr.App.Demo;
using EchoClr.Testing;

namespace EchoClr.App.Tests.Demo;

/// <summary>The private PACS of the demonstration, with DCMTK's storescu and storescp as its peers.</summary>
public sealed class DemoPacsTests : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("echoclr-orthanc-").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task StartAsync_InstanceArrives_IsForwardedAndKept()
    {
        DebianPackage.RequireOrthanc();
        var file = RealData.RequireFile("echo_cine/go-dicom__I_000009.dcm");
        var cancellationToken = TestContext.Current.CancellationToken;
        var received = Directory.CreateDirectory(Path.Combine(folder, "received")).FullName;
        var port = LoopbackPorts.Free(1)[0];
        await using var peer = ChildProcess.Start("storescp", folder, "storescp", ["-aet", "ECHOCLR", "+xa", "-od", received, $"{port}"]);
        await using var orthanc = await DemoPacs.StartAsync(new(Path.Combine(folder, "orthanc"))
        {
            Modalities = new Dictionary<string, (string, int)> { ["echoclr"] = ("ECHOCLR", port), ["modality"] = ("MODALITY", 104) },
            ForwardTo = "echoclr",
        }, cancellationToken);

        Assert.Equal(0, await StoreScuAsync("MODALITY", orthanc, file));
        await WaitForAsync(() => Directory.EnumerateFiles(received).Any(), cancellationToken);
        Assert.Single(await orthanc.FindAsync("Instance", new Dictionary<string, string>(), cancellationToken));
        Assert.NotEqual(0, await StoreScuAsync("STRANGER", orthanc, file));
    }

    private static async Task<int> StoreScuAsync(string callingAeTitle, DemoPacs orthanc, string file)
    {
        using var process = Process.Start(new ProcessStartInfo("storescu", ["-xs", "-xy", "-aet", callingAeTitle, "-aec", orthanc.AeTitle, "127.0.0.1", $"{orthanc.DicomPort}", file])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        await process.WaitForExitAsync();
        return process.ExitCode;
    }

    private static async Task WaitForAsync(Func<bool> condition, CancellationToken cancellationToken)
    {
        var watch = Stopwatch.StartNew();
        while (!condition())
        {
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(30), "nothing came within 30 s");
            await Task.Delay(100, cancellationToken);
        }
    }
}
