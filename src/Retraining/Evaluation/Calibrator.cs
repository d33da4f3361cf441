using EchoClr.Retraining.FineTune;
using EchoClr.VideoModels.Checkpoints;

namespace EchoClr.Retraining.Evaluation;

/// <summary>Fits the map from logits to probabilities on validation videos.</summary>
public static class Calibrator
{
    private const double MinTemperature = 0.05, MaxTemperature = 20;

    // Views that validation separates without a mistake would drive the temperature to zero: the gate would be certain of pictures it has never seen.
    private const double MinViewTemperature = 1;

    public static Calibration Fit(IReadOnlyList<ClipScores> scores, ModelTask task)
    {
        if (task == ModelTask.View)
            return new Calibration([ViewTemperature(scores)], [0]);
        int classes = scores[0].Targets.Length;
        var temperature = new double[classes];
        var offset = new double[classes];
        for (int c = 0; c < classes; c++)
            (temperature[c], offset[c]) = Platt(scores, c);
        return new Calibration(temperature, offset);
    }

    /// <summary>
    /// Platt's method: logistic regression of truth on logit over all windows, with his smoothed targets, so that separable data do not
    /// drive the slope to infinity. Newton's method, as the loss is convex.
    /// </summary>
    private static (double Temperature, double Offset) Platt(IReadOnlyList<ClipScores> scores, int c)
    {
        (double Logit, bool Positive)[] points = [.. scores.SelectMany(score => score.WindowLogits.Select(logits => ((double)logits[c], score.Targets[c] > 0.5f)))];
        int positives = points.Count(point => point.Positive), negatives = points.Length - positives;
        double high = (positives + 1.0) / (positives + 2), low = 1.0 / (negatives + 2);
        double a = 1, b = 0, loss = Loss(a, b);
        for (int iteration = 0; iteration < 100; iteration++)
        {
            double ga = 0, gb = 0, haa = 1e-9, hab = 0, hbb = 1e-9;
            foreach ((double logit, bool positive) in points)
            {
                double p = VideoModels.Prediction.Probability.Sigmoid(a * logit + b), error = p - (positive ? high : low), weight = p * (1 - p);
                ga += error * logit;
                gb += error;
                haa += weight * logit * logit;
                hab += weight * logit;
                hbb += weight;
            }
            double determinant = haa * hbb - hab * hab;
            double da = (hbb * ga - hab * gb) / determinant, db = (haa * gb - hab * ga) / determinant;
            // Far from the optimum a full step overshoots where the sigmoid is flat: halve it until the loss falls.
            double step = 1;
            while (step > 1e-6 && Loss(a - step * da, b - step * db) >= loss)
                step /= 2;
            if (step <= 1e-6)
                break;
            a -= step * da;
            b -= step * db;
            loss = Loss(a, b);
        }
        // A slope that is not clearly positive would turn the model round: leave such a model uncalibrated in slope.
        double temperature = a > 1 / MaxTemperature ? Math.Clamp(1 / a, MinTemperature, MaxTemperature) : MaxTemperature;
        return (temperature, b);

        // ln(1 + e^z) − y·z, without overflow
        double Loss(double slope, double offset) => points.Average(point =>
        {
            double z = slope * point.Logit + offset;
            return Math.Max(z, 0) + Math.Log(1 + Math.Exp(-Math.Abs(z))) - (point.Positive ? high : low) * z;
        });
    }

    /// <summary>The temperature of the lowest log loss, by golden section over its logarithm.</summary>
    private static double ViewTemperature(IReadOnlyList<ClipScores> scores)
    {
        double ratio = (Math.Sqrt(5) - 1) / 2;
        double low = Math.Log(MinTemperature), high = Math.Log(MaxTemperature);
        for (int i = 0; i < 60; i++)
        {
            double left = high - ratio * (high - low), right = low + ratio * (high - low);
            if (Loss(left) < Loss(right))
                high = right;
            else
                low = left;
        }
        return Math.Max(MinViewTemperature, Math.Exp((low + high) / 2));

        double Loss(double logTemperature) => Metrics.LogLoss(scores, ModelTask.View, new Calibration([Math.Exp(logTemperature)], [0]));
    }
}
