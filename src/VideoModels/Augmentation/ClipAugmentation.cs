namespace EchoClr.VideoModels.Augmentation;

/// <summary>
/// EchoCLR's augmentation without its horizontal flip, which makes anatomy that does not exist: zero-pad by 8/112 of the side and crop
/// back at random, and for every second clip a rotation by a whole number of degrees within ±10; the same for all frames of a clip.
/// </summary>
public static class ClipAugmentation
{
    private const double PadShare = 8.0 / 112;
    private const int MaxDegrees = 10;

    /// <param name="source">Frames (T, S, S), grey.</param>
    /// <param name="target">As long as <paramref name="source"/>.</param>
    /// <param name="flip">With the flip after all, for every second clip: for comparison with EchoCLR.</param>
    public static void Apply(ReadOnlySpan<byte> source, Span<byte> target, int size, Random random, bool flip = false)
    {
        int pad = (int)Math.Round(size * PadShare);
        int shiftX = random.Next(2 * pad) - pad; // integer offsets 0 … 2·pad − 1, as the method has it
        int shiftY = random.Next(2 * pad) - pad;
        int degrees = random.Next(2) == 0 ? random.Next(-MaxDegrees, MaxDegrees + 1) : 0;
        Transform(source, target, size, shiftX, shiftY, degrees);
        if (flip && random.Next(2) == 0)
        {
            for (int row = 0; row < target.Length; row += size)
                target.Slice(row, size).Reverse();
        }
    }

    /// <summary>Shifts by whole pixels, then rotates about the centre, bilinear, zero outside.</summary>
    public static void Transform(ReadOnlySpan<byte> source, Span<byte> target, int size, int shiftX, int shiftY, double degrees)
    {
        int plane = size * size;
        (double sin, double cos) = Math.SinCos(degrees * Math.PI / 180);
        double centre = (size - 1) / 2.0;
        // Where each target pixel comes from is the same in every frame: compute it once. Weights are in 1/256.
        var origin = new int[plane];
        var weightX = new int[plane];
        var weightY = new int[plane];
        for (int y = 0; y < size; y++)
        {
            for (int x = 0; x < size; x++)
            {
                double dx = x - centre, dy = y - centre;
                double sourceX = cos * dx + sin * dy + centre - shiftX, sourceY = -sin * dx + cos * dy + centre - shiftY;
                int left = (int)Math.Floor(sourceX), top = (int)Math.Floor(sourceY);
                int i = y * size + x;
                bool inside = left >= -1 && top >= -1 && left < size && top < size;
                origin[i] = inside ? (top + 1) * (size + 2) + left + 1 : -1;
                weightX[i] = (int)Math.Round((sourceX - left) * 256);
                weightY[i] = (int)Math.Round((sourceY - top) * 256);
            }
        }

        int stride = size + 2; // one ring of zeros round the frame, so that the interpolation needs no bounds
        var ringed = new byte[stride * stride];
        for (int start = 0; start < source.Length; start += plane)
        {
            for (int y = 0; y < size; y++)
                source.Slice(start + y * size, size).CopyTo(ringed.AsSpan((y + 1) * stride + 1));
            for (int i = 0; i < plane; i++)
            {
                int at = origin[i];
                if (at < 0)
                {
                    target[start + i] = 0;
                    continue;
                }
                int upper = ringed[at] * (256 - weightX[i]) + ringed[at + 1] * weightX[i];
                int lower = ringed[at + stride] * (256 - weightX[i]) + ringed[at + stride + 1] * weightX[i];
                target[start + i] = (byte)((upper * (256 - weightY[i]) + lower * weightY[i] + (1 << 15)) >> 16);
            }
        }
    }
}
