using EchoClr.Retraining.FineTune;

namespace EchoClr.Retraining.Tests.FineTune;

public sealed class LabelBudgetTests
{
    private static readonly double[] Fractions = [0.01, 0.05, 0.1, 0.25, 1];

    /// <summary>2,000 patients, 20 % with AS and 30 % with LVH.</summary>
    private static readonly Dictionary<string, float[]> Patients = Enumerable.Range(0, 2000).ToDictionary(i => $"p{i}", i => new float[] { i % 5 == 0 ? 1 : 0, i % 10 < 3 ? 1 : 0 });

    [Fact]
    public void Budgets_AreNested_AndStratified()
    {
        var budgets = LabelBudget.Draw(Patients, Fractions, seed: 1);
        foreach (var (small, large) in Fractions.Zip(Fractions.Skip(1)))
            Assert.Subset(budgets[large].ToHashSet(), budgets[small].ToHashSet());
        foreach (double fraction in Fractions)
        {
            Assert.Equal(2000 * fraction, budgets[fraction].Count);
            Assert.Equal(400 * fraction, budgets[fraction].Count(patient => Patients[patient][0] > 0));
            Assert.Equal(600 * fraction, budgets[fraction].Count(patient => Patients[patient][1] > 0));
        }
    }

    [Fact]
    public void SameSeed_SameDraw_WhateverTheOrder_AnotherSeed_AnotherDraw()
    {
        var first = LabelBudget.Draw(Patients, [0.05], 1)[0.05];
        Assert.Equal(first.Order(), LabelBudget.Draw(Patients.Reverse().ToDictionary(), [1, 0.05], 1)[0.05].Order());
        Assert.NotEqual(first.Order(), LabelBudget.Draw(Patients, [0.05], 2)[0.05].Order());
    }

    [Fact]
    public void SmallBudget_HasEveryCombination() => Assert.Equal(4, LabelBudget.Draw(Patients, [0.0001], 1)[0.0001].Count);

    [Theory]
    [InlineData(0)]
    [InlineData(1.01)]
    [InlineData(-0.1)]
    public void NoShare_IsRefused(double fraction) => Assert.Throws<ArgumentOutOfRangeException>(() => LabelBudget.Draw(Patients, [fraction], 1));
}
