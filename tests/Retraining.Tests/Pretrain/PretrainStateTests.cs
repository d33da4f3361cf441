using EchoClr.Retraining.Pretrain;
using EchoClr.Retraining.Runs;
using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.Retraining.Tests.Pretrain;

public sealed class PretrainStateTests
{
    private const int Pairs = 32;
    private static readonly PretrainState start = new("plan", "cohort", 0, 0, []);
    private static readonly double chance = NtXent.AtChance(Pairs);

    [Fact]
    public void After_LossThatIsNoNumber_StopsWithTheReason()
    {
        Assert.Contains("not a number at step 1", Assert.Throws<TrainingStoppedException>(() => start.After(Figures(double.NaN), Pairs)).Message, StringComparison.Ordinal);
        Assert.Throws<TrainingStoppedException>(() => start.After(Figures(double.PositiveInfinity), Pairs));
    }

    [Fact]
    public void After_FeaturesBelowAHundredthOfTheirStart_IsACollapse()
    {
        var state = start.After(Figures(4, deviation: 0.27), Pairs);
        state = state.After(Figures(4, deviation: 0.0028), Pairs);
        Assert.Contains("collapsed at step 3", Assert.Throws<TrainingStoppedException>(() => state.After(Figures(4, deviation: 0.0026), Pairs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_AThousandStepsAtChance_StopsAndNotBefore()
    {
        var state = start;
        for (var step = 0; step < PretrainState.PatienceSteps - 1; step++)
            state = state.After(Figures(chance), Pairs); // AdamW may sit there for long: not yet a failure
        Assert.Contains("nothing was learned in 1000 steps", Assert.Throws<TrainingStoppedException>(() => state.After(Figures(chance), Pairs)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void After_AThousandStepsBelowChance_GoesOn()
    {
        var state = start;
        for (var step = 0; step < PretrainState.PatienceSteps + 10; step++)
            state = state.After(Figures(chance - 0.06), Pairs);
        Assert.Equal(PretrainState.PatienceSteps + 10, state.Step);
        Assert.Equal(50, state.Recent.Count);
    }

    [Fact]
    public void FromCheckpoint_WhatWasWritten_IsTheSame_AndAnyDamageIsRefused()
    {
        var state = start.After(Figures(1 / 3.0, deviation: 0.1), Pairs);
        byte[] trainer = [1, 2, 3, 4, 5];
        var bytes = state.ToCheckpoint(trainer);

        var read = PretrainState.FromCheckpoint(bytes, out var file);
        Assert.Equal(trainer, file.ToArray());
        Assert.Equal(state.Recent, read.Recent);
        Assert.Equal(state with { Recent = [] }, read with { Recent = [] });
        Assert.Equal(bytes, read.ToCheckpoint(file));

        for (var length = 0; length < bytes.Length; length++)
            Assert.Throws<InvalidDataException>(() => PretrainState.FromCheckpoint(bytes.AsSpan(0, length), out _));
        bytes[^1] ^= 1;
        Assert.Throws<InvalidDataException>(() => PretrainState.FromCheckpoint(bytes, out _));
    }

    private static StepFigures Figures(double contrast, double deviation = 0.2) => new(contrast, 0, 0, deviation);
}
