using EchoClr.VideoModels.Checkpoints;
using EchoClr.VideoModels.Prediction;

namespace EchoClr.VideoModels.Tests.Prediction;

public sealed class ProbabilityTests
{
    [Fact]
    public void OfWindow_Findings_AppliesTemperatureThenOffset()
    {
        double[] p = Probability.OfWindow([2f, -700f], ModelTask.Findings, new Calibration([4, 1], [-0.5, 0]));

        Assert.Equal(0.5, p[0], 12);
        Assert.Equal(Math.Exp(-700), p[1], 12);
    }

    [Fact]
    public void OfWindow_Views_IsASoftmaxThatSumsToOne()
    {
        double[] p = Probability.OfWindow([1000f, 1000f, 998f], ModelTask.View, new Calibration([2], [0]));

        Assert.Equal(1, p.Sum(), 12);
        Assert.Equal(1 / (2 + Math.Exp(-1)), p[0], 12);
    }

    [Fact]
    public void Mean_IsPerClassAndRefusesNothing()
    {
        Assert.Equal([0.5, 0.25], Probability.Mean([[0, 0.5], [1, 0]]));
        Assert.Throws<ArgumentException>(() => Probability.Mean([]));
    }
}
