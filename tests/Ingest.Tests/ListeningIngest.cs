using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.Listener;
using EchoClr.Shared.Messaging;
using EchoClr.Shared.Storage;
using EchoClr.Testing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests;

/// <summary>The whole role as <c>AddIngest</c> registers it, listening on a loopback port, with a database and a folder of its own.</summary>
internal sealed class ListeningIngest : IAsyncDisposable
{
    private readonly IHost _host;

    private ListeningIngest(TestDatabase test, IHost host) => (Test, _host) = (test, host);

    public TestDatabase Test { get; }

    public DicomServer Server => (DicomServer)Get<IDicomServer>();

    public int Port => Get<DicomListener>().LocalEndPoint.Port;

    public T Get<T>() where T : notnull => _host.Services.GetRequiredService<T>();

    public string Folder(string area) => Path.Combine(Test.Options.Directory, area);

    public string[] Spooled => Directory.GetFiles(Folder(BlobStore.Spool));

    /// <param name="settings">Keys and values on top of those that every test needs.</param>
    public static async Task<ListeningIngest> StartAsync(params (string Key, string Value)[] settings)
    {
        var test = await TestDatabase.CreateAsync();
        var builder = Host.CreateEmptyApplicationBuilder(null);
        builder.Configuration.AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["Data:Directory"] = test.Options.Directory,
            ["Ingest:Listener:Address"] = "127.0.0.1",
            ["Ingest:Listener:Port"] = "0",
            ["Ingest:Listener:Senders:0:AeTitle"] = "PACS",
            ["Ingest:Listener:Senders:0:Address"] = "127.0.0.1",
            ["Ingest:StudyCompletion:QuietTime"] = "00:00:00.500",
            ["Ingest:StudyCompletion:Interval"] = "00:00:00.050",
        });
        builder.Configuration.AddInMemoryCollection(settings.Select(setting => new KeyValuePair<string, string?>(setting.Key, setting.Value)));
        builder.Services.AddIngest(builder.Configuration);
        builder.Services.AddEchoClrBus(new BusOptions(), _ => { });
        var host = builder.Build();
        await host.StartAsync();
        return new ListeningIngest(test, host);
    }

    public static DicomClient NewClient() => new(new DicomClientOptions(), TimeProvider.System);

    public DicomPeer Peer(string callingAeTitle = "PACS") => new("ECHOCLR", "127.0.0.1", Port, callingAeTitle);

    /// <summary>Sends files over one association of our own client.</summary>
    public async Task<IReadOnlyList<StoreResult>> SendAsync(IReadOnlyList<string> files, CancellationToken cancellationToken = default)
    {
        var client = NewClient();
        return await client.StoreAsync(Peer(), files, null, cancellationToken);
    }

    public Task StopAsync() => _host.StopAsync();

    public async ValueTask DisposeAsync()
    {
        await _host.StopAsync();
        _host.Dispose();
        await Test.DisposeAsync();
    }
}
