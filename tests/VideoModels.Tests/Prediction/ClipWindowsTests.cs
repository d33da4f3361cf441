using EchoClr.VideoModels.Prediction;

namespace EchoClr.VideoModels.Tests.Prediction;

public sealed class ClipWindowsTests
{
    [Theory]
    [InlineData(46, 16, new[] { 0, 10, 20, 30 })]
    [InlineData(17, 16, new[] { 0, 1 })] // fewer places than windows: each place once
    [InlineData(16, 16, new[] { 0 })]
    [InlineData(5, 16, new[] { 0 })]
    public void EvaluationStarts_SpreadFromFirstToLastFrame(int frames, int window, int[] expected) =>
        Assert.Equal(expected, ClipWindows.EvaluationStarts(frames, window));

    [Fact]
    public void Cut_ClipShorterThanTheWindow_BeginsAgain() => Assert.Equal([1, 2, 3, 1, 2], ClipWindows.Cut([1, 2, 3], size: 1, start: 0, window: 5));

    [Fact]
    public void Evaluation_TakesWholeFrames()
    {
        byte[] clip = [.. Enumerable.Range(0, 6 * 4).Select(i => (byte)(i / 4))]; // 6 frames of 2×2, each filled with its number

        ReadOnlyMemory<byte>[] windows = ClipWindows.Evaluation(clip, size: 2, window: 3);

        Assert.Equal([0, 1, 2, 3], windows.Select(window => (int)window.Span[0]));
        Assert.All(windows, window => Assert.Equal(window.Span[0] + 2, window.Span[^1]));
    }
}
