using EchoClr.Dicom;
using EchoClr.Ingest.Tests.StudyCompletion;
using EchoClr.Shared.Data;
using EchoClr.Shared.Ledger;

namespace EchoClr.Ingest.Tests.LifeCycle;

/// <summary>Key Object Selections by which a PACS takes objects out of use (IHE RAD, Imaging Object Change Management).</summary>
public sealed class RejectionNoteTests
{
    [Theory]
    [InlineData("113001")]
    [InlineData("113037")]
    [InlineData("113038")]
    public async Task RejectedCine_LeavesTheNextVersion_WhichDoesNotInherit(string title)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2"));
        await CompleteAsync(ingest);

        await ReceiveAsync(ingest, Note(title, ("1.2.3", "1.1")));
        await AssertLedgerAsync(ingest, rejected: 0); // still in the current version
        await CompleteAsync(ingest);

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal([(1, StudyVersionState.Superseded, 2), (2, StudyVersionState.Complete, 2)], versions.Select(version => (version.Version, version.State, version.InstanceCount!.Value)));
        Assert.Null(versions[1].InheritsFromId);
        Assert.Equal(["1.2", "9.9.1"], await UidsAsync(ingest, versions[1]));
        var count = Assert.Single(await ingest.Studies.CountRejectedAsync(versions[1].StudyId, default));
        Assert.Equal((title, 1), (count.Code, count.Objects));
        Assert.NotNull((await ingest.Instances.FindAsync("1.1", default))!.FileKey); // kept, whatever the PACS does
        await AssertLedgerAsync(ingest, rejected: 1);
    }

    [Fact]
    public async Task RejectedStill_LeavesTheNextVersion_WhichInherits()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2").Set(DicomTags.NumberOfFrames, 1));
        await CompleteAsync(ingest);
        await ReceiveAsync(ingest, Note("113001", ("1.2.3", "1.2")));
        await CompleteAsync(ingest);

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal(versions[0].Id, versions[1].InheritsFromId);
        Assert.Equal(["1.1", "9.9.1"], await UidsAsync(ingest, versions[1]));
    }

    [Fact]
    public async Task RetentionExpiredAtThePacs_IsRecorded_AndTakesNothingAway()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"));
        await CompleteAsync(ingest);
        await ReceiveAsync(ingest, Note("113039", ("1.2.3", "1.1")));
        await CompleteAsync(ingest);

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal(versions[0].Id, versions[1].InheritsFromId);
        Assert.Equal(["1.1", "9.9.1"], await UidsAsync(ingest, versions[1]));
        Assert.NotNull((await ingest.Instances.FindAsync("1.1", default))!.FileKey);
        Assert.Equal(["113039"], await CodesAsync(ingest));
    }

    [Fact]
    public async Task NoteBeforeItsObjects_KeepsThemOutWhenTheyCome()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Note("113001", ("1.2.3", "1.1")), Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2"));
        await CompleteAsync(ingest);
        Assert.Equal(["1.2", "9.9.1"], await UidsAsync(ingest, Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default))));
        await AssertLedgerAsync(ingest, rejected: 1);
    }

    [Fact]
    public async Task NoteOfAnotherStudy_RejectsThere_AndOnlyWhatItNamesWithItsStudy()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2"));
        await ReceiveAsync(ingest, Arrival.Cine(study: "7.7", series: "7.7.1", instance: "7.1"));
        await CompleteAsync(ingest);

        await ReceiveAsync(ingest, Note("113037", ("7.7", "1.2"), ("1.2.3", "1.1")).Set(DicomTags.StudyInstanceUID, "7.7")); // 1.2 is none of study 7.7
        await CompleteAsync(ingest);

        var versions = await ingest.Studies.ListVersionsAsync("1.2.3", default);
        Assert.Equal(["1.2"], await UidsAsync(ingest, versions[1]));
        var other = await ingest.Studies.ListVersionsAsync("7.7", default);
        Assert.Equal(["7.1", "9.9.1"], await UidsAsync(ingest, other[1]));
        Assert.Equal(other[0].Id, other[1].InheritsFromId);
        await AssertLedgerAsync(ingest, rejected: 1);
    }

    [Theory]
    [InlineData("113000", "DCM")] // Of Interest: key images
    [InlineData("113001", "99X")] // somebody's own code
    public async Task OtherKeyObjects_AreObjectsLikeOthers(string title, string scheme)
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"));
        await CompleteAsync(ingest);
        await ReceiveAsync(ingest, Note(title, scheme, ("1.2.3", "1.1")));
        await CompleteAsync(ingest);
        Assert.Empty(await CodesAsync(ingest));
        Assert.Equal(2, (await ingest.Studies.ListVersionsAsync("1.2.3", default))[1].InstanceCount);
    }

    [Fact]
    public async Task OurOwnNote_ComingBack_RejectsNothing()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"));
        await CompleteAsync(ingest);
        await ReceiveAsync(ingest, Note("113001", ("1.2.3", "1.1")).Set(DicomTags.Manufacturer, EchoClrImplementation.Manufacturer));
        Assert.Empty(await CodesAsync(ingest));
        Assert.Single(await ingest.Studies.ListVersionsAsync("1.2.3", default));
    }

    [Fact]
    public async Task Orthanc_ForwardsTheNote_AndTheObjectLeaves()
    {
        await using var world = await PacsWorld.StartAsync("Orthanc");
        await world.FillAsync(Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2"), Note("113001", ("1.2.3", "1.1")));
        await world.ReceiveAsync(Arrival.Cine(instance: "1.1"), Arrival.Cine(instance: "1.2"));
        await world.AfterAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(0, await world.AfterAsync(TimeSpan.FromMinutes(1))); // the note is missing: the PACS counts it

        var note = await world.Orthanc.PostAsync("tools/lookup", "9.9.1");
        await world.Orthanc.PostAsync("modalities/us/store", $"[\"{note[0].GetProperty("ID").GetString()}\"]");
        await world.EndedAsync();
        await world.AfterAsync(TimeSpan.FromMinutes(1));

        var version = await world.NewestAsync();
        Assert.Equal(StudyVersionState.Complete, version.State);
        Assert.Equal(["1.2", "9.9.1"], await UidsAsync(world.Ingest, version));
    }

    [Fact]
    public async Task SameNoteTwice_CountsOnce()
    {
        await using var ingest = await IngestUnderTest.CreateAsync();
        await ReceiveAsync(ingest, Arrival.Cine(instance: "1.1"), Note("113001", ("1.2.3", "1.1")), Note("113001", ("1.2.3", "1.1")));
        await CompleteAsync(ingest);
        await ReceiveAsync(ingest, Note("113037", ("1.2.3", "1.1")).Set(DicomTags.SOPInstanceUID, "9.9.2")); // and once more for another reason
        await CompleteAsync(ingest);
        var version = (await ingest.Studies.ListVersionsAsync("1.2.3", default))[^1];
        Assert.Equal(1, Assert.Single(await ingest.Studies.CountRejectedAsync(version.StudyId, default)).Objects);
        await AssertLedgerAsync(ingest, rejected: 1);
    }

    private static DicomDataset Note(string title, params (string Study, string Instance)[] rejected) => Note(title, "DCM", rejected);

    private static DicomDataset Note(string title, string scheme, params (string Study, string Instance)[] rejected) => new DicomDataset()
        .Set(DicomTags.SOPClassUID, SopClasses.KeyObjectSelectionDocumentStorage)
        .Set(DicomTags.SOPInstanceUID, "9.9.1")
        .Set(DicomTags.StudyInstanceUID, rejected[0].Study)
        .Set(DicomTags.SeriesInstanceUID, "9.9")
        .Set(DicomTags.Modality, "KO")
        .Set(DicomTags.PatientID, "P1")
        .SetSequence(DicomTags.ConceptNameCodeSequence, new DicomDataset().Set(DicomTags.CodeValue, title).Set(DicomTags.CodingSchemeDesignator, scheme).Set(DicomTags.CodeMeaning, "title"))
        .SetSequence(DicomTags.CurrentRequestedProcedureEvidenceSequence, [.. rejected.Select(item => new DicomDataset()
            .Set(DicomTags.StudyInstanceUID, item.Study)
            .SetSequence(DicomTags.ReferencedSeriesSequence, new DicomDataset()
                .Set(DicomTags.SeriesInstanceUID, "1.2.3.1")
                .SetSequence(DicomTags.ReferencedSOPSequence, new DicomDataset()
                    .Set(DicomTags.ReferencedSOPClassUID, SopClasses.UltrasoundMultiFrameImageStorage)
                    .Set(DicomTags.ReferencedSOPInstanceUID, item.Instance))))]);

    private static Task<IReadOnlyList<string>> CodesAsync(IngestUnderTest ingest) =>
        ingest.Test.Database.ReadAsync(session => session.QueryAsync<string>("SELECT code FROM rejection"), default);

    private static async Task<IEnumerable<string>> UidsAsync(IngestUnderTest ingest, StudyVersionRow version) =>
        (await ingest.Studies.ListInstancesAsync(version.Id, default)).Select(instance => instance.SopInstanceUid).Order(StringComparer.Ordinal);

    private static async Task AssertLedgerAsync(IngestUnderTest ingest, int rejected)
    {
        var report = await new LedgerAudit(ingest.Test.Database, ingest.Test.Blobs, ingest.Time).RunAsync(strict: true, null, default);
        Assert.True(report.IsWhole, string.Join('\n', report.Breaks));
        Assert.Equal(rejected, report.Counts.Rejected);
    }

    private static async Task ReceiveAsync(IngestUnderTest ingest, params DicomDataset[] datasets)
    {
        var association = ingest.Open();
        foreach (var dataset in datasets)
            Assert.True((await ingest.StoreAsync(association, dataset, sopClassUid: dataset.GetString(DicomTags.SOPClassUID))).IsSuccess);
        await ingest.EndAsync(association);
    }

    private static async Task CompleteAsync(IngestUnderTest ingest)
    {
        ingest.Time.Advance(TimeSpan.FromMinutes(1));
        await ingest.Sweeper.RunOnceAsync(ingest.Time.GetUtcNow(), default);
    }
}
