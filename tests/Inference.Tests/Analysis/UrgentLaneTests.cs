using EchoClr.Inference.Analysis;
using EchoClr.Inference.Tests.World;
using EchoClr.Shared.Contracts;
using EchoClr.Shared.Messaging;
using EchoClr.Testing;

namespace EchoClr.Inference.Tests.Analysis;

public class UrgentLaneTests
{
    [Fact]
    public async Task UrgentStudy_PublishedLast_IsReadBeforeTheOthersThatWait()
    {
        await using var world = await InferenceWorld.CreateAsync(consumers: bus => bus.AddInferenceConsumers());
        var publisher = world.Get<Publisher>();
        var turn = await world.Get<DeviceTurns>().TakeAsync(urgent: false, CancellationToken.None); // the device is at work
        var versions = new List<long>();
        foreach (var study in (string[])["one", "two", "urgent"])
        {
            var version = await world.ReceiveAsync(study);
            versions.Add(version.Id);
            Assert.True(study == "urgent"
                ? await publisher.PublishAsync(new UrgentStudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, CancellationToken.None)
                : await publisher.PublishAsync(new StudyCompleted { StudyVersionId = version.Id, TraceId = version.TraceId }, CancellationToken.None));
        }
        // Both queues are at the door: one study of each, whatever else is in them.
        await Eventually.IsTrueAsync(() => world.Get<DeviceTurns>().WaitingCount == 2, "two studies wait for the device");
        turn.Dispose();

        await Eventually.IsTrueAsync(async () => (await OrderAsync(world)).Count == 3, "all are read");
        Assert.Equal([versions[2], versions[0], versions[1]], await OrderAsync(world));
    }

    private static Task<IReadOnlyList<long>> OrderAsync(InferenceWorld world) => world.Database.Database.ReadAsync(
        session => session.QueryAsync<long>("SELECT study_version_id FROM analysis ORDER BY id"), CancellationToken.None);
}
