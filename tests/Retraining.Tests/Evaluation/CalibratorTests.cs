using EchoClr.Retraining.Evaluation;
using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.Retraining.Tests.Evaluation;

public sealed class CalibratorTests
{
    [Fact]
    public void Fit_FindingsWhoseLogitsAreStretchedAndShifted_UndoesBoth()
    {
        var random = new Random(6);
        ClipScores[] scores =
        [
            .. Enumerable.Range(0, 4000).Select(i =>
            {
                double truth = 4 * random.NextDouble() - 2; // the true log odds
                float positive = random.NextDouble() < Probability.Sigmoid(truth) ? 1 : 0;
                return new ClipScores($"p{i}", [positive], [[(float)(3 * truth + 1.5)]]);
            }),
        ];

        Calibration calibration = Calibrator.Fit(scores, ModelTask.Findings);

        Assert.InRange(calibration.Temperature[0], 2.7, 3.3);
        Assert.InRange(calibration.Offset[0], -0.65, -0.35); // −1.5/3
    }

    [Fact]
    public void Fit_SeparableFindings_StaysFinite()
    {
        ClipScores[] scores = [.. Enumerable.Range(0, 20).Select(i => new ClipScores($"p{i}", [i % 2], [[i % 2 == 0 ? -8f : 8f]]))];

        Calibration calibration = Calibrator.Fit(scores, ModelTask.Findings);

        Assert.InRange(calibration.Temperature[0], 0.05, 20);
        Assert.InRange(scores[1].Probability(ModelTask.Findings, calibration)[0], 0.85, 0.96); // Platt's target: 11/12
    }

    [Fact]
    public void Fit_OverconfidentViews_RaisesTheTemperature()
    {
        // Says 99.9 % and is right nine times in ten: σ(ln 9) is honest.
        ClipScores[] scores = [.. Enumerable.Range(0, 100).Select(i => new ClipScores($"p{i}", i < 90 ? [1, 0] : [0, 1], [[7f, 0f]]))];

        Calibration calibration = Calibrator.Fit(scores, ModelTask.View);

        Assert.Equal(7 / Math.Log(9), calibration.Temperature[0], 3);
    }

    [Fact]
    public void Choose_Thresholds_AreYoudensAndTheSpecificOne()
    {
        double[] probabilities = [.. Enumerable.Range(0, 100).Select(i => i / 100.0), 0.405, 0.805, 0.995];
        bool[] positive = [.. Enumerable.Repeat(false, 100), true, true, true];

        Thresholds chosen = ThresholdChoice.Choose("AS", probabilities, positive);

        Assert.Equal(0.8025, chosen.Report, 4); // 2 of 3 positives above, 81 of 100 negatives below: 1.48, against 1.41 at 0.4025
        Assert.Equal(0.975, chosen.Alert, 4); // 98 of 100 negatives below
        Assert.Equal(1 / 3.0, ThresholdChoice.Sensitivity(chosen.Alert, probabilities, positive), 12);
    }
}
