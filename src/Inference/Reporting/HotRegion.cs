namespace EchoClr.Inference.Reporting;

/// <summary>Finds the region that a report draws: an axis-aligned ellipse around the hottest part of a saliency map.</summary>
public static class HotRegion
{
    /// <summary>Half of the maximum: the full width at half maximum of the hot spot.</summary>
    private const float Level = 0.5f;

    /// <summary>A region smaller than this many pixels across could not be seen.</summary>
    private const double SmallestRadius = 4;

    /// <param name="columns">Width of the source picture; the ellipse stays inside it.</param>
    public static Ellipse Find(HeatMap map, int frame, int columns, int rows)
    {
        var plane = map.At(frame);
        var peak = Array.IndexOf(plane, plane.Max());
        var (sx, sy, sxx, syy, sum) = (0.0, 0.0, 0.0, 0.0, 0.0);
        foreach (var cell in Connected(plane, map.Width, map.Height, peak))
        {
            double x = cell % map.Width + 0.5, y = cell / map.Width + 0.5;
            (sx, sy, sum) = (sx + x, sy + y, sum + 1);
            (sxx, syy) = (sxx + x * x, syy + y * y);
        }
        var (centerX, centerY) = (sx / sum, sy / sum);
        // A filled ellipse has standard deviation radius/2 along each axis; a cell adds its own 1/12.
        var radiusX = 2 * Math.Sqrt(Math.Max(0, sxx / sum - centerX * centerX) + 1.0 / 12);
        var radiusY = 2 * Math.Sqrt(Math.Max(0, syy / sum - centerY * centerY) + 1.0 / 12);
        var (scaleX, scaleY) = (map.Area.Width / map.Width, map.Area.Height / map.Height);
        return Inside(new Ellipse(map.Area.X + centerX * scaleX, map.Area.Y + centerY * scaleY, radiusX * scaleX, radiusY * scaleY), columns, rows);
    }

    /// <summary>The ellipse inscribed in the ultrasound region: what is drawn when there is no map.</summary>
    public static Ellipse Inscribed(PixelArea region, int columns, int rows) =>
        Inside(new Ellipse(region.X + region.Width / 2, region.Y + region.Height / 2, region.Width / 2, region.Height / 2), columns, rows);

    private static Ellipse Inside(Ellipse ellipse, int columns, int rows)
    {
        var radiusX = Math.Clamp(ellipse.RadiusX, SmallestRadius, Math.Max(SmallestRadius, columns / 2.0));
        var radiusY = Math.Clamp(ellipse.RadiusY, SmallestRadius, Math.Max(SmallestRadius, rows / 2.0));
        return new Ellipse(
            Math.Clamp(ellipse.CenterX, Math.Min(radiusX, columns / 2.0), Math.Max(columns - radiusX, columns / 2.0)),
            Math.Clamp(ellipse.CenterY, Math.Min(radiusY, rows / 2.0), Math.Max(rows - radiusY, rows / 2.0)),
            radiusX, radiusY);
    }

    /// <summary>The cells at or above half of the peak that are reached from it over edges.</summary>
    private static IEnumerable<int> Connected(float[] plane, int width, int height, int peak)
    {
        var level = plane[peak] * Level;
        var seen = new bool[plane.Length];
        var open = new Stack<int>([peak]);
        seen[peak] = true;
        while (open.TryPop(out var cell))
        {
            yield return cell;
            var (x, y) = (cell % width, cell / width);
            foreach (var (nx, ny) in new[] { (x - 1, y), (x + 1, y), (x, y - 1), (x, y + 1) })
            {
                if (nx < 0 || ny < 0 || nx >= width || ny >= height)
                    continue;
                var next = ny * width + nx;
                if (seen[next] || plane[next] < level)
                    continue;
                seen[next] = true;
                open.Push(next);
            }
        }
    }
}
