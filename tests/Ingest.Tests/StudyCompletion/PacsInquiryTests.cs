using System.Security.Cryptography;
using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Ingest.StudyCompletion;
using EchoClr.Shared.Data;
using Microsoft.Extensions.Logging.Abstractions;

namespace EchoClr.Ingest.Tests.StudyCompletion;

/// <summary>A study counted at its PACS (design §5.3): Orthanc and DCMTK's dcmqrscp, and peers that answer nothing or nonsense.</summary>
public sealed class PacsInquiryTests
{
    private static readonly TimeSpan Seconds10 = TimeSpan.FromSeconds(10);

    [Theory]
    [InlineData("Orthanc")]
    [InlineData("dcmqrscp")]
    public async Task AllIsHere_ClosesEarly_AndTheEvidenceSaysByWhichCount(string pacs)
    {
        await using var world = await PacsWorld.StartAsync(pacs);
        DicomDataset[] study = [.. Enumerable.Range(1, 3).Select(Cine)];
        await world.FillAsync(study);
        await world.ReceiveAsync(study);

        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromSeconds(9)));
        Assert.Equal(1, await world.AfterAsync(TimeSpan.FromSeconds(1)));

        var evidence = (await world.NewestAsync()).Evidence!;
        Assert.Contains("the PACS counts its instances, and all are here", evidence, StringComparison.Ordinal);
        Assert.Contains("\"instances\":3,\"missing\":0", evidence, StringComparison.Ordinal);
        Assert.Contains(world.Pacs.AeTitle, evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Orthanc")]
    [InlineData("dcmqrscp")]
    public async Task OneIsMissing_Waits_AndClosesWhenItComes(string pacs)
    {
        await using var world = await PacsWorld.StartAsync(pacs);
        await world.FillAsync(Cine(1), Cine(2), Cine(3));
        await world.ReceiveAsync(Cine(1), Cine(2));
        Assert.Equal(0, await world.AfterAsync(Seconds10));
        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromMinutes(5))); // far beyond the quiet time

        await world.ReceiveAsync(Cine(3));
        Assert.Equal(1, await world.AfterAsync(Seconds10));
        Assert.Equal(3, (await world.NewestAsync()).InstanceCount);
    }

    [Fact]
    public async Task OneStaysMissing_ClosesAtTheLimit_AndTheEvidenceSaysSo()
    {
        await using var world = await PacsWorld.StartAsync("Orthanc");
        await world.FillAsync(Cine(1), Cine(2), Cine(3));
        await world.ReceiveAsync(Cine(1), Cine(2));
        Assert.Equal(0, await world.AfterAsync(Seconds10));
        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromSeconds(589)));
        Assert.Equal(1, await world.AfterAsync(TimeSpan.FromSeconds(1)));

        var version = await world.NewestAsync();
        Assert.Equal(2, version.InstanceCount);
        Assert.Contains("the PACS counts more instances than are here, and none came for 10 min", version.Evidence, StringComparison.Ordinal);
        Assert.Contains("\"instances\":3,\"missing\":1", version.Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Orthanc")]
    [InlineData("dcmqrscp")]
    public async Task TwoAreMissing_AreFetchedByMove_ByteForByte(string pacs)
    {
        await using var world = await PacsWorld.StartAsync(pacs, fetch: true);
        DicomDataset[] study = [Cine(1), Cine(2), Cine(3)];
        await world.FillAsync(study);
        await world.ReceiveAsync(study[0]);

        Assert.Equal(0, await world.AfterAsync(Seconds10)); // counted; what is only slow may still come by itself
        Assert.Equal(0, (await world.Ingest.Counts.ListOpenAsync(default)).Values.Single().Fetches);
        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromSeconds(50)));
        await world.EndedAsync();
        Assert.Equal(1, await world.AfterAsync(Seconds10));

        var version = await world.NewestAsync();
        Assert.Equal(3, version.InstanceCount);
        Assert.Contains("2 asked for, 2 sent, 0 failed", version.Evidence, StringComparison.Ordinal);
        foreach (var instance in await world.Ingest.Studies.ListInstancesAsync(version.Id, default))
            Assert.Equal(instance.DatasetSha256, Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(world.Ingest.Test.Blobs.PathOf(instance.FileKey!)).AsSpan((int)instance.DatasetOffset))));
    }

    [Fact]
    public async Task FetchingFails_ThreeTimes_ThenItWaitsLikeOthers()
    {
        await using var world = await PacsWorld.StartAsync("dcmqrscp", fetch: true, known: false); // it does not know where we are
        await world.FillAsync(Cine(1), Cine(2));
        await world.ReceiveAsync(Cine(1));
        Assert.Equal(0, await world.AfterAsync(Seconds10));
        for (var i = 0; i < 6; i++)
            Assert.Equal(0, await world.AfterAsync(TimeSpan.FromMinutes(1)));
        Assert.Equal(3, (await world.Ingest.Counts.ListOpenAsync(default)).Values.Single().Fetches);

        Assert.Equal(1, await world.AfterAsync(TimeSpan.FromMinutes(4)));
        Assert.Contains("A801H", (await world.NewestAsync()).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PacsAway_TheQuietTimeDecides_AndTheEvidenceSaysWhatWasTried()
    {
        await using var world = await PacsWorld.StartAsync("nobody", fetch: true);
        await world.ReceiveAsync(Cine(1));
        Assert.Equal(0, await world.AfterAsync(Seconds10));
        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromSeconds(49)));
        Assert.Equal(1, await world.AfterAsync(TimeSpan.FromSeconds(1)));

        var evidence = (await world.NewestAsync()).Evidence!;
        Assert.Contains("quiet, and every association is over", evidence, StringComparison.Ordinal);
        Assert.Contains("cannot be reached: Connection refused", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PacsWithoutTheStudy_TheQuietTimeDecides()
    {
        await using var world = await PacsWorld.StartAsync("Orthanc");
        await world.ReceiveAsync(Cine(1));
        Assert.Equal(0, await world.AfterAsync(Seconds10));
        Assert.Equal(1, await world.AfterAsync(TimeSpan.FromSeconds(50)));
        Assert.Contains("the PACS does not know the study", (await world.NewestAsync()).Evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task LateVersion_OurResultsAndForeignClassesAtThePacs_AreNotMissed()
    {
        await using var world = await PacsWorld.StartAsync("Orthanc");
        await world.ReceiveAsync(Cine(1));
        await world.AfterAsync(TimeSpan.FromMinutes(1));
        var version = await world.NewestAsync();
        var result = Arrival.Cine(series: "1.2.3.9", instance: "1.9").Set(DicomTags.SOPClassUID, SopClasses.Comprehensive3DSRStorage).Set(DicomTags.Modality, "SR");
        var foreign = Arrival.Cine(series: "1.2.3.8", instance: "1.8").Set(DicomTags.SOPClassUID, SopClasses.MRImageStorage).Set(DicomTags.Modality, "MR");
        await ReportAsync(world, version, "1.9");

        await world.FillAsync(Cine(1), Cine(2), result, foreign);
        await world.ReceiveAsync(Cine(2));
        Assert.Equal(1, await world.AfterAsync(Seconds10));

        Assert.Contains("\"instances\":3,\"missing\":0", (await world.NewestAsync()).Evidence, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("many")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("")]
    [InlineData("999999999999999999")]
    [InlineData("1")] // fewer than are here
    public async Task Nonsense_TheQuietTimeDecides(string number)
    {
        var client = new ScriptedFind((level, keys) => level switch
        {
            "STUDY" => [new Dictionary<string, string>(keys) { ["NumberOfStudyRelatedInstances"] = number }],
            _ => throw new DicomNetworkException("it answers nothing but studies"),
        });
        Assert.Contains("answers nothing but studies", await ByQuietTimeAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SeriesWithoutInstances_TheQuietTimeDecides()
    {
        var client = new ScriptedFind((level, keys) => level == "IMAGE" ? [] : [new Dictionary<string, string>(keys) { ["SeriesInstanceUID"] = "1.1", ["NumberOfStudyRelatedInstances"] = "7" }]);
        Assert.Contains("lists no instance", await ByQuietTimeAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task AnotherStudysAnswer_TheQuietTimeDecides()
    {
        var client = new ScriptedFind((_, _) => [new Dictionary<string, string> { ["StudyInstanceUID"] = "9.9.9", ["NumberOfStudyRelatedInstances"] = "50" }]);
        Assert.Contains("does not know the study", await ByQuietTimeAsync(client), StringComparison.Ordinal);
    }

    [Fact]
    public async Task NeverAnswers_IsLeftAlone_AndOthersAreNot()
    {
        var client = new ScriptedFind((_, _) => null);
        var evidence = await ByQuietTimeAsync(client, new StudyCompletionOptions { CountTimeout = TimeSpan.FromMilliseconds(100) });
        Assert.Contains("did not answer within 0 s", evidence, StringComparison.Ordinal);
    }

    [Fact]
    public async Task OnlyTheNumber_WithoutInstances_Waits()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var client = new ScriptedFind((level, keys) => level switch
        {
            "STUDY" => [new Dictionary<string, string>(keys) { ["NumberOfStudyRelatedInstances"] = "3" }],
            _ => throw new DicomNetworkException("it answers nothing but studies"),
        });
        var inquiry = await ReceiveAsync(ingest, client);
        await AfterAsync(ingest, inquiry, Seconds10);
        Assert.Equal(0, await AfterAsync(ingest, inquiry, TimeSpan.FromMinutes(2)));
        Assert.Equal(1, Assert.Single((await ingest.Counts.ListOpenAsync(default)).Values).Missing);
    }

    [Fact]
    public async Task AskedOnceAnInterval_AndAnewWhenAnInstanceCame()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var asked = 0;
        var client = new ScriptedFind((level, keys) =>
        {
            asked += level == "STUDY" ? 1 : 0;
            return level == "STUDY" ? [new Dictionary<string, string>(keys) { ["NumberOfStudyRelatedInstances"] = "9" }] : throw new DicomNetworkException("no");
        });
        var inquiry = await ReceiveAsync(ingest, client);
        await AfterAsync(ingest, inquiry, Seconds10);
        await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(29));
        Assert.Equal(1, asked);
        await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(1));
        Assert.Equal(2, asked);

        await StoreAsync(ingest, Cine(3));
        await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(9));
        Assert.Equal(2, asked);
        await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(1));
        Assert.Equal(3, asked);
    }

    [Fact]
    public async Task SenderWithoutAPacs_IsNeverAsked()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var client = new ScriptedFind((_, _) => throw new InvalidOperationException("nobody may be asked"));
        var pacs = new PacsToAsk { AeTitle = "OTHER", Host = "127.0.0.1" };
        pacs.Senders.Add("CART");
        var inquiry = await ReceiveAsync(ingest, client, pacs: pacs);
        await AfterAsync(ingest, inquiry, Seconds10);
        Assert.Empty(await ingest.Counts.ListOpenAsync(default));
        Assert.Equal(1, await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(50)));
    }

    [Theory]
    [InlineData("", "host", 104, "Pacs:0:AeTitle")]
    [InlineData("PACS", "", 104, "Pacs:0:Host")]
    [InlineData("PACS", "host", 0, "Pacs:0:Port")]
    public void Settings_ThatCannotWork_NameTheirKey(string aeTitle, string host, int port, string key)
    {
        var e = Assert.Throws<ArgumentException>(() => new PacsDirectory([new PacsToAsk { AeTitle = aeTitle, Host = host, Port = port }]));
        Assert.StartsWith(key, e.Message, StringComparison.Ordinal);
    }

    private static DicomDataset Cine(int number) => Arrival.Cine(series: $"1.2.3.{number}", instance: $"1.{number}", content: $"cine {number}").Set(DicomTags.StudyDate, "20250110").Set(DicomTags.StudyTime, "120000").Set(DicomTags.StudyID, "1").Set(DicomTags.SeriesNumber, number).Set(DicomTags.InstanceNumber, number);

    /// <summary>Two instances, a PACS that is of no use: complete at the quiet time and not before. Returns the evidence.</summary>
    private static async Task<string> ByQuietTimeAsync(IDicomClient client, StudyCompletionOptions? options = null)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var inquiry = await ReceiveAsync(ingest, client, options);
        Assert.Equal(0, await AfterAsync(ingest, inquiry, Seconds10));
        Assert.Equal(0, await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(49)));
        Assert.Equal(1, await AfterAsync(ingest, inquiry, TimeSpan.FromSeconds(1)));
        return Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default)).Evidence!;
    }

    private static async Task<PacsInquiry> ReceiveAsync(IngestUnderTest ingest, IDicomClient client, StudyCompletionOptions? options = null, PacsToAsk? pacs = null)
    {
        await StoreAsync(ingest, Cine(1), Cine(2));
        return new PacsInquiry(
            ingest.Studies, ingest.Counts, new PacsDirectory([pacs ?? new PacsToAsk { AeTitle = "SCRIPTED", Host = "127.0.0.1" }]), client, ingest.Options, options ?? new StudyCompletionOptions(),
            ingest.Time, NullLogger<PacsInquiry>.Instance);
    }

    private static async Task StoreAsync(IngestUnderTest ingest, params DicomDataset[] datasets)
    {
        var association = ingest.Open();
        foreach (var dataset in datasets)
            Assert.True((await ingest.StoreAsync(association, dataset)).IsSuccess);
        await ingest.EndAsync(association);
    }

    private static async Task<int> AfterAsync(IngestUnderTest ingest, PacsInquiry inquiry, TimeSpan time)
    {
        ingest.Time.Advance(time);
        await inquiry.RunOnceAsync(ingest.Time.GetUtcNow(), default);
        return await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default);
    }

    private static async Task ReportAsync(PacsWorld world, StudyVersionRow version, string sopInstanceUid)
    {
        var analyses = new AnalysisStore(world.Ingest.Test.Database);
        var recorded = await analyses.RecordAsync(Testing.Rows.Analysis(version, await Testing.Rows.PromoteModelsAsync(world.Ingest.Test)), default);
        var report = Testing.Rows.Result(ResultKind.StructuredReport, "report") with { SopInstanceUid = sopInstanceUid };
        await new DeliveryStore(world.Ingest.Test.Database).RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [report], [], world.Ingest.Time.GetUtcNow(), default);
    }

    /// <summary>A PACS that answers C-FIND as it is told; null never answers.</summary>
    private sealed class ScriptedFind(Func<string, IReadOnlyDictionary<string, string>, IReadOnlyList<IReadOnlyDictionary<string, string>>?> answer) : IDicomClient
    {
        public async Task<IReadOnlyList<IReadOnlyDictionary<string, string>>> FindAsync(DicomPeer peer, string level, IReadOnlyDictionary<string, string> keys, CancellationToken cancellationToken)
        {
            if (answer(level, keys) is { } matches)
                return matches;
            await Task.Delay(Timeout.Infinite, cancellationToken);
            throw new InvalidOperationException("not reached");
        }

        public Task<EchoResult> EchoAsync(DicomPeer peer, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<IReadOnlyList<StoreResult>> StoreAsync(DicomPeer peer, IReadOnlyList<string> files, IProgress<StoreResult>? progress, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<MoveResult> MoveAsync(DicomPeer peer, string destinationAeTitle, string level, IReadOnlyDictionary<string, string> keys, IProgress<MoveCounts>? progress, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<DimseStatus> ReportCommitmentAsync(DicomPeer peer, CommitmentReport report, CancellationToken cancellationToken) => throw new NotSupportedException();

        public Task<CommitmentRequestResult> RequestCommitmentAsync(DicomPeer peer, string transactionUid, IReadOnlyList<SopReference> objects, CancellationToken cancellationToken) => throw new NotSupportedException();
    }
}
