namespace EchoClr.Torch.Tests;

/// <summary>Losses and layers against slow, obvious references.</summary>
public sealed class FunctionalTests
{
    [Fact]
    public void BinaryCrossEntropyWithLogits_WithPosWeights_MatchesTheFormula()
    {
        using DisposeScope scope = NewDisposeScope();
        float[] logits = [-3f, 0f, 0.7f, 12f, -0.2f, 4f];
        float[] targets = [0, 1, 1, 0, 1, 1];
        float[] posWeights = [3f, 0.5f]; // one per column of (3, 2)

        double expected = Enumerable.Range(0, 6).Average(i =>
        {
            double p = 1 / (1 + Math.Exp(-logits[i]));
            return -(posWeights[i % 2] * targets[i] * Math.Log(p) + (1 - targets[i]) * Math.Log(1 - p));
        });

        double loss = nn.functional.binary_cross_entropy_with_logits(tensor(logits, 3, 2), tensor(targets, 3, 2), pos_weights: tensor(posWeights)).ToDouble();
        Assert.Equal(expected, loss, 4);
    }

    [Theory]
    [InlineData(0.0)]
    [InlineData(0.1)]
    public void CrossEntropy_WithWeightsAndSmoothing_MatchesTheFormula(double smoothing)
    {
        using DisposeScope scope = NewDisposeScope();
        float[] logits = [1f, 2f, -1f, 0.5f, 0.5f, 0.5f];
        long[] targets = [2, 0];
        float[] weights = [1f, 2f, 4f];

        double sum = 0, norm = 0;
        for (int n = 0; n < 2; n++)
        {
            double[] row = [.. logits.Skip(3 * n).Take(3).Select(value => (double)value)];
            double logSum = Math.Log(row.Sum(Math.Exp));
            sum += (1 - smoothing) * weights[targets[n]] * (logSum - row[targets[n]]);
            sum += smoothing / 3 * Enumerable.Range(0, 3).Sum(c => weights[c] * (logSum - row[c]));
            norm += weights[targets[n]];
        }

        double loss = nn.functional.cross_entropy(tensor(logits, 2, 3), tensor(targets), tensor(weights), label_smoothing: smoothing).ToDouble();
        Assert.Equal(sum / norm, loss, 5);
    }

    [Fact]
    public void Conv3d_StrideAndPadding_MatchesALoop()
    {
        manual_seed(3);
        using DisposeScope scope = NewDisposeScope();
        Tensor input = randn(1, 2, 4, 5, 5);
        using Conv3d conv = nn.Conv3d(2, 3, (3, 3, 3), stride: (2, 1, 2), padding: (1, 0, 1));

        float[] x = input.data<float>().ToArray(), w = conv.weight.data<float>().ToArray(), b = conv.bias!.data<float>().ToArray();
        Tensor output = conv.call(input);
        Assert.Equal([1, 3, 2, 3, 3], output.shape);
        float[] y = output.data<float>().ToArray();
        int index = 0;
        for (int c = 0; c < 3; c++)
            for (int t = 0; t < 2; t++)
                for (int h = 0; h < 3; h++)
                    for (int v = 0; v < 3; v++)
                        Assert.Equal(At(c, t, h, v), y[index++], 4);

        double At(int c, int t, int h, int v)
        {
            double sum = b[c];
            for (int k = 0; k < 2; k++)
                for (int dt = 0; dt < 3; dt++)
                    for (int dh = 0; dh < 3; dh++)
                        for (int dv = 0; dv < 3; dv++)
                        {
                            int ti = t * 2 + dt - 1, hi = h + dh, vi = v * 2 + dv - 1;
                            if (ti is >= 0 and < 4 && hi < 5 && vi is >= 0 and < 5)
                                sum += x[((k * 4 + ti) * 5 + hi) * 5 + vi] * w[(((c * 2 + k) * 3 + dt) * 3 + dh) * 3 + dv];
                        }
            return sum;
        }
    }

    [Fact]
    public void BatchNorm3d_TrainingThenEval_UsesBatchThenRunningStatistics()
    {
        using DisposeScope scope = NewDisposeScope();
        using BatchNorm3d norm = nn.BatchNorm3d(1);
        Tensor input = tensor([1f, 2f, 3f, 6f], 4, 1, 1, 1, 1); // mean 3, biased variance 3.5, unbiased 14/3

        Assert.Equal((1 - 3) / Math.Sqrt(3.5 + 1e-5), norm.call(input).data<float>().ToArray()[0], 5);
        Assert.Equal(0.3f, norm.running_mean.item<float>(), 5);
        Assert.Equal(0.9f + 0.1f * 14 / 3, norm.running_var.item<float>(), 5);
        Assert.Equal(1, norm.num_batches_tracked.item<long>());

        norm.eval();
        Assert.Equal((1 - 0.3) / Math.Sqrt(0.9 + 1.4 / 3 + 1e-5), norm.call(input).data<float>().ToArray()[0], 5);
        Assert.Equal(1, norm.num_batches_tracked.item<long>());
    }

    [Fact]
    public void Dropout_TrainingAndEval_DropsAQuarterOrNothing()
    {
        manual_seed(1);
        using DisposeScope scope = NewDisposeScope();
        using Dropout dropout = nn.Dropout(0.25);
        Tensor input = ones(10_000);

        float[] dropped = dropout.call(input).data<float>().ToArray();
        Assert.InRange(dropped.Count(value => value == 0), 2300, 2700);
        Assert.All(dropped.Where(value => value != 0), value => Assert.Equal(4 / 3f, value, 5));
        dropout.eval();
        Assert.Equal(10_000, dropout.call(input).sum().ToDouble());
    }

    [Fact]
    public void Interpolate_Trilinear_InterpolatesBetweenCentres()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor line = tensor([0f, 4f], 1, 1, 1, 1, 2);

        Assert.Equal([0f, 1f, 3f, 4f], nn.functional.interpolate(line, [1, 1, 4], InterpolationMode.Trilinear).data<float>().ToArray());
        Assert.Equal([2f], nn.functional.adaptive_avg_pool3d(line, [1, 1, 1]).data<float>().ToArray());
    }
}
