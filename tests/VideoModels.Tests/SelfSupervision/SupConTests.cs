using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.VideoModels.Tests.SelfSupervision;

public sealed class SupConTests
{
    [Theory]
    [InlineData(0.1, new[] { 0, 1, 0, 1, 2, 2, 0, 1 })]
    [InlineData(0.5, new[] { 3, 3, 3, 3, 3, 3, 3, 3 })]
    [InlineData(0.07, new[] { 0, 1, 2, 3, 0, 4, 5, 6 })] // most are alone in their class
    public void Loss_IsTheSlowOne(double temperature, int[] classes)
    {
        double[][] z = Projections(classes.Length, 6, seed: 4);
        Assert.Equal(Slow(z, classes, temperature), Loss(z, classes, temperature), 4);
    }

    [Fact]
    public void Loss_ViewsAllAlike_CostsLnOfTheOthers()
    {
        double[][] same = [.. Enumerable.Range(0, 10).Select(_ => new[] { 1.0, 2, 3 })];
        Assert.Equal(Math.Log(9), Loss(same, [0, 0, 0, 1, 1, 1, 2, 2, 2, 2], SupCon.Temperature), 4);
    }

    /// <summary>With two views a class, a view has one positive, and the supervised loss is the unsupervised one.</summary>
    [Fact]
    public void Loss_ClassesOfTwo_IsNtXent()
    {
        using DisposeScope scope = NewDisposeScope();
        double[][] z = Projections(8, 5, seed: 7);
        Assert.Equal(NtXent.Loss(Of(z), 0.2).item<float>(), Loss(z, [0, 1, 2, 3, 0, 1, 2, 3], 0.2), 4);
    }

    [Fact]
    public void Loss_ClassesApart_CostsLess_AndItsGradientIsFinite()
    {
        using DisposeScope scope = NewDisposeScope();
        int[] classes = [0, 0, 0, 1, 1, 1];
        double[][] apart = [.. classes.Select(c => new[] { c == 0 ? 1.0 : -1, 0.001 })];
        Assert.Equal(Math.Log(2), Loss(apart, classes, SupCon.Temperature), 3); // each sees its two positives, alike, and nothing else
        Tensor z = Of([[0, 0], .. apart[1..]]).requires_grad_(true); // one has no direction
        SupCon.Loss(z, classes).backward();
        Assert.All(z.grad!.data<float>().ToArray(), gradient => Assert.True(float.IsFinite(gradient)));
    }

    [Fact]
    public void Loss_NobodyHasACompanion_IsRefused() => Assert.Throws<ArgumentException>(() => Loss(Projections(3, 2, seed: 1), [0, 1, 2], 0.1));

    /// <summary>Khosla et al. 2020, equation 2, term by term.</summary>
    private static double Slow(double[][] z, int[] classes, double temperature)
    {
        double Similarity(int i, int j) => z[i].Zip(z[j], (a, b) => a * b).Sum() / Math.Sqrt(z[i].Sum(a => a * a) * z[j].Sum(a => a * a)) / temperature;
        var losses = new List<double>();
        for (int i = 0; i < z.Length; i++)
        {
            int[] positives = [.. Enumerable.Range(0, z.Length).Where(j => j != i && classes[j] == classes[i])];
            if (positives.Length == 0)
                continue;
            double denominator = Enumerable.Range(0, z.Length).Where(a => a != i).Sum(a => Math.Exp(Similarity(i, a)));
            losses.Add(-positives.Average(p => Math.Log(Math.Exp(Similarity(i, p)) / denominator)));
        }
        return losses.Average();
    }

    private static double Loss(double[][] z, int[] classes, double temperature)
    {
        using DisposeScope scope = NewDisposeScope();
        return SupCon.Loss(Of(z), classes, temperature).item<float>();
    }

    private static Tensor Of(double[][] rows) => torch.tensor([.. rows.SelectMany(row => row.Select(value => (float)value))]).reshape(rows.Length, rows[0].Length);

    private static double[][] Projections(int views, int dimensions, int seed)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, views).Select(_ => Enumerable.Range(0, dimensions).Select(_ => 2 * random.NextDouble() - 1).ToArray())];
    }
}
