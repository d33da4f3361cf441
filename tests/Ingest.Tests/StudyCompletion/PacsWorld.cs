using System.Net;
using EchoClr.Dicom;
using EchoClr.Dicom.Net.Client;
using EchoClr.Dicom.Net.Server;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.StudyCompletion;
using EchoClr.Shared.Data;
using EchoClr.Testing;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.StudyCompletion;

/// <summary>A real PACS with a study, our listener on a port of its own, and the inquiry between them; the waiting is done by a clock that the test moves.</summary>
internal sealed class PacsWorld : IAsyncDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly DicomServer _listener;
    private IAsyncDisposable? _pacs;

    private PacsWorld(IngestUnderTest ingest)
    {
        Ingest = ingest;
        _listener = new DicomServer(new DicomServerOptions { Address = IPAddress.Loopback, Port = 0 }, ingest.Handler, TimeProvider.System, NullLoggerFactory.Instance);
    }

    public IngestUnderTest Ingest { get; }
    public DicomClient Client { get; } = new(new DicomClientOptions(), TimeProvider.System);
    public DicomPeer Pacs { get; private set; } = null!;
    public PacsToAsk Asked { get; private set; } = null!;
    public PacsInquiry Inquiry { get; private set; } = null!;

    /// <param name="pacs">Orthanc, dcmqrscp, or nobody, where nothing listens.</param>
    public static async Task<PacsWorld> StartAsync(string pacs, bool fetch = false, bool known = true)
    {
        var world = new PacsWorld(await IngestUnderTest.CreateAsync());
        await world._listener.StartAsync(CancellationToken.None);
        var ours = world._listener.LocalEndPoint.Port;
        var aeTitle = known ? world.Ingest.Options.AeTitle : "SOMEBODY"; // as whom the PACS knows our address
        if (pacs == "Orthanc")
        {
            var orthanc = await OrthancProcess.StartAsync(("us", aeTitle, ours), ("sending", "TESTER", RunningTool.FreePort()));
            (world._pacs, world.Pacs) = (orthanc, new DicomPeer(OrthancProcess.AeTitle, "127.0.0.1", orthanc.DicomPort, "TESTER"));
        }
        else if (pacs == "dcmqrscp")
        {
            var dcmqrscp = await DcmqrscpProcess.StartAsync((aeTitle, ours));
            (world._pacs, world.Pacs) = (dcmqrscp, new DicomPeer(DcmqrscpProcess.AeTitle, "127.0.0.1", dcmqrscp.Port, "TESTER"));
        }
        else
        {
            world.Pacs = new DicomPeer("NOBODY", "127.0.0.1", RunningTool.FreePort(), "TESTER");
        }
        world.Asked = new PacsToAsk { AeTitle = world.Pacs.AeTitle, Host = world.Pacs.Host, Port = world.Pacs.Port, FetchMissing = fetch };
        world.Inquiry = new PacsInquiry(
            world.Ingest.Studies, world.Ingest.Counts, new PacsDirectory([world.Asked]), world.Client, world.Ingest.Options, new StudyCompletionOptions(), world.Ingest.Time, NullLogger<PacsInquiry>.Instance);
        return world;
    }

    /// <summary>Puts objects into the PACS.</summary>
    public Task FillAsync(params DicomDataset[] datasets) => SendAsync(Pacs, datasets);

    /// <summary>Sends objects to us, as the PACS does, and waits until the association's end is written down.</summary>
    public async Task ReceiveAsync(params DicomDataset[] datasets)
    {
        await SendToUsAsync(datasets);
        await EndedAsync();
    }

    /// <summary>Sends objects to us over one association.</summary>
    public Task SendToUsAsync(DicomDataset[] datasets) => SendAsync(new DicomPeer(Ingest.Options.AeTitle, "127.0.0.1", _listener.LocalEndPoint.Port, "PACS"), datasets);

    /// <summary>What the PACS is, where it is Orthanc.</summary>
    public OrthancProcess Orthanc => (OrthancProcess)_pacs!;

    /// <summary>Waits until every association that brought something is over.</summary>
    public async Task EndedAsync()
    {
        var started = TimeProvider.System.GetTimestamp();
        while (await Ingest.Test.Database.ReadAsync(session => session.ScalarAsync<int>("SELECT COUNT(*) FROM association WHERE ended_at IS NULL"), default) > 0)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(started) < TimeSpan.FromSeconds(30), "an association does not end");
            await Task.Delay(20);
        }
        await Ingest.Handler.FlushAsync();
    }

    /// <summary>Lets time pass, asks, and sweeps; returns how many versions were closed.</summary>
    public async Task<int> AfterAsync(TimeSpan time)
    {
        Ingest.Time.Advance(time);
        await Inquiry.RunOnceAsync(Ingest.Time.GetUtcNow(), default);
        return await Ingest.Sweeper.RunOnceAsync(Ingest.Time.GetUtcNow(), default);
    }

    public async Task<StudyVersionRow> NewestAsync(string study = "1.2.3") => (await Ingest.Studies.ListVersionsAsync(study, default))[^1];

    public async ValueTask DisposeAsync()
    {
        if (_pacs is not null)
            await _pacs.DisposeAsync();
        await _listener.DisposeAsync();
        await Ingest.DisposeAsync();
        _folder.Dispose();
    }

    private async Task SendAsync(DicomPeer peer, DicomDataset[] datasets)
    {
        var files = new List<string>();
        foreach (var dataset in datasets)
        {
            files.Add(Path.Combine(_folder.Path, $"{Guid.NewGuid():N}.dcm"));
            new DicomFile(dataset, TransferSyntax.ExplicitVRLittleEndian).Write(files[^1]);
        }
        Assert.All(await Client.StoreAsync(peer, files, null, CancellationToken.None), result => Assert.True(result.Stored, result.Error ?? result.Status.ToString()));
    }
}
