using EchoClr.Dicom;
using EchoClr.Dicom.Ports;
using EchoClr.Inference.Analysis;
using EchoClr.Inference.Reporting;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Reporting;

/// <summary>What late instances do to reports (design §5.3): the same cines inherit, other cines supersede, whatever became of the earlier report.</summary>
public class SupersedingTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(3600)]
    [InlineData(3 * 24 * 3600)]
    public async Task LateCine_SupersedesTheEarlierReport_AndSaysSo(int seconds)
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync();
        await world.AdvanceAsync(first);
        world.Time.Advance(TimeSpan.FromSeconds(seconds));

        var second = await world.WriteReportAsync();
        await world.AdvanceAsync(second);

        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
        var report = await ReportAsync(world, second);
        Assert.Equal(await UidAsync(world, first), Predecessor(report));
        Assert.Contains(ReportText.Supersedes, Texts(report), StringComparison.Ordinal);
    }

    [Fact]
    public async Task LateStill_InheritsTheReport_AndNothingIsSent()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var delivery = await world.WriteReportAsync();
        await world.AdvanceAsync(delivery);
        var sent = world.Pacs.Stored.Count;
        var association = Rows.Association("later");
        world.Time.Advance(TimeSpan.FromDays(2));
        await world.Database.ReceiveAsync(Rows.Instance("one", "still", at: world.Time.GetUtcNow(), association: association) with { NumberOfFrames = 1 }, association);
        var version = await world.Database.CompleteAsync("one", world.Time.GetUtcNow());

        Assert.Null(await world.AnalyzeAsync(version));

        Assert.NotNull(version.InheritsFromId);
        Assert.Equal((sent, 1), (world.Pacs.Stored.Count, world.Pacs.Requested.Count));
        Assert.Equal(WorklistState.Confirmed, (await world.Get<Worklist>().FindAsync(version.StudyInstanceUid, default))!.State);
    }

    [Fact]
    public async Task LateCine_EarlierReportStillOnItsWay_ArrivesAfterIt()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync();
        world.Pacs.Away = "the PACS is away";
        await world.AdvanceAsync(first);
        world.Time.Advance(TimeSpan.FromSeconds(1));
        var second = await world.WriteReportAsync();

        world.Pacs.Away = null;
        await world.AdvanceAsync(second); // its turn has not come
        Assert.Empty(world.Pacs.Stored);
        world.Time.Advance(TimeSpan.FromMinutes(1));
        await world.AdvanceAsync(second);
        Assert.Empty(world.Pacs.Stored);
        await world.AdvanceAsync(first);
        await world.AdvanceAsync(second);

        Assert.Equal([await UidAsync(world, first), await UidAsync(world, second)], Reports(world));
        Assert.Equal(await UidAsync(world, first), Predecessor(await ReportAsync(world, second)));
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
    }

    [Fact]
    public async Task LateCine_WhileTheEarlierVersionIsAnalysed_OnlyTheLaterIsReported()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var overtaken = await world.AnalyzeAsync(await world.ReceiveAsync("one")); // its report is not written yet
        var second = await world.WriteReportAsync();

        await world.Get<ReportWriter>().WriteAsync(overtaken!.Id, CancellationToken.None);
        await world.AdvanceAsync(second);

        Assert.Empty(await world.Deliveries.ListOfAnalysisAsync(overtaken.Id, default));
        Assert.NotNull((await world.Get<AnalysisStore>().FindAsync(overtaken.Id, default))!.ReportedAt); // it owes nothing any more
        Assert.Equal([await UidAsync(world, second)], Reports(world));
        Assert.Null(Predecessor(await ReportAsync(world, second)));
    }

    [Fact]
    public async Task LateCine_EarlierAnalysisIsRecordedLast_IsNobodysSuccessor()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.ReceiveAsync("one");
        var slow = await world.Get<AnalysisStore>().TryClaimAsync(first.Id, "slow", world.Time.GetUtcNow(), TimeSpan.FromHours(1), 5, default);
        Assert.True(slow);
        var second = await world.WriteReportAsync();
        var models = (await world.Get<AnalysisStore>().FindAsync(second.AnalysisId, default))!;
        var recorded = await world.Get<AnalysisStore>().RecordAsync(
            new NewAnalysis(first.Id, models.ModelId, models.ViewModelId, AnalysisState.Analyzed, null, models.Details, world.Time.GetUtcNow(), world.Time.GetUtcNow(), first.TraceId, [], []), default);

        await world.Get<ReportWriter>().WriteAsync(recorded.AnalysisId, CancellationToken.None);

        Assert.True(recorded.First);
        Assert.Empty(await world.Deliveries.ListOfAnalysisAsync(recorded.AnalysisId, default));
        var earlier = await world.Deliveries.ListEarlierReportsAsync((await world.Get<AnalysisStore>().FindAsync(recorded.AnalysisId, default))!, default);
        Assert.Empty(earlier); // the later version's report is not earlier, although its analysis was first
    }

    [Fact]
    public async Task LateCine_EarlierReportParkedUnsent_IsDroppedOnceTheLaterIsSent()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Delivery.MaxAttempts = 1);
        var first = await world.WriteReportAsync();
        world.Pacs.Away = "the PACS is away";
        await world.AdvanceAsync(first);
        Assert.Equal(DeliveryState.Parked, (await world.ReadAsync(first)).State);

        world.Pacs.Away = null;
        var second = await world.WriteReportAsync();
        await world.AdvanceAsync(second);

        Assert.Equal([await UidAsync(world, second)], Reports(world));
        Assert.Null(Predecessor(await ReportAsync(world, second))); // the PACS never got what it would name
        var dropped = await world.ReadAsync(first);
        Assert.Equal(DeliveryState.Dropped, dropped.State);
        Assert.Equal("a later report of the study was sent in its place; before that: the PACS is away", dropped.Reason);
        Assert.Empty(await world.Get<Parked>().ListAsync(default));
        Assert.Equal(WorklistState.Confirmed, (await world.Get<Worklist>().FindAsync(Rows.Uid("study one"), default))!.State);
    }

    [Fact]
    public async Task LateCine_EarlierVersionNotAnalysed_SupersedesItsText()
    {
        await using var world = await InferenceWorld.CreateAsync(options => options.Destinations[0].TextReportWhenNotAnalyzed = true);
        var not = await world.AnalyzeAsync(await world.ReceiveAsync("one", color: true));
        await world.Get<ReportWriter>().WriteAsync(not!.Id, CancellationToken.None);
        var text = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(not.Id, default));
        await world.AdvanceAsync(text);

        var second = await world.WriteReportAsync();
        await world.AdvanceAsync(second);

        Assert.Equal(await UidAsync(world, text), Predecessor(await ReportAsync(world, second)));
        await DicomValidators.DciodvfyAsync(await PathAsync(world, second), "Comprehensive3DSR");
    }

    [Fact]
    public async Task LateCine_EarlierAnalysisParked_IsReportedByItself()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.ReceiveAsync("one");
        await world.Database.Database.WriteAsync(session => session.ExecuteAsync("UPDATE study_version SET analysis_parked_at = @Now, analysis_error = 'died'", new { Now = world.Time.GetUtcNow() }), default);
        Assert.Null(await world.AnalyzeAsync(first));
        Assert.Single(await world.Get<Parked>().ListAsync(default));

        var second = await world.WriteReportAsync();
        await world.AdvanceAsync(second);

        Assert.Empty(await world.Get<Parked>().ListAsync(default)); // what was parked does not matter any more
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
        Assert.Null(Predecessor(await ReportAsync(world, second)));
    }

    [Fact]
    public async Task LateStill_EarlierAnalysisParked_StaysParkedForAPerson()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.ReceiveAsync("one");
        await world.Database.Database.WriteAsync(session => session.ExecuteAsync("UPDATE study_version SET analysis_parked_at = @Now, analysis_error = 'died'", new { Now = world.Time.GetUtcNow() }), default);
        var association = Rows.Association("later");
        await world.Database.ReceiveAsync(Rows.Instance("one", "still", association: association) with { NumberOfFrames = 1 }, association);
        var second = await world.Database.CompleteAsync("one", world.Time.GetUtcNow());
        Assert.Equal(first.Id, second.InheritsFromId);

        var parked = Assert.Single(await world.Get<Parked>().ListAsync(default));
        Assert.Equal((ParkedKind.Analysis, first.Id), (parked.Kind, parked.Id));
        Assert.True(await world.Get<Parked>().RetryAsync(parked.Kind, parked.Id, world.Time.GetUtcNow(), default));
        Assert.NotNull(await world.AnalyzeAsync(first));
    }

    [Fact]
    public async Task RejectedCine_OfTwo_SupersedesTheReport_AndSaysSo()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync(cines: 2);
        await world.AdvanceAsync(first);

        var analysis = await world.AnalyzeAsync((await RejectAsync(world, "one 0"))!);
        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);
        var second = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(analysis.Id, default));
        await world.AdvanceAsync(second);

        var report = await ReportAsync(world, second);
        Assert.Equal(await UidAsync(world, first), Predecessor(report));
        Assert.Contains("1 object of the study that the PACS rejected (Rejected for Patient Safety Reasons) was not read.", Texts(report), StringComparison.Ordinal);
        Assert.Equal("COMPLETE", report.GetString(DicomTags.CompletionFlag)); // of what is valid, nothing is missing
        Assert.DoesNotContain(Rows.Uid("instance one 0"), ReportRules.Descendants(report).Select(item => item.GetString(DicomTags.ReferencedSOPInstanceUID)));
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
    }

    [Fact]
    public async Task RejectedCine_TheOnlyOne_TakesTheFindingsBack_AlsoWhereNoTextIsAskedFor()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync();
        await world.AdvanceAsync(first);

        var analysis = await world.AnalyzeAsync((await RejectAsync(world, "one 0"))!);
        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);
        var second = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(analysis.Id, default));
        await world.AdvanceAsync(second);

        Assert.Equal(AnalysisState.NotAnalyzed, analysis.State);
        Assert.Contains("rejected", analysis.Reason, StringComparison.Ordinal);
        var report = await ReportAsync(world, second);
        Assert.Equal((SopClasses.BasicTextSRStorage, await UidAsync(world, first)), (report.GetString(DicomTags.SOPClassUID), Predecessor(report)));
        Assert.Contains(ReportText.TakesTheFindingsBack, Texts(report), StringComparison.Ordinal);
        await DicomValidators.DciodvfyAsync(await PathAsync(world, second), "BasicTextSR");
        Assert.Equal(DeliveryState.Confirmed, (await world.ReadAsync(second)).State);
    }

    [Fact]
    public async Task RejectedCine_ReportStillOnItsWay_IsNeverSent()
    {
        await using var world = await InferenceWorld.CreateAsync();
        var first = await world.WriteReportAsync(cines: 2);
        Assert.Null(await RejectAsync(world, "one 0", complete: false));
        await world.AdvanceAsync(first);
        Assert.Empty(world.Pacs.Stored); // the note is here, the version without the cine is not complete yet

        var version = await world.Database.CompleteAsync("one", world.Time.GetUtcNow());
        await world.AdvanceAsync(first);
        var dropped = await world.ReadAsync(first);
        Assert.Equal((DeliveryState.Dropped, "the PACS rejected an object that it rests on"), (dropped.State, dropped.Reason));

        var analysis = await world.AnalyzeAsync(version);
        await world.Get<ReportWriter>().WriteAsync(analysis!.Id, CancellationToken.None);
        var second = Assert.Single(await world.Deliveries.ListOfAnalysisAsync(analysis.Id, default));
        await world.AdvanceAsync(second);
        Assert.Equal([await UidAsync(world, second)], Reports(world));
        Assert.Null(Predecessor(await ReportAsync(world, second)));
    }

    [Fact]
    public async Task ExpiredCine_BesideALateOne_MakesThePartialReportSaySo()
    {
        await using var world = await InferenceWorld.CreateAsync();
        await world.AdvanceAsync(await world.WriteReportAsync());
        await world.Database.Database.WriteAsync(session => session.ExecuteAsync("UPDATE instance SET file_key = NULL, expired_at = @Now", new { Now = world.Time.GetUtcNow() }), default);

        var second = await world.WriteReportAsync();

        var report = await ReportAsync(world, second);
        Assert.Equal("PARTIAL", report.GetString(DicomTags.CompletionFlag));
        Assert.Contains("1 of the 2 objects of the study had expired by policy and could not be read.", Texts(report), StringComparison.Ordinal);
    }

    /// <summary>A rejection note of the study "one"; null where its version is left open.</summary>
    private static async Task<StudyVersionRow?> RejectAsync(InferenceWorld world, string instance, bool complete = true)
    {
        world.Time.Advance(TimeSpan.FromMinutes(10));
        var association = Rows.Association("note");
        var note = Rows.Instance("one", "note", at: world.Time.GetUtcNow(), association: association) with
        {
            SopClassUid = SopClasses.KeyObjectSelectionDocumentStorage, NumberOfFrames = null, FileKey = EchoClr.Shared.Storage.BlobStore.NewKey(EchoClr.Shared.Storage.BlobStore.Objects),
            Rejects = new RejectionNote("113037", [new RejectedObject(Rows.Uid("study one"), Rows.Uid("instance " + instance))]),
        };
        var file = SomeReport.Header().Set(DicomTags.SOPClassUID, note.SopClassUid).Set(DicomTags.SOPInstanceUID, note.SopInstanceUid)
            .Set(DicomTags.StudyInstanceUID, note.StudyInstanceUid).Set(DicomTags.SeriesInstanceUID, note.SeriesInstanceUid);
        var path = world.Database.Blobs.PathOf(note.FileKey);
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        new DicomFile(file, TransferSyntax.ExplicitVRLittleEndian).Write(path);
        await world.Database.ReceiveAsync(note, association);
        await world.Database.EndAsync(association, world.Time.GetUtcNow());
        return complete ? await world.Database.CompleteAsync("one", world.Time.GetUtcNow()) : null;
    }

    private static async Task<string> PathAsync(InferenceWorld world, DeliveryRow delivery) =>
        world.Database.Blobs.PathOf((await world.Deliveries.ListObjectsAsync(delivery.Id, default))[^1].FileKey);

    private static async Task<DicomDataset> ReportAsync(InferenceWorld world, DeliveryRow delivery) => DicomFile.Read(await PathAsync(world, delivery)).Dataset;

    private static async Task<string> UidAsync(InferenceWorld world, DeliveryRow delivery) => (await world.Deliveries.ListObjectsAsync(delivery.Id, default))[^1].SopInstanceUid;

    /// <summary>The reports that the PACS took, in their order.</summary>
    private static IEnumerable<string> Reports(InferenceWorld world) =>
        world.Pacs.Stored.Where(item => item.SopClassUid != SopClasses.MultiFrameTrueColorSecondaryCaptureImageStorage).Select(item => item.SopInstanceUid);

    private static string? Predecessor(DicomDataset report) => report.GetSequence(DicomTags.PredecessorDocumentsSequence)
        .SelectMany(study => study.GetSequence(DicomTags.ReferencedSeriesSequence)).SelectMany(series => series.GetSequence(DicomTags.ReferencedSOPSequence))
        .Select(item => item.GetString(DicomTags.ReferencedSOPInstanceUID)).SingleOrDefault();

    private static string Texts(DicomDataset report) => string.Join('\n', ReportRules.Descendants(report).Select(item => item.GetString(DicomTags.TextValue)));
}
