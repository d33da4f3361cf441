using EchoClr.VideoModels.Clips;

namespace EchoClr.VideoModels.Tests.Clips;

/// <summary>Cines drawn pixel by pixel, so that the right answer is known: noise in a sector, and whatever a test paints over it.</summary>
internal static class DrawnCine
{
    public const int Height = 120, Width = 160;

    public delegate (byte R, byte G, byte B) Painter(int t, int x, int y, (byte R, byte G, byte B) below);

    /// <summary>A right-angled sector with its apex at the top middle.</summary>
    public static bool InSector(int x, int y) => Math.Abs(x - Width / 2) <= y && (x - Width / 2) * (x - Width / 2) + y * y <= 110 * 110;

    public static FramePixels Rgb(int frames, Painter? paint = null, bool sector = true)
    {
        var random = new Random(7);
        var pixels = new byte[frames * Height * Width * 3];
        for (int t = 0, i = 0; t < frames; t++)
            for (var y = 0; y < Height; y++)
                for (var x = 0; x < Width; x++, i += 3)
                {
                    var grey = sector && InSector(x, y) ? (byte)random.Next(20, 200) : (byte)0;
                    (pixels[i], pixels[i + 1], pixels[i + 2]) = paint?.Invoke(t, x, y, (grey, grey, grey)) ?? (grey, grey, grey);
                }
        return new FramePixels(frames, Height, Width, 3, pixels);
    }

    public static CineReading Read(FramePixels pixels, double intervalMs = 40, PixelRectangle? region = null) =>
        CineReading.Of(pixels, [.. Enumerable.Range(0, pixels.Frames).Select(t => TimeSpan.FromMilliseconds(t * intervalMs))], region: region);

    /// <summary>How well a mask is the drawn sector: intersection over union.</summary>
    public static double Overlap(SectorMask mask)
    {
        int both = 0, either = 0;
        for (var y = 0; y < Height; y++)
            for (var x = 0; x < Width; x++)
            {
                both += mask.Contains(x, y) && InSector(x, y) ? 1 : 0;
                either += mask.Contains(x, y) || InSector(x, y) ? 1 : 0;
            }
        return (double)both / either;
    }
}
