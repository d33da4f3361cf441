using EchoClr.VideoModels.SelfSupervision;

namespace EchoClr.VideoModels.Tests.SelfSupervision;

public sealed class FrameOrderTests
{
    [Fact]
    public void All_AreThe24PermutationsInTheOrderOfTheDictionary()
    {
        string[] words = [.. FrameOrder.All.Select(order => string.Concat(order))];

        Assert.Equal(24, words.Distinct().Count());
        Assert.Equal(words.Order(StringComparer.Ordinal), words);
        Assert.Equal(("0123", "0132", "3210"), (words[0], words[1], words[23]));
        Assert.Equal(3.178, FrameOrder.AtChance, 3);
    }

    [Fact]
    public void Apply_ThenItsInverse_IsTheClipAgain()
    {
        byte[] clip = [.. Enumerable.Range(0, 4 * 9).Select(i => (byte)i)];
        for (int order = 0; order < FrameOrder.Classes; order++)
        {
            byte[] shuffled = FrameOrder.Apply(clip, order);
            for (int t = 0; t < FrameOrder.Frames; t++)
                Assert.Equal(9 * FrameOrder.All[order][t], shuffled[9 * t]);
            Assert.Equal(clip, FrameOrder.Apply(shuffled, FrameOrder.InverseOf(order)));
        }
    }
}
