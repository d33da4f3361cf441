using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

public sealed class ClipFileTests : IDisposable
{
    private readonly string path = Path.GetTempFileName();

    [Fact]
    public void Read_AnyFrame_IsWhatWasWritten()
    {
        var pixels = Noise(5 * 6 * 7);
        TimeSpan[] times = [.. new[] { 0, 20.5, 41, 70, 100 }.Select(ms => TimeSpan.FromMilliseconds(ms))];
        File.WriteAllBytes(path, ClipFile.ToBytes(pixels, 6, 7, times));

        using var clip = ClipFile.Open(path);

        Assert.Equal((5, 6, 7), (clip.Frames, clip.Height, clip.Width));
        Assert.Equal([0, 20_500, 41_000, 70_000, 100_000], clip.Microseconds);
        var frame = new byte[6 * 7];
        foreach (var t in new[] { 3, 0, 4 })
        {
            clip.Read(t, frame);
            Assert.Equal(pixels[(t * 42)..((t + 1) * 42)], frame);
        }
        Assert.Throws<ArgumentOutOfRangeException>(() => clip.Read(5, frame));
    }

    [Fact]
    public void Open_AnyDamageToTheHeaderOrLength_IsRefusedOrHarmless()
    {
        var whole = ClipFile.ToBytes(Noise(3 * 4 * 4), 4, 4, [TimeSpan.Zero, TimeSpan.FromMilliseconds(30), TimeSpan.FromMilliseconds(60)]);
        for (var length = 0; length < whole.Length; length++)
            Refused(whole[..length]);
        Refused([.. whole, 0]);
        for (var at = 0; at < 24; at++)
        {
            byte[] damaged = [.. whole];
            damaged[at] ^= 0x80;
            Refused(damaged);
        }
        byte[] backwards = [.. whole];
        backwards[36] = backwards[37] = 0; // the second frame at the time of the first
        Refused(backwards);
    }

    [Fact]
    public void ToBytes_PixelsThatDoNotFit_AreRefused() => Assert.Throws<ArgumentException>(() => ClipFile.ToBytes(new byte[15], 4, 4, [TimeSpan.Zero]));

    [Fact]
    public void Frames_OfACine_AreThoseOfItsOwnGrid()
    {
        var reading = DrawnCine.Read(DrawnCine.Rgb(12));
        Assert.NotNull(reading.Sector);

        var frames = ClipSampler.Frames(reading.Cine, reading.Sector, 40, maxFrames: 10);

        var grid = ClipSampler.Sample(reading.Cine, reading.Sector, 40, TimeSpan.FromMilliseconds(40));
        Assert.Equal(12, grid.Frames);
        Assert.Equal(grid.Pixels[..(10 * 40 * 40)], frames);
        // What lies outside the sector is exactly 0.
        Assert.All(Enumerable.Range(0, frames.Length).Where(p => frames[p] > 0), p =>
        {
            var (x, y) = grid.Transform.ToCine(p % 40, p / 40 % 40);
            var (right, bottom) = grid.Transform.ToCine(p % 40 + 1, p / 40 % 40 + 1);
            Assert.Contains(
                from column in Enumerable.Range((int)Math.Floor(x), (int)Math.Ceiling(right) - (int)Math.Floor(x))
                from row in Enumerable.Range((int)Math.Floor(y), (int)Math.Ceiling(bottom) - (int)Math.Floor(y))
                where column >= 0 && row >= 0 && column < DrawnCine.Width && row < DrawnCine.Height
                select reading.Sector.Contains(column, row), inside => inside);
        });
    }

    public void Dispose() => File.Delete(path);

    private void Refused(byte[] bytes)
    {
        File.WriteAllBytes(path, bytes);
        Assert.Throws<InvalidDataException>(() => ClipFile.Open(path).Dispose());
    }

    private static byte[] Noise(int count)
    {
        var bytes = new byte[count];
        new Random(5).NextBytes(bytes);
        return bytes;
    }
}
