using EchoClr.App.Configuration;
using EchoClr.App.Hosting;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace EchoClr.App.Tests.Commands;

/// <summary><c>backup</c> and <c>restore</c> as an operator runs them.</summary>
[Collection("hosts")]
public sealed class BackupCommandTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    private string Data => Path.Combine(_folder.Path, "data");

    public void Dispose()
    {
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        _folder.Dispose();
    }

    [Fact]
    public async Task WhileObjectsArrive_WhatIsRestoredElsewhereIsWhole_AndTheNextBackupLinks()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using var host = await StartAsync(cancellationToken);
        var port = host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port;
        await SendAsync(port, 0, 20, cancellationToken);
        await File.WriteAllTextAsync(Path.Combine(Data, "echoclr.json"), "{}", cancellationToken);

        using var enough = new CancellationTokenSource();
        var sending = Task.Run(async () =>
        {
            var sent = 20;
            for (; !enough.IsCancellationRequested; sent += 5)
                await SendAsync(port, sent, 5, cancellationToken);
            return sent;
        }, cancellationToken);
        var first = Path.Combine(_folder.Path, "first");
        var backup = await RunAsync("backup", first, "--data", Data);
        await enough.CancelAsync();
        var sent = await sending;
        Assert.True(backup.ExitCode == 0, backup.Error);
        var second = Path.Combine(_folder.Path, "second");
        Assert.Contains(", 0 of them linked", backup.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(", 0 of them linked", (await RunAsync("backup", second, "--since", first, "--data", Data)).Output, StringComparison.Ordinal);
        await host.StopAsync(cancellationToken);

        Assert.Equal(0, await SumsAgreeAsync(second)); // whoever has sha256sum can check a backup
        var (one, two) = (Path.Combine(_folder.Path, "one"), Path.Combine(_folder.Path, "two"));
        foreach (var (from, to) in ((string, string)[])[(first, one), (second, two)])
        {
            Assert.Equal(0, (await RunAsync("restore", from, "--data", to)).ExitCode);
            var doctor = await RunAsync("doctor", "--ledger", "--strict", "--data", to);
            Assert.True(doctor.ExitCode == 0, doctor.Output);
        }
        var kept = Directory.GetFiles(Path.Combine(one, "objects"), "*", SearchOption.AllDirectories).Length;
        Assert.InRange(kept, 20, sent); // all that was there when it began
        Assert.Equal(sent, Directory.GetFiles(Path.Combine(two, "objects"), "*", SearchOption.AllDirectories).Length);
        Assert.True(File.Exists(Path.Combine(one, "echoclr.json")));
        Assert.Contains("backup of everything", (await RunAsync("audit", "list", "--data", one)).Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DamagedOrHalf_IsNotRestored_AndNothingIsOverwritten()
    {
        var cancellationToken = TestContext.Current.CancellationToken;
        using (var host = await StartAsync(cancellationToken))
        {
            await SendAsync(host.Services.GetRequiredService<DicomListener>().LocalEndPoint.Port, 0, 2, cancellationToken);
            await host.StopAsync(cancellationToken);
        }
        var backup = Path.Combine(_folder.Path, "backup");
        Assert.Equal(0, (await RunAsync("backup", backup, "--data", Data)).ExitCode);
        Assert.Contains("is not empty", (await RunAsync("backup", backup, "--data", Data)).Error, StringComparison.Ordinal);
        Assert.Contains("lies in the data folder", (await RunAsync("backup", Path.Combine(Data, "backup"), "--data", Data)).Error, StringComparison.Ordinal);
        Assert.Contains("is not empty", (await RunAsync("restore", backup, "--data", Data)).Error, StringComparison.Ordinal);

        var damaged = Directory.GetFiles(Path.Combine(backup, "objects"), "*", SearchOption.AllDirectories)[0];
        var bytes = await File.ReadAllBytesAsync(damaged, cancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(damaged, bytes, cancellationToken);
        var target = Path.Combine(_folder.Path, "target");
        Assert.Contains("has other bytes than its manifest says", (await RunAsync("restore", backup, "--data", target)).Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(target, "echoclr.db"))); // so that nobody starts on half of it
        File.Delete(Path.Combine(backup, "backup.json"));
        Assert.Contains("is no whole backup", (await RunAsync("restore", backup, "--data", Path.Combine(_folder.Path, "other"))).Error, StringComparison.Ordinal);
    }

    private async Task<IHost> StartAsync(CancellationToken cancellationToken)
    {
        var configuration = GlobalOptions.Load(null, Data,
        [
            "Operations:Port=0", "Ingest:Listener:Address=127.0.0.1", "Ingest:Listener:Port=0", "Ingest:Listener:Senders:0:AeTitle=CART", "Ingest:Listener:Senders:0:Address=127.0.0.1",
        ]);
        var host = await EchoClrHost.BuildAsync(configuration, Roles.Ingest, _ => { }, cancellationToken);
        await host.StartAsync(cancellationToken);
        return host;
    }

    private async Task SendAsync(int port, int first, int count, CancellationToken cancellationToken)
    {
        var files = Enumerable.Range(first, count).Select(n =>
        {
            var file = Path.Combine(_folder.Path, $"{n}.dcm");
            new DicomFile(new DicomDataset().Set(DicomTags.SOPClassUID, SopClasses.UltrasoundImageStorage).Set(DicomTags.SOPInstanceUID, $"2.25.1{n:0000}").Set(DicomTags.StudyInstanceUID, $"2.25.2{n / 5:0000}")
                .Set(DicomTags.SeriesInstanceUID, $"2.25.3{n / 5:0000}").Set(DicomTags.PatientID, $"P{n / 5}"), TransferSyntax.ExplicitVRLittleEndian).Write(file);
            return file;
        }).ToList();
        var results = await new DicomClient(new DicomClientOptions(), TimeProvider.System).StoreAsync(new DicomPeer("ECHOCLR", "127.0.0.1", port, "CART"), files, null, cancellationToken);
        Assert.All(results, result => Assert.True(result.Stored, result.Error));
    }

    private static async Task<int> SumsAgreeAsync(string backup)
    {
        using var check = System.Diagnostics.Process.Start(new System.Diagnostics.ProcessStartInfo("sha256sum", ["--check", "--quiet", "--strict", "MANIFEST"]) { WorkingDirectory = backup })!;
        await check.WaitForExitAsync();
        return check.ExitCode;
    }

    private static async Task<(int ExitCode, string Output, string Error)> RunAsync(params string[] arguments)
    {
        using var output = new StringWriter();
        using var error = new StringWriter();
        var exitCode = await CommandLine.RunAsync(arguments, new Terminal(output, error, interactive: false));
        return (exitCode, output.ToString(), error.ToString());
    }
}
