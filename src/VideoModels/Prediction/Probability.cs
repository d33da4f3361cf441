using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.VideoModels.Prediction;

/// <summary>Logits → calibrated probabilities, and their means. Plain numbers, no tensors.</summary>
public static class Probability
{
    /// <summary>One window's probabilities, one per class.</summary>
    public static double[] OfWindow(ReadOnlySpan<float> logits, ModelTask task, Calibration calibration)
    {
        var probabilities = new double[logits.Length];
        if (task == ModelTask.Findings)
        {
            for (int c = 0; c < logits.Length; c++)
                probabilities[c] = Sigmoid(logits[c] / calibration.Temperature[c] + calibration.Offset[c]);
            return probabilities;
        }

        double max = double.NegativeInfinity, sum = 0;
        foreach (float logit in logits)
            max = Math.Max(max, logit);
        for (int c = 0; c < logits.Length; c++)
            sum += probabilities[c] = Math.Exp((logits[c] - max) / calibration.Temperature[0]);
        for (int c = 0; c < logits.Length; c++)
            probabilities[c] /= sum;
        return probabilities;
    }

    /// <summary>The mean over windows is a video's probability; the mean over a study's videos is the study's.</summary>
    public static double[] Mean(IReadOnlyCollection<double[]> probabilities)
    {
        if (probabilities.Count == 0)
            throw new ArgumentException("no probabilities to average");
        var mean = new double[probabilities.First().Length];
        foreach (double[] entry in probabilities)
        {
            for (int c = 0; c < mean.Length; c++)
                mean[c] += entry[c] / probabilities.Count;
        }
        return mean;
    }

    public static double Sigmoid(double x) => x >= 0 ? 1 / (1 + Math.Exp(-x)) : Math.Exp(x) / (1 + Math.Exp(x));
}
