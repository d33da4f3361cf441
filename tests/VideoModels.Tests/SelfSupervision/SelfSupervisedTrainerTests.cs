using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.VideoModels.Tests.SelfSupervision;

public sealed class SelfSupervisedTrainerTests
{
    private const int Pairs = 8;
    private static readonly ModelInput input = new(FrameOrder.Frames, 32, 50, 0.5, 0.3);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Step_FirstStep_CostsWhatKnowingNothingCosts(bool viewsApart)
    {
        using var trainer = new SelfSupervisedTrainer(Settings() with { ViewsApart = viewsApart });
        PairBatch alike = Noise(1);
        alike = alike with { First = [.. alike.First.Select(_ => alike.First[0])], Second = [.. alike.First.Select(_ => alike.First[0])] };

        StepFigures figures = trainer.Step(alike, 1e-3);

        Assert.Equal(Math.Log(15), figures.Contrast, 3);
        Assert.Equal(0, figures.FeatureDeviation, 4);
        StepFigures noise = trainer.Evaluate(Noise(1));
        Assert.InRange(noise.Order, FrameOrder.AtChance - 0.2, FrameOrder.AtChance + 0.2);
        Assert.Equal(noise.Contrast + noise.Order, noise.Loss);
        Assert.InRange(noise.FeatureDeviation, 1e-6, 10);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Step_OneBatchAgainAndAgain_IsLearnedByHeart(bool mixedPrecision)
    {
        using var trainer = new SelfSupervisedTrainer(Settings() with { MixedPrecision = mixedPrecision });
        PairBatch batch = Noise(2);
        StepFigures figures = trainer.Step(batch, 3e-3);
        for (int step = 0; step < 120 && figures.Loss > 0.3; step++)
            figures = trainer.Step(batch, 3e-3);

        Assert.InRange(figures.Contrast, 0, 0.3);
        Assert.InRange(figures.Order, 0, 0.3);
        Assert.Equal(1, figures.OrderAccuracy);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Load_InTheMiddle_GoesOnToTheSameBytes(bool mixedPrecision)
    {
        SelfSupervisionSettings settings = Settings() with { MixedPrecision = mixedPrecision };
        using var whole = new SelfSupervisedTrainer(settings);
        byte[] middle = [];
        for (int step = 0; step < 6; step++)
        {
            whole.Step(Noise(step), 1e-3 * (step + 1));
            if (step == 2)
                middle = whole.Save();
        }

        using var resumed = new SelfSupervisedTrainer(settings with { Seed = 99 });
        resumed.Load(middle);
        Assert.Equal(middle, resumed.Save());
        for (int step = 3; step < 6; step++)
            resumed.Step(Noise(step), 1e-3 * (step + 1));

        Assert.Equal(ModelRelease.Hash(whole.Save()), ModelRelease.Hash(resumed.Save()));
        Assert.Equal(ModelRelease.Hash(whole.Encoder()), ModelRelease.Hash(resumed.Encoder()));
        Assert.NotEqual(ModelRelease.Hash(middle), ModelRelease.Hash(whole.Save()));
    }

    [Fact]
    public void Load_OfAnotherNetworkOrDamaged_IsRefused()
    {
        using var narrow = new SelfSupervisedTrainer(Settings() with { Width = 2 });
        using var trainer = new SelfSupervisedTrainer(Settings());
        byte[] file = trainer.Save();

        Assert.Throws<InvalidDataException>(() => narrow.Load(file));
        Assert.Throws<InvalidDataException>(() => trainer.Load(file.AsSpan(0, file.Length - 1)));
        Assert.Throws<InvalidDataException>(() => trainer.Load(trainer.Encoder()));
    }

    [Fact]
    public void Step_ThenDispose_LeavesNoTensorBehind()
    {
        Train();
        long before = Tensor.TotalCount;
        Train();
        Assert.Equal(before, Tensor.TotalCount);

        static void Train()
        {
            using var trainer = new SelfSupervisedTrainer(Settings() with { ViewsApart = true });
            trainer.Step(Noise(1), 1e-3);
            trainer.Evaluate(Noise(2));
            trainer.Load(trainer.Save());
        }
    }

    private static SelfSupervisionSettings Settings() =>
        new() { Width = 4, Input = input, Seed = 1, Threads = 1, Order = true, MaskSamePatient = true, ViewsApart = false };

    private static PairBatch Noise(int seed)
    {
        var random = new Random(seed);
        return new PairBatch(Clips(), Clips(), Orders(), Orders(), [.. Enumerable.Range(0, Pairs)]);

        ReadOnlyMemory<byte>[] Clips() => [.. Enumerable.Range(0, Pairs).Select(_ =>
        {
            var bytes = new byte[input.WindowBytes];
            random.NextBytes(bytes);
            return (ReadOnlyMemory<byte>)bytes;
        })];

        int[] Orders() => [.. Enumerable.Range(0, Pairs).Select(_ => random.Next(FrameOrder.Classes))];
    }
}
