using EchoClr.Testing;
using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

public sealed class ClipFileSamplerTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    [Fact]
    public void Sample_TakesTheFramesNearestInTime()
    {
        using var clip = Write(4, [0, 40, 80, 120, 160], frame => (byte)(10 * frame));
        // 0, 50, 100, 150 ms: 50 is nearest to 40; 100 is as near to 80 as to 120, and takes the earlier.
        Assert.Equal([0, 10, 20, 40], ClipFileSampler.Sample(clip, 4, TimeSpan.FromMilliseconds(50)).Where((_, i) => i % 16 == 0));
    }

    [Fact]
    public void Sample_OfHalfTheSize_IsTheMeanOfWhatEachPixelCovers()
    {
        using var clip = Write(4, [0], _ => 0, plane => Enumerable.Range(0, 16).Select(i => (byte)(10 * i)).ToArray().CopyTo(plane, 0));
        Assert.Equal([25, 45, 105, 125], ClipFileSampler.Sample(clip, 2, TimeSpan.FromMilliseconds(50)));
    }

    public void Dispose() => _folder.Dispose();

    private ClipFile Write(int size, int[] milliseconds, Func<int, byte> level, Action<byte[]>? draw = null)
    {
        var pixels = Enumerable.Range(0, milliseconds.Length).SelectMany(frame => Enumerable.Repeat(level(frame), size * size)).ToArray();
        draw?.Invoke(pixels);
        var path = Path.Combine(_folder.Path, "a.clip");
        File.WriteAllBytes(path, ClipFile.ToBytes(pixels, size, size, [.. milliseconds.Select(time => TimeSpan.FromMilliseconds(time))]));
        return ClipFile.Open(path);
    }
}
