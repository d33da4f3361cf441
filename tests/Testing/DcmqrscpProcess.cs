namespace EchoClr.Testing;

/// <summary>A private dcmqrscp of DCMTK as a PACS that stores, is queried and moves: own temporary folder and loopback port, killed by its own id.</summary>
public sealed class DcmqrscpProcess : IAsyncDisposable
{
    private readonly RunningTool _process;
    private readonly string _folder;

    private DcmqrscpProcess(RunningTool process, string folder, int port) => (_process, _folder, Port) = (process, folder, port);

    public const string AeTitle = "QRSCP";

    public int Port { get; }

    public string Said => _process.Said;

    /// <summary>Starts one that moves to <paramref name="destinations"/> (AE title, loopback port); skips the calling test where DCMTK is not installed.</summary>
    public static async Task<DcmqrscpProcess> StartAsync(params (string AeTitle, int Port)[] destinations)
    {
        var folder = Directory.CreateTempSubdirectory("echoclr-dcmqrscp-").FullName;
        var storage = Directory.CreateDirectory(Path.Combine(folder, "storage")).FullName;
        var port = RunningTool.FreePort();
        var configuration = Path.Combine(folder, "dcmqrscp.cfg");
        await File.WriteAllTextAsync(configuration, $"""
            NetworkTCPPort  = {port}
            MaxPDUSize      = 16384
            MaxAssociations = 16
            HostTable BEGIN
            {string.Join('\n', destinations.Select(destination => $"{destination.AeTitle.ToLowerInvariant()} = ({destination.AeTitle}, 127.0.0.1, {destination.Port})"))}
            HostTable END
            VendorTable BEGIN
            VendorTable END
            AETable BEGIN
            {AeTitle} {storage} RW (200, 1024mb) ANY
            AETable END

            """);
        try
        {
            return new DcmqrscpProcess(await ExternalTool.StartServerAsync("dcmtk", "dcmqrscp", ["-c", configuration], port), folder, port);
        }
        catch
        {
            Directory.Delete(folder, recursive: true);
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _process.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }
}
