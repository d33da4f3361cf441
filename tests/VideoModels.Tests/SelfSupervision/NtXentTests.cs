using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.VideoModels.Tests.SelfSupervision;

public sealed class NtXentTests
{
    [Theory]
    [InlineData(2, 3, 0.05, false)]
    [InlineData(5, 8, 0.05, false)]
    [InlineData(5, 8, 0.5, false)]
    [InlineData(6, 4, 0.05, true)]
    [InlineData(6, 4, 1.0, true)]
    public void Loss_SlowObviousReference_IsTheSame(int pairs, int dimensions, double temperature, bool mask)
    {
        manual_seed(pairs);
        using DisposeScope scope = NewDisposeScope();
        Tensor projections = randn(2 * pairs, dimensions) * 3;
        int[]? patients = mask ? [.. Enumerable.Range(0, pairs).Select(i => i / 2)] : null; // two pairs of each patient

        double loss = NtXent.Loss(projections, temperature, patients).item<float>();

        Assert.Equal(Reference(Rows(projections, dimensions), temperature, patients), loss, 1e-4 * Math.Max(1, loss));
    }

    [Theory]
    [InlineData(32)]
    [InlineData(392)]
    public void Loss_ViewsThatAreAllAlike_IsTheLogarithmOfTheOthers(int pairs)
    {
        using DisposeScope scope = NewDisposeScope();
        Assert.Equal(Math.Log(2 * pairs - 1), NtXent.Loss(ones(2 * pairs, 8)).item<float>(), 4);
        Assert.Equal(6.663, NtXent.AtChance(392), 3);
    }

    [Fact]
    public void Loss_PartnersAlikeAndOthersOpposite_IsNothing()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor two = tensor([1f, 0f, -1f, 0f, 1f, 0f, -1f, 0f]).reshape(4, 2);
        Assert.Equal(0, NtXent.Loss(two).item<float>(), 6);
        // Length says nothing: only directions count.
        Assert.Equal(NtXent.Loss(two, 1).item<float>(), NtXent.Loss(two * tensor([1f, 7f, 0.1f, 3f]).reshape(4, 1), 1).item<float>(), 5);
    }

    [Fact]
    public void Loss_SamePatientTwiceInABatch_IsNoNegativeOnlyWhereItIsMasked()
    {
        using DisposeScope scope = NewDisposeScope();
        // Two pairs of one patient that all look alike, and one of another: unmasked, the patient's own views push one another apart.
        Tensor projections = tensor([1f, 0f, 1f, 0f, 0f, 1f, 1f, 0f, 1f, 0f, 0f, 1f]).reshape(6, 2).requires_grad_();

        Assert.Equal(4 * Math.Log(3) / 6, NtXent.Loss(projections).item<float>(), 3);
        Tensor masked = NtXent.Loss(projections, patients: [4, 4, 9]);
        Assert.Equal(0, masked.item<float>(), 3);
        masked.backward();
        Assert.DoesNotContain(projections.grad!.data<float>().ToArray(), float.IsNaN);
    }

    [Fact]
    public void Loss_ProjectionOfLengthZero_IsAFiniteNumber()
    {
        using DisposeScope scope = NewDisposeScope();
        Tensor projections = zeros(4, 3).requires_grad_();
        Tensor loss = NtXent.Loss(projections);
        loss.backward();
        Assert.Equal(Math.Log(3), loss.item<float>(), 4);
        Assert.All(projections.grad!.data<float>().ToArray(), gradient => Assert.True(float.IsFinite(gradient)));
    }

    /// <summary>By the definition, in double precision, one view after another.</summary>
    private static double Reference(double[][] views, double temperature, int[]? patients)
    {
        int pairs = views.Length / 2;
        double sum = 0;
        for (int i = 0; i < views.Length; i++)
        {
            int partner = (i + pairs) % views.Length;
            double denominator = 0;
            for (int j = 0; j < views.Length; j++)
            {
                if (j == i || (j != partner && patients is not null && patients[j % pairs] == patients[i % pairs]))
                    continue;
                denominator += Math.Exp(Cosine(views[i], views[j]) / temperature);
            }
            sum -= Math.Log(Math.Exp(Cosine(views[i], views[partner]) / temperature) / denominator);
        }
        return sum / views.Length;
    }

    private static double Cosine(double[] a, double[] b) =>
        a.Zip(b).Sum(pair => pair.First * pair.Second) / Math.Sqrt(a.Sum(x => x * x) * b.Sum(x => x * x));

    private static double[][] Rows(Tensor tensor, int width) => [.. tensor.data<float>().ToArray().Select(value => (double)value).Chunk(width)];
}
