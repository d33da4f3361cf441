using EchoClr.Dicom.Ports;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Ingest.Tests.Retention;

/// <summary>Which pixels go, and which never do.</summary>
public sealed class RetentionSweepTests
{
    [Fact]
    public async Task FinishedStudyOlderThanRetention_GivesUpItsPixels_RowsHashesAndReportsStay_TheLedgerKnows()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var before = await ReceiveAndCompleteAsync(ingest, "1.2.3");
        await FinishAsync(ingest, before, DeliveryState.Confirmed);
        Assert.Equal(0, await ingest.Retention.RunOnceAsync(default));

        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        Assert.Equal(1, await ingest.Retention.RunOnceAsync(default));
        Assert.Equal(0, await ingest.Retention.RunOnceAsync(default));

        var row = Assert.Single(await ingest.Studies.ListInstancesAsync(before.Id, default));
        Assert.Equal((null, ingest.Time.GetUtcNow()), (row.FileKey, row.ExpiredAt!.Value));
        Assert.Matches("^[0-9a-f]{64}$", row.DatasetSha256);
        Assert.Empty(ingest.Files(BlobStore.Objects));
        Assert.EndsWith("report.dcm", Assert.Single(ingest.Files(BlobStore.Results)), StringComparison.Ordinal); // the saliency cine went too
        var ledger = await LedgerAsync(ingest);
        Assert.True(ledger.IsWhole, string.Join("\n", ledger.Breaks));
        Assert.Equal((1, 1), (ledger.Counts.Instances, ledger.Counts.Expired));
        Assert.Equal("110105", (await ingest.Audit.ListAsync(DateTimeOffset.UnixEpoch, 100, default))[^1].Event);
    }

    [Theory]
    [InlineData(DeliveryState.Held)]
    [InlineData(DeliveryState.Waiting)]
    [InlineData(DeliveryState.Sent)]
    [InlineData(DeliveryState.CommitmentRequested)]
    [InlineData(DeliveryState.Parked)]
    public async Task StudyWhoseResultIsNotAtItsEnd_KeepsItsPixels_HoweverOldAndHoweverFullTheDisk(DeliveryState state)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await FinishAsync(ingest, await ReceiveAndCompleteAsync(ingest, "1.2.3"), state);
        await AssertNothingGoesAsync(ingest);
    }

    [Fact]
    public async Task StudyOpen_Unanalysed_ParkedOrUnreported_KeepsItsPixels()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine(study: "1.1", instance: "1.1.1"));
        await ReceiveAndCompleteAsync(ingest, "1.2");
        var parked = await ReceiveAndCompleteAsync(ingest, "1.3");
        await SqlAsync(ingest, $"UPDATE study_version SET analysis_parked_at = '2025-01-10T12:00:00.000Z', analysis_error = 'x' WHERE id = {parked.Id}");
        var unreported = await ReceiveAndCompleteAsync(ingest, "1.4");
        await ingest.Test.PromoteModelsAsync();
        await InsertAnalysisAsync(ingest, unreported, "NULL");
        await AssertNothingGoesAsync(ingest);
    }

    [Fact]
    public async Task StudyThatIsBeingSentAgain_KeepsItsPixels()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await FinishAsync(ingest, await ReceiveAndCompleteAsync(ingest, "1.2.3"), DeliveryState.Confirmed);
        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine()));
        Assert.Equal(0, await ingest.Retention.RunOnceAsync(default));
        Assert.Single(ingest.Files(BlobStore.Objects));
    }

    /// <summary>The duplicate is answered Success on the strength of a file that must then not go: the question is asked again inside the transaction.</summary>
    [Fact]
    public async Task DuplicateBetweenListingAndExpiring_KeepsThePixels()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        var version = await ReceiveAndCompleteAsync(ingest, "1.2.3");
        await FinishAsync(ingest, version, DeliveryState.Confirmed);
        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        var (store, before) = (new RetentionStore(ingest.Test.Database), ingest.Time.GetUtcNow() - ingest.Capacity.Retention);
        var listed = Assert.Single(await store.ListAsync(before, 10, default));
        await ingest.StoreAsync(ingest.Open(), Arrival.Cine());
        Assert.Null(await store.ExpireAsync(listed, before, "test", ingest.Time.GetUtcNow(), default));
    }

    [Fact]
    public async Task SameObjectAfterItExpired_IsKeptAgain()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await FinishAsync(ingest, await ReceiveAndCompleteAsync(ingest, "1.2.3"), DeliveryState.Confirmed);
        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        await ingest.Retention.RunOnceAsync(default);
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(ingest.Open(), Arrival.Cine()));
        Assert.Single(ingest.Files(BlobStore.Objects));
        Assert.Equal(0, await ingest.Retention.RunOnceAsync(default));
    }

    [Fact]
    public async Task QuotaNearlyFull_OldestFinishedStudiesGoFirst_AndNoMoreThanNeeded()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ingest.Test.PromoteModelsAsync();
        for (var study = 1; study <= 5; study++)
        {
            await RefuseAsync(ingest, await ReceiveAndCompleteAsync(ingest, $"1.2.{study}"));
            ingest.Time.Advance(TimeSpan.FromHours(1));
        }
        ingest.Time.Advance(ingest.Capacity.KeepAtLeast);
        await ingest.Gauge.AskTablesAsync(default);
        var kept = (await ingest.Gauge.MeasureAsync(default)).KeptBytes;
        ingest.Capacity.QuotaBytes = kept; // nine tenths of it are four and a half studies
        Assert.Equal(1, await ingest.Retention.RunOnceAsync(default));
        var gone = await ingest.Test.Database.ReadAsync(session => session.QueryAsync<string>("SELECT s.study_instance_uid FROM instance i JOIN study s ON s.id = i.study_id WHERE i.expired_at IS NOT NULL"), default);
        Assert.Equal(["1.2.1"], gone);
        Assert.True((await LedgerAsync(ingest)).IsWhole);
    }

    /// <summary>Died between the row and the file: the file is an orphan of the sweep, or is deleted at the next start.</summary>
    [Fact]
    public async Task DeathBetweenRowAndFile_LeavesNothingForLong()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await FinishAsync(ingest, await ReceiveAndCompleteAsync(ingest, "1.2.3"), DeliveryState.Confirmed);
        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        var (store, before) = (new RetentionStore(ingest.Test.Database), ingest.Time.GetUtcNow());
        Assert.NotNull(await store.ExpireAsync(Assert.Single(await store.ListAsync(before, 10, default)), before, "test", before, default));

        await ingest.Retention.StartAsync(default);
        for (var deadline = 0; ingest.Files(BlobStore.Results).Count > 1 && deadline < 1000; deadline++)
            await Task.Delay(10);
        await ingest.Retention.StopAsync(default);
        await ingest.Sweep.RunOnceAsync(DateTimeOffset.MaxValue, default);
        Assert.EndsWith("report.dcm", Assert.Single(ingest.Files(BlobStore.Results)), StringComparison.Ordinal);
        Assert.Empty(ingest.Files(BlobStore.Objects));
        Assert.True((await LedgerAsync(ingest)).IsWhole);
    }

    [Fact]
    public async Task AssociationsThatBroughtNothing_AreForgotten_OthersAreNot()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        ingest.Handler.AssociationEnded(new AssociationEnd(ingest.Open(), "PACS", AssociationEndKind.Released, "released by the peer", InstancesStored: 0));
        await ReceiveAndCompleteAsync(ingest, "1.2.3");
        await ingest.Handler.FlushAsync();
        ingest.Time.Advance(ingest.Capacity.Retention + TimeSpan.FromDays(1));
        await ingest.Retention.RunOnceAsync(default);
        Assert.Equal(1, await ingest.Test.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT COUNT(*) FROM association"), default));
    }

    private static async Task AssertNothingGoesAsync(IngestUnderTest ingest)
    {
        var files = ingest.Files(BlobStore.Objects).Count;
        ingest.Capacity.QuotaBytes = 1;
        ingest.Capacity.ExpireBelowFreeBytes = long.MaxValue;
        ingest.Time.Advance(TimeSpan.FromDays(1000));
        Assert.Equal(0, await ingest.Retention.RunOnceAsync(default));
        Assert.Equal(files, ingest.Files(BlobStore.Objects).Count);
    }

    private static async Task<StudyVersionRow> ReceiveAndCompleteAsync(IngestUnderTest ingest, string study)
    {
        var association = ingest.Open();
        Assert.Equal(DimseStatus.Success, await ingest.StoreAsync(association, Arrival.Cine(study, $"{study}.1", study == "1.2.3" ? "1.2.3.1.1" : $"{study}.1.1")));
        await ingest.EndAsync(association);
        var open = Assert.Single(await ingest.Studies.ListVersionsAsync(study, default));
        return (await ingest.Studies.CompleteAsync(open, "{}", ingest.Time.GetUtcNow(), default))!;
    }

    /// <summary>Analysed and reported, with one delivery in a state.</summary>
    private static async Task FinishAsync(IngestUnderTest ingest, StudyVersionRow version, DeliveryState state)
    {
        await ingest.Test.PromoteModelsAsync();
        await InsertAnalysisAsync(ingest, version, "'2025-01-10T12:00:00.000Z'");
        foreach (var (kind, name) in ((string, string)[])[("StructuredReport", "report"), ("SaliencyCine", "cine")])
        {
            var key = $"results/{name}.dcm";
            await File.WriteAllTextAsync(ingest.Test.Blobs.PathOf(key), name);
            await SqlAsync(ingest, $"""
                INSERT INTO result_object (analysis_id, kind, sop_class_uid, sop_instance_uid, series_instance_uid, file_key, sha256, length, created_at, trace_id)
                VALUES (1, '{kind}', '1.2', '2.25.{name.Length}', '2.25.99', '{key}', '{Rows.Sha256(name)}', {name.Length}, '2025-01-10T12:00:00.000Z', 't')
                """);
        }
        var due = state is DeliveryState.Waiting or DeliveryState.Sent or DeliveryState.CommitmentRequested ? "'2025-01-10T12:00:00.000Z'" : "NULL";
        await SqlAsync(ingest, $"""
            INSERT INTO delivery (id, analysis_id, destination, state, next_attempt_at, sent_at, confirmed_at, confirmed_by, reason, created_at, updated_at, trace_id)
            VALUES (1, 1, 'pacs', '{state}', {due}, '2025-01-10T12:00:00.000Z', '2025-01-10T12:00:00.000Z', 'Query', 'r', '2025-01-10T12:00:00.000Z', '2025-01-10T12:00:00.000Z', 't');
            INSERT INTO delivery_object (delivery_id, result_object_id, send_order, status, sent_at, confirmed_at) SELECT 1, id, id, 0, created_at, created_at FROM result_object;
            """);
    }

    private static Task<int> RefuseAsync(IngestUnderTest ingest, StudyVersionRow version) => SqlAsync(ingest, $"""
        INSERT INTO analysis (study_version_id, model_id, view_model_id, state, reason, started_at, finished_at, reported_at, trace_id)
        VALUES ({version.Id}, 2, 1, 'NotAnalyzed', 'no long-axis view', '2025-01-10T12:00:00.000Z', '2025-01-10T12:00:00.000Z', '2025-01-10T12:00:00.000Z', 't')
        """);

    private static async Task InsertAnalysisAsync(IngestUnderTest ingest, StudyVersionRow version, string reportedAt) => await SqlAsync(ingest, $$"""
        INSERT INTO analysis (id, study_version_id, model_id, view_model_id, state, details, started_at, finished_at, reported_at, trace_id)
        VALUES (1, {{version.Id}}, 2, 1, 'Analyzed', '{}', '2025-01-10T12:00:00.000Z', '2025-01-10T12:00:00.000Z', {{reportedAt}}, 't');
        INSERT INTO finding (analysis_id, name, probability, threshold, outcome) VALUES (1, 'AS', 0.5, 0.4, 'Present');
        """);

    private static Task<int> SqlAsync(IngestUnderTest ingest, string sql) => ingest.Test.Database.WriteAsync(session => session.ExecuteAsync(sql), default);

    private static Task<LedgerReport> LedgerAsync(IngestUnderTest ingest) =>
        new LedgerAudit(ingest.Test.Database, ingest.Test.Blobs, ingest.Time).RunAsync(strict: true, null, default);
}
