namespace EchoClr.VideoModels.Clips;

/// <summary>
/// Where a cine is coloured, and whether the colour is Doppler's. Three kinds of colour occur in real cines: graphics (ECG, marks, colour bars), which
/// stand still or pass once; a tint of the whole grey map (Acuson's blue, others' sepia), which has one hue; and flow, which comes and goes in many hues.
/// </summary>
internal sealed class ColourMap
{
    // Acuson's blue tint reaches a chroma of about 40 levels; flow and graphics in the real cines lie above 90.
    private const int MinChroma = 48;
    private const int MinChromaPercent = 40; // of the brightest component

    // A tint colours most of what is lit, in one hue.
    private const double TintedShare = 0.5;
    private const double TintConcentration = 0.95;
    private const int Lit = 40;

    private const int Fringe = 2; // pixels
    private const int WindowRadius = 2;

    private readonly int[] colouredFrames; // (H, W): in how many frames a pixel is coloured

    private ColourMap(int[] colouredFrames, bool tinted) => (this.colouredFrames, Tinted) = (colouredFrames, tinted);

    /// <summary>The grey map itself is coloured; then colour says nothing of single pixels.</summary>
    public bool Tinted { get; }

    /// <summary>The pixel is coloured in at least one frame.</summary>
    public bool EverColoured(int pixel) => !Tinted && colouredFrames[pixel] > 0;

    public static ColourMap Of(FramePixels pixels)
    {
        var counts = new int[pixels.Height * pixels.Width];
        if (pixels.Samples == 1)
            return new ColourMap(counts, tinted: false);
        long lit = 0, coloured = 0;
        double sumX = 0, sumY = 0;
        for (var t = 0; t < pixels.Frames; t++)
        {
            var frame = pixels.Frame(t);
            for (int i = 0, p = 0; p < counts.Length; p++, i += 3)
            {
                var (r, g, b) = (frame[i], frame[i + 1], frame[i + 2]);
                if (Math.Max(r, Math.Max(g, b)) >= Lit)
                    lit++;
                if (!IsColoured(r, g, b))
                    continue;
                counts[p]++;
                coloured++;
                var (x, y) = (r - (g + b) / 2.0, 0.866 * (g - b)); // the colour wheel: red at 0, green at 120 degrees
                var length = Math.Sqrt(x * x + y * y);
                sumX += x / length;
                sumY += y / length;
            }
        }
        var tinted = coloured > TintedShare * lit && Math.Sqrt(sumX * sumX + sumY * sumY) > TintConcentration * coloured;
        return new ColourMap(counts, tinted);
    }

    /// <summary>Makes coloured graphics black in the grey frames (T, H, W), as what lies outside the sector is, with the fringe that JPEG's halved chroma leaves beside them.</summary>
    public void Blacken(FramePixels pixels, byte[] grey)
    {
        if (Tinted || pixels.Samples == 1)
            return;
        for (var t = 0; t < pixels.Frames; t++)
        {
            var frame = pixels.Frame(t);
            var target = grey.AsSpan(t * colouredFrames.Length, colouredFrames.Length);
            for (var p = 0; p < colouredFrames.Length; p++)
            {
                if (colouredFrames[p] == 0 || !IsColoured(frame[3 * p], frame[3 * p + 1], frame[3 * p + 2]))
                    continue;
                var x = p % pixels.Width;
                for (var y = Math.Max(0, p / pixels.Width - Fringe); y <= Math.Min(pixels.Height - 1, p / pixels.Width + Fringe); y++)
                {
                    var left = Math.Max(0, x - Fringe);
                    target.Slice(y * pixels.Width + left, Math.Min(pixels.Width - 1, x + Fringe) - left + 1).Clear();
                }
            }
        }
    }

    public static bool IsColoured(byte r, byte g, byte b)
    {
        int max = Math.Max(r, Math.Max(g, b)), chroma = max - Math.Min(r, Math.Min(g, b));
        return chroma > MinChroma && 100 * chroma > MinChromaPercent * max;
    }

    /// <summary>
    /// The share of the mask that flow fills in the frame with the most colour, for flow comes and goes with the beat. Pixels that are always coloured
    /// are left out, being graphics that stand still; so are lines, being traces that pass: what fills an area is flow.
    /// </summary>
    public double FlowShare(FramePixels pixels, SectorMask mask)
    {
        if (Tinted || pixels.Samples == 1)
            return 0;
        int[] candidates = [.. Enumerable.Range(0, colouredFrames.Length).Where(p => colouredFrames[p] > 0 && colouredFrames[p] < pixels.Frames && mask.Contains(p))];
        int[] fullest = [];
        for (var t = 0; t < pixels.Frames; t++)
        {
            int[] coloured = Coloured(pixels.Frame(t), candidates);
            if (coloured.Length > fullest.Length)
                fullest = coloured;
        }
        return (double)Filled(fullest, pixels.Height, pixels.Width) / mask.Area;
    }

    private static int[] Coloured(ReadOnlySpan<byte> frame, int[] candidates)
    {
        var coloured = new List<int>(candidates.Length);
        foreach (var p in candidates)
            if (IsColoured(frame[3 * p], frame[3 * p + 1], frame[3 * p + 2]))
                coloured.Add(p);
        return [.. coloured];
    }

    /// <summary>How many of the pixels have more than half of the window around them among the pixels too: a line two pixels thick has not.</summary>
    private static int Filled(int[] chosen, int height, int width)
    {
        var map = new bool[height * width];
        foreach (var p in chosen)
            map[p] = true;
        return chosen.Count(p =>
        {
            var neighbours = 0;
            for (var y = Math.Max(0, p / width - WindowRadius); y <= Math.Min(height - 1, p / width + WindowRadius); y++)
                for (var x = Math.Max(0, p % width - WindowRadius); x <= Math.Min(width - 1, p % width + WindowRadius); x++)
                    neighbours += map[y * width + x] ? 1 : 0;
            return 2 * neighbours > (2 * WindowRadius + 1) * (2 * WindowRadius + 1);
        });
    }
}
