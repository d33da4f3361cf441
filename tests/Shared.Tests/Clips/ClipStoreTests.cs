using EchoClr.Shared.Audit;
using EchoClr.Shared.Clips;
using EchoClr.Shared.Data;
using EchoClr.Shared.Storage;
using EchoClr.Testing;

namespace EchoClr.Shared.Tests.Clips;

public sealed class ClipStoreTests
{
    private const string Pipeline = "echoclip-1";

    [Theory, EachDatabase]
    public async Task Add_SameCineTwice_IsOneClip(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        var instance = await InstanceAsync(test, "one");

        Assert.True(await store.AddAsync(Clip(instance, "p"), default));
        Assert.False(await store.AddAsync(Clip(instance, "p"), default));
        Assert.True(await store.AddAsync(Clip(instance, "p") with { Pipeline = "echoclip-2" }, default));

        var row = Assert.Single(await store.ListLearnableAsync(Pipeline, null, 0, default));
        Assert.Equal(("p", "PLAX", 0.9, 1000L, 20), (row.PatientKey, row.ViewLabel, row.ViewProbability, row.Length, row.Frames));
        Assert.Equal(instance, Assert.Single(await store.ListKnownAsync(Pipeline, [instance, 999], default)));
    }

    [Theory, EachDatabase]
    public async Task ListLearnable_ByView_TakesTheSureOnesOfThatView(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        await store.AddAsync(Clip(await InstanceAsync(test, "sure"), "p"), default);
        await store.AddAsync(Clip(await InstanceAsync(test, "unsure"), "p") with { ViewProbability = 0.4 }, default);
        await store.AddAsync(Clip(await InstanceAsync(test, "other"), "p") with { ViewLabel = "A4C" }, default);

        Assert.Single(await store.ListLearnableAsync(Pipeline, "PLAX", 0.5, default));
        Assert.Equal(3, (await store.ListLearnableAsync(Pipeline, null, 0, default)).Count);
        Assert.Equal([("A4C", 1), ("PLAX", 2)], (await store.CountAsync(default)).Select(count => (count.ViewLabel!, count.Clips)));
    }

    [Theory, EachDatabase]
    public async Task OptOut_AllClipsOfThePatientGo_NoneComesBack_AndTheAuditTrailSaysSo(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        var (mine, second, other) = (await InstanceAsync(test, "mine"), await InstanceAsync(test, "second"), await InstanceAsync(test, "other"));
        var (first, theirs) = (Clip(mine, "p"), Clip(other, "q"));
        await store.AddAsync(first, default);
        await store.AddAsync(theirs, default);

        Assert.Equal([first.FileKey], await store.OptOutAsync("p", "alice", Rows.Noon, default));
        Assert.Empty(await store.OptOutAsync("p", "alice", Rows.Noon, default));

        Assert.True(await store.IsOptedOutAsync("p", default));
        Assert.Equal(theirs.FileKey, Assert.Single(await store.ListLearnableAsync(Pipeline, null, 0, default)).FileKey);
        Assert.False(await store.AddAsync(Clip(second, "p"), default));
        Assert.Equal(mine, Assert.Single(await store.ListKnownAsync(Pipeline, [mine], default))); // not kept a second time when the study is read again

        Assert.True(await store.UndoOptOutAsync("p", "alice", Rows.Noon, default));
        Assert.False(await store.UndoOptOutAsync("p", "alice", Rows.Noon, default));
        Assert.True(await store.AddAsync(Clip(second, "p"), default));
        Assert.Equal(2, (await store.ListLearnableAsync(Pipeline, null, 0, default)).Count);
        Assert.Equal(2, (await new AuditTrail(test.Database, TimeProvider.System).ListAsync(DateTimeOffset.UnixEpoch, 100, default)).Count(row => row.Message.Contains("opt-out", StringComparison.Ordinal) || row.Message.Contains("left out of learning", StringComparison.Ordinal)));
    }

    [Theory, EachDatabase]
    public async Task Expire_OldOnesAndTheOldestBeyondTheQuota_Go(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        var clips = new List<NewClip>();
        for (var day = 0; day < 4; day++)
        {
            clips.Add(Clip(await InstanceAsync(test, $"{day}"), "p") with { CreatedAt = Rows.Noon.AddDays(day) });
            await store.AddAsync(clips[^1], default);
        }

        // The first is too old; of the three others of 1000 bytes each two fit.
        Assert.Equal([clips[0].FileKey, clips[1].FileKey], (await store.ExpireAsync(Rows.Noon.AddDays(0.5), 2500, default)).OrderBy(key => clips.FindIndex(clip => clip.FileKey == key)));

        Assert.Equal([clips[2].FileKey, clips[3].FileKey], (await store.ListLearnableAsync(Pipeline, null, 0, default)).Select(row => row.FileKey));
        Assert.Empty(await store.ExpireAsync(Rows.Noon.AddDays(0.5), 2500, default));
    }

    [Theory, EachDatabase]
    public async Task Delete_OneClip_IsGoneFromTheNextCohort(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        var clip = Clip(await InstanceAsync(test, "one"), "p");
        await store.AddAsync(clip, default);
        var id = (await store.ListLearnableAsync(Pipeline, null, 0, default)).Single().Id;

        Assert.Equal(clip.FileKey, await store.DeleteAsync(id, "burned-in name", default));
        Assert.Null(await store.DeleteAsync(id, "again", default));
        Assert.Empty(await store.ListLearnableAsync(Pipeline, null, 0, default));
    }

    [Theory, EachDatabase]
    public async Task ListLearnable_ObjectThatThePacsRejected_IsLeftOut(DatabaseProvider provider)
    {
        await using var test = await TestDatabase.CreateAsync(provider);
        var store = new ClipStore(test.Database);
        await store.AddAsync(Clip(await InstanceAsync(test, "wrong patient"), "p"), default);
        await store.AddAsync(Clip(await InstanceAsync(test, "right"), "p"), default);

        await test.Database.WriteAsync(session => session.ExecuteAsync("""
            INSERT INTO rejection (note_instance_id, code, study_instance_uid, sop_instance_uid, received_at, trace_id)
            SELECT id, '113038', @Study, sop_instance_uid, received_at, trace_id FROM instance WHERE sop_instance_uid = @Instance
            """, new { Study = Rows.Uid("study s"), Instance = Rows.Uid("instance wrong patient") }), default);

        Assert.Single(await store.ListLearnableAsync(Pipeline, null, 0, default));
    }

    private static async Task<long> InstanceAsync(TestDatabase test, string name)
    {
        await test.ReceiveAsync(Rows.Instance("s", name));
        return await test.Database.ReadAsync(session => session.ScalarAsync<long>("SELECT id FROM instance WHERE sop_instance_uid = @Uid", new { Uid = Rows.Uid("instance " + name) }), default);
    }

    private static NewClip Clip(long instance, string patient) => new(
        instance, Pipeline, BlobStore.NewKey(BlobStore.Clips, ".clip"), Rows.Sha256($"clip {instance}"), 1000, 20, 112, 112, 500, patient, "study", "FrameTime", "PLAX", 0.9, """{"PLAX":0.9}""", Rows.Sha256("gate"), Rows.Noon,
        Rows.Sha256("trace")[..32]);
}
