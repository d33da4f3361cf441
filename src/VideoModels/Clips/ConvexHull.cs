namespace EchoClr.VideoModels.Clips;

/// <summary>The convex hull of a set of pixels, and the pixels within it.</summary>
internal static class ConvexHull
{
    /// <summary>Fills, in place, the convex hull of the pixels that are set: (H, W).</summary>
    public static void Fill(bool[] pixels, int height, int width)
    {
        var hull = Of(RowEnds(pixels, height, width));
        for (var y = 0; y < height; y++)
            if (Span(hull, y) is var (left, right))
                pixels.AsSpan(y * width + left, right - left + 1).Fill(true);
    }

    // Only the first and last pixel of a row can be corners; rows come in order, so the points are sorted.
    private static List<(int X, int Y)> RowEnds(bool[] pixels, int height, int width)
    {
        List<(int X, int Y)> points = [];
        for (var y = 0; y < height; y++)
        {
            var row = pixels.AsSpan(y * width, width);
            var first = row.IndexOf(true);
            if (first < 0)
                continue;
            points.Add((first, y));
            if (row.LastIndexOf(true) is var last && last != first)
                points.Add((last, y));
        }
        return points;
    }

    // Andrew's monotone chain, over y then x.
    private static List<(int X, int Y)> Of(List<(int X, int Y)> points)
    {
        var half = HalfHull(points);
        points.Reverse();
        half.AddRange(HalfHull(points));
        return half;
    }

    private static List<(int X, int Y)> HalfHull(List<(int X, int Y)> points)
    {
        List<(int X, int Y)> hull = [];
        foreach (var p in points)
        {
            while (hull.Count > 1 && Turn(hull[^2], hull[^1], p) <= 0)
                hull.RemoveAt(hull.Count - 1);
            hull.Add(p);
        }
        return hull;
    }

    private static long Turn((int X, int Y) a, (int X, int Y) b, (int X, int Y) c) =>
        (long)(b.X - a.X) * (c.Y - a.Y) - (long)(b.Y - a.Y) * (c.X - a.X);

    /// <summary>Where the hull's edges cross the middle of a row of pixels: whole columns, rounded inwards but for the corners themselves.</summary>
    private static (int Left, int Right)? Span(List<(int X, int Y)> hull, int y)
    {
        double left = double.MaxValue, right = double.MinValue;
        for (var i = 0; i < hull.Count; i++)
        {
            var (a, b) = (hull[i], hull[(i + 1) % hull.Count]);
            if (Math.Min(a.Y, b.Y) > y || Math.Max(a.Y, b.Y) < y)
                continue;
            double[] crossings = a.Y == b.Y ? [a.X, b.X] : [a.X + (double)(b.X - a.X) * (y - a.Y) / (b.Y - a.Y)];
            left = Math.Min(left, crossings.Min());
            right = Math.Max(right, crossings.Max());
        }
        return left > right ? null : ((int)Math.Ceiling(left - 1e-9), (int)Math.Floor(right + 1e-9));
    }
}
