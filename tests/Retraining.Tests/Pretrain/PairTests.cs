using EchoClr.Retraining.FineTune;
using EchoClr.Retraining.Pretrain;
using EchoClr.Testing;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Tests.Pretrain;

public sealed class PairTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Theory]
    [InlineData(1, 1)]
    [InlineData(2, 1)]
    [InlineData(3, 3)]
    [InlineData(6, 15)]
    public void Of_AStudyOfSoManyVideos_HasSoManyPairs(int videos, int expected)
    {
        var pairs = PairList.Of([.. Enumerable.Repeat(0, videos)], PairRule.StudyVideos);

        Assert.Equal(expected, pairs.Count);
        Assert.Equal(pairs.Count, pairs.Distinct().Count());
        Assert.All(pairs, pair => Assert.True(videos == 1 ? pair == (0, 0) : pair.First < pair.Second));
    }

    [Fact]
    public void Of_SeveralStudies_NeverMixesThem()
    {
        Assert.Equal([(0, 2), (1, 1), (3, 4), (3, 5), (4, 5)], PairList.Of([7, 8, 7, 9, 9, 9], PairRule.StudyVideos));
        Assert.Equal([(0, 0), (1, 1), (2, 2)], PairList.Of([7, 8, 7], PairRule.SameClip));
    }

    [Fact]
    public void Frames_Neighbours_FromAnyBeginningToTheEnd()
    {
        int[] times = [.. Enumerable.Range(0, 8).Select(t => 33_000 * t)];
        Assert.Equal([0, 1, 2, 3], PretrainClips.Frames(times, 0, null));
        Assert.Equal([4, 5, 6, 7], PretrainClips.Frames(times, 0.999, null));
    }

    [Fact]
    public void Frames_ByTime_AreTheNearest_NeverOneTwice_AndSpreadOverAClipThatIsTooShort()
    {
        int[] fast = [.. Enumerable.Range(0, 60).Select(t => 10_000 * t)]; // 100 frames a second
        Assert.Equal([0, 5, 10, 15], PretrainClips.Frames(fast, 0, 50));
        Assert.Equal([44, 49, 54, 59], PretrainClips.Frames(fast, 0.999, 50));
        int[] slow = [.. Enumerable.Range(0, 8).Select(t => 100_000 * t)]; // ten frames a second: nearest would be one frame twice
        Assert.Equal([0, 1, 2, 3], PretrainClips.Frames(slow, 0, 50));
        int[] brief = [.. Enumerable.Range(0, 7).Select(t => 10_000 * t)]; // 60 ms
        Assert.Equal([0, 2, 4, 6], PretrainClips.Frames(brief, 0.5, 50));
        Assert.Throws<InvalidDataException>(() => PretrainClips.Frames([0, 10, 20], 0, 50));
        // Uneven times, every beginning: in order, within the clip.
        int[] uneven = [.. Enumerable.Range(0, 20).Select(t => 20_000 * t + t * t * 700)];
        for (var start = 0.0; start < 1; start += 0.01)
        {
            var frames = PretrainClips.Frames(uneven, start, 50);
            Assert.Equal(frames.Distinct().Order(), frames);
            Assert.InRange(frames[3], 3, 19);
        }
    }

    [Fact]
    public void Draw_AnyStepInAnyOrder_IsTheSame_AndAnEpochUsesEveryPairOnce()
    {
        var (one, two) = (Batches("echoclr+"), Batches("echoclr+"));

        foreach (var step in new[] { 7, 0, 3, 7 })
            AssertSame(one.Draw(step), two.Draw(step));
        Assert.NotEqual(one.Draw(0).First[0].ToArray(), Batches("echoclr+", seed: 2).Draw(0).First[0].ToArray());
        for (var epoch = 0; epoch < 2; epoch++)
        {
            int[] patients = [.. Enumerable.Range(epoch * one.StepsPerEpoch, one.StepsPerEpoch).SelectMany(step => one.Draw(step).Patients)];
            Assert.Equal(patients.Length, patients.Distinct().Count()); // one pair a study here
        }
        Assert.NotEqual(one.Draw(0).Patients, one.Draw(one.StepsPerEpoch).Patients);
    }

    [Fact]
    public void Draw_OrdersAreNamedAsTheFramesStand()
    {
        // Without order as a task all is in order 0, and the same clip's views are of the same frames.
        var plain = Batches("simclr").Draw(3);
        Assert.All(plain.FirstOrders.Concat(plain.SecondOrders), order => Assert.Equal(0, order));
        var orders = Enumerable.Range(0, 12).SelectMany(step => Batches("paper").Draw(step).FirstOrders).Distinct().Count();
        Assert.InRange(orders, 15, FrameOrder.Classes);
    }

    [Fact]
    public void PretrainBatches_TooFewPairs_AreRefusedInWords() =>
        Assert.Contains("do not fill", Assert.Throws<ArgumentException>(() => Batches("paper", pairs: 1000)).Message, StringComparison.Ordinal);

    public void Dispose() => folder.Dispose();

    private PairBatches Batches(string recipe, long seed = 1, int pairs = 4)
    {
        var cohort = DrawnCohort.Write(folder.Path, studies: 24);
        var clips = new PretrainClips([.. cohort.In(DataPart.Training)], key => Path.Combine(folder.Path, key));
        return new PairBatches(clips, new PretrainPlan { Recipe = recipe, Seed = seed, Pairs = pairs, Size = 16 });
    }

    private static void AssertSame(PairBatch a, PairBatch b)
    {
        Assert.Equal([.. a.FirstOrders, .. a.SecondOrders, .. a.Patients], (int[])[.. b.FirstOrders, .. b.SecondOrders, .. b.Patients]);
        Assert.Equal(a.First.Concat(a.Second).Select(window => window.ToArray()), b.First.Concat(b.Second).Select(window => window.ToArray()));
    }
}
