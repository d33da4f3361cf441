using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.SelfSupervision;
using EchoClr.VideoModels.Training;

namespace EchoClr.VideoModels.Tests.Training;

public sealed class SupervisedTrainerTests
{
    private static readonly ModelInput input = new(4, 32, 50, 0.5, 0.3);
    private static readonly ReadOnlyMemory<byte>[] windows = [.. Enumerable.Range(0, 8).Select(Noise)];
    private static readonly float[][] findings = [.. Enumerable.Range(0, 8).Select(i => new float[] { i % 2, i / 4 })];

    [Theory]
    [InlineData(ModelTask.Findings, false)]
    [InlineData(ModelTask.Findings, true)]
    [InlineData(ModelTask.View, false)]
    public void Step_OneBatchAgainAndAgain_Overfits(ModelTask task, bool mixedPrecision)
    {
        float[][] targets = task == ModelTask.Findings ? findings : [.. Enumerable.Range(0, 8).Select(i => new float[] { i % 2, 1 - i % 2 })];
        using var trainer = new SupervisedTrainer(Plan(task) with { MixedPrecision = mixedPrecision }, task == ModelTask.Findings ? [1f, 1f] : null);

        double first = trainer.Step(windows, targets, 5e-3), last = first;
        for (int step = 0; step < 40; step++)
            last = trainer.Step(windows, targets, 5e-3);

        Assert.InRange(first, 0.5, 1); // about ln 2, untrained
        Assert.InRange(last, 0, 0.1);
    }

    [Fact]
    public void Step_SameSeed_SameWeightsToTheByte()
    {
        byte[] first = Train(1), again = Train(1), other = Train(2);

        Assert.Equal(ModelRelease.Hash(first), ModelRelease.Hash(again));
        Assert.NotEqual(ModelRelease.Hash(first), ModelRelease.Hash(other));
    }

    [Fact]
    public void Seal_RoundsTheWeightsToTheFile()
    {
        using var trainer = new SupervisedTrainer(Plan(ModelTask.Findings), [1f, 1f]);
        trainer.Step(windows, findings, 1e-3);
        float[][] before = trainer.Logits(windows);

        byte[] file = trainer.Seal();

        Assert.Equal(file, trainer.Seal());
        Assert.NotEqual(before[0], trainer.Logits(windows)[0]);
        Assert.Equal(before[0][0], trainer.Logits(windows)[0][0], 0.02f);
    }

    [Fact]
    public void KeepRestore_LaterSteps_AreUndone()
    {
        using var trainer = new SupervisedTrainer(Plan(ModelTask.Findings), [1f, 1f]);
        trainer.Step(windows, findings, 1e-3);
        trainer.Keep();
        float[][] kept = trainer.Logits(windows);
        trainer.Step(windows, findings, 1e-2);
        Assert.NotEqual(kept, trainer.Logits(windows));

        trainer.Restore();

        Assert.Equal(kept, trainer.Logits(windows));
    }

    [Fact]
    public void Trainer_WithAnEncoder_BeginsWithItsWeightsAndItsOwnLastLayer()
    {
        using DisposeScope scope = NewDisposeScope();
        using var pretrained = new SelfSupervisedTrainer(new SelfSupervisionSettings { Width = 2, Input = input, Seed = 9, Order = true, MaskSamePatient = false, ViewsApart = false, Threads = 1 });
        byte[] encoder = pretrained.Encoder();
        using var trainer = new SupervisedTrainer(Plan(ModelTask.Findings) with { Width = 2 }, [1f, 1f], encoder);
        using var drawn = new SupervisedTrainer(Plan(ModelTask.Findings) with { Width = 2 }, [1f, 1f]);

        Dictionary<string, Tensor> given = SafeTensors.Read(encoder), begins = SafeTensors.Read(trainer.Seal()), other = SafeTensors.Read(drawn.Seal());

        Assert.NotEmpty(given);
        Assert.All(given.Where(entry => entry.Value.dtype == ScalarType.Float32), entry => Assert.True(entry.Value.to_type(ScalarType.Float16).to_type(ScalarType.Float32).allclose(begins[entry.Key].to_type(ScalarType.Float32))));
        Assert.Equal(["fc.bias", "fc.weight"], begins.Keys.Except(given.Keys).Order());
        Assert.True(begins["fc.weight"].to_type(ScalarType.Float32).allclose(other["fc.weight"].to_type(ScalarType.Float32))); // drawn from the same seed
        Assert.Throws<InvalidDataException>(() => new SupervisedTrainer(Plan(ModelTask.Findings) with { Width = 4 }, [1f, 1f], encoder));
    }

    [Fact]
    public void Step_FrozenEncoder_ChangesTheLastLayerAlone()
    {
        using DisposeScope scope = NewDisposeScope();
        using var trainer = new SupervisedTrainer(Plan(ModelTask.Findings) with { FreezeEncoder = true }, [1f, 1f]);
        Dictionary<string, Tensor> before = SafeTensors.Read(trainer.Seal());
        double first = trainer.Step(windows, findings, 1e-2), last = first;
        for (int step = 0; step < 30; step++)
            last = trainer.Step(windows, findings, 1e-2);

        Dictionary<string, Tensor> after = SafeTensors.Read(trainer.Seal());
        Assert.Equal(["fc.bias", "fc.weight"], before.Keys.Where(key => !before[key].to_type(ScalarType.Float32).allclose(after[key].to_type(ScalarType.Float32))).Order()); // nor running statistics
        Assert.True(last < first, $"{first} to {last}");
    }

    [Fact]
    public void TrainAndDispose_LeavesNoTensorBehind()
    {
        Train(1);
        long before = Tensor.TotalCount;

        Train(1);

        Assert.Equal(before, Tensor.TotalCount);
    }

    private static byte[] Train(long seed)
    {
        using var trainer = new SupervisedTrainer(Plan(ModelTask.Findings) with { Seed = seed }, [1f, 2f]);
        for (int step = 0; step < 3; step++)
            trainer.Step(windows, findings, 1e-3);
        trainer.Keep();
        trainer.Restore();
        return trainer.Seal();
    }

    private static SupervisedTraining Plan(ModelTask task) => new() { Task = task, Classes = 2, Width = 4, Input = input, Seed = 1, FeatureDropout = 0, Threads = 1 };

    private static ReadOnlyMemory<byte> Noise(int seed)
    {
        var bytes = new byte[input.WindowBytes];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
