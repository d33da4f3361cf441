using EchoClr.Shared.Data;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Data;

public sealed class InstanceStoreTests
{
    [Theory, EachDatabase]
    public async Task RecordReceived_First_OpensVersionOneWithIt(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var arrival = Rows.Instance("s", "a");
        Assert.Equal(ReceptionKind.Stored, (await test.ReceiveAsync(arrival)).Kind);

        var row = await new InstanceStore(test.Database).FindAsync(arrival.SopInstanceUid, default);
        Assert.NotNull(row);
        Assert.Equal((arrival.FileKey, arrival.DatasetSha256, arrival.StudyInstanceUid, 30, InstanceOrigin.Peer),
            (row.FileKey, row.DatasetSha256, row.StudyInstanceUid, row.NumberOfFrames, row.Origin));
        Assert.Equal((Rows.Noon, Rows.Association().TraceId), (row.ReceivedAt, row.TraceId));
        var version = Assert.Single(await new StudyStore(test.Database).ListVersionsAsync(arrival.StudyInstanceUid, default));
        Assert.Equal((1, StudyVersionState.Open, row.TraceId), (version.Version, version.State, version.TraceId));
        Assert.Equal(row.Id, Assert.Single(await new StudyStore(test.Database).ListInstancesAsync(version.Id, default)).Id);
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_SameBytesAgain_IsADuplicateAndAddsNothing(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var first = Rows.Instance("s", "a");
        await test.ReceiveAsync(first);
        var again = await test.ReceiveAsync(Rows.Instance("s", "a", at: Rows.Noon.AddSeconds(30)));
        Assert.Equal((ReceptionKind.Duplicate, first.FileKey), (again.Kind, again.FileKey));

        var version = Assert.Single(await new StudyStore(test.Database).ListVersionsAsync(first.StudyInstanceUid, default));
        Assert.Single(await new StudyStore(test.Database).ListInstancesAsync(version.Id, default));
        Assert.Equal(Rows.Noon.AddSeconds(30), version.LastReceivedAt); // whoever repeats is still sending
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_DuplicateAfterCompletion_OpensNoVersion(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var complete = await test.CompleteStudyAsync("s", cines: 1);
        Assert.Equal(ReceptionKind.Duplicate, (await test.ReceiveAsync(Rows.Instance("s", "s 0", at: Rows.Noon.AddHours(1)))).Kind);
        Assert.Equal(complete.Id, Assert.Single(await new StudyStore(test.Database).ListVersionsAsync(complete.StudyInstanceUid, default)).Id);
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_OtherBytesUnderTheSameUid_AreKeptAsideOnceAndNeverOverwrite(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var first = Rows.Instance("s", "a");
        await test.ReceiveAsync(first);
        var other = Rows.Instance("another study", "a", "other bytes");
        Assert.Equal(ReceptionKind.Conflict, (await test.ReceiveAsync(other)).Kind);
        Assert.Equal(ReceptionKind.ConflictAgain, (await test.ReceiveAsync(Rows.Instance("another study", "a", "other bytes"))).Kind);

        var instances = new InstanceStore(test.Database);
        Assert.Equal(first.DatasetSha256, (await instances.FindAsync(first.SopInstanceUid, default))!.DatasetSha256);
        var conflict = Assert.Single(await instances.ListConflictsAsync(default));
        Assert.Equal((other.FileKey, other.DatasetSha256, first.DatasetSha256, other.StudyInstanceUid),
            (conflict.FileKey, conflict.DatasetSha256, conflict.KeptDatasetSha256, conflict.StudyInstanceUid));
        Assert.Null(await new StudyStore(test.Database).FindAsync(other.StudyInstanceUid, default));
        Assert.Equal(2, (await new NamedFiles(test.Database).AmongAsync([first.FileKey, other.FileKey, "objects/orphan.dcm"], default)).Count);
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_SixteenTasksWithTheFirstObjectsOfOneStudy_MakeOneStudyAndOneVersion(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var receptions = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => test.ReceiveAsync(Rows.Instance("s", $"{i}", association: Rows.Association($"{i}")), Rows.Association($"{i}")))));
        Assert.All(receptions, reception => Assert.Equal(ReceptionKind.Stored, reception.Kind));
        var version = Assert.Single(await new StudyStore(test.Database).ListVersionsAsync(Rows.Uid("study s"), default));
        Assert.Equal(16, (await new StudyStore(test.Database).ListInstancesAsync(version.Id, default)).Count);
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_SixteenTasksWithTheSameObject_StoreItOnce(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var receptions = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => Task.Run(() => test.ReceiveAsync(Rows.Instance("s", "same", association: Rows.Association($"{i}")), Rows.Association($"{i}")))));
        Assert.Single(receptions, reception => reception.Kind == ReceptionKind.Stored);
        Assert.Equal(15, receptions.Count(reception => reception.Kind == ReceptionKind.Duplicate));
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_AnObjectThatWeSaySoOrAResultRowNames_IsOwnAndInNoVersion(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var version = await test.CompleteStudyAsync("s");
        var analyses = new AnalysisStore(test.Database);
        var recorded = await analyses.RecordAsync(Rows.Analysis(version, await test.PromoteModelsAsync()), default);
        var report = Rows.Result(ResultKind.StructuredReport, "sr");
        await new DeliveryStore(test.Database).RecordReportAsync((await analyses.FindAsync(recorded.AnalysisId, default))!, [report], [], Rows.Noon, default);

        var byRow = Rows.Instance("s", "comes back") with { SopInstanceUid = report.SopInstanceUid, SopClassUid = report.SopClassUid };
        var byHeader = Rows.Instance("s", "of another life of this database") with { IsOurs = true };
        Assert.Equal(ReceptionKind.Own, (await test.ReceiveAsync(byRow)).Kind);
        Assert.Equal(ReceptionKind.Own, (await test.ReceiveAsync(byHeader)).Kind);
        Assert.Equal(version.Id, Assert.Single(await new StudyStore(test.Database).ListVersionsAsync(version.StudyInstanceUid, default)).Id);
        Assert.Equal(InstanceOrigin.Own, (await new InstanceStore(test.Database).FindAsync(byRow.SopInstanceUid, default))!.Origin);
    }

    [Theory, EachDatabase]
    public async Task RecordReceived_HostileTexts_AreDataAndNothingElse(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        const string name = "Robert'); DROP TABLE study;--^<script>";
        var arrival = Rows.Instance("s", "a") with { PatientName = name, PatientId = Text.Cut(new string('x', 100_000)), StudyDescription = "\u5fc3\u81d3 =cmd" };
        await test.ReceiveAsync(arrival);
        var study = await new StudyStore(test.Database).FindAsync(arrival.StudyInstanceUid, default);
        Assert.Equal((name, Text.MaxPeerText, "\u5fc3\u81d3 =cmd"), (study!.PatientName, study.PatientId!.Length, study.StudyDescription));
    }

    [Theory, EachDatabase]
    public async Task RecordRefused_IsListedWithItsReason(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        await test.Database.WriteAsync(session => InstanceStore.RecordRefusedAsync(session, Rows.Association(), Rows.UltrasoundMultiFrame, "1.2.3", 0xC000, "the data set cannot be read", Rows.Noon), default);
        var refusal = Assert.Single(await new InstanceStore(test.Database).ListRefusalsAsync(Rows.Noon, default));
        Assert.Equal((0xC000, "the data set cannot be read", "PACS"), (refusal.Status, refusal.Reason, refusal.CallingAeTitle));
    }
}
