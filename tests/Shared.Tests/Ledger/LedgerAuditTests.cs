using System.Security.Cryptography;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Ledger;

public sealed class LedgerAuditTests(LedgerAuditTests.FilledSystem filled) : IClassFixture<LedgerAuditTests.FilledSystem>
{
    private const int Offset = 350; // what Rows.Instance says

    /// <summary>Filled once, and copied for every test that damages it.</summary>
    public sealed class FilledSystem : IAsyncLifetime
    {
        private TestDatabase? source;

        public async ValueTask InitializeAsync()
        {
            source = await TestDatabase.CreateAsync();
            await FillAsync(source);
            await source.Database.ReadAsync(session => session.ExecuteAsync("PRAGMA wal_checkpoint(TRUNCATE)"), default);
        }

        public async Task<TestDatabase> CopyAsync()
        {
            var copy = await TestDatabase.CreateAsync(migrate: false);
            foreach (var file in Directory.EnumerateFiles(source!.Options.Directory, "*", SearchOption.AllDirectories).Where(file => !file.EndsWith("-wal", StringComparison.Ordinal) && !file.EndsWith("-shm", StringComparison.Ordinal)))
            {
                var target = Path.Combine(copy.Options.Directory, Path.GetRelativePath(source.Options.Directory, file));
                Directory.CreateDirectory(Path.GetDirectoryName(target)!);
                File.Copy(file, target);
            }
            return copy;
        }

        public ValueTask DisposeAsync() => source!.DisposeAsync();
    }

    [Theory, EachDatabase]
    public async Task WholeSystem_HasNoBreaks_AndEveryInstanceHasOneEnd(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await FillAsync(test);

        var report = await AuditAsync(test);

        Assert.Empty(report.Breaks);
        Assert.Equal(new LedgerCounts(Instances: 8, Reported: 2, Refused: 1, Waiting: 2, Parked: 1, Inherited: 2, Rejected: 0, Expired: 0, Own: 0), report.Counts);
        Assert.Equal("8 instances = 2 reported + 1 refused + 2 waiting + 1 parked + 2 inherited + 0 rejected + 0 expired; 0 of our own came back", report.Counts.ToString());
    }

    [Fact]
    public async Task ExpiredInstances_NeedNoFile_AndAreCounted()
    {
        await using var test = await filled.CopyAsync();
        var key = await test.Database.ReadAsync(session => session.ScalarAsync<string>("SELECT file_key FROM instance WHERE id = 1"), default);
        await ExecuteAsync(test, "UPDATE instance SET file_key = NULL, expired_at = received_at WHERE id = 1");
        test.Blobs.Delete(key);

        var report = await AuditAsync(test);

        Assert.Empty(report.Breaks);
        Assert.Equal((8, 1, 1), (report.Counts.Instances, report.Counts.Reported, report.Counts.Expired));
    }

    [Theory]
    [InlineData("DELETE FROM study_version_instance WHERE instance_id = 1", "instance 1 is not in exactly one current study version")]
    [InlineData("UPDATE instance SET study_id = 2 WHERE id = 1", "instance 1 is in a version of another study")]
    [InlineData("UPDATE instance SET origin = 'Own' WHERE id = 1", "instance 1 is an object of ours and yet in a study version")]
    [InlineData("UPDATE study_version SET version = 7 WHERE id = 1", "study 1 has versions that are not numbered 1, 2, 3 …")]
    [InlineData("UPDATE study_version SET state = 'Superseded' WHERE id = 1", "study version 1 is superseded by nothing")]
    [InlineData("UPDATE study_version SET evidence = NULL WHERE id = 1", "study version 1 is complete without evidence")]
    [InlineData("UPDATE study_version SET instance_count = 9 WHERE id = 1", "study version 1 does not hold the instances that it counted")]
    [InlineData("UPDATE study_version SET cine_set_sha256 = 'x' WHERE id = 1", "study version 1 does not hold the cines that it was completed with")]
    [InlineData("UPDATE study_version SET inherits_from_id = 2 WHERE id = 1", "study version 1 inherits from a version that does not stand for it")]
    [InlineData("UPDATE study_version SET analysis_parked_at = opened_at, analysis_error = NULL WHERE state = 'Open'", "is parked without a reason")]
    [InlineData("UPDATE study_version SET analysis_parked_at = completed_at, analysis_error = 'e' WHERE id = 1", "study version 1 is parked although it is analysed")]
    [InlineData("UPDATE study_version SET claimed_by = 'w', claimed_until = NULL WHERE id = 1", "study version 1 is half claimed")]
    [InlineData("UPDATE analysis SET details = NULL WHERE id = 1", "analysis 1 has findings, and no word of how they came about")]
    [InlineData("UPDATE analysis SET reported_at = NULL WHERE id = 1", "analysis 1 has results before its report step is done")]
    [InlineData("UPDATE result_object SET kind = 'SaliencyCine' WHERE analysis_id = 1", "analysis 1 is reported without a report")]
    [InlineData("UPDATE delivery_object SET result_object_id = (SELECT MIN(id) FROM result_object WHERE analysis_id <> 1) WHERE delivery_id = 1 AND send_order = 0", "delivery 1 carries another analysis's object")]
    [InlineData("UPDATE result_object SET kind = 'StructuredReport' WHERE analysis_id = 1", "delivery 1 carries two reports of one analysis to one destination")]
    [InlineData("DELETE FROM delivery_object WHERE delivery_id = 1", "delivery 1 carries nothing")]
    [InlineData("UPDATE delivery SET next_attempt_at = created_at WHERE id = 1", "delivery 1 has come to an end, or rests with a person, and is still due or claimed")]
    [InlineData("UPDATE delivery SET state = 'Waiting' WHERE id = 1", "delivery 1 waits for no time")]
    [InlineData("UPDATE delivery SET state = 'Sending' WHERE id = 1", "delivery 1 is in nobody's hands")]
    [InlineData("UPDATE delivery SET state = 'Dropped' WHERE id = 1", "delivery 1 is given up without a reason")]
    [InlineData("UPDATE delivery SET state = 'Sent', sent_at = NULL WHERE id = 1", "delivery 1 is sent, and an object of it is not")]
    [InlineData("UPDATE delivery SET state = 'CommitmentRequested', commitment_transaction_uid = '2.25.9' WHERE id = 1", "delivery 1 awaits a commitment that was never requested")]
    [InlineData("UPDATE delivery_object SET confirmed_at = NULL WHERE delivery_id = 1", "delivery 1 is confirmed, and an object of it is not")]
    [InlineData("UPDATE instance SET dataset_length = dataset_length + 1 WHERE id = 1", "instance 1 has a file of")]
    [InlineData("UPDATE instance SET dataset_sha256 = 'x' WHERE id = 1", "instance 1 has other bytes in its file")]
    [InlineData("UPDATE result_object SET sha256 = 'x' WHERE id = 1", "result object 1 has other bytes in its file")]
    [InlineData("PRAGMA foreign_keys = OFF; DELETE FROM association", "table instance has rows that point to nothing")]
    public async Task BrokenRow_IsNamed(string damage, string expected)
    {
        await using var test = await filled.CopyAsync();
        await test.Database.ReadAsync(session => session.ExecuteAsync(damage), default);

        var report = await AuditAsync(test);

        Assert.Contains(report.Breaks, broken => broken.ToString().Contains(expected, StringComparison.Ordinal));
    }

    [Fact]
    public async Task OpenVersionBeforeItsCompletePredecessor_IsNamed()
    {
        await using var test = await TestDatabase.CreateAsync();
        var first = await CompleteAsync(test, "s", 1);
        await ReceiveAsync(test, "s", "late");
        await ExecuteAsync(test, $"UPDATE study_version SET version = 3 WHERE id = {first.Id}; UPDATE study_version SET version = 1 WHERE state = 'Open'");
        Assert.Contains((await AuditAsync(test)).Breaks, broken => broken.What == "is open before its complete predecessor");
    }

    [Theory]
    [InlineData("objects")]
    [InlineData("results")]
    public async Task LostAndChangedFiles_AreNamed(string area)
    {
        await using var test = await filled.CopyAsync();
        var files = test.Blobs.List(area, DateTimeOffset.MaxValue).Order(StringComparer.Ordinal).Take(2).ToList();
        File.Delete(test.Blobs.PathOf(files[0]));
        var bytes = await File.ReadAllBytesAsync(test.Blobs.PathOf(files[1]), TestContext.Current.CancellationToken);
        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(test.Blobs.PathOf(files[1]), bytes, TestContext.Current.CancellationToken);

        var breaks = (await AuditAsync(test)).Breaks;

        Assert.Equal(2, breaks.Count);
        Assert.Contains(breaks, broken => broken.What.Contains(files[0], StringComparison.Ordinal) && broken.What.StartsWith("has no readable file", StringComparison.Ordinal));
        Assert.Contains(breaks, broken => broken.What.Contains(files[1], StringComparison.Ordinal) && broken.What.StartsWith("has other bytes", StringComparison.Ordinal));
    }

    [Fact]
    public async Task FilesWithoutARow_AreForgivenUntilTheSweepShouldHaveTakenThem()
    {
        await using var test = await filled.CopyAsync();
        string[] strays = [test.Blobs.NewSpoolFile(), .. ((string[])["objects/aa/bb/stray.dcm", "results/aa/bb/stray.dcm", "clips/aa/bb/stray.npy"]).Select(test.Blobs.PathOf)];
        foreach (var stray in strays)
        {
            Directory.CreateDirectory(Path.GetDirectoryName(stray)!);
            await File.WriteAllTextAsync(stray, "", TestContext.Current.CancellationToken);
        }

        Assert.Empty((await AuditAsync(test)).Breaks);
        Assert.Equal(strays.Length, (await AuditAsync(test, strict: true)).Breaks.Count);
        foreach (var stray in strays)
            File.SetLastWriteTimeUtc(stray, TimeProvider.System.GetUtcNow().UtcDateTime - LedgerAudit.Grace - TimeSpan.FromMinutes(1));
        Assert.Equal(strays.Length, (await AuditAsync(test)).Breaks.Count);
    }

    [Fact]
    public async Task TornDatabasePage_IsDamage()
    {
        await using var test = await filled.CopyAsync();
        await ExecuteAsync(test, "DROP INDEX ix_instance_study_id");
        await ExecuteAsync(test, "CREATE INDEX ix_instance_study_id ON instance (study_id) WHERE id > 4");
        // What a lost write leaves behind: an index that does not say what its table says.
        await test.Database.ReadAsync(session => session.ExecuteAsync(
            "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = 'CREATE INDEX ix_instance_study_id ON instance (study_id)' WHERE name = 'ix_instance_study_id'; PRAGMA writable_schema = OFF"), default);
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();

        Assert.Contains((await AuditAsync(test)).Breaks, broken => broken.Row == "the database");
    }

    private static Task<LedgerReport> AuditAsync(TestDatabase test, bool strict = false) =>
        new LedgerAudit(test.Database, test.Blobs, TimeProvider.System).RunAsync(strict, null, TestContext.Current.CancellationToken);

    private static Task<int> ExecuteAsync(TestDatabase test, string sql) => test.Database.WriteAsync(session => session.ExecuteAsync(sql), default);

    /// <summary>One study for each place that an instance can stand in, with real files: reported (2 cines), refused, open, waiting, parked, and one whose second version inherits.</summary>
    private static async Task FillAsync(TestDatabase test)
    {
        var models = await test.PromoteModelsAsync();
        var analyses = new AnalysisStore(test.Database);

        await ReportAsync(test, models, "reported", 2, confirmed: true);
        var refused = await analyses.RecordAsync(
            Rows.Analysis(await CompleteAsync(test, "refused", 1), models) with { State = AnalysisState.NotAnalyzed, Reason = "no long axis", Findings = [] }, default);
        await new DeliveryStore(test.Database).RecordReportAsync((await analyses.FindAsync(refused.AnalysisId, default))!, [], [], Rows.Noon, default);
        await ReceiveAsync(test, "open", "open 0");
        await CompleteAsync(test, "waiting", 1);
        await ReportAsync(test, models, "parked", 1, confirmed: false);
        await ReportAsync(test, models, "inherited", 1, confirmed: true);
        await ReceiveAsync(test, "inherited", "inherited still", frames: 1);
        var inheriting = await test.CompleteAsync("inherited", Rows.Noon.AddHours(1));
        Assert.NotNull(inheriting.InheritsFromId);
    }

    private static async Task ReportAsync(TestDatabase test, (ModelRow, ModelRow) models, string study, int cines, bool confirmed)
    {
        var (analyses, deliveries) = (new AnalysisStore(test.Database), new DeliveryStore(test.Database));
        var recorded = await analyses.RecordAsync(Rows.Analysis(await CompleteAsync(test, study, cines), models), default);
        NewResultObject[] results = [Result(test, ResultKind.SaliencyCine, study + " saliency"), Result(test, ResultKind.StructuredReport, study + " report")];
        await deliveries.RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, results, [new NewDelivery("pacs", Held: false, [.. results.Select(result => result.SopInstanceUid)])], Rows.Noon, default);
        var delivery = Assert.Single(await deliveries.ListOfAnalysisAsync(recorded.AnalysisId, default));
        if (confirmed)
            await deliveries.RecordConfirmedAsync(delivery, "StorageCommitment", Rows.Noon, default);
        else
            await deliveries.ParkAsync(delivery, "the PACS is gone", Rows.Noon, default);
    }

    private static async Task<StudyVersionRow> CompleteAsync(TestDatabase test, string study, int cines)
    {
        for (var i = 0; i < cines; i++)
            await ReceiveAsync(test, study, $"{study} {i}");
        return await test.CompleteAsync(study, Rows.Noon.AddMinutes(1));
    }

    private static Task<Reception> ReceiveAsync(TestDatabase test, string study, string name, int frames = 30)
    {
        var dataset = System.Text.Encoding.ASCII.GetBytes("the data set of " + name);
        var key = Write(test, BlobStore.Objects, [.. new byte[Offset], .. dataset]);
        return test.ReceiveAsync(Rows.Instance(study, name) with { FileKey = key, DatasetLength = dataset.Length, DatasetSha256 = Convert.ToHexStringLower(SHA256.HashData(dataset)), NumberOfFrames = frames });
    }

    private static NewResultObject Result(TestDatabase test, ResultKind kind, string name)
    {
        var bytes = System.Text.Encoding.ASCII.GetBytes(name);
        return Rows.Result(kind, name) with { FileKey = Write(test, BlobStore.Results, bytes), Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)), Length = bytes.Length };
    }

    private static string Write(TestDatabase test, string area, byte[] bytes)
    {
        var (spool, key) = (test.Blobs.NewSpoolFile(), BlobStore.NewKey(area));
        File.WriteAllBytes(spool, bytes);
        test.Blobs.TakeOver(spool, key);
        return key;
    }
}
