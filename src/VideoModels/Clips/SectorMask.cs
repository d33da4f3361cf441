namespace EchoClr.VideoModels.Clips;

/// <summary>
/// Which pixels are echo: the convex hull of what keeps changing. A first frame that is blank, text, marks, a sweeping ECG and colour bars do not
/// reach it, because it asks all frames (EchoCLR asks the first) and because graphics do not change from frame to frame as speckle does.
/// </summary>
public sealed class SectorMask
{
    // A pixel is alive that changes in a tenth of the frame pairs; in short cines a passing trace, which changes it twice, must still fall short.
    private const double MinActiveShare = 0.10;
    private const int MinActivePairs = 3;

    // Smoothing: a window of an eightieth of the image's side, more than half of it alive. It closes dark blood and removes thin graphics.
    private const int SmoothingDivisor = 80;

    // Less is no sector but a flickering clock or logo.
    private const double MinImageShare = 0.05;

    // A stated region is believed when it holds nearly all of what was found; it then trims what sticks out.
    private const double MinRegionAgreement = 0.9;

    private readonly bool[] inside;

    /// <param name="inside">(H, W): true where the picture counts.</param>
    public SectorMask(bool[] inside, int height, int width)
    {
        if (inside.Length != height * width || !inside.AsSpan().Contains(true))
            throw new ArgumentException("a mask has the image's size and at least one pixel", nameof(inside));
        (this.inside, Height, Width) = (inside, height, width);
        Area = inside.Count(i => i);
        Bounds = FindBounds();
    }

    public int Height { get; }

    public int Width { get; }

    /// <summary>Pixels inside.</summary>
    public int Area { get; }

    /// <summary>The smallest rectangle around the mask.</summary>
    public PixelRectangle Bounds { get; }

    public bool Contains(int pixel) => inside[pixel];

    public bool Contains(int x, int y) => inside[y * Width + x];

    /// <summary>The sector of a cine, or null where nothing large enough keeps changing.</summary>
    /// <param name="region">The rectangle of an ultrasound region in the header; clamped, and ignored where the image contradicts it.</param>
    public static SectorMask? Find(Cine cine, PixelRectangle? region = null) => Find(cine, Activity.Of(cine), _ => false, region);

    internal static SectorMask? Find(Cine cine, Activity activity, Func<int, bool> isGraphics, PixelRectangle? region)
    {
        var (height, width) = (cine.Height, cine.Width);
        var pairs = activity.Pairs.Count;
        var enough = Math.Max((int)Math.Ceiling(MinActiveShare * pairs), Math.Min(MinActivePairs, pairs));
        if (enough == 0)
            return null;
        var alive = new bool[height * width];
        for (var p = 0; p < alive.Length; p++)
            alive[p] = activity.Changes[p] >= enough && !isGraphics(p);

        var sector = LargestComponent(Majority(alive, height, width, Math.Max(2, Math.Min(height, width) / SmoothingDivisor)), height, width);
        if (sector.Count(s => s) < MinImageShare * sector.Length)
            return null;
        if (region is { } stated)
            TrimTo(stated.ClampTo(width, height), sector, width);
        ConvexHull.Fill(sector, height, width);
        return new SectorMask(sector, height, width);
    }

    private PixelRectangle FindBounds()
    {
        var (left, top, right, bottom) = (Width, Height, 0, 0);
        for (var y = 0; y < Height; y++)
        {
            var row = inside.AsSpan(y * Width, Width);
            if (row.IndexOf(true) is var first && first < 0)
                continue;
            (left, right) = (Math.Min(left, first), Math.Max(right, row.LastIndexOf(true) + 1));
            (top, bottom) = (Math.Min(top, y), y + 1);
        }
        return new PixelRectangle(left, top, right, bottom);
    }

    /// <summary>True where more than half of the square window around a pixel is; what lies outside the image counts as not.</summary>
    private static bool[] Majority(bool[] pixels, int height, int width, int radius)
    {
        // Summed areas: sums[y, x] counts what lies above and left of (x, y).
        var stride = width + 1;
        var sums = new int[(height + 1) * stride];
        for (var y = 0; y < height; y++)
        {
            var row = 0;
            for (var x = 0; x < width; x++)
            {
                row += pixels[y * width + x] ? 1 : 0;
                sums[(y + 1) * stride + x + 1] = sums[y * stride + x + 1] + row;
            }
        }
        var result = new bool[pixels.Length];
        for (var y = 0; y < height; y++)
        {
            int top = Math.Max(0, y - radius), bottom = Math.Min(height, y + radius + 1);
            for (var x = 0; x < width; x++)
            {
                int left = Math.Max(0, x - radius), right = Math.Min(width, x + radius + 1);
                var sum = sums[bottom * stride + right] - sums[top * stride + right] - sums[bottom * stride + left] + sums[top * stride + left];
                result[y * width + x] = 2 * sum > (bottom - top) * (right - left);
            }
        }
        return result;
    }

    private static bool[] LargestComponent(bool[] pixels, int height, int width)
    {
        var visited = new bool[pixels.Length];
        List<int> largest = [];
        for (var seed = 0; seed < pixels.Length; seed++)
        {
            if (!pixels[seed] || visited[seed])
                continue;
            List<int> component = [seed];
            visited[seed] = true;
            for (var i = 0; i < component.Count; i++)
            {
                var (x, y) = (component[i] % width, component[i] / width);
                Visit(x > 0, component[i] - 1);
                Visit(x < width - 1, component[i] + 1);
                Visit(y > 0, component[i] - width);
                Visit(y < height - 1, component[i] + width);
            }
            if (component.Count > largest.Count)
                largest = component;

            void Visit(bool exists, int p)
            {
                if (!exists || !pixels[p] || visited[p])
                    return;
                visited[p] = true;
                component.Add(p);
            }
        }
        var result = new bool[pixels.Length];
        foreach (var p in largest)
            result[p] = true;
        return result;
    }

    private static void TrimTo(PixelRectangle region, bool[] sector, int width)
    {
        int found = 0, agreed = 0;
        for (var p = 0; p < sector.Length; p++)
        {
            found += sector[p] ? 1 : 0;
            agreed += sector[p] && region.Contains(p % width, p / width) ? 1 : 0;
        }
        if (agreed < MinRegionAgreement * found)
            return;
        for (var p = 0; p < sector.Length; p++)
            sector[p] &= region.Contains(p % width, p / width);
    }
}
