using System.Text.Json;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.LifeCycle;

/// <summary>The whole role, with the clock of the wall, and Orthanc as the PACS that forwards, is asked, and moves.</summary>
[Trait("Suite", "long")]
public sealed class IngestWithPacsTests
{
    [Fact]
    public async Task PacsForwardsAll_TheVersionIsComplete_LongBeforeTheQuietTime()
    {
        await using var site = await Site.StartAsync(("Ingest:StudyCompletion:QuietTime", "00:10:00"), ("Ingest:StudyCompletion:ReleaseWait", "00:10:00"));
        await site.ForwardAsync(await site.FillAsync(3));
        var version = await site.CompleteAsync();
        Assert.Equal(3, version.InstanceCount);
        Assert.Contains("the PACS counts its instances, and all are here", version.Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PacsForwardsOneOfThree_TheOthersAreFetched()
    {
        await using var site = await Site.StartAsync(("Ingest:StudyCompletion:QuietTime", "00:00:10"), ("Pacs:0:FetchMissing", "true"));
        var ids = await site.FillAsync(3);
        await site.ForwardAsync([ids[0]]);
        var version = await site.CompleteAsync();
        Assert.Equal(3, version.InstanceCount);
        Assert.Contains("2 asked for, 2 sent, 0 failed", version.Evidence, StringComparison.Ordinal);
        var ledger = await site.Ingest.Get<LedgerAudit>().RunAsync(strict: false, null, default);
        Assert.True(ledger.IsWhole, string.Join('\n', ledger.Breaks));
    }

    private sealed class Site(OrthancProcess orthanc, ListeningIngest ingest) : IAsyncDisposable
    {
        private readonly TemporaryFolder _folder = new();

        public ListeningIngest Ingest { get; } = ingest;

        public static async Task<Site> StartAsync(params (string Key, string Value)[] settings)
        {
            var port = RunningTool.FreePort();
            var orthanc = await OrthancProcess.StartAsync(("us", "ECHOCLR", port));
            return new Site(orthanc, await ListeningIngest.StartAsync(
            [
                ("Ingest:Listener:Port", $"{port}"), ("Ingest:Listener:Senders:0:AeTitle", OrthancProcess.AeTitle),
                ("Pacs:0:AeTitle", OrthancProcess.AeTitle), ("Pacs:0:Host", "127.0.0.1"), ("Pacs:0:Port", $"{orthanc.DicomPort}"),
                ("Ingest:StudyCompletion:CountAfter", "00:00:00.300"), ("Ingest:StudyCompletion:CountInterval", "00:00:01"), .. settings,
            ]));
        }

        /// <summary>Puts a study into Orthanc; returns its ids there.</summary>
        public async Task<List<string>> FillAsync(int instances)
        {
            var ids = new List<string>();
            for (var i = 1; i <= instances; i++)
            {
                var file = Path.Combine(_folder.Path, $"{i}.dcm");
                new DicomFile(Arrival.Cine(instance: $"1.2.3.1.{i}"), TransferSyntax.ExplicitVRLittleEndian).Write(file);
                using var content = new ByteArrayContent(await File.ReadAllBytesAsync(file));
                using var response = await orthanc.Http.PostAsync(new Uri("instances", UriKind.Relative), content);
                ids.Add(JsonSerializer.Deserialize<JsonElement>(await response.Content.ReadAsStringAsync()).GetProperty("ID").GetString()!);
            }
            return ids;
        }

        public async Task ForwardAsync(IReadOnlyList<string> ids) => await orthanc.PostAsync("modalities/us/store", JsonSerializer.Serialize(ids));

        public async Task<StudyVersionRow> CompleteAsync()
        {
            IReadOnlyList<StudyVersionRow> versions = [];
            await Eventually.IsTrueAsync(async () => (versions = await Ingest.Get<StudyStore>().ListVersionsAsync("1.2.3", default)) is [{ State: StudyVersionState.Complete }], "the study is complete");
            return versions[0];
        }

        public async ValueTask DisposeAsync()
        {
            await Ingest.DisposeAsync();
            await orthanc.DisposeAsync();
            _folder.Dispose();
        }
    }
}
